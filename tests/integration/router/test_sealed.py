"""Sealed handling of what tells of corruption (R-SEC-1 to R-SEC-5), on both databases."""

import json

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select, update

from services.chassis import parked
from services.chassis.outbox import outbox
from services.contracts.appeals import Applicant
from services.contracts.referrals import ReplyKind
from services.router import forgetting, tables
from services.router.appeal import Outcome
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN

WHY = "так решил специалист"
SUSPICION = "Говорят про откат."
CANARY = Applicant(name="Канарейкин Тест", phone="+77010009999", email="canary@example.kz")
NAMES = ("Канарейкин", "77010009999", "canary@example.kz")


@pytest.fixture
async def plain(office):
    """A caller who operates, and may not read what is sealed."""
    return await _with_scopes(office, "referrals:read", "referrals:operate")


@pytest.fixture
async def officer(office):
    """A caller who may."""
    return await _with_scopes(office, "referrals:read", "referrals:operate", "referrals:sealed")


async def _with_scopes(office, *scopes):
    key = (await office.posted("/v1/keys", 201, owner=f"with-{len(scopes)}", scopes=list(scopes)))["key"]

    async def call(method, path, **body):
        headers = {"authorization": f"Bearer {key}"}
        return await office.api.request(method, path, headers=headers, json=body or None)

    return call


def words_of(row) -> str:
    """All that a row holds."""
    return " ".join(value.decode() if isinstance(value, bytes) else str(value) for value in row)


def words(answer) -> str:
    return json.dumps(answer.json(), ensure_ascii=False)


async def test_r_sec_1_a_plain_operator_sees_number_dates_and_state_and_nothing_else(office, plain):
    """Of the appeal, its task, its decision and the lists: no text, no kind, no question, no quoted word."""
    appeal_id = await office.register(BRIBE, territory="Талгар", applicant=CANARY, kind="message")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="взятка, посмотрите снова")
    task, whole = await office.task(), await office.appeal(appeal_id)
    paths = [f"/v1/appeals/{appeal_id}", "/v1/tasks", f"/v1/tasks/{task['id']}"]
    paths.append(f"/v1/decisions/{whole['decisions'][0]['id']}")

    seen = [words(await plain("GET", path)) for path in paths]

    for leak in ("взятк", "Талгар", '"corruption": true', '"review"', '"message"', "Специалист", *NAMES):
        assert not [text for text in seen if leak in text], leak
    assert whole["registration_number"] in seen[0]
    assert '"sealed": true' in seen[0]


async def test_r_sec_1_a_filter_does_not_tell_what_is_veiled(office, plain, officer):
    """Asking for the questions of corruption, or for one agency's referrals, finds no sealed appeal."""
    await office.register(BRIBE)
    (appeal_id,) = [await office.register(GREETING)]
    task = await office.task(appeal_id=str(appeal_id))
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason=WHY)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)

    hidden = (await plain("GET", "/v1/tasks?question=review")).json()["items"]
    shown = (await officer("GET", "/v1/tasks?question=review")).json()["items"]
    unfiltered = (await plain("GET", "/v1/tasks")).json()["items"]

    assert (hidden, len(shown), len(unfiltered)) == ([], 1, 1)
    assert unfiltered[0]["question"] is None


@pytest.mark.parametrize("verb", ["retention", "termination", "assignment"])
async def test_r_sec_1_only_an_officer_decides_of_a_sealed_appeal(office, plain, officer, verb):
    """The verbs are refused to others, and leave no trace."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()
    body = {
        "retention": {},
        "termination": {"ground": "court_act"},
        "assignment": {"agency": "education", "part": "Решите вопрос о месте."},
    }[verb]

    refused = await plain("POST", f"/v1/tasks/{task['id']}/{verb}", reason=WHY, **body)
    allowed = await officer("POST", f"/v1/tasks/{task['id']}/{verb}", reason=WHY, **body)

    assert (refused.status_code, refused.json()["code"]) == (403, "appeal_sealed")
    assert allowed.status_code == 200


async def test_r_sec_1_it_is_never_referred_as_a_whole(office):
    """Whoever asks: an extract or nothing."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()

    refused = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY)

    assert refused["code"] == "corruption_never_whole"


async def test_r_sec_1_a_doubtful_appeal_goes_out_whole_by_two_persons(office):
    """The seal is off when the second one has approved, and not before."""
    appeal_id = await office.register(SUSPICION)
    task = await office.task(question="possible_corruption")
    await office.said()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY)
    proposed, said = await office.appeal(appeal_id), await office.said()
    own = await office.posted(f"/v1/referrals/{proposed['referrals'][0]['id']}/approval", 409)
    await office.approve(appeal_id)
    sent = await office.appeal(appeal_id)

    assert (proposed["sealed"], proposed["outcome"], said) == (True, "in_review", [])
    assert own["code"] == "second_person_needed"
    assert (sent["sealed"], sent["outcome"]) == (False, "referred")
    assert (await office.order())["scope"] == "full"


async def test_r_sec_1_what_a_person_keeps_on_a_doubt_tells_of_corruption(office):
    """So it goes out whole by no review, and ends on no ground that the law denies a crime."""
    appeal_id = await office.register(SUSPICION, kind="message")
    await office.posted(f"/v1/tasks/{(await office.task())['id']}/retention", reason=WHY)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()

    whole = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY)
    ended = await office.posted(f"/v1/tasks/{task['id']}/termination", 409, ground="repeated", reason=WHY)

    assert (await office.appeal(appeal_id))["corruption"] is True
    assert (whole["code"], ended["code"]) == ("corruption_never_whole", "crime_is_forwarded")


async def test_r_sec_2_the_author_stands_in_no_message_log_or_metric_of_the_router(office, capsys):
    """A canary's name, telephone and address are looked for in all that the router says, extract included."""
    appeal_id = await office.register(BRIBE, applicant=CANARY, complained_of="Прокуратура района")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()
    await office.posted(
        f"/v1/tasks/{task['id']}/assignment", agency="education", reason=WHY, part="Прошу место в детском саду."
    )

    said = json.dumps([data for _, data in await office.said()], ensure_ascii=False)
    told = capsys.readouterr()
    metrics = generate_latest().decode()

    for where in (said, told.out, told.err, metrics):
        assert not [name for name in (*NAMES, "взятку", "Прокуратура") if name in where]


async def test_r_sec_1_what_a_person_retains_is_sealed_and_what_he_sends_whole_is_not(office, plain):
    """The seal follows what persons have seen in it."""
    kept, sent = await office.register(GREETING), await office.register(GREETING)
    first, second = (await office.got("/v1/tasks"))["items"]
    await office.posted(f"/v1/tasks/{first['id']}/retention", reason=WHY)
    await office.posted(f"/v1/tasks/{second['id']}/assignment", agency="akimat", reason=WHY)

    assert (await plain("GET", f"/v1/appeals/{kept}")).json()["sealed"] is True
    assert (await plain("GET", f"/v1/appeals/{sent}")).json()["sealed"] is False


async def test_an_ordinary_appeal_is_open_to_every_operator(office, plain):
    """The seal costs the others nothing."""
    appeal_id = await office.register(KINDERGARTEN)

    seen = (await plain("GET", f"/v1/appeals/{appeal_id}")).json()

    assert seen["sealed"] is False
    assert seen["referrals"][0]["agency"] == "education"


async def test_r_sec_3_what_moves_to_the_protected_channel_leaves_its_number_and_no_word(office, plain, officer):
    """Text, author, quoted words, reasons and posted messages are gone from every table; only an officer may do it."""
    appeal_id = await office.register(BRIBE, applicant=CANARY, complained_of="Прокуратура района", territory="Талгар")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="Канарейкин просит защиты")
    task = await office.task()
    await office.said()

    refused = await plain("POST", f"/v1/tasks/{task['id']}/protection")
    done = await officer("POST", f"/v1/tasks/{task['id']}/protection")

    left = []
    async with office.database.reading() as tx:
        for table in (*tables.metadata.tables.values(), outbox):
            left += [words_of(row) for row in await tx.execute(select(table))]
    assert (refused.status_code, done.status_code) == (403, 200)
    for word in (*NAMES, "взятк", "Специалист", "Прокуратура", "Талгар", "просит защиты"):
        assert not [row for row in left if word in row], word
    assert (await office.appeal(appeal_id))["outcome"] == "protected"


async def test_r_sec_3_what_an_agency_says_late_of_what_is_forgotten_leaves_no_word(office):
    """Its reply is kept with its kind and time and without its text; so is what is parked, before and after."""
    appeal_id = await office.register(KINDERGARTEN)
    order = await office.order()
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason=WHY)
    async with office.database.transaction() as tx:
        await parked.park(tx, parcel(order["referral_id"]), at=office.clock())
        await forgetting.forget(tx, appeal_id)
        await tx.execute(update(tables.appeal).values(outcome=Outcome.PROTECTED.value))
        await parked.park(tx, parcel(str(appeal_id).upper()), at=office.clock())
    await office.reply(order, ReplyKind.ANSWERED, text="Канарейка")
    async with office.database.transaction() as tx:
        await forgetting.again(tx)

    left = []
    async with office.database.reading() as tx:
        for table in (*tables.metadata.tables.values(), parked.parked):
            left += [words_of(row) for row in await tx.execute(select(table))]
        given_up = await parked.listed(tx, state=parked.DISCARDED)
    replies = (await office.referral(order))["replies"]
    assert not [row for row in left if "Канарейка" in row]
    assert [(reply["kind"], reply["text"]) for reply in replies] == [("answered", None)]
    assert [one.settled_because for one in given_up] == ["forgotten"] * 2


def parcel(name: str) -> parked.Parcel:
    """A reply that cannot be read, of an appeal or referral of this name."""
    body = f'{{"of": "{name}", "text": "Канарейка"'.encode()
    return parked.Parcel("router.replies", None, None, None, None, None, {}, body, "not_json", "")


async def test_r_sec_3_only_a_sealed_appeal_is_moved(office):
    """What goes to an agency cannot be made unseen."""
    await office.register(GREETING)

    refused = await office.posted(f"/v1/tasks/{(await office.task())['id']}/protection", 409)

    assert refused["code"] == "appeal_not_sealed"
