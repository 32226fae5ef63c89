"""Documents go to the agency that has the referral, by references that expire, and only where they may."""

import httpx
import pytest

from services.chassis.ids import new_id
from services.contracts.attachments import AttachedDocument, granted
from services.router.rules import RuleSet
from tests.integration.router.parts import BRIBE, KINDERGARTEN, LAND, registered
from tests.small_rules import DIRECTORY, rule_set

IIN = "000101000109"
NEEDS = "needs: [{purpose: application, fields: [applicant.name]}],"
MAILED = "transport: email, contacts: {address: a, phone: p, email: office@prosecution.kz}"
EXTRACT = "Житель просит выделить земельный участок под ИЖС."
PROSECUTION = "Прошу прокурора проверить управляющую компанию."


@pytest.fixture
def documents() -> RuleSet:
    """Education is told the name alone, land relations everything, over HTTP; the prosecution has a mail address."""
    directory = DIRECTORY.replace("transport: by-hand", MAILED)
    for code, more in (("education", NEEDS), ("land-relations", "")):
        directory = directory.replace(f"code: {code},", f"code: {code}, transport: http, {more}")
    return rule_set(directory=directory)


def document(name: str = "план.pdf") -> AttachedDocument:
    one = new_id()
    url = f"http://intake/attachments/{one}"
    return AttachedDocument(
        id=one, name=name, media_type="application/pdf", size=2048, sha256="0" * 64, url=url, key="ab" * 32
    )


async def caller(office, agency: str):
    """An agency's own caller."""
    key = (await office.posted("/v1/keys", 201, owner=agency, scopes=[f"agency:{agency}"]))["key"]

    async def get(path: str) -> httpx.Response:
        return await office.api.get(f"/v1/agencies/me/{path}", headers={"authorization": f"Bearer {key}"})

    return get


def grant_of(one: dict, plan: AttachedDocument):
    assert one["reference"].startswith(f"{plan.url}/")
    return granted(one["reference"].rpartition("/")[2], document_id=plan.id, key=plan.key)


async def test_an_agency_is_sent_references_and_asks_for_new_ones(office):
    """Each names the agency and its referral, is good for a week, and holds no key."""
    plan, get = document(), await caller(office, "land-relations")
    await office.register(LAND, attachments=(plan,))
    (message,) = (await get("messages")).json()["items"]
    (sent,) = message["data"]["attachments"]
    office.clock.advance(days=8)
    answer = await get(f"referrals/{message['data']['referral_id']}/attachments")
    (anew,) = answer.json()["items"]
    first, second = grant_of(sent, plan), grant_of(anew, plan)

    assert (sent["name"], sent["size"], sent["media_type"]) == ("план.pdf", 2048, "application/pdf")
    assert first.by == second.by == "agency:land-relations"
    assert str(first.referral_id) == message["data"]["referral_id"]
    assert first.until < office.clock() < second.until
    assert plan.key not in answer.text + str(message)


async def test_what_the_directory_does_not_allow_is_neither_sent_nor_given(office):
    """Minimum data: who lists what it needs, and no attachments among it, gets none, however it asks."""
    get = await caller(office, "education")
    await office.register(KINDERGARTEN, attachments=(document(f"{IIN}.pdf"),))
    (message,) = (await get("messages")).json()["items"]
    answer = await get(f"referrals/{message['data']['referral_id']}/attachments")

    assert message["data"]["attachments"] == []
    assert answer.json() == {"items": []}


async def test_nobody_asks_for_anothers_documents_or_for_those_of_a_referral_that_has_ended(office):
    """404 for what is another's; 410 for what was declined."""
    mine, other = await caller(office, "land-relations"), await caller(office, "education")
    await office.register(LAND, attachments=(document(),))
    order = (await mine("messages")).json()["items"][0]["data"]
    path = f"referrals/{order['referral_id']}/attachments"
    foreign = await other(path)
    await office.reply(order, "declined", reason="Не наше.")
    ended = await mine(path)

    assert (foreign.status_code, foreign.json()["code"]) == (404, "referral_not_found")
    assert (ended.status_code, ended.json()["code"]) == (410, "referral_ended")


async def test_an_agency_that_has_answered_is_given_no_more(office):
    """As by the references that it has: one rule for both."""
    mine = await caller(office, "land-relations")
    await office.register(LAND, attachments=(document(),))
    order = (await mine("messages")).json()["items"][0]["data"]
    before = await mine(f"referrals/{order['referral_id']}/attachments")
    await office.reply(order, "answered", text="Да.")
    after = await mine(f"referrals/{order['referral_id']}/attachments")

    assert (before.status_code, after.status_code) == (200, 410)


async def test_r_sec_2_an_extract_of_a_sealed_appeal_goes_without_documents(office):
    """An attachment could name its author, or tell of the crime."""
    get = await caller(office, "land-relations")
    appeal_id = await office.register(f"{LAND} {BRIBE}", attachments=(document(),))
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="посмотрите снова")
    task = await office.task()
    await office.posted_by(
        "first", f"/v1/tasks/{task['id']}/assignment", agency="land-relations", reason="только земля", part=EXTRACT
    )
    await office.approve(appeal_id)
    (message,) = (await get("messages")).json()["items"]
    answer = await get(f"referrals/{message['data']['referral_id']}/attachments")

    assert message["data"]["text"] == EXTRACT
    assert message["data"]["attachments"] == answer.json()["items"] == []


async def test_an_operator_sees_documents_for_an_hour_and_sealed_ones_only_with_the_scope(office):
    """A reference says who asked for it."""
    plain, sealed = document(), document()
    open_id = await office.register(KINDERGARTEN, attachments=(plain,))
    sealed_id = await office.register(BRIBE, attachments=(sealed,))
    key = (await office.posted("/v1/keys", 201, owner="Айгүл", scopes=["referrals:operate"]))["key"]
    answers = [
        await office.api.get(f"/v1/appeals/{one}/attachments", headers={"authorization": f"Bearer {key}"})
        for one in (open_id, sealed_id)
    ]
    grant = grant_of(answers[0].json()["items"][0], plain)

    assert [answer.status_code for answer in answers] == [200, 403]
    assert (grant.by, grant.referral_id) == ("operator:Айгүл", None)
    assert (grant.until - office.clock()).total_seconds() == 3600
    assert len((await office.got(f"/v1/appeals/{sealed_id}/attachments"))["items"]) == 1


async def test_the_mailed_page_leads_to_the_documents(office):
    """By references that are good for an hour and say that it was the link; a name is text, not markup."""
    plan = document("<b>план</b>.pdf")
    await office.register(PROSECUTION, attachments=(plan,))
    mail = next(data for kind, data in await office.said() if kind == "agency.notify.v1")
    page = await office.api.get(httpx.URL(mail["link"]).path, headers={"authorization": ""})
    reference = page.text.partition(f'href="{plan.url}/')[2].partition('"')[0]
    grant = granted(reference, document_id=plan.id, key=plan.key)

    assert "&lt;b&gt;план&lt;/b&gt;.pdf</a> (2 KiB)" in page.text
    assert plan.name not in str(mail)
    assert grant.by == "link:prosecution"
    assert (grant.until - office.clock()).total_seconds() == 3600


async def test_a_reissued_and_a_replayed_referral_bring_good_references(office):
    """A week after the first, both are good again."""
    plan, get = document(), await caller(office, "land-relations")
    await office.register(LAND, attachments=(plan,))
    order = (await get("messages")).json()["items"][0]["data"]
    office.clock.advance(days=8)
    await office.posted(f"/v1/referrals/{order['referral_id']}/reissue")
    await office.posted("/v1/agencies/land-relations/replay", referral_ids=[order["referral_id"]])
    messages = (await get("messages")).json()["items"]

    assert len(messages) == 3
    assert all(grant_of(one["data"]["attachments"][0], plan).until > office.clock() for one in messages[1:])


async def test_r_sec_3_a_protected_appeal_forgets_its_documents(office):
    """Their names and keys are words of the appeal, too."""
    appeal_id = await office.register(BRIBE, attachments=(document(f"{IIN}.pdf"),))
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="посмотрите снова")
    task = await office.task()
    await office.posted_by("officer", f"/v1/tasks/{task['id']}/protection", reason="защищаемое лицо")

    assert (await office.got(f"/v1/appeals/{appeal_id}/attachments"))["items"] == []


def test_an_appeal_without_documents_is_as_it_was():
    """An older intake says nothing of attachments."""
    assert registered(LAND).attachments == ()
