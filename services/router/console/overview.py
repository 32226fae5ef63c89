"""The first page: what waits, what is late, what is stuck, and how appeals flow; each number leads to its list."""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from services.chassis import parked
from services.chassis.broker import Depth
from services.chassis.errors import BrokerUnavailable
from services.chassis.problems import LANGUAGES
from services.contracts.topology import agency_queue
from services.router import overview as counts
from services.router.appeal import Outcome
from services.router.console.frame import Console
from services.router.console.kept import LONG, Answer, Count, Kept
from services.router.console.names import Names
from services.router.console.pages import ROOT, query
from services.router.console.peers import Name, PeerAway
from services.router.console.viewer import Viewer, signed_in
from services.router.console.words import speak
from services.router.flow import OTHERS, Path, Picture, folded, laid_out
from services.router.overview import NOBODY, OURS, PERSON, RULE, Now
from services.router.periods import Period
from services.router.requests import OPERATE, READ, SEALED, missed
from services.router.statistics import Slice, Tell
from services.router.task import Question
from services.router.texts import QUESTIONS

PERIODS: Final = (1, 7, 30, 90, 365)
"""Days of which the flow can be seen."""
AGENCIES: Final = 9
"""So many boxes of agencies the picture has at most."""
SOON: Final = 2
"""Working days left, or fewer, that are pressing."""
_KEPT_SECONDS: Final = 4.0
_QUEUE_SECONDS: Final = timedelta(seconds=2)
_OTHERS_SECONDS: Final = 1.0
"""So long the page waits for what others tell; who takes longer is as good as away, until the page asks again."""
_OTHERS_AT_ONCE: Final = 20
PARKED_ASKED: Final = 200
_ORDER: Final = {
    0: ("call_centre", "web", "reception", "post"),
    1: (RULE, PERSON),
    3: ("answered", "accepted", "accepted_in_part", "received", "issued", "disputed", "undeliverable", "retained"),
}


class Refresh(StrEnum):
    """How often the page is refreshed."""

    LIVE = "live"
    TEN = "10"
    MINUTE = "60"
    NEVER = "never"


Days = Annotated[int, Query(alias="days", ge=1, le=365)]


def routes(console: Console) -> APIRouter:
    """The page."""
    api = APIRouter()
    reader = Depends(signed_in(READ))
    machinery = _Machinery(console)
    flows: Kept[dict[Path, int]] = Kept(_KEPT_SECONDS, times=LONG)
    counters: Kept[tuple[Now, Mapping[str, int]]] = Kept(_KEPT_SECONDS)

    @api.get("/", response_class=HTMLResponse)
    async def page(
        request: Request, viewer: Annotated[Viewer, reader], days: Days = 30, refresh: Refresh = Refresh.LIVE
    ) -> HTMLResponse:
        router, at = console.desk.router, console.desk.router.now()
        calendar, version = router.rules.calendar, console.live.known_to(request)
        today = calendar.arrived_on(at)
        # what comes after hours is registered on the next working day: it flows too
        newest = calendar.registered_on(at)
        asked, reads_sealed = Slice(Period(today - timedelta(days=days - 1), newest)), viewer.may(SEALED)

        async def flow(tell: Tell) -> dict[Path, int]:
            async with console.database.reading() as tx:
                return await counts.flows(tx, asked, reads_sealed=reads_sealed, tell=tell)

        async def counted(_tell: Tell) -> tuple[Now, Mapping[str, int]]:
            late = missed(console.desk)
            async with console.database.reading() as tx:
                found = await counts.counted(tx, calendar, at=at, missed=late, reads_sealed=reads_sealed)
                return found, await parked.counted(tx)

        async with console.database.reading() as tx:
            directory = (await router.book.in_force(tx)).directory
        now, aside = await counters.get((version, today, reads_sealed), counted)
        flown, (queues, providers, notices, theirs) = await asyncio.gather(
            flows.soon((asked, reads_sealed), flow, patience=console.patience, version=version),
            machinery.looked_at(directory.queue_codes(), viewer.language),
        )
        names = Names(directory, today, viewer.language)
        paths = flown.value if isinstance(flown, Answer) else {}
        return console.pages.html(
            request,
            viewer,
            "overview/page.html",
            counters=now,
            today=today,
            since=asked.period.first,
            until=newest,
            days=days,
            refresh=refresh,
            overview_periods=_choices("days", sorted({*PERIODS, days}), viewer.language),
            overview_refreshes=_choices("refresh", list(Refresh), viewer.language),
            spans=_spans(now, viewer.language),
            questions=_questions(now, viewer),
            flow=_flow(paths, names),
            flow_at=flown.counted_at if isinstance(flown, Answer) else None,
            flow_is_renewed=isinstance(flown, Answer) and flown.is_renewed,
            flow_share=1 if isinstance(flown, Answer) else flown.share,
            rows=_rows(paths, names, asked.period),
            queues=_queues(queues, names),
            providers=providers,
            notices=_awaited(notices, viewer),
            parked=_parked(aside, theirs),
            away=[name for name, found in theirs.items() if found is None],
        )

    return api


Queues = Mapping[str, Depth | None] | None
"""By agency: how its queue stands, None for one that is missing; None where the broker does not answer."""


class _Machinery:
    """Queues, providers and parked messages: what others have to be asked for."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._kept: Kept[Any] = Kept(_KEPT_SECONDS, at_once=_OTHERS_AT_ONCE)
        self._patience = max(_OTHERS_SECONDS, console.patience)

    async def looked_at(self, codes: tuple[str, ...], language: str) -> tuple[Queues, Any, Any, dict[str, Any]]:
        """Queues by agency, providers, notices that wait, parked messages of the others; None for what is away."""
        queues, providers, notices, intake, notifier = await asyncio.gather(
            self._told(("queues", codes), lambda _: self._queues(codes)),
            self._told(("providers", language), lambda _: self._peer("notifier", "/v1/providers", language)),
            self._told(("notices", language), lambda _: self._peer("notifier", "/v1/desk", language)),
            self._told(("intake", language), lambda _: self._parked("intake", language)),
            self._told(("notifier", language), lambda _: self._parked("notifier", language)),
        )
        return queues, providers, notices, {"intake": intake, "notifier": notifier}

    async def _told(self, asked: Hashable, count: Count[Any]) -> Any:
        """What was told now or a moment ago; None while nobody answers."""
        found = await self._kept.soon(asked, count, patience=self._patience)
        return found.value if isinstance(found, Answer) else None

    async def _queues(self, codes: tuple[str, ...]) -> Queues:
        if self._console.broker is None:
            return None
        try:
            found = await self._console.broker.depths([agency_queue(code) for code in codes], timeout=_QUEUE_SECONDS)
        except BrokerUnavailable:
            return None
        return {code: found[agency_queue(code)] for code in codes}

    async def _parked(self, name: Name, language: str) -> "Parked | None":
        told = await self._asked(name, f"/v1/parked?limit={PARKED_ASKED}", language)
        if told is None:
            return None
        return Parked(Counter(item["queue"] for item in told["items"]), is_all=told.get("next_cursor") is None)

    async def _peer(self, name: Name, path: str, language: str) -> list[dict[str, Any]] | None:
        told = await self._asked(name, path, language)
        return None if told is None else list(told["items"])

    async def _asked(self, name: Name, path: str, language: str) -> dict[str, Any] | None:
        try:
            said = await self._console.peers.get(name, path, language)
        except PeerAway:
            return None
        return dict(said.body) if said.ok else None


@dataclass(frozen=True)
class Parked:
    """A service's parked messages by queue."""

    counts: Mapping[str, int]
    is_all: bool = True
    """Whether these are all of them, or the newest alone."""


@dataclass(frozen=True)
class Flow:
    """The picture, and what its boxes are called."""

    picture: Picture
    words: Mapping[tuple[int, str], str]
    tones: Mapping[tuple[int, str], int]
    """Colour of each box, by its place in its column; what it is called stands beside it."""


def _flow(paths: Mapping[Path, int], names: Names) -> Flow:
    picture = laid_out(folded(paths, 2, AGENCIES), orders=_ORDER)
    words = {(box.column, box.name): _called(box.column, box.name, names) for box in picture.boxes}
    tones: dict[tuple[int, str], int] = {}
    for box in picture.boxes:
        tones[box.column, box.name] = sum(one.column == box.column for one in picture.boxes[: len(tones)]) % 7 + 1
    return Flow(picture, words, tones)


def _called(column: int, name: str, names: Names) -> str:
    t = speak(names.language)
    if name == OTHERS:
        return t("overview.others")
    match column:
        case 0:
            return t(f"terms.channel_{name}")
        case 1:
            return t("overview.by_rule" if name == RULE else "overview.by_person")
        case 2:
            return {OURS: t("overview.ours"), NOBODY: t("overview.nobody")}.get(name) or names.agency(name)
        case _:
            return t(f"terms.{'outcome' if name in set(Outcome) else 'state'}_{name}")


@dataclass(frozen=True)
class Row:
    """One way of appeals, in words, with the list of those that went it."""

    words: list[str]
    count: int
    address: str


def _rows(paths: Mapping[Path, int], names: Names, period: Period) -> list[Row]:
    """The same as a table, the largest first."""
    ordered = sorted(paths.items(), key=lambda one: (-one[1], one[0]))
    return [
        Row([_called(column, name, names) for column, name in enumerate(path)], count, _list_of(path, period))
        for path, count in ordered
    ]


def _list_of(path: Path, period: Period) -> str:
    channel, by, agency, state = path
    days = {"since": period.first, "until": period.last, "channel": channel, "by": by}
    if agency in {OURS, NOBODY}:
        return f"/appeals?{query({**days, 'outcome': state})}"
    return f"/referrals?{query({**days, 'agency': agency, 'state': state, 'outcome': Outcome.REFERRED})}"


def _choices(group: str, values: Iterable[Any], language: str) -> list[tuple[Any, str]]:
    t = speak(language)
    return [
        (value, t(f"overview.{group}_{value}") if t.has(f"overview.{group}_{value}") else str(value))
        for value in values
    ]


def _questions(now: Now, viewer: Viewer) -> list[tuple[str, int, str, str]]:
    """Open tasks by what is asked, as bars, the most frequent first; the list is for who may settle them."""
    place = LANGUAGES.index(viewer.language)
    ordered = sorted(now.questions.items(), key=lambda one: (-one[1], one[0]))
    lists = f"{ROOT}/desk?question=" if viewer.may(OPERATE) else ""
    return [(QUESTIONS[Question(code)][place], n, lists and lists + code, "info") for code, n in ordered]


def _awaited(items: list[dict[str, Any]] | None, viewer: Viewer) -> list[tuple[str, int, str, str]] | None:
    """Notices that wait for a person, as bars; the list is for who may see to them. None while the notifier is away."""
    if items is None:
        return None
    t, lists = speak(viewer.language), f"{ROOT}/notices?awaited=" if viewer.may(OPERATE) else ""
    found: dict[str, int] = {}
    for one in items:
        if t.has(f"notices.awaited_{one['awaited']}"):
            found[one["awaited"]] = found.get(one["awaited"], 0) + one["notifications"]
    return [
        (t(f"notices.awaited_{why}"), n, lists and lists + why, "soon" if why == "letter" else "late")
        for why, n in found.items()
    ]


def _spans(now: Now, language: str) -> list[tuple[str, int, str, str]]:
    """Open referrals by working days left, as bars."""
    return [
        (
            _span_words(span, language),
            span.found,
            f"{ROOT}/referrals?{query({'open': 'true', 'due_since': span.first, 'due_until': span.last})}"
            if span.found
            else "",
            "late" if span.is_late else "soon" if span.most <= SOON else "good",
        )
        for span in now.spans
    ]


def _span_words(span: counts.Span, language: str) -> str:
    t = speak(language)
    if span.is_late:
        return (
            t("overview.late_few", n=-span.least)
            if span.least > -counts.MANY
            else t("overview.late_more", n=-span.most)
        )
    if span.most == 0:
        return t("overview.due_today")
    if span.most == counts.MANY:
        return t("overview.left_more", n=span.least)
    if span.least == span.most:
        return t("overview.left_one", n=span.least)
    return t("overview.left_few", least=span.least, most=span.most)


@dataclass(frozen=True)
class Queue:
    """How one agency's queue stands."""

    code: str
    name: str
    depth: Depth | None


def _queues(queues: Queues, names: Names) -> list[Queue] | None:
    """The queues, those that are deepest first."""
    if queues is None:
        return None
    found = [Queue(code, names.agency(code), depth) for code, depth in queues.items()]
    return sorted(found, key=lambda one: (one.depth is not None, -(one.depth.messages if one.depth else 0), one.name))


def _parked(ours: Mapping[str, int], theirs: Mapping[str, Parked | None]) -> list[tuple[str, int, bool]]:
    """Parked messages by queue, the most first, each with whether these are all."""
    told = [Parked(ours), *filter(None, theirs.values())]
    found = [(queue, number, one.is_all) for one in told for queue, number in one.counts.items()]
    return sorted(found, key=lambda one: (-one[1], one[0]))
