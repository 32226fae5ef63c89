"""Intake over HTTP, on both databases: registering, seeing, withdrawing, and every kind of bad input."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis import clock, outbox
from services.chassis.ids import new_id
from services.chassis.web import MAX_BODY_BYTES
from services.contracts.appeals import AppealAssessed, Assessment
from services.contracts.envelope import Envelope
from services.contracts.referrals import Document, ReferralState
from tests.integration.intake.parts import FORM, changed, form, post, tell, types_posted


async def test_a_posted_appeal_is_registered_durably_with_its_coupon(api, service):
    """R-INT-3: number, date and time, who accepted it; the row and its message are one transaction."""
    answer = await post(api, form(received_at="2026-11-20T19:10:00+05:00"))

    coupon = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/appeals/{coupon['id']}"
    assert coupon["registration_number"] == "JD-2026-000001"
    assert coupon["registered_on"] == "2026-11-23"  # after hours on a Friday
    assert coupon["accepted_by"]["position"]
    assert coupon["warnings"] == []
    assert await types_posted(service) == ["appeal.registered.v1", "applicant.notify.v1"]


async def test_the_iin_never_leaves_intake(api, service):
    """Personal data: no message holds the IIN."""
    await post(api, FORM)

    async with service.database.reading() as tx:
        bodies = [bytes(row.body) for row in await tx.execute(select(outbox.outbox.c.body))]
    assert bodies
    assert not any(b"000101000109" in body for body in bodies)


async def test_the_same_key_and_body_give_the_same_coupon(api, service):
    """A client that lost the answer may ask again."""
    first, second = await post(api, FORM, "k-1"), await post(api, FORM, '"k-1"')

    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"
    assert len(await types_posted(service)) == 2


async def test_many_posts_of_one_key_make_one_appeal(api, service):
    """Twenty at once, in one batch or in several."""
    answers = await asyncio.gather(*(post(api, FORM, "k-2") for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_the_same_key_with_another_body_is_refused(api):
    """A mistake of the client, told apart from a repeat."""
    await post(api, FORM, "k-3")
    answer = await post(api, form(text="Другое"), "k-3", **{"accept-language": "kk"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert answer.headers["content-language"] == "kk"


async def test_numbers_are_distinct_and_without_gaps(api):
    """A batch takes its numbers at once."""
    answers = await asyncio.gather(*(post(api, FORM) for _ in range(50)))

    numbers = sorted(answer.json()["registration_number"] for answer in answers)
    year = clock.now().year
    assert numbers == [f"JD-{year}-{n:06d}" for n in range(1, 51)]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"text": ""}, "#/text", "too_short"),
        ({"text": "x" * 20_001}, "#/text", "too_long"),
        ({"text": 5}, "#/text", "wrong_type"),
        ({"language": "en"}, "#/language", "not_in_list"),
        ({"kind": None}, "#/kind", "not_in_list"),
        ({"applicant": {"name": " "}}, "#/applicant/name", "malformed"),
        ({"applicant": []}, "#/applicant", "wrong_type"),
        ({"applicant": {"name": "А", "iin": "1"}}, "#/applicant/iin", "extra_forbidden"),
        ({"applicant": {"name": "А", "email": "кто-то"}}, "#/applicant/email", "malformed"),
        ({"received_at": "2026-11-20T10:00:00"}, "#/received_at", "not_a_time"),
        ({"received_at": "2999-01-01T10:00:00Z"}, "#/received_at", "received_at_impossible"),
        ({"txet": "x"}, "#/txet", "extra_forbidden"),
        ({"text": "\x00"}, "#/text", "malformed"),
    ],
)
async def test_bad_fields_are_pointed_at_and_never_echoed(api, change, pointer, code):
    """RFC 9457 with a pointer and a code, in the caller's language."""
    answer = await post(api, form(**change), **{"accept-language": "ru"})

    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"pointer": pointer, "code": code} in [{k: e[k] for k in ("pointer", "code")} for e in problem["errors"]]
    assert "кто-то" not in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe{}", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"x" * (MAX_BODY_BYTES + 1), "application/json", 413),
        (b'{"text": "\\ud800"}', "application/json", 422),
        (b"", "application/json", 422),
        (b"null", "application/json", 422),
        (b"{}", "text/plain", 422),
    ],
)
async def test_bodies_that_are_no_form_get_a_4xx(api, body, kind, status):
    """Never 500."""
    headers = {"idempotency-key": "k", "content-type": kind}
    answer = await api.post("/v1/appeals", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_lone_surrogate_in_the_text_is_no_server_error(api):
    """JSON can hold what UTF-8 cannot."""
    body = b'{"kind":"complaint","channel":"web","language":"ru","text":"a\\ud800b","applicant":{"name":"A"}}'
    answer = await api.post(
        "/v1/appeals", content=body, headers={"idempotency-key": "k", "content-type": "application/json"}
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "idempotency_key_missing"), ("", "idempotency_key_invalid"), ("x" * 256, "idempotency_key_invalid")],
)
async def test_the_idempotency_key_is_required(api, key, code):
    """Without a key a repeat would be a second appeal."""
    headers = {} if key is None else {"idempotency-key": key}
    answer = await api.post("/v1/appeals", json=FORM, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_doubtful_data_is_accepted_with_warnings(api):
    """64(1): acceptance cannot be refused; a wrong check digit is a hint to the registrar."""
    answer = await post(
        api, form(applicant={"name": "А", "iin_bin": "123456789012", "phone": "звоните"}, complained_of=None)
    )

    assert answer.status_code == 201
    assert [w["code"] for w in answer.json()["warnings"]] == [
        "check_digit_wrong",
        "phone_unrecognised",
        "complained_of_missing",
    ]


async def test_keys_decide_what_a_system_may_do_and_see(api, service):
    """A posting system sees its own appeals only."""
    mine = (await api.post("/v1/keys", json={"owner": "portal", "scopes": ["appeals:write", "appeals:read"]})).json()
    other = (await api.post("/v1/keys", json={"owner": "other", "scopes": ["appeals:read"]})).json()
    as_mine, as_other = ({"authorization": f"Bearer {key['key']}"} for key in (mine, other))
    appeal = (await post(api, FORM, **as_mine)).json()
    path = f"/v1/appeals/{appeal['id']}"

    assert (await api.get(path, headers=as_mine)).status_code == 200
    assert (await api.get(path, headers=as_other)).status_code == 404
    assert (await post(api, FORM, **as_other)).status_code == 403
    assert (await api.get(path, headers={"authorization": "Bearer nobody"})).status_code == 401
    assert (await api.get("/v1/appeals", headers=as_other)).json()["items"] == []
    assert (await api.get("/v1/keys", headers=as_mine)).status_code == 403


async def test_lists_are_paged_and_filtered(api):
    """Keyset cursors: nothing is skipped or repeated."""
    for n in range(7):
        await post(api, form(language="kk" if n % 2 else "ru"))

    ids, cursor = [], None
    while True:
        page = (await api.get("/v1/appeals", params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        ids += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    kazakh = (await api.get("/v1/appeals", params={"language": "kk"})).json()["items"]
    assert len(ids) == len(set(ids)) == 7
    assert ids == sorted(ids, reverse=True)
    assert len(kazakh) == 3


async def test_the_status_follows_the_referral_and_never_goes_back(api, service):
    """Stale and repeated facts change nothing; each change is in the timeline with its revision."""
    appeal_id = (await post(api, FORM)).json()["id"]
    referral = new_id()
    facts = [
        (ReferralState.ISSUED, 1, "referred"),
        (ReferralState.ACCEPTED, 3, "in_work"),
        (ReferralState.RECEIVED, 2, "in_work"),
        (ReferralState.ACCEPTED, 3, "in_work"),
        (ReferralState.ANSWERED, 4, "answered"),
    ]
    seen = []
    for state, revision, _ in facts:
        answer = "Ответ" if state is ReferralState.ANSWERED else None
        await tell(service, changed(appeal_id, state, revision, referral, answer=answer))
        seen.append((await api.get(f"/v1/appeals/{appeal_id}")).json()["status"])
    events = (await api.get(f"/v1/appeals/{appeal_id}/events")).json()["items"]

    assert seen == [status for *_, status in facts]
    assert [event["kind"] for event in events] == [
        "appeal.registered",
        "referral.issued",
        "referral.accepted",
        "referral.answered",
    ]
    assert [event["revision"] for event in events] == [1, 2, 3, 4]


async def test_a_notice_never_tells_of_a_newer_revision_than_get_shows(api, service):
    """One status, everywhere at once: notice and status are one transaction."""
    appeal_id = (await post(api, FORM)).json()["id"]
    await tell(service, changed(appeal_id, ReferralState.ISSUED, 1, answer_due_on=clock.now().date()))

    async with service.database.reading() as tx:
        rows = (await tx.execute(select(outbox.outbox.c.body).order_by(outbox.outbox.c.seq))).all()
    notices = [Envelope.model_validate_json(row.body).data for row in rows if b"applicant.notify" in row.body]
    shown = (await api.get(f"/v1/appeals/{appeal_id}")).json()
    assert [notice["notice"] for notice in notices] == ["registered", "referred"]
    assert notices[-1]["revision"] == shown["revision"]
    assert notices[-1]["variables"]["agency_name"] == "Акимат"


async def test_the_applicant_is_told_of_the_referral_whichever_news_comes_first(api, service):
    """The law's notice is neither lost when messages overtake each other nor sent anew at a second hand-over."""
    appeal_id = (await post(api, FORM)).json()["id"]
    referral = new_id()
    for state, revision in (("accepted", 3), ("issued", 1), ("undeliverable", 4), ("issued", 5)):
        await tell(service, changed(appeal_id, ReferralState(state), revision, referral))

    async with service.database.reading() as tx:
        rows = (await tx.execute(select(outbox.outbox.c.body).order_by(outbox.outbox.c.seq))).all()
    told = [Envelope.model_validate_json(row.body).data for row in rows if b"applicant.notify" in row.body]
    referred = [notice["notification_id"] for notice in told if notice["notice"] == "referred"]
    assert [notice["notice"] for notice in told][:3] == ["registered", "referred", "accepted"]
    assert len(set(referred)) == 1


async def test_a_retained_appeal_is_told_in_neutral_words(api, service):
    """R-SEC-5: nothing in the notice names a topic."""
    appeal_id = (await post(api, FORM)).json()["id"]
    for _ in range(2):
        await tell(
            service,
            AppealAssessed(appeal_id=appeal_id, revision=1, assessment=Assessment.RETAINED, assessed_at=clock.now()),
        )

    assert (await api.get(f"/v1/appeals/{appeal_id}")).json()["status"] == "retained"
    assert (await types_posted(service)).count("applicant.notify.v1") == 2


async def test_an_applicant_may_withdraw_until_the_answer(api, service):
    """АППК 64(9); the router is told, and later facts do not undo it."""
    appeal_id = (await post(api, FORM)).json()["id"]
    withdrawal = f"/v1/appeals/{appeal_id}/withdrawal"
    first, again = await api.post(withdrawal), await api.post(withdrawal)
    await tell(service, changed(appeal_id, ReferralState.ISSUED, 1))

    assert (first.status_code, again.status_code, again.json()["code"]) == (202, 409, "appeal_finished")
    assert (await types_posted(service))[-1] == "appeal.withdrawn.v1"
    assert (await api.get(f"/v1/appeals/{appeal_id}")).json()["status"] == "withdrawn"


async def test_a_system_that_asked_for_webhooks_is_told_of_each_status(api, service):
    """The scope `appeals:notify` decides."""
    scopes = ["appeals:write", "appeals:notify"]
    key = (await api.post("/v1/keys", json={"owner": "portal", "scopes": scopes})).json()["key"]
    appeal_id = (await post(api, FORM, authorization=f"Bearer {key}")).json()["id"]
    await tell(service, changed(appeal_id, ReferralState.ISSUED, 1))

    assert (await types_posted(service)).count("system.notify.v1") == 1


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_the_status_page_shows_the_way_without_personal_data(api, service, language):
    """Whoever has the link sees where the appeal is, and nothing of who wrote what."""
    coupon = (await post(api, FORM)).json()
    await tell(service, changed(coupon["id"], ReferralState.ISSUED, 1, reason="<script>alert(1)</script>"))
    path = coupon["status_url"].removeprefix("http://127.0.0.1:8081")
    page = await api.get(path, params={"lang": language}, headers={"authorization": ""})

    assert page.status_code == 200
    assert coupon["registration_number"] in page.text
    assert "Сынақбаев" not in page.text
    assert "участок" not in page.text
    assert "<script>" not in page.text
    assert (await api.get("/status/unknown")).status_code == 404


async def test_the_documents_of_an_answer_stand_on_the_status_page(api, service):
    """By their names; only what is an address can be followed, and nothing that a browser would run."""
    coupon = (await post(api, FORM)).json()
    documents = (
        Document(name="Решение", reference="https://akimat.example/7"),
        Document(name="Схема <b>", reference="javascript:alert(1)"),
    )
    for revision, state in enumerate((ReferralState.ISSUED, ReferralState.ANSWERED), 1):
        told = {"answer": "Ответ.", "documents": documents} if state is ReferralState.ANSWERED else {}
        await tell(service, changed(coupon["id"], state, revision, referral_id=UUID(int=7), **told))
    page = (await api.get(coupon["status_url"].removeprefix("http://127.0.0.1:8081"), params={"lang": "kk"})).text

    assert "Жауапқа тіркелген құжаттар" in page
    assert '<a href="https://akimat.example/7" rel="noopener noreferrer nofollow">Решение</a>' in page
    assert "Схема &lt;b&gt; (javascript:alert(1))" in page
    assert 'href="javascript' not in page


async def test_readiness_names_what_is_away(api):
    """Intake accepts without a broker, and says that it is away."""
    answer = await api.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"process": "ok", "database": "ok", "broker": "optional: away"}


async def test_unknown_paths_and_methods_are_problems(api):
    """Everything that is refused is problem+json."""
    for answer in (await api.get("/nowhere"), await api.delete("/v1/appeals"), await api.get("/v1/appeals/x")):
        assert answer.status_code in {404, 405, 422}
        assert answer.headers["content-type"] == "application/problem+json"


async def test_r_trm_3_an_extension_moves_the_day_shown_and_is_told_once_each(api, service):
    """The state stays; the status page, the timeline and a notice tell of the new day and of the reason."""
    appeal_id, referral = (await post(api, FORM)).json()["id"], new_id()
    await tell(service, changed(appeal_id, ReferralState.ACCEPTED, 2, referral, answer_due_on="2026-12-22"))
    before = (await types_posted(service)).count("applicant.notify.v1")
    more = {"answer_due_on": "2027-01-25", "extended_on": "2026-12-14", "reason": "Запрошены документы."}
    for revision in (3, 3, 4):
        await tell(service, changed(appeal_id, ReferralState.ACCEPTED, revision, referral, **more))

    shown = (await api.get(f"/v1/appeals/{appeal_id}")).json()
    events = (await api.get(f"/v1/appeals/{appeal_id}/events")).json()["items"]

    assert (shown["status"], shown["until"]) == ("in_work", "2027-01-25")
    assert [event["kind"] for event in events][-2:] == ["referral.extended", "referral.extended"]
    assert events[-1]["facts"]["reason"] == "Запрошены документы."
    assert (await types_posted(service)).count("applicant.notify.v1") == before + 2
