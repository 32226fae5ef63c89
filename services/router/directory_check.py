"""What makes a directory wrong as a whole. Each record alone has been checked by its types."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import combinations
from typing import Final

from services.router.agency import Agency, Category, Transport
from services.router.patterns import PatternError
from services.router.territories import Gazetteer


@dataclass(frozen=True)
class Problem:
    """One thing wrong, and where; `place` is the record's place among the agencies, if it is theirs."""

    where: str
    what: str
    place: int | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class DirectoryError(ValueError):
    """The directory cannot be used; the message has a line for each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems: Final = tuple(problems)


def problems(agencies: Sequence[Agency], categories: Mapping[str, Category], territories: Gazetteer) -> list[Problem]:
    """All that is wrong between these agencies, their categories and territories."""
    codes = {agency.code for agency in agencies}
    found = [
        Problem(f"agency {agency.code}", what, place)
        for place, agency in enumerate(agencies)
        for what in (
            *_unknown("category", agency.categories, categories),
            *_unknown("territory", agency.territories, territories.territories),
            *_unknown("agency", filter(None, (agency.parent, agency.superior, agency.successor)), codes),
            *_incomplete(agency),
            *_unreadable(agency),
        )
    ]
    found += [
        Problem(f"category {one.code}", what) for one in categories.values() for what in _misplaced(one, categories)
    ]
    found += _between(agencies, _same_code_twice)
    found += _between(agencies, _same_competence)
    return found or _circles(agencies)


def _unknown(kind: str, used: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    listed = list(known)
    for code in used:
        if code not in listed:
            near = get_close_matches(code, listed, n=1)
            yield f"there is no {kind} {code!r}" + (f", only {near[0]!r}" if near else "")


def _misplaced(category: Category, categories: Mapping[str, Category]) -> Iterator[str]:
    if category.within is None:
        return
    yield from _unknown("category", [category.within], categories)
    around = categories.get(category.within)
    if around and (around.within is not None or around.local_executive is not category.local_executive):
        yield f"it cannot be counted within {around.code}, which is within another or the matter of other bodies"


def _incomplete(agency: Agency) -> Iterator[str]:
    if agency.valid_to is not None and agency.valid_to < agency.valid_from:
        yield "it ends before it begins"
    if agency.successor is not None and agency.valid_to is None:
        yield "it has a successor, but no last day"
    if agency.categories and not agency.territories:
        yield "it answers for a category, but nowhere"
    if agency.categories and agency.contacts is None:
        yield "it answers for a category, but the notice to the applicant would have no contacts (R-NOT-3)"
    if agency.is_reached and not agency.categories:
        yield "it is sent referrals, but answers for nothing"
    if agency.transport is Transport.EMAIL and not (agency.contacts and agency.contacts.email):
        yield "it is told by e-mail, but its contacts have none"
    if agency.webhook and agency.transport is not Transport.HTTP:
        yield "a webhook tells of what is to be fetched over HTTP, and it fetches nothing"
    if len({need.purpose for need in agency.needs}) < len(agency.needs):
        yield "what it needs for a purpose is listed twice"


def _unreadable(agency: Agency) -> Iterator[str]:
    try:
        tuple(agency.patterns())
    except PatternError as unreadable:
        yield str(unreadable)


def _between(agencies: Sequence[Agency], clash: Callable[[Agency, Agency], str | None]) -> list[Problem]:
    """What is wrong between two records that are in force on a common day, told of the later one in the list."""
    return [
        Problem(f"agency {other.code}", what, place)
        for (_, one), (place, other) in combinations(enumerate(agencies), 2)
        if _overlap(one, other) and (what := clash(one, other))
    ]


def _overlap(one: Agency, other: Agency) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)


def _same_code_twice(one: Agency, other: Agency) -> str | None:
    return "the code has two records for the same days" if one.code == other.code else None


def _same_competence(one: Agency, other: Agency) -> str | None:
    categories = set(one.categories) & set(other.categories)
    territories = set(one.territories) & set(other.territories)
    if one.code == other.code or not categories or not territories:
        return None
    return f"{one.code} answers for {min(categories)} in {min(territories)} on the same days too"


def _circles(agencies: Sequence[Agency]) -> list[Problem]:
    """Bodies that are above themselves on some day, by `parent` and `superior` together."""
    found: dict[int, Problem] = {}
    for day in sorted({agency.valid_from for agency in agencies}):
        above = {a.code: {body for body in (a.parent, a.superior) if body} for a in agencies if a.is_valid(day)}
        for place, agency in enumerate(agencies):
            if agency.is_valid(day) and agency.code in _reachable(agency.code, above):
                what = "it is above itself, by parent and superior"
                found.setdefault(place, Problem(f"agency {agency.code}", what, place))
    return list(found.values())


def _reachable(code: str, above: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(above[code])
    while waiting:
        body = waiting.pop()
        if body not in seen:
            seen.add(body)
            waiting += above.get(body, ())
    return seen
