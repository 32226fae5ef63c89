"""What two do at the same moment over one database, and how PostgreSQL finds what is asked for every few seconds."""

import asyncio
from datetime import timedelta

import pytest

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.errors import Conflict
from services.chassis.ids import new_id
from services.cli.local.gateways import Dialect, GatewaySink
from services.cli.local.sinks import MailSink
from services.notifier import claims, edition, endpoints, health, store
from services.notifier.claims import Attempt, Destination
from services.notifier.notification import Channel, Permanent, Temporary
from services.notifier.providers import FIRST_PAUSE
from services.notifier.suppressing import suppress
from services.notifier.suppressions import Why
from tests.integration.notifier.parts import ENDPOINTS, Notifier, accepted, to_applicant
from tests.integration.notifier.test_sms import PHONE, by_sms
from tests.locks import until_waiting
from tests.plans import by_indexes, rows_read

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NAME = "ru/referred.txt"
MAIL, PORTAL = Destination(Channel.EMAIL, "smtp"), Destination(Channel.WEBHOOK, "portal")


async def edited(notifier: Notifier, source: str) -> int:
    async with notifier.database.transaction() as tx:
        return await edition.edit(tx, NAME, source, by="aru", because="опечатка", at=clock.now())


async def test_of_two_who_edit_a_template_the_later_is_told(notifier: Notifier) -> None:
    """What the other has put in force is not overwritten unseen, and it is no error of ours."""
    async with notifier.database.transaction() as tx:
        await edition.edit(tx, NAME, "первый", by="dana", because="уточнение", at=clock.now())
        later = asyncio.create_task(edited(notifier, "второй"))
        await until_waiting(notifier.database, 1)
    with pytest.raises(Conflict, match="template_changed"):
        await later

    async with notifier.database.reading() as tx:
        assert await edition.edited(tx) == {NAME: "первый"}
    assert await edited(notifier, "второй") == 2


async def test_what_waits_for_a_person_is_counted_without_reading_all_notices(notifier: Notifier) -> None:
    """It is asked for every few seconds, and most of what was ever sent waits for nobody."""
    await notifier.ordered(to_applicant("a@post.example"))
    async with notifier.database.transaction() as tx:
        await by_indexes(tx)
        await store.on_desk(tx)

        assert await rows_read(tx, "notification") == 0


async def opted_out(tx: Transaction, notifier: Notifier, email: str) -> None:
    rung, at = (Channel.EMAIL, email), clock.now()
    await suppress(tx, notifier.delivery.settling, rung, Why.OPTED_OUT, row_id=new_id(), by="desk", at=at)


async def put(notifier: Notifier, url: str) -> str | None:
    async with notifier.database.transaction() as tx:
        return await ENDPOINTS.put(tx, PORTAL.name, url=url, description="", at=clock.now())


async def test_an_endpoint_that_is_removed_while_it_is_changed_is_registered_anew(notifier: Notifier) -> None:
    """As if the one had come after the other: its secret is a new one, and shown."""
    former = await notifier.endpoint(PORTAL.name, "https://former.example/")
    async with notifier.database.transaction() as tx:
        await store.endpoint_to_change(tx, PORTAL.name)
        changed = asyncio.create_task(put(notifier, "https://new.example/"))
        await until_waiting(notifier.database, 1)
        await endpoints.remove(tx, PORTAL.name, at=clock.now())
    secret = await changed

    assert secret not in {None, former}
    async with notifier.database.reading() as tx:
        assert (await store.endpoints(tx, {PORTAL.name}))[PORTAL.name].url == "https://new.example/"


async def test_an_endpoint_enabled_while_it_is_disabled_stays_enabled(notifier: Notifier) -> None:
    """Neither waits for the other: both begin with the destination's health."""
    await notifier.endpoint(PORTAL.name, "https://former.example/")
    async with notifier.database.transaction() as tx:
        await health.note(tx, PORTAL, [Temporary("http_503")], at=clock.now(), first_pause=FIRST_PAUSE)
    async with notifier.database.transaction() as tx:
        await health.note(tx, PORTAL, [Permanent("http_410")], at=clock.now(), first_pause=FIRST_PAUSE)
        enabled = asyncio.create_task(put(notifier, "https://new.example/"))
        await until_waiting(notifier.database, 1)
        await endpoints.disable(tx, PORTAL.name, because="http_410", at=clock.now())
    await enabled

    async with notifier.database.reading() as tx:
        assert (await store.endpoints(tx, {PORTAL.name}))[PORTAL.name].disabled_at is None


async def test_who_opts_out_while_the_order_is_taken_is_not_written_to(notifier: Notifier, mail: MailSink) -> None:
    """Neither sees the other; who is about to send it asks again."""
    async with notifier.database.transaction() as tx:
        await opted_out(tx, notifier, "a@post.example")
        await notifier.ordered(accepted("a@post.example"), to_applicant("a@post.example"))
    rows = await notifier.settled("suppressed", "sent")

    assert [(row.reason, row.attempts) for row in rows] == [("opted_out", 0), (None, 1)]
    assert len(mail.mails) == len(await notifier.attempts()) == 1


async def test_who_opts_out_while_the_next_channel_s_turn_comes_is_not_written_to(notifier: Notifier) -> None:
    """By the address of the channel before, too."""
    sink = GatewaySink(Dialect.HTTP)
    async with by_sms(notifier, {"only": sink}) as (whole, _):
        await whole.ordered(accepted("a@post.example", phone=PHONE))
        async with whole.database.transaction() as tx:
            [claim] = await claims.claim(tx, MAIL, limit=1, lease=timedelta(minutes=1), at=clock.now())
        async with whole.database.transaction() as tx:
            await opted_out(tx, whole, "a@post.example")
            async with whole.database.transaction() as other:
                failed = Attempt(claim.notification, Permanent("550"), started_at=clock.now(), duration_ms=1)
                await whole.delivery.recorder.record(other, [failed], at=clock.now())
        await whole.settled("permanent_failure", "suppressed")

    assert not sink.taken
