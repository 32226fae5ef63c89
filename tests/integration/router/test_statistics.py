"""Statistics, on both databases: every figure is what the messages say that were sent and heard."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.contracts.appeals import AppealRegistered, Channel, Language
from services.contracts.referrals import ReplyKind
from services.router import report
from services.router.periods import By, Period
from services.router.requests import OPERATE
from services.router.statistics import Slice
from tests.integration.router.office import Office
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND, registered
from tests.small_rules import DIRECTORY, rule_set

ROAD = "На нашей улице разбита дорога."
SPACE = "Прокурор не отвечает."
MATTER = {
    "land-relations": "local:land",
    "education": "local:education",
    "education-talgar": "local:education",
    "akimat": "local:roads",
}
TEXTS = (KINDERGARTEN, LAND, ROAD, GREETING, BRIBE, SPACE, f"{KINDERGARTEN} Талгар.")


@pytest.fixture
def small_cell() -> int:
    """Nothing is left out, but where a test says so."""
    return 1


@dataclass
class Log:
    """What was heard, and then what was said in messages: counted here again, and in no other way than by reading."""

    appeals: dict[UUID, AppealRegistered] = field(default_factory=dict)
    outcome: dict[UUID, str] = field(default_factory=dict)
    agency: dict[UUID, str] = field(default_factory=dict)
    issued: dict[str, tuple[str, UUID, datetime]] = field(default_factory=dict)
    states: dict[str, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))

    def read(self, said: list[tuple[str, dict[str, Any]]]) -> None:
        for kind, told in said:
            about = UUID(told["appeal_id"]) if "appeal_id" in told else None
            if kind == "appeal.assessed.v1" and about:
                self.outcome[about] = told["assessment"]
            elif kind == "referral.issued.v1" and about:
                at = datetime.fromisoformat(told["issued_at"])
                self.issued[told["referral_id"]] = (told["agency"], about, at)
            elif kind == "referral.changed.v1" and about:
                self.states[told["referral_id"]][told["state"]] = datetime.fromisoformat(told["changed_at"])
                if told["state"] in {"issued", "accepted", "answered"}:
                    self.outcome[about], self.agency[about] = "referred", told["agency"]

    def of(self, first: date, last: date, **wanted: Any) -> set[UUID]:
        """Appeals registered in these days with these values."""
        return {
            i
            for i, one in self.appeals.items()
            if first <= one.registered_on <= last and all(getattr(one, k) == v for k, v in wanted.items())
        }

    def rows(self, ids: set[UUID]) -> Counter[str]:
        """The count of each row that has no others within it, and of those that have."""
        counts = Counter(total=len(ids))
        for i in ids:
            match self.outcome[i]:
                case "referred":
                    counts.update(("outside", "local", MATTER[self.agency[i]]))
                case "retained":
                    counts["ours"] += 1
                case "in_review":
                    counts["deciding"] += 1
                case "withdrawn":
                    counts["ended"] += 1
        return counts

    def hours(self, ids: set[UUID], agency: str, *states: str) -> list[int]:
        """How long each referral of an agency took to the first of these states, in whole hours."""
        found = []
        for referral, (whose, about, at) in self.issued.items():
            if whose == agency and about in ids and (said := self.states[referral].keys() & set(states)):
                found.append((min(self.states[referral][state] for state in said) - at) // timedelta(hours=1))
        return sorted(found)


async def lived(office: Office, seed: int) -> Log:
    """Two weeks of the office's life, as chance has it."""
    random, log = Random(seed), Log()  # noqa: S311 - nothing secret
    for _ in range(45):
        about = registered(
            random.choice(TEXTS),
            channel=random.choice(list(Channel)),
            language=random.choice(list(Language)),
            received_at=office.clock(),
            registered_on=office.clock().date(),
        )
        log.appeals[about.appeal_id] = about
        await office.take(office.router.assess, [about], "appeals")
        said = await office.said()
        log.read(said)
        for order in [data for kind, data in said if kind == "referral.issued.v1"]:
            for kind in random.choice(list(_STORIES)):
                office.clock.advance(minutes=random.choice([7, 61, 200, 2000]))
                if kind is None:
                    await office.withdraw(about.appeal_id)
                    log.read(await office.said())
                    log.outcome[about.appeal_id] = "withdrawn"
                else:
                    more = {"reason": "не наше"} if kind is ReplyKind.DECLINED else {"text": "ответ"}
                    await office.reply(order, kind, **more)
        log.read(await office.said())
        office.clock.advance(hours=random.choice([0, 1, 5]))
    return log


_STORIES = (
    (),
    (ReplyKind.RECEIVED,),
    (ReplyKind.RECEIVED, ReplyKind.ACCEPTED),
    (ReplyKind.ACCEPTED, ReplyKind.ANSWERED),
    (ReplyKind.ANSWERED,),
    (ReplyKind.DECLINED,),
    (ReplyKind.ACCEPTED, None),
)


def rank(hours: list[int], hundredths: int) -> int | None:
    """The nearest rank, from the list itself."""
    return hours[(len(hours) * hundredths + 99) // 100 - 1] if hours else None


def whole(counts: list[dict[str, Any]], name: str = "now") -> dict[str, int]:
    return {row["row"]: row[name] for row in counts if row[name]}


async def test_figures_are_what_the_messages_say(office):
    """Rows, trend, agencies and times, for all and for a slice, now and in the period before."""
    log = await lived(office, seed=1)
    days = sorted({one.registered_on for one in log.appeals.values()})
    middle, last = days[len(days) // 2], days[-1]
    asked = {"from": middle.isoformat(), "to": last.isoformat()}
    before = log.of(middle - (last - middle + timedelta(days=1)), middle - timedelta(days=1))
    mine = log.of(middle, last)
    found = await office.got("/v1/statistics", **asked, by="day")
    by_web = await office.got("/v1/statistics", **asked, channel="web", language="kk")

    assert len(mine) > 15
    assert whole(found["rows"]) == log.rows(mine)
    assert whole(found["rows"], "before") == log.rows(before)
    assert whole(by_web["rows"]) == log.rows(log.of(middle, last, channel=Channel.WEB, language=Language.KAZAKH))
    assert {step["from"]: step["registered"] for step in found["trend"]} == {
        day.isoformat(): len(log.of(day, day)) for day in _days(middle, last)
    }
    assert [one["agency"] for one in found["agencies"]]
    for one in found["agencies"]:
        handed_over = [r for r, (agency, about, _) in log.issued.items() if agency == one["agency"] and about in mine]
        accepting = log.hours(mine, one["agency"], "accepted", "answered")
        answering = log.hours(mine, one["agency"], "answered")
        declining = log.hours(mine, one["agency"], "declined", "disputed")
        assert one["issued"] == len(handed_over)
        assert [one["accepted"], one["answered"], one["declined"]] == [len(accepting), len(answering), len(declining)]
        assert one["hours_to_accept"] == {"median": rank(accepting, 50), "nine_in_ten": rank(accepting, 90)}
        assert one["hours_to_answer"] == {"median": rank(answering, 50), "nine_in_ten": rank(answering, 90)}
    declined = Counter(about for referral, (_, about, _) in log.issued.items() if "declined" in log.states[referral])
    times = Counter(n for about, n in declined.items() if about in mine)
    assert found["declines"] == {"1": times[1], "2": times[2], "3+": 0}
    assert found["overturned"]["by_agencies"] == times.total()
    handed_over = Counter(Counter(about for _, about, _ in log.issued.values() if about in mine).values())
    beyond = sum(n for times, n in handed_over.items() if times > 2)
    assert found["hand_overs"] == {"1": handed_over[1], "2": handed_over[2], "3+": beyond}
    assert handed_over[1] > handed_over[2]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


async def test_a_territory_has_what_lies_within_it(office):
    """Asked for the region, its districts count too; what names no place counts only where none is asked for."""
    for text in (f"{LAND} Талгар.", f"{LAND} Талгар.", f"{LAND} Кеген.", LAND):
        await office.register(text)
    totals = [
        whole((await office.got("/v1/statistics", **asked))["rows"])["total"]
        for asked in ({}, {"territory": "region"}, {"territory": "talgar"}, {"territory": "kegen"})
    ]

    assert totals == [4, 3, 2, 1]


async def test_a_period_is_counted_month_by_month(office):
    """Of months together as much as of each alone; who waits is told how far it is."""
    shares: list[float] = []
    for text in (LAND, KINDERGARTEN, GREETING, LAND):
        await office.register(text)
        await office.reply(await office.order(), ReplyKind.ANSWERED, text="ответ") if text != GREETING else None
        office.clock.advance(days=20)
    first, last = date(2026, 11, 1), office.clock().date()
    directory = office.router.rules.directory
    async with office.database.reading() as tx:
        whole = await report.made(tx, directory, Slice(Period(first, last)), by=By.MONTH, least=1, tell=shares.append)
        months = [
            await report.made(tx, directory, Slice(one), by=By.MONTH, least=1)
            for one in Period(first, last).steps(By.MONTH)
        ]

    assert len(months) > 2
    assert whole.line("total").now == sum(one.line("total").now or 0 for one in months) == 4
    assert sum(one.answered or 0 for one in whole.agencies) == 3
    assert whole.hand_overs["1"] == sum(one.hand_overs["1"] or 0 for one in months) == 3
    assert whole.decided_alone == sum(one.decided_alone or 0 for one in months) == 3
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


async def test_persons_have_their_part(office):
    """Who was asked, who took back what was decided, and what went without anybody."""
    await office.register(LAND)
    await office.register(GREETING)
    order_of = await office.register(KINDERGARTEN)
    order = await office.order()
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason="не туда")
    task = await office.task(appeal_id=str(order_of))
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason="туда")
    found = await office.got("/v1/statistics")

    assert whole(found["rows"])["local:roads"] == 1
    assert found["decided_alone"] == 1
    assert found["overturned"] == {"by_agencies": 0, "by_persons": 1}


@pytest.fixture
def documents():
    """The small rules, where roads are counted within land, and prosecution is no matter of local bodies."""
    directory = DIRECTORY.replace(
        "{<<: *category, code: prosecution}", "{<<: *category, code: prosecution, local_executive: false}"
    )
    return rule_set(directory=directory.replace("code: water}", "code: water, within: roads}"))


async def test_categories_are_counted_where_the_directory_says(office):
    """One within another under its name, and other bodies' apart."""
    await office.register("Нет водопровода.")
    await office.register(SPACE)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason="их дело")
    found = await office.got("/v1/statistics")
    names = [row["row"] for row in found["rows"]]

    assert whole(found["rows"]) == {
        "total": 2,
        "outside": 2,
        "local": 1,
        "local:roads": 1,
        "other": 1,
        "other:prosecution": 1,
    }
    assert "local:water" not in names
    assert names.index("local") < names.index("local:land") < names.index("other") < names.index("deciding")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, "period_invalid"),
        ({"from": "2020-01-01", "to": "2026-11-01", "by": "day"}, "steps_too_many"),
        ({"territory": "atlantis"}, "territory_unknown"),
    ],
)
async def test_what_cannot_be_asked_is_refused(office, asked, code):
    """And what is wrong with it is said."""
    answer = await office.api.get("/v1/statistics", params=asked)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_figures_are_for_readers(office):
    """A key without the scope gets none."""
    key = await office.posted("/v1/keys", 201, owner="somebody", scopes=[OPERATE])
    answer = await office.api.get("/v1/statistics", headers={"authorization": f"Bearer {key['key']}"})

    assert answer.status_code == 403


class TestSmall:
    """With a threshold."""

    @pytest.fixture
    def small_cell(self) -> int:
        """As an installation has it."""
        return 5

    async def test_small_counts_are_left_out(self, office):
        """The few on land are not told, and neither is what would tell them."""
        office.clock.at = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
        for text, times in ((LAND, 2), (KINDERGARTEN, 6), (ROAD, 9)):
            for _ in range(times):
                await office.register(text)
        found = await office.got("/v1/statistics")

        assert whole(found["rows"]) == {"total": 17, "outside": 17, "local": 17, "local:roads": 9}
        assert {one["agency"]: one["issued"] for one in found["agencies"]} == {
            "akimat": 9,
            "education": None,
            "land-relations": None,
        }
        assert found["threshold"] == 5
