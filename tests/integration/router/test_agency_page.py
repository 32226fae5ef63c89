"""A body with no system at all: an e-mailed link opens one referral, for a while, and takes its replies."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.contracts.appeals import Applicant
from services.contracts.proof import Certificate, faults
from services.router import forgetting
from services.router.agency_page import PAUSE
from services.router.rules import RuleSet
from tests.integration.router.test_proof import KEYS, certificate, confirm
from tests.small_rules import DIRECTORY, rule_set

TEXT = "Прошу прокурора проверить управляющую компанию."
APPLICANT = Applicant(name="Сынақбаев Тест", phone="+77000000001", email="applicant@example.kz")


@pytest.fixture
def documents() -> RuleSet:
    """The prosecution has an e-mail address, and nothing else."""
    contacts = "transport: email, contacts: {address: a, phone: p, email: office@prosecution.kz}"
    return rule_set(directory=DIRECTORY.replace("transport: by-hand", contacts))


@pytest.fixture
async def mail(office) -> dict[str, Any]:
    """What the notifier is ordered to tell the agency of one referral."""
    await office.register(TEXT, applicant=APPLICANT)
    (told,) = await mails(office)
    return told


async def mails(office) -> list[dict[str, Any]]:
    return [data for kind, data in await office.said() if kind == "agency.notify.v1"]


async def opened(office, mail, **query: str) -> httpx.Response:
    """The page, as a browser without any key sees it."""
    return await office.api.get(path_of(mail), params=query, headers={"authorization": ""})


def path_of(mail: dict[str, Any]) -> str:
    return httpx.URL(mail["link"]).path


def event_of(page: httpx.Response, kind: str) -> str:
    found = re.search(rf'name="kind" value="{kind}"><input type="hidden" name="event" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def sent(office, mail, page, kind: str, **words: str) -> httpx.Response:
    """A form of the page, as a browser sends it."""
    form = {"kind": kind, "event": event_of(page, kind), **words}
    return await office.api.post(path_of(mail), data=form, headers={"authorization": ""})


async def referral(office, mail) -> dict[str, Any]:
    return dict(await office.referral({"referral_id": mail["referral_id"]}))


async def test_the_mail_goes_to_the_agency_and_holds_no_personal_data(mail):
    """A link, the agency's own name and a moment; nothing of the applicant or the text."""
    said = json.dumps(mail, ensure_ascii=False)

    assert (mail["agency"], mail["email"]) == ("prosecution", "office@prosecution.kz")
    assert not any(word in said for word in (TEXT, APPLICANT.name, APPLICANT.phone, APPLICANT.email))


async def test_the_page_shows_one_referral_without_a_script_in_both_languages(office, mail):
    """A strict policy: nothing is loaded, sent elsewhere, framed or kept; what people wrote is text, not markup."""
    pages = [await opened(office, mail, lang=lang) for lang in ("kk", "ru")]

    for page, word in zip(pages, ("Өтініш беруші", "Заявитель"), strict=True):
        assert page.status_code == 200
        assert TEXT in page.text
        assert APPLICANT.name in page.text
        assert word in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")


async def test_every_opening_is_on_the_referrals_history(office, mail):
    """Who has the link has the referral: the operator sees when it was opened."""
    for _ in range(2):
        await opened(office, mail)

    kinds = [event["kind"] for event in (await referral(office, mail))["timeline"]]
    assert kinds == ["issued", "opened", "opened"]


async def test_the_agency_registers_accepts_and_answers(office, mail):
    """By the same rules as any other way; after the answer the page shows the words no longer."""
    for kind, words in (("received", {"registration_number": "П-7"}), ("accepted", {}), ("answered", {"text": "Да."})):
        answer = await sent(office, mail, await opened(office, mail), kind, **words)
        assert answer.status_code == 303
    after, found = await opened(office, mail), await referral(office, mail)

    assert [(reply["kind"], reply["outcome"]) for reply in found["replies"]] == [
        ("received", "applied"),
        ("accepted", "applied"),
        ("answered", "applied"),
    ]
    assert found["state"] == "answered"
    assert TEXT not in after.text
    assert "<form" not in after.text


async def test_the_page_says_what_a_system_could_say(office, mail):
    """A decline with its ground and who is competent, an extension, an answer with its documents: kept as if by API."""
    due = (await referral(office, mail))["answer_due_on"]
    later = (datetime.fromisoformat(due) + timedelta(days=20)).date().isoformat()
    page = await opened(office, mail)
    forms = (
        ("received", {"registration_number": "П-7", "registered_on": "2026-11-23"}),
        ("accepted", {}),
        ("extended", {"extended_to": later, "reason": "Нужна проверка."}),
        (
            "answered",
            {"text": "Да.", "language": "kk", "documents": "https://gov.example/a/акт.pdf\r\nhttps://b.example"},
        ),
    )
    for kind, words in forms:
        office.clock.advance(seconds=1)
        answer = await sent(office, mail, page, kind, **words)
        assert "told=said" in answer.headers["location"], kind
    found = await referral(office, mail)
    received, _, extended, answered = found["replies"]

    assert [one["outcome"] for one in found["replies"]] == ["applied"] * 4
    assert (received["registered_on"], extended["extended_to"]) == ("2026-11-23", later)
    assert (found["answer_due_on"], answered["language"]) == (later, "kk")
    assert [(one["name"], one["reference"]) for one in answered["documents"]] == [
        ("акт.pdf", "https://gov.example/a/акт.pdf"),
        ("b.example", "https://b.example"),
    ]


async def test_a_decline_tells_its_ground_and_who_is_competent(office, mail):
    """The bodies to choose from are those of the directory, by name and without its own."""
    page = await opened(office, mail, lang="ru")
    words = {"reason": "Не наше.", "reason_code": "not_competent", "legal_basis": "АППК 65(1)"}
    await sent(office, mail, page, "declined", **words, proposed_agency="education")
    (reply,) = (await referral(office, mail))["replies"]

    assert {name: reply[name] for name in words} == words
    assert (reply["proposed_agency"], reply["outcome"]) == ("education", "applied")
    assert '<option value="education">' in page.text
    assert '<option value="prosecution">' not in page.text
    assert all(f'<option value="{one}">' in page.text for one in ("not_competent", "other_territory"))


async def test_a_part_is_returned_by_quoting_it(office):
    """What does not stand in the text, or is all of it, is told at once, and nobody is asked."""
    await office.register(f"{TEXT} Прошу прислать копию договора.", applicant=APPLICANT)
    (mail,) = await mails(office)
    page = await opened(office, mail)
    words = {"reason": "Часть не наша.", "reason_code": "not_competent", "legal_basis": "АППК 65(2)"}
    wrong = [
        await sent(office, mail, page, "accepted_in_part", **words, returned=text)
        for text in ("Прошу место в школе.", f"{TEXT} Прошу прислать копию договора.")
    ]
    tasks = (await office.got("/v1/tasks"))["items"]
    right = await sent(office, mail, page, "accepted_in_part", **words, returned="Прошу прислать\r\nкопию договора.")

    assert [one.headers["location"].partition("?")[2] for one in wrong] == ["told=unquoted"] * 2
    assert tasks == []
    assert "told=said" in right.headers["location"]
    assert (await referral(office, mail))["state"] == "accepted_in_part"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("extended", {"reason": "Долго.", "extended_to": "завтра"}),
        ("answered", {"text": "Да.", "documents": "javascript:alert(1)"}),
        ("declined", {"reason": "Не наше.", "reason_code": "because"}),
    ],
)
async def test_what_can_be_no_reply_is_said_so(office, mail, kind, words):
    """And changes nothing."""
    answer = await sent(office, mail, await opened(office, mail), kind, **words)

    assert "told=wrong" in answer.headers["location"]
    assert (await referral(office, mail))["replies"] == []


async def test_a_form_sent_twice_counts_once_and_an_empty_one_not_at_all(office, mail):
    """Its event's id stands in it; a decline needs its reason."""
    page = await opened(office, mail)
    empty = await sent(office, mail, page, "declined")
    office.clock.advance(seconds=1)
    for _ in range(2):
        assert (await sent(office, mail, page, "accepted")).status_code == 303
        office.clock.advance(seconds=1)

    assert "told=wrong" in empty.headers["location"]
    assert [reply["kind"] for reply in (await referral(office, mail))["replies"]] == ["accepted"]


async def test_a_link_opens_nothing_else(office, mail):
    """Whoever changes anything in it has no link at all."""
    path = path_of(mail)
    for place in (10, 30, 40, len(path) - 5):
        other = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        assert (await office.api.get(other)).status_code == 404
        assert (await office.api.post(other)).status_code in {404, 405}


async def test_a_link_ends_before_the_term_and_is_renewed_to_the_agency_alone(office, mail):
    """An expired one shows nothing of the appeal, takes no reply, and can have a new one sent to the known address."""
    until = datetime.fromisoformat(mail["good_until"])
    due = datetime.fromisoformat((await referral(office, mail))["answer_due_on"] + "T19:00:00+00:00")
    page = await opened(office, mail)
    office.clock.at = until
    expired, reply = await opened(office, mail), await sent(office, mail, page, "accepted")
    for _ in range(2):
        await office.api.post(f"{path_of(mail)}/renewal")
    (renewed,) = await mails(office)
    office.clock.advance(seconds=PAUSE.total_seconds())

    assert until <= due
    assert (expired.status_code, reply.status_code) == (410, 410)
    assert TEXT not in expired.text
    assert APPLICANT.name not in expired.text
    assert renewed["email"] == mail["email"]
    assert (await opened(office, renewed)).status_code == 200


async def test_a_recalled_referral_is_not_shown(office, mail):
    """The link still opens the page, which says so and nothing more; an e-mail has told that there is news."""
    await office.posted(f"/v1/referrals/{mail['referral_id']}/recall", reason="ошибка")
    page, (news,) = await opened(office, mail), await mails(office)

    assert TEXT not in page.text
    assert "отозвано" in page.text
    assert news["referral_id"] == mail["referral_id"]


async def test_an_operator_may_still_enter_what_such_an_agency_says_on_paper(office, mail):
    """It has a page, and may write a letter all the same."""
    said = {"kind": "accepted", "occurred_at": datetime(2026, 11, 23, 7, 0, tzinfo=UTC).isoformat()}
    await office.posted(f"/v1/referrals/{mail['referral_id']}/replies", 201, **said)

    assert (await referral(office, mail))["state"] == "accepted"


async def test_a_late_agency_gets_a_link_for_a_day(office, mail):
    """What is overdue is still its own: it must be able to answer."""
    office.clock.advance(days=60)
    await office.api.post(f"{path_of(mail)}/renewal")
    (renewed,) = await mails(office)

    assert datetime.fromisoformat(renewed["good_until"]) == office.clock() + timedelta(days=1)


async def test_the_certificate_proves_the_mailed_way_too(office, mail):
    """Ordered and confirmed, opened, answered: chained and signed; the link itself, a secret, is not in it."""
    await confirm(office)
    page = await opened(office, mail)
    office.clock.advance(seconds=1)
    await sent(office, mail, page, "answered", text="Проверено.")
    found = await certificate(office, mail)
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    assert [one["kind"] for one in found["entries"]] == ["linked", "opened", "reply"]
    assert found["entries"][0]["facts"]["good_until"] == mail["good_until"]
    assert (found["entries"][1]["facts"]["expired"], found["entries"][2]["facts"]["kind"]) == (False, "answered")
    assert path_of(mail).rpartition("/")[2] not in text
    assert faults(Certificate.model_validate_json(text), KEYS) == []
    assert await certificate(office, mail) == found
    for changed in (text.replace('"expired":false', '"expired":true'), text.replace("prosecution", "prosecutiom", 1)):
        assert faults(Certificate.model_validate_json(changed), KEYS) != []


async def test_an_opening_after_the_time_is_proved_as_such(office, mail):
    """Nothing was shown then."""
    await confirm(office)
    office.clock.advance(days=60)
    await opened(office, mail)
    found = await certificate(office, mail)

    assert [(one["kind"], one["facts"].get("expired")) for one in found["entries"]] == [
        ("linked", None),
        ("opened", True),
    ]


async def test_r_sec_3_the_link_to_what_is_forgotten_shows_the_number_alone(office, mail):
    """The mail is still there, and may be opened."""
    await office.posted(f"/v1/referrals/{mail['referral_id']}/recall", reason="ошибка")
    async with office.database.transaction() as tx:
        await forgetting.forget(tx, UUID(mail["appeal_id"]))

    page = await opened(office, mail)

    assert page.status_code == 200
    assert TEXT not in page.text
    assert APPLICANT.name not in page.text
