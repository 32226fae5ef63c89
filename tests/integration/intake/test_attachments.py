"""Documents of appeals over HTTP, on both databases: taken in, given to one appeal, fetched on record, forgotten."""

import asyncio
import hashlib
import json
import os
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from services.chassis import clock, outbox
from services.chassis.ids import new_id
from services.contracts.appeals import AppealAssessed, Assessment
from services.contracts.attachments import AttachedDocument, Grant, referenced
from services.contracts.referrals import DOCUMENTS_ENDED, ReferralState
from services.intake.attachments import cabinet as cabinets
from services.intake.attachments import store
from services.intake.attachments.cabinet import Cabinet
from services.intake.attachments.storage import Disk
from tests.integration.intake.parts import changed, form, post, tell

PDF = "%PDF-1.7\nплан участка".encode()
AGENCY = "agency:akimat"


async def upload(api, content=PDF, key=None, **headers):
    return await api.post(
        "/v1/attachments", content=content, headers={"idempotency-key": key or str(new_id()), **headers}
    )


async def attached(api, *contents, **named) -> tuple[str, list[dict]]:
    """An appeal with these documents."""
    ids = [(await upload(api, content)).json()["id"] for content in contents or (PDF,)]
    answer = await post(api, form(attachments=[{"id": one, "name": "план.pdf", **named} for one in ids]))
    assert answer.status_code == 201, answer.text
    appeal_id = answer.json()["id"]
    return appeal_id, (await api.get(f"/v1/appeals/{appeal_id}/attachments")).json()["items"]


async def told(service) -> AttachedDocument:
    """The document that the router was told of last."""
    async with service.database.reading() as tx:
        bodies = select(outbox.outbox.c.body).where(outbox.outbox.c.type == "kz.joldau.appeal.registered.v1")
        *_, last = (await tx.execute(bodies.order_by(outbox.outbox.c.seq))).scalars()
    return AttachedDocument.model_validate(json.loads(bytes(last))["data"]["attachments"][0])


def path(document: AttachedDocument, grant: Grant) -> str:
    return urlsplit(referenced(document, grant).reference).path


def files(documents) -> list:
    return [one for one in documents.rglob("*") if one.is_file()]


def later(service, documents, **by) -> Cabinet:
    """The cabinet, some time later."""
    return Cabinet(service.database, Disk(documents), new_id=new_id, now=lambda: clock.now() + timedelta(**by))


async def test_a_document_is_taken_in_and_goes_with_its_appeal(api, service, documents):
    """The bytes lie in one file that is named by their hash; the message holds what is needed to fetch them."""
    uploaded = await upload(api)
    appeal_id, (shown,) = await attached(api)
    document = await told(service)

    assert uploaded.status_code == 201
    assert uploaded.json()["media_type"] == "application/pdf"
    assert shown["name"] == "план.pdf"
    assert shown["sha256"] == hashlib.sha256(PDF).hexdigest() == document.sha256
    assert {one.read_bytes() for one in files(documents)} == {PDF}
    assert all(one.name.startswith(document.sha256) for one in files(documents))
    assert (str(document.id), document.size) == (shown["id"], len(PDF))
    assert (await api.get(f"/v1/appeals/{appeal_id}/attachments/{shown['id']}")).content == PDF


async def test_the_same_upload_again_is_the_same_document(api, documents):
    """Ten at once, of a client that is unsure; other content under the key is a mistake."""
    answers = await asyncio.gather(*(upload(api, key="k") for _ in range(10)))
    other = await upload(api, b"%PDF-1.7\nother", key="k")

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert "idempotency-replayed" in (await upload(api, key="k")).headers
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(files(documents)) == 1


async def test_what_is_no_document_leaves_nothing(api, documents):
    """Whatever the request calls it; and a document of which nobody can say later that it was sent before."""
    wrong = await upload(api, b"MZ\x90\x00", **{"content-type": "application/pdf"})
    empty = await upload(api, b"")
    nameless = await api.post("/v1/attachments", content=PDF)
    large = await upload(api, PDF + b"0" * 21 * 1024 * 1024)

    assert [(one.status_code, one.json()["code"]) for one in (wrong, empty, nameless, large)] == [
        (415, "attachment_type_unknown"),
        (415, "attachment_type_unknown"),
        (400, "idempotency_key_missing"),
        (413, "body_too_large"),
    ]
    assert files(documents) == []


async def test_a_body_of_unknown_length_is_cut_at_the_limit(api, documents):
    """Its length is not told before: it is counted as it comes."""

    async def endless():
        for _ in range(400):
            yield b"%PDF-" + b"0" * 100_000

    answer = await upload(api, endless())

    assert answer.status_code == 413
    assert files(documents) == []


async def test_a_document_belongs_to_one_appeal_and_to_whoever_sent_it(api):
    """What another appeal has, another system sent or nobody did is refused, and nothing is registered."""
    appeal_id, (taken,) = await attached(api)
    key = await api.post("/v1/keys", json={"owner": "site", "scopes": ["appeals:write", "appeals:read"]})
    site = {"authorization": f"Bearer {key.json()['key']}"}
    foreign = (await upload(api, **site)).json()
    for one in (taken["id"], foreign["id"], str(new_id())):
        answer = await post(api, form(attachments=[{"id": one}]))
        assert answer.status_code == 422
        assert answer.json()["code"] == "attachment_unusable"
        assert answer.json()["errors"][0]["pointer"] == "#/attachments/0/id"
    mine = await post(api, form(attachments=[{"id": foreign["id"]}]), **site)

    assert mine.status_code == 201
    assert (await api.get("/v1/appeals/counts")).json()["total"] == 2
    assert (await api.get(f"/v1/appeals/{appeal_id}/attachments", headers=site)).status_code == 404


async def test_one_document_in_many_forms_at_once_goes_to_one_of_them(api):
    """In one batch or in several."""
    one = (await upload(api)).json()["id"]
    answers = await asyncio.gather(*(post(api, form(attachments=[{"id": one}])) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 9]


async def test_a_repeated_form_gives_its_coupon_again(api):
    """Its documents have been given by then; and other documents are another content."""
    body = form(attachments=[{"id": (await upload(api)).json()["id"]}])
    first, again = await post(api, body, "k"), await post(api, body, "k")
    other = await post(api, form(), "k")

    assert first.json()["id"] == again.json()["id"]
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("count", [2, 11])
async def test_a_form_names_each_document_once_and_ten_at_most(api, count):
    """Twice the same, or eleven."""
    one = str(new_id())
    ids = [one, one] if count == 2 else [str(new_id()) for _ in range(count)]
    answer = await post(api, form(attachments=[{"id": one} for one in ids]))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/attachments"


async def test_a_reference_opens_its_document_and_is_put_on_record(api, service):
    """Who, what, when, from where: before the first byte."""
    appeal_id, (shown,) = await attached(api)
    document, referral_id = await told(service), new_id()
    grant = Grant(AGENCY, referral_id, clock.now() + timedelta(hours=1))
    answer = await api.get(path(document, grant), headers={"authorization": ""})
    await api.get(f"/v1/appeals/{appeal_id}/attachments/{shown['id']}")
    accesses = (await api.get(f"/v1/appeals/{appeal_id}/attachments/accesses")).json()["items"]

    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%D0%BF%D0%BB%D0%B0%D0%BD.pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [one["by"] for one in accesses] == [AGENCY, "system:admin"]
    assert accesses[0]["referral_id"] == str(referral_id)
    assert accesses[0]["attachment_id"] == shown["id"]
    assert accesses[0]["address"]


async def test_an_expired_reference_says_how_to_get_a_new_one(api, service):
    """410, and nothing on record: nobody has got anything."""
    appeal_id, _ = await attached(api)
    grant = Grant(AGENCY, new_id(), clock.now() - timedelta(seconds=1))
    answer = await api.get(path(await told(service), grant))

    assert (answer.status_code, answer.json()["code"]) == (410, "reference_expired")
    assert "/v1/agencies/me/referrals/{id}/attachments" in answer.json()["title"]
    assert (await api.get(f"/v1/appeals/{appeal_id}/attachments/accesses")).json()["items"] == []


@pytest.mark.parametrize("state", sorted(DOCUMENTS_ENDED))
async def test_a_reference_ends_with_its_referral(api, service, state):
    """Also while its time is not over; an agency that has answered needs it no more."""
    appeal_id, _ = await attached(api)
    document, referral_id = await told(service), new_id()
    link = path(document, Grant(AGENCY, referral_id, clock.now() + timedelta(hours=1)))
    await tell(service, changed(appeal_id, ReferralState.ISSUED, 1, referral_id))
    before = await api.get(link)
    await tell(service, changed(appeal_id, state, 2, referral_id, reason="Не наше."))
    after = await api.get(link)

    assert before.status_code == 200
    assert (after.status_code, after.json()["code"]) == (410, "reference_ended")


async def test_a_forged_reference_opens_nothing(api, service):
    """Of another document, or signed by nobody."""
    await attached(api)
    document = await told(service)
    other = (await attached(api))[1][0]["id"]
    until = clock.now() + timedelta(hours=1)
    token = path(document, Grant(AGENCY, None, until)).rpartition("/")[2]

    assert (await api.get(f"/attachments/{other}/{token}")).status_code == 404
    assert (await api.get(f"/attachments/{document.id}/{token[:-4]}AAAA")).status_code == 404
    assert (await api.get(f"/attachments/{new_id()}/{token}")).status_code == 404


def assessed(appeal_id, assessment: Assessment, *, revision: int = 1) -> AppealAssessed:
    return AppealAssessed(
        appeal_id=appeal_id, revision=revision, assessment=assessment, assessed_at=clock.now(), sealed=True
    )


async def test_r_sec_1_documents_of_a_sealed_appeal_are_for_few(api, service):
    """Not for an agency, nor for a reader without the scope; for its posting system, and the operator who may."""
    appeal_id, (shown,) = await attached(api)
    document, until = await told(service), clock.now() + timedelta(hours=1)
    await tell(service, assessed(appeal_id, Assessment.RETAINED))
    of_agency = await api.get(path(document, Grant(AGENCY, new_id(), until)))
    of_operator = await api.get(path(document, Grant("operator:a", None, until)))
    of_officer = await api.get(path(document, Grant("operator:b", None, until, sealed=True)))
    keys = {
        scopes: (await api.post("/v1/keys", json={"owner": "reader", "scopes": list(scopes)})).json()["key"]
        for scopes in (("appeals:read", "appeals:read-all"), ("appeals:read", "appeals:read-all", "appeals:sealed"))
    }
    one = f"/v1/appeals/{appeal_id}/attachments/{shown['id']}"
    by_scope = [(await api.get(one, headers={"authorization": f"Bearer {key}"})).status_code for key in keys.values()]

    assert (of_agency.status_code, of_agency.json()["code"]) == (403, "attachment_sealed")
    assert (of_operator.status_code, of_officer.status_code) == (403, 200)
    assert by_scope == [403, 200]


async def test_r_sec_3_a_protected_appeal_loses_its_documents_and_keeps_the_record(api, service, documents):
    """Nobody is given them from that moment on; within a minute the bytes are gone, and then their hash."""
    appeal_id, (shown,) = await attached(api)
    document, until = await told(service), clock.now() + timedelta(hours=1)
    kept_appeal, _ = await attached(api)
    await api.get(f"/v1/appeals/{appeal_id}/attachments/{shown['id']}")
    await tell(service, assessed(appeal_id, Assessment.PROTECTED))
    link = await api.get(path(document, Grant("operator:a", None, until)))
    direct = await api.get(f"/v1/appeals/{appeal_id}/attachments/{shown['id']}")
    await later(service, documents).tidy()
    left = files(documents)
    await later(service, documents, hours=2).tidy()
    async with service.database.reading() as tx:
        (row,) = await store.of_appeal(tx, UUID(appeal_id))

    assert (link.status_code, direct.status_code) == (410, 410)
    assert direct.json()["code"] == "attachment_removed"
    assert len(left) == 1
    assert (await api.get(f"/v1/appeals/{kept_appeal}/attachments")).json()["items"][0]["name"] == "план.pdf"
    assert (row.name, row.sha256, row.secret) == (None, "", "")
    assert len((await api.get(f"/v1/appeals/{appeal_id}/attachments/accesses")).json()["items"]) == 1


async def test_an_upload_that_no_appeal_names_is_forgotten_after_a_day(api, service, documents):
    """And what a crash left in the spool; what belongs to an appeal stays."""
    await attached(api)
    orphan = (await upload(api, key="orphan")).json()["id"]
    left = documents / "arriving" / "left"
    left.write_bytes(b"x")
    os.utime(left, (0, 0))
    await later(service, documents, hours=23).tidy()
    before = len(files(documents))
    await later(service, documents, hours=25).tidy()
    late = await post(api, form(attachments=[{"id": orphan}]))
    await later(service, documents, hours=27).tidy()
    again = await upload(api, key="orphan")

    assert (before, len(files(documents))) == (2, 2)
    assert late.json()["code"] == "attachment_unusable"
    assert again.status_code == 201
    assert again.json()["id"] != orphan


async def test_too_many_documents_without_appeals_are_refused(api, monkeypatch):
    """A broken client fills no disk."""
    monkeypatch.setattr(cabinets, "WAITING", 2)
    answers = [await upload(api, key=key) for key in ("one", "two", "three")]
    again = await upload(api, key="two")

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[-1].json()["code"] == "attachments_waiting"
    assert (again.is_success, again.json()["id"]) == (True, answers[1].json()["id"])


async def test_the_record_of_accesses_can_only_be_added_to(api, service):
    """The database itself refuses, whoever asks."""
    appeal_id, (shown,) = await attached(api)
    await api.get(f"/v1/appeals/{appeal_id}/attachments/{shown['id']}")
    for statement in ("UPDATE attachment_access SET address = NULL", "DELETE FROM attachment_access"):
        with pytest.raises(DBAPIError, match="only added to"):
            async with service.database.transaction() as tx:
                await tx.execute(text(statement))

    assert len((await api.get(f"/v1/appeals/{appeal_id}/attachments/accesses")).json()["items"]) == 1


async def test_bytes_that_are_lost_are_an_answer_and_no_access(api, documents):
    """A restored database without its folder: 503, and nobody is said to have got what nobody got."""
    appeal_id, (shown,) = await attached(api)
    for one in files(documents):
        one.unlink()
    answer = await api.get(f"/v1/appeals/{appeal_id}/attachments/{shown['id']}")

    assert (answer.status_code, answer.json()["code"]) == (503, "attachment_storage_away")
    assert (await api.get(f"/v1/appeals/{appeal_id}/attachments/accesses")).json()["items"] == []
