"""The page of one appeal, and steering its referrals from there, without a browser."""

import json
import re

import pytest

from services.contracts.appeals import Applicant
from services.contracts.proof import Certificate, faults
from services.contracts.referrals import ReplyKind
from services.router.operators import Role
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND
from tests.integration.router.visits import acts, post

PERSON = Applicant(name="Канарейкин Тест", phone="+77010009999", email="canary@example.kz", postal_address="Талгар, 1")
SECRETS = ("Канарейкин", "77010009999", "canary@", "Талгар, 1")
WHY = "ошиблись органом"


@pytest.fixture
def database_url(sqlite_url):
    """One database is enough for pages: what they ask is tested on both elsewhere."""
    return sqlite_url


async def shown(browser, appeal_id, **query):
    page = await browser.get(f"/appeals/{appeal_id}", params=query or None)
    assert page.status_code == 200, page.text
    return page.text


def timeline(page):
    """Titles of the history's entries, in their order."""
    history = page.split('id="history"')[1]
    return re.findall(r"<p><strong>([^<]*)</strong>", history)


async def test_all_that_happened_stands_in_one_order(office, enter):
    """From its reception to its answer, each with who did it; newest first when that is wished for; and by group."""
    appeal_id = await office.register(KINDERGARTEN)
    order = await office.order()
    office.clock.advance(hours=1)
    await office.reply(order, ReplyKind.ACCEPTED, registration_number="К-1")
    office.clock.advance(hours=1)
    await office.reply(order, ReplyKind.ANSWERED, text="Место дали.")
    browser = await enter(Role.OPERATOR)
    page = await shown(browser, appeal_id)
    titles = timeline(page)

    assert titles[0] == "Обращение получено"
    assert [title.split(":")[0] for title in titles[1:3]] == ["Решение", "Направлено"]
    assert [title.split(": ")[1] for title in titles[3:]] == ["принято", "ответ"]
    assert all(words in page for words in ("К-1", "Место дали.", "Почему решено так", "правила"))
    assert timeline(await shown(browser, appeal_id, order="newest")) == titles[::-1]
    assert timeline(await shown(browser, appeal_id, group="agency")) == titles[3:]
    assert "notifier сейчас не отвечает" in page


async def test_a_viewer_reads_no_words(office, enter):
    """Neither the appeal's nor an agency's, and no reasons."""
    appeal_id = await office.register(KINDERGARTEN, applicant=PERSON)
    await office.reply(await office.order(), ReplyKind.ANSWERED, text="Место дали.")
    page = await shown(await enter(Role.VIEWER), appeal_id)

    assert "Текст читают только операторы" in page
    assert all(words not in page for words in ("детском саду", "Место дали", "К•••", *SECRETS))
    assert "/recall" not in page


async def test_personal_data_are_masked_until_revealed_for_a_reason_that_is_noted(office, enter):
    """Once: the page that is asked for again hides them again. Without a reason nothing is shown."""
    appeal_id = await office.register(KINDERGARTEN, applicant=PERSON, registration_number="А")
    browser = await enter(Role.OPERATOR)
    masked = await shown(browser, appeal_id)
    refused = await post(browser, f"/appeals/{appeal_id}/reveal")
    revealed = await post(browser, f"/appeals/{appeal_id}/reveal", reason="contact")

    assert all(words not in masked for words in SECRETS)
    assert "К••• Т•••" in masked
    assert refused.status_code == 422
    assert all(words not in refused.text for words in SECRETS)
    assert all(words in revealed.text for words in SECRETS)
    # whoever changes the language there comes to a page that there is, and nothing asks for this one again
    assert f'name="next" value="/console/appeals/{appeal_id}"' in revealed.text
    assert "data-live-url" not in revealed.text
    again = await shown(browser, appeal_id)
    assert all(words not in again for words in SECRETS)
    noted = [facts for act, facts in await acts(office) if act == "appeal.reveal"]
    assert noted == [{"number": "А", "reason": "contact"}]


async def test_r_sec_1_a_sealed_appeal_is_veiled_and_nothing_of_it_is_revealed(office, enter):
    """Number, dates and state; no word, body, verb nor proof. The officer for them sees it."""
    appeal_id = await office.register(BRIBE, registration_number="Т-1", applicant=PERSON)
    plain, officer = await enter(Role.OPERATOR), await enter(Role.SEALED_OFFICER, login="dana")
    page = await shown(plain, appeal_id)

    assert "Т-1" in page
    assert "осталось у нас" in page
    assert all(words not in page for words in ("взятку", "заявление", "К•••", *SECRETS))
    assert timeline(page) == []
    assert (await post(plain, f"/appeals/{appeal_id}/reveal", reason="contact")).status_code == 403
    assert (await plain.get(f"/appeals/{appeal_id}/review")).status_code == 403
    assert "взятку" in await shown(officer, appeal_id)


async def test_a_referral_is_steered_and_what_was_done_is_told(office, enter):
    """Reminded, sent again, given to another, taken back: each by the desk's own verb, noted in the trail."""
    appeal_id = await office.register(KINDERGARTEN)
    first = (await office.order())["referral_id"]
    browser = await enter(Role.OPERATOR)
    page = await shown(browser, appeal_id)
    assert re.findall(rf"referrals/{first}/(\w+)\"", page) == ["remind", "reissue", "correct", "recall"]
    for verb in ("remind", "reissue"):
        form = (await browser.get(f"/referrals/{first}/{verb}")).text
        revision = re.search(r'name="revision" value="(\d+)"', form)[1]
        answer = await post(browser, f"/referrals/{first}/{verb}", revision=revision)
        assert answer.status_code == 303, re.findall(r"<li><a href=\"#[^<]*", answer.text)
        assert answer.headers["location"] == f"/console/appeals/{appeal_id}?done={verb}"
    await post(browser, f"/referrals/{first}/correct", agency="akimat", reason=WHY)
    second = (await office.order())["referral_id"]
    done = await post(browser, f"/referrals/{second}/recall", reason=WHY)

    assert "Отозвано: обращение ждёт решения." in await shown(browser, appeal_id, done="recall")
    assert done.status_code == 303
    states = [one["state"] for one in (await office.appeal(appeal_id))["referrals"]]
    assert states == ["recalled", "recalled"]
    assert [act for act, _ in await acts(office)][:4] == [
        "referral.recall",
        "referral.correct",
        "referral.reissue",
        "referral.remind",
    ]


@pytest.mark.parametrize(
    ("verb", "form", "told"),
    [
        ("recall", {}, 'href="#reason"'),
        ("recall", {"reason": WHY, "revision": "9"}, "Перенаправление изменилось"),
        ("correct", {"reason": WHY}, 'href="#agency"'),
        ("correct", {"reason": WHY, "agency": "nobody"}, "В справочнике нет такого"),
        ("reply", {"kind": "accepted", "occurred_at": "2026-11-23T10:00"}, "У этого органа своя система"),
        ("reply", {"kind": "answered", "occurred_at": "когда-то"}, 'href="#occurred_at"'),
    ],
)
async def test_what_cannot_be_is_told_on_the_form_and_what_was_typed_is_kept(office, enter, verb, form, told):
    await office.register(KINDERGARTEN)
    order = await office.order()
    answer = await post(await enter(Role.OPERATOR), f"/referrals/{order['referral_id']}/{verb}", **form)

    assert answer.status_code == 422
    assert told in answer.text
    assert all(value in answer.text for value in form.values() if value == WHY)


async def test_a_reply_told_by_letter_is_entered(office, enter):
    """Of an agency without a system; its moment is one in Almaty."""
    appeal_id = await office.register("Прошу прокурора проверить.")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason=WHY)
    (referral,) = (await office.appeal(appeal_id))["referrals"]
    office.clock.advance(hours=3)
    browser = await enter(Role.OPERATOR)
    form = {"kind": "answered", "occurred_at": "2026-11-23T14:30", "text": "Проверено."}
    answer = await post(browser, f"/referrals/{referral['id']}/reply", **form)
    (reply,) = (await office.got(f"/v1/referrals/{referral['id']}"))["replies"]

    assert answer.status_code == 303
    assert (reply["kind"], reply["occurred_at"], reply["text"]) == ("answered", "2026-11-23T09:30:00Z", "Проверено.")
    assert "Проверено." in await shown(browser, appeal_id)


async def test_a_part_that_an_agency_returns_by_letter_is_quoted(office, enter):
    """Without the quotation the form says what is missing; with it the agency keeps the rest."""
    await office.register("Прошу прокурора проверить. Прошу прислать копию договора.")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason=WHY)
    (referral,) = (await office.got("/v1/referrals"))["items"]
    browser, path = await enter(Role.OPERATOR), f"/referrals/{referral['id']}/reply"
    form = {"kind": "accepted_in_part", "occurred_at": "2026-11-23T12:00", "reason": "Часть не наша."}
    page = (await browser.get(path)).text
    missing = await post(browser, path, **form)
    told = await post(browser, path, **form, returned="Прошу прислать\r\nкопию договора.")

    assert 'name="returned"' in page
    assert (missing.status_code, 'href="#returned"' in missing.text) == (422, True)
    assert (told.status_code, told.headers.get("location", "").endswith("done=reply")) == (303, True)
    assert (await office.got(f"/v1/referrals/{referral['id']}"))["state"] == "accepted_in_part"


async def test_a_reply_that_does_not_fit_is_not_said_to_be_entered(office, enter):
    """It is kept as a note, and moves nothing."""
    await office.register("Прошу прокурора проверить.")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason=WHY)
    (referral,) = (await office.got("/v1/referrals"))["items"]
    browser, path = await enter(Role.OPERATOR), f"/referrals/{referral['id']}/reply"
    first = await post(browser, path, kind="accepted", occurred_at="2026-11-23T12:00")
    late = await post(browser, path, kind="received", occurred_at="2026-11-23T11:00")
    page = (await browser.get(late.headers["location"].removeprefix("/console"))).text

    assert [one.headers["location"].rpartition("=")[2] for one in (first, late)] == ["reply", "noted"]
    assert "сохранён как заметка" in page
    assert (await office.got(f"/v1/referrals/{referral['id']}"))["state"] == "accepted"


async def test_a_retained_appeal_is_asked_to_be_looked_at_again(office, enter):
    appeal_id = await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason=WHY)
    browser = await enter(Role.SEALED_OFFICER)
    answer = await post(browser, f"/appeals/{appeal_id}/review", reason="новые сведения")

    assert answer.headers["location"] == f"/console/appeals/{appeal_id}?done=review"
    assert (await office.task())["question"] == "review"


async def test_the_proof_of_hand_over_is_a_file_that_holds(office, enter):
    """The same certificate as over HTTP."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(order, ReplyKind.RECEIVED)
    browser = await enter(Role.VIEWER)
    answer = await browser.get(f"/referrals/{order['referral_id']}/certificate")
    certificate = Certificate.model_validate(json.loads(answer.content))

    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(certificate.entries) == 1
    assert faults(certificate, [certificate.entries[0].key]) == []
