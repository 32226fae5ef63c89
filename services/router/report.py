"""The report: the counts of a period beside those of the period before, in rows, with small cells left out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.chassis.database import Transaction
from services.router import statistics
from services.router.agency import Category
from services.router.appeal import Outcome
from services.router.directory import Directory
from services.router.naming import Names
from services.router.periods import By, Period
from services.router.report_texts import ROWS
from services.router.statistics import AgencyFigures, Hours, Matters, Slice, Tell, Ways, nobody
from services.router.suppression import Cell, hidden

SMALL: Final = 5
"""Counts below this are left out, unless an installation says otherwise."""
TOTAL: Final = "total"
OUTSIDE: Final = "outside"
_UNNAMED: Final = "unnamed"
_FIXED: Final = {"ours": TOTAL, OUTSIDE: TOTAL, "local": OUTSIDE, "other": OUTSIDE, "deciding": TOTAL, "ended": TOTAL}
"""Rows that every directory has, with the row that each is part of."""
_GROUP: Final[Mapping[Outcome, str]] = {
    Outcome.RETAINED: "ours",
    Outcome.PROTECTED: "ours",
    Outcome.REFERRED: OUTSIDE,
    Outcome.IN_REVIEW: "deciding",
    Outcome.TO_FIX: "deciding",
    **dict.fromkeys((Outcome.WITHDRAWN, Outcome.RETURNED, Outcome.TERMINATED), "ended"),
    **dict.fromkeys((Outcome.FILED, Outcome.COURT_ROUTE), "ended"),
}
_MANY: Final = 3
"""So many declines or hand-overs of one appeal, or more, are counted together."""
_TIMES: Final = (*map(str, range(1, _MANY)), f"{_MANY}+")
_BEFORE: Final = 0.2
"""How much of the counting the period before is: of it only the rows are wanted."""

Count = int | None
"""A count; None where it is left out."""


@dataclass(frozen=True)
class Line:
    """A row of the table."""

    key: str
    within: str | None
    names: Names
    now: Count
    before: Count

    @property
    def depth(self) -> int:
        """How deep it lies in the table: 0 for the total."""
        return 0 if self.within is None else 1 if self.within == TOTAL else 2 if self.within == OUTSIDE else 3


@dataclass(frozen=True)
class Step:
    """A day, week or month of the trend."""

    period: Period
    registered: Count
    outside: Count


@dataclass(frozen=True)
class Taken:
    """How many hours half of them took, and nine in ten; None where they are too few to tell."""

    median: int | None
    nine_in_ten: int | None


@dataclass(frozen=True)
class Of:
    """What became of the referrals handed to one agency."""

    agency: str
    names: Names | None
    issued: Count
    accepted: Count
    answered: Count
    declined: Count
    passed_on: Count
    to_accept: Taken
    to_answer: Taken


@dataclass(frozen=True)
class Report:
    """The statistics of a period."""

    asked: Slice
    by: By
    least: int
    lines: Sequence[Line]
    steps: Sequence[Step]
    agencies: Sequence[Of]
    declines: Mapping[str, Count]
    """How many appeals were declined once, twice, and more often."""
    hand_overs: Mapping[str, Count]
    """How many went through one hand-over, two, and more."""
    decided_alone: Count
    """Referred or kept, and no person was asked."""
    overturned: Mapping[str, Count]
    """Whose decision did not stand: an agency declined, or a person took it back."""

    def line(self, key: str) -> Line:
        """The row with this key."""
        return next(line for line in self.lines if line.key == key)


async def made(
    tx: Transaction, directory: Directory, asked: Slice, *, by: By, least: int = SMALL, tell: Tell = nobody
) -> Report:
    """The report on a slice of the appeals. `tell` hears how much of it is counted."""
    earlier = replace(asked, period=asked.period.before)
    rows = {key: names for key, _, names in _rows(directory)}
    past = await statistics.matters(tx, earlier, tell=lambda share: tell(share * _BEFORE))
    present = await statistics.matters(tx, asked, tell=lambda share: tell(_BEFORE + share * _BEFORE))
    ways = await statistics.ways(tx, asked, tell=lambda share: tell(2 * _BEFORE + share * (1 - 2 * _BEFORE)))
    now, before = _counted(present, directory), _counted(past, directory)
    total = now[TOTAL]
    shown = [_shown(_cells(directory, counts), least) for counts in (now, before)]
    lines = [Line(key, within, rows[key], *(one[key] for one in shown)) for key, within, _ in _rows(directory)]
    return Report(
        asked=asked,
        by=by,
        least=least,
        lines=lines,
        steps=list(_trend(present.by_day, asked.period.steps(by), least)),
        agencies=list(_agencies(ways.agencies, directory, least)),
        declines=_times(ways.declines, total, least),
        hand_overs=_times(ways.hand_overs, total, least),
        decided_alone=_beside(total, ways.decided_alone, least),
        overturned=_overturned(ways, total, least),
    )


def _rows(directory: Directory) -> Iterator[tuple[str, str | None, Names]]:
    """The rows of the table in order, each with the one that it is part of; categories come from the directory."""
    yield TOTAL, None, ROWS[TOTAL]
    for key, within in _FIXED.items():
        yield key, within, ROWS[key]
        if within == OUTSIDE:
            for category in directory.categories.values():
                if category.within is None and _body(category) == key:
                    yield f"{key}:{category.code}", key, category.name
            yield f"{key}:{_UNNAMED}", key, ROWS[_UNNAMED]


def _counted(of: Matters, directory: Directory) -> Counter[str]:
    """The count of each row."""
    counts: Counter[str] = Counter()
    for (outcome, category), found in of.by_category.items():
        known = directory.categories.get(category or "")
        if outcome is Outcome.REFERRED and category is not None:
            counts[_place(known)] += found
        elif outcome is not Outcome.REFERRED:
            counts[_GROUP[outcome]] += found
    for agency, found in of.without_category.items():
        counts[f"{_body_of(agency, directory)}:{_UNNAMED}"] += found
    parents = {key: within for key, within, _ in _rows(directory)}
    for key in reversed(list(parents)):
        if (within := parents[key]) is not None:
            counts[within] += counts[key]
    return counts


def _place(category: Category | None) -> str:
    """The row under which a category is counted."""
    if category is None:
        return f"other:{_UNNAMED}"
    return f"{_body(category)}:{category.within or category.code}"


def _body(category: Category) -> str:
    return "local" if category.local_executive else "other"


def _body_of(agency: str, directory: Directory) -> str:
    """Whether an agency is a local executive body: whether all that it answers for is theirs."""
    codes = {code for record in directory.agencies if record.code == agency for code in record.categories}
    bodies = {_body(directory.categories[code]) for code in codes}
    return "local" if bodies == {"local"} else "other"


def _cells(directory: Directory, counts: Mapping[str, int]) -> list[Cell]:
    return [Cell(key, counts.get(key, 0), within) for key, within, _ in _rows(directory)]


def _shown(cells: Sequence[Cell], least: int) -> dict[str, Count]:
    left_out = hidden(cells, least)
    return {cell.key: None if cell.key in left_out else cell.count for cell in cells}


def _partition(counts: Mapping[str, int], least: int, total: int | None = None) -> dict[str, Count]:
    """Counts that add up to a total which is told elsewhere: where it cannot be told, none of them is."""
    whole = sum(counts.values()) if total is None else total
    shown = _shown([Cell("", whole), *(Cell(key, count, "") for key, count in counts.items())], least)
    told = shown.pop("") is not None or not whole
    return shown if told else dict.fromkeys(shown)


def _beside(total: int, count: int, least: int) -> Count:
    """A count out of a total, where neither it nor the rest is small."""
    return _partition({"it": count, "rest": total - count}, least)["it"]


def _trend(days: Mapping[date, Mapping[Outcome, int]], steps: Sequence[Period], least: int) -> Iterator[Step]:
    registered, outside = Counter[str](), Counter[str]()
    for step in steps:
        registered[step.first.isoformat()] = outside[step.first.isoformat()] = 0
    begins = iter(sorted(days))
    day = next(begins, None)
    for step in steps:
        while day is not None and day <= step.last:
            registered[step.first.isoformat()] += sum(days[day].values())
            outside[step.first.isoformat()] += days[day].get(Outcome.REFERRED, 0)
            day = next(begins, None)
    series = [_partition(counts, least) for counts in (registered, outside)]
    for step in steps:
        yield Step(step, *(one[step.first.isoformat()] for one in series))


def _agencies(found: Mapping[str, AgencyFigures], directory: Directory, least: int) -> Iterator[Of]:
    """The agencies, the busiest first; every column is a table of its own."""
    names = {record.code: record.name for record in directory.agencies}
    columns = {
        column: _partition({code: getattr(one, column) for code, one in found.items()}, least)
        for column in ("issued", "accepted", "answered", "declined", "passed_on")
    }
    for code in sorted(found, key=lambda code: (-found[code].issued, code)):
        counts = {column: values[code] for column, values in columns.items()}
        taken = (_taken(found[code].to_accept, least), _taken(found[code].to_answer, least))
        yield Of(code, names.get(code), **counts, to_accept=taken[0], to_answer=taken[1])


def _taken(hours: Hours, least: int) -> Taken:
    return Taken(None, None) if hours.total < max(least, 1) else Taken(hours.within(50), hours.within(90))


def _times(found: Mapping[int, int], total: int, least: int) -> dict[str, Count]:
    """How many appeals had it happen once, twice, and more often.

    The agencies' table has the sum of all these times, and other rows nearly how many appeals there are in all. So as
    many are told, from once on, as leave no few appeals for the rest, and no few times beyond the next one among them.
    """
    never = total - sum(found.values())
    for told in range(_MANY - 1, 0, -1):
        rest = {times: count for times, count in found.items() if times > told}
        beyond = sum((times - told - 1) * count for times, count in rest.items())
        counts = [found.get(times, 0) for times in range(1, told + 1)]
        if not any(0 < count < least for count in (never, *counts, sum(rest.values()), beyond)):
            more: list[Count] = [sum(rest.values())] if told == _MANY - 1 else [None] * (_MANY - told)
            return dict(zip(_TIMES, [*counts, *more], strict=True))
    return dict.fromkeys(_TIMES)


def _overturned(of: Ways, total: int, least: int) -> dict[str, Count]:
    return {
        "by_agencies": _beside(total, sum(of.declines.values()), least),
        "by_persons": _beside(total, of.taken_back, least),
    }
