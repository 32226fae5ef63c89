"""The proof of hand-over, on both databases: complete, the same again, and broken by one byte."""

import hashlib
import json
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from services.chassis.ids import new_id
from services.chassis.outbox import outbox
from services.contracts.proof import Certificate, Signer, faults
from services.contracts.referrals import ReplyKind
from services.router import proof_store
from services.router.notary import Notary
from services.router.tables import proof
from tests.integration.router.conftest import SIGNING_KEY
from tests.integration.router.parts import KINDERGARTEN

KEYS = [Signer(SIGNING_KEY).public]


async def confirm(office) -> None:
    """As if the relay had published all that waits."""
    office.clock.advance(seconds=2)
    async with office.database.transaction() as tx:
        waiting = outbox.c.published_at.is_(None)
        await tx.execute(update(outbox).where(waiting).values(published_at=office.clock()))


async def handed_over(office) -> dict:
    """A referral that was sent, received and recalled."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await confirm(office)
    await office.reply(order, ReplyKind.RECEIVED, registration_number="ЖТ-15", ids=[new_id()])
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason="ошибка")
    await confirm(office)
    return order


async def certificate(office, order: dict) -> dict:
    found: dict = await office.got(f"/v1/referrals/{order['referral_id']}/certificate")
    return found


async def test_what_was_sent_and_said_is_entered_and_holds(office):
    """Hash of the very bytes, the broker's confirm, the agency's receipt; each holds the hash of the one before."""
    order = await handed_over(office)
    found = await certificate(office, order)
    async with office.database.reading() as tx:
        bodies = (await tx.execute(select(outbox.c.body).where(outbox.c.type.contains("referral.issued")))).scalars()
        (body,) = bodies

    sent, received, recalled = found["entries"]

    assert [entry["kind"] for entry in found["entries"]] == ["sent", "reply", "sent"]
    assert sent["facts"]["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert sent["facts"]["posted_at"] < sent["facts"]["confirmed_at"] == sent["at"]
    assert (received["facts"]["kind"], received["facts"]["registration_number"]) == ("received", "ЖТ-15")
    assert received["previous"] == sent["sha256"]
    assert recalled["facts"]["type"].endswith("recalled.v1")
    assert faults(Certificate.model_validate(found), KEYS) == []


async def test_what_is_not_confirmed_proves_nothing(office):
    """A row in the outbox is not a hand-over."""
    await office.register(KINDERGARTEN)

    assert (await certificate(office, await office.order()))["entries"] == []


async def test_made_again_from_the_log_it_is_the_same(office):
    """Entries follow from what is recorded, and the same entries give the same certificate."""
    order = await handed_over(office)
    first = await certificate(office, order)
    async with office.database.transaction() as tx:
        await tx.execute(delete(proof))
    notary = Notary(office.database, Signer(SIGNING_KEY))
    again = await notary.certificate(UUID(order["referral_id"]))
    await notary.write()

    assert again.model_dump(mode="json") == first
    assert await certificate(office, order) == first


async def test_a_notary_that_finds_all_entered_looks_at_what_is_new_alone(office):
    """As after a start: until the next message comes, it would else read all that is kept at each look."""
    await certificate(office, await handed_over(office))
    notary = Notary(office.database, Signer(SIGNING_KEY))
    await notary.write()
    async with office.database.reading() as tx:
        newest = await proof_store.newest_message(tx)

    assert notary.looked == newest is not None


async def test_one_byte_changed_breaks_it(office):
    """Whichever byte it is."""
    text = json.dumps(await certificate(office, await handed_over(office)), ensure_ascii=False, separators=(",", ":"))
    file = text.encode()
    held = []
    for place in range(0, len(file), 7):
        changed = bytearray(file)
        changed[place] = changed[place] ^ 1
        try:
            found = faults(Certificate.model_validate_json(bytes(changed)), KEYS)
        except ValueError:
            continue
        held += [] if found else [place]

    assert held == []


async def test_an_entry_left_out_or_another_key_breaks_it(office):
    """The seal counts the entries; whoever signs anew with a key of his own is found out."""
    found = Certificate.model_validate(await certificate(office, await handed_over(office)))
    shorter = found.model_copy(update={"entries": found.entries[:2]})
    forged = Certificate.of(found.referral_id, found.entries, Signer("2" * 64))

    assert faults(shorter, KEYS) == ["seal: entries are missing, or were added"]
    assert faults(forged, KEYS) == ["seal: it is signed with a key that is not trusted"]


async def test_without_a_key_there_is_no_certificate(office):
    """An unsigned one would prove nothing; it says which setting is missing."""
    order = await handed_over(office)

    with pytest.raises(Exception, match="proof_without_key"):
        await Notary(office.database, None).certificate(UUID(order["referral_id"]))
