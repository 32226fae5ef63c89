"""Outcomes, on both databases: what people have settled is told to whoever keeps the rules, and nothing sealed is."""

import json

from services.cli.outcome_learning import Outcome
from services.contracts.appeals import AppealKind, Applicant
from services.contracts.referrals import DeclineReason, ReplyKind
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND
from tests.small_rules import rule_set

PARTED = "1. Прошу дать место в детском саду. 2. Прошу выделить земельный участок под ИЖС."


async def outcomes(office, **query) -> list[dict]:
    """The outcomes, and at last where the next page begins."""
    answer = await office.api.get("/v1/outcomes", params=query)
    assert answer.is_success, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def accepted(office, text: str, **changes) -> None:
    await office.register(text, **changes)
    await office.reply(await office.order(), ReplyKind.ACCEPTED)


async def test_what_an_agency_takes_or_declines_is_an_outcome(office):
    """What it has only been sent is none."""
    await accepted(office, KINDERGARTEN)
    await office.register(LAND)
    await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше")
    await office.register(KINDERGARTEN)
    taken, declined, last = await outcomes(office)

    assert (taken["expected"], taken["topics"], taken["how"]) == ("education", ["education"], "accepted")
    assert (taken["text"], taken["lang"], taken["not_topics"]) == (KINDERGARTEN, "ru", [])
    assert (declined["expected"], declined["topics"], declined["not_topics"]) == (None, [], ["land"])
    assert [Outcome.of(one).is_of("land") for one in (taken, declined)] == [False, False]
    assert last == {"next_cursor": None}


async def test_a_decline_for_the_place_says_nothing_of_the_matter(office):
    """Another education department is still one of education."""
    await office.register(KINDERGARTEN)
    ground = {"reason": "другой район", "reason_code": DeclineReason.OTHER_TERRITORY}
    await office.reply(await office.order(), ReplyKind.DECLINED, **ground)

    assert await outcomes(office) == [{"next_cursor": None}]


async def test_an_operators_choice_is_an_outcome(office):
    """At once; of an agency that the rules had not thought of, by the one category that it answers for."""
    await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="education", reason="школа")
    (chosen, _) = await outcomes(office)

    assert (chosen["expected"], chosen["topics"], chosen["how"]) == ("education", ["education"], "assigned")


async def test_a_complaint_with_the_superior_tells_of_its_matter(office):
    """The akimat had it as the body above; it is about a kindergarten."""
    told = {"kind": AppealKind.COMPLAINT, "complained_of": "Управление образования"}
    await accepted(office, KINDERGARTEN, **told)
    (taken, _) = await outcomes(office)

    assert (taken["expected"], taken["topics"]) == ("education", ["education"])


async def test_nothing_sealed_and_no_author_leaves(office):
    """Neither what tells of corruption, nor what is ours, nor a name, a telephone or a number of a person."""
    author = Applicant(name="Сынақбаев Тест", phone="+77010009999", email="canary@example.kz")
    text = f"{KINDERGARTEN} Пишет Сынақбаева, ИИН 900101300123, тел. 8 701 000 99 99, canary@example.kz."
    await office.register(BRIBE)
    await office.register(f"{GREETING} Взятка.")
    await accepted(office, text, applicant=author)
    answer = await office.api.get("/v1/outcomes")
    (taken, _) = await outcomes(office)

    assert "Взятка" not in answer.text
    assert taken["text"] == f"{KINDERGARTEN} Пишет …, ИИН …, тел. …, …"
    assert taken.keys() == {"id", "text", "lang", "expected", "topics", "not_topics", "at", "how"}


async def test_of_an_appeal_in_parts_each_part_is_an_outcome(office):
    """And no word of the other."""
    await office.register(PARTED)
    orders = [data for kind, data in await office.said() if kind == "referral.issued.v1"]
    for order in orders:
        await office.reply(order, ReplyKind.ACCEPTED)
    *found, _ = await outcomes(office)

    assert {one["expected"]: "участок" in one["text"] for one in found} == {"education": False, "land-relations": True}


async def test_outcomes_come_page_by_page(office):
    """Each once."""
    for _ in range(3):
        await accepted(office, KINDERGARTEN)
    *first, last = await outcomes(office, limit=2)
    *rest, end = await outcomes(office, limit=2, cursor=last["next_cursor"])

    assert (len({one["id"] for one in (*first, *rest)}), end) == (3, {"next_cursor": None})


async def test_only_who_keeps_the_rules_reads_them(office):
    """An operator's scope is not enough."""
    key = (await office.posted("/v1/keys", 201, owner="one", scopes=["referrals:operate", "referrals:sealed"]))["key"]
    answer = await office.api.get("/v1/outcomes", headers={"authorization": f"Bearer {key}"})

    assert answer.status_code == 403


async def test_a_decline_is_in_the_next_trial(office):
    """It tells how often rules would send an appeal again to whoever has declined it."""
    await office.register(LAND)
    await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше")
    answer = await office.api.post("/v1/rules/trial", json={"lexicon": rule_set().lexicon})
    report = json.loads(answer.text.splitlines()[-1])["report"]

    assert report["declines"] == {"known": 1, "sent_again": {"before": 1, "after": 1}}
