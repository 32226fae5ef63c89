"""The desk's list: what waits for a person, the oldest due first; and what its operator has just said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Row

from services.chassis.errors import Conflict
from services.router import triage
from services.router.act import OF_MANY, ActState
from services.router.bulk import AT_MOST
from services.router.console.desk_case import name_of
from services.router.console.desk_forms import CATALOGUE
from services.router.console.frame import Console
from services.router.console.names import Names
from services.router.console.pages import ROOT, query, to
from services.router.console.viewer import Viewer, form_of, inside, signed_in
from services.router.requests import OPERATE, SEALED, Code, Cursor, after, following, missed
from services.router.task import Question
from services.router.triage import Wanted, Whose

PAGE: Final = 50
LIST: Final = f"{ROOT}/desk"
SAID: Final = frozenset({"undone", "late", "released", "taken"})
"""What a page may have to say of what was done before."""


@dataclass(frozen=True)
class Narrowed:
    """What the list is narrowed to, as its address says."""

    question: Question | None = None
    agency: Code | None = None
    territory: Code | None = None
    language: Annotated[str | None, Query(pattern="^(kk|ru|)$")] = None
    overdue: bool = False
    whose: Whose | None = None

    def wanted(self, viewer: Viewer, late: date) -> Wanted:
        return Wanted(
            question=self.question,
            agency=self.agency or None,
            territory=self.territory or None,
            language=self.language or None,
            overdue_by=late if self.overdue else None,
            whose=self.whose,
            viewer=viewer.by,
            reads_sealed=viewer.may(SEALED),
        )

    @property
    def query(self) -> dict[str, str]:
        """The same as parameters of an address."""
        told = {**vars(self), "overdue": "true" if self.overdue else None}
        return {name: str(value) for name, value in told.items() if value}

    @property
    def address(self) -> str:
        """The list that is narrowed so."""
        return f"{LIST}?{query(self.query)}" if self.query else LIST


Filters = Annotated[Narrowed, Depends()]


@dataclass(frozen=True)
class Told:
    """What the desk tells its operator: acts that can still be undone, and those that failed."""

    waiting: list[dict[str, Any]]
    failed: list[dict[str, Any]]


def routes(console: Console) -> APIRouter:
    """The list, and what is done beside it."""
    api = APIRouter(prefix="/desk")
    operator = Depends(signed_in(OPERATE))

    @api.get("", response_class=HTMLResponse)
    async def page(
        request: Request,
        viewer: Annotated[Viewer, operator],
        narrowed: Filters,
        cursor: Cursor | None = None,
        said: Annotated[str | None, Query(max_length=10)] = None,
    ) -> HTMLResponse:
        router, late = console.desk.router, missed(console.desk)
        wanted, at = narrowed.wanted(viewer, late), router.now()
        async with console.database.reading() as tx:
            rows = await triage.waiting(tx, wanted, at=at, after=after(cursor), limit=PAGE + 1)
            counts = await triage.counted(tx, wanted, at=at)
            rules = await router.book.in_force(tx)
            claimants = {row.claimed_by: await name_of(tx, row.claimed_by) for row in rows if row.claimed_by}
        today = rules.calendar.arrived_on(at)
        names = Names(rules.directory, today, viewer.language)
        left = {row.due_on: rules.calendar.working_days_left(today, row.due_on) for row in rows}
        return console.pages.html(
            request,
            viewer,
            "desk/list.html",
            rows=rows[:PAGE],
            left=left,
            names=names,
            claimants=claimants,
            me=viewer.by,
            tabs=sorted(
                ((asked, found) for asked, found in counts.items() if asked != triage.VEILED),
                key=lambda one: (-one[1], one[0]),
            ),
            total=sum(counts.values()),
            shown=counts.get(narrowed.question, 0) if narrowed.question else sum(counts.values()),
            agencies=names.agencies(),
            narrowed=narrowed,
            reads_sealed=viewer.may(SEALED),
            following=following(rows, PAGE),
            is_first=cursor is None,
            verbs=[verb.value for verb in OF_MANY],
            at_most=AT_MOST,
            told=await told_to(console, viewer),
            onward=narrowed.address,
            notice=said if said in SAID else None,
        )

    @api.post("/undo/{act_id}")
    async def undo(request: Request, viewer: Annotated[Viewer, operator], act_id: UUID) -> Response:
        form = await form_of(request, viewer)
        onward = inside(form.get("next"), LIST)
        try:
            await console.holding.undo(act_id, by=viewer.by)
        except Conflict:
            return to(onward, said="late")
        return to(onward, said="undone")

    @api.post("/seen")
    async def seen(request: Request, viewer: Annotated[Viewer, operator]) -> Response:
        form = await form_of(request, viewer)
        await console.holding.saw(form.ids("act"), by=viewer.by)
        return to(inside(form.get("next"), LIST))

    return api


async def told_to(console: Console, viewer: Viewer) -> Told:
    """What the viewer is to be told on every page of the desk. Many acts by one form are one."""
    rows = await console.holding.told_to(viewer.by)
    groups: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.bulk_id or row.id, []).append(row)
    told = Told([], [])
    for key, group in groups.items():
        waiting = [row for row in group if row.state == ActState.WAITING]
        failed = [row for row in group if row.state == ActState.REFUSED]
        if waiting:
            told.waiting.append(_shown(key, waiting))
        if failed:
            words = CATALOGUE.text(failed[0].refusal, viewer.language)
            told.failed.append({**_shown(key, failed), "words": words})
    return told


def _shown(key: UUID, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    first = rows[0]
    return {
        "id": key,
        "verb": first.verb,
        "number": first.registration_number,
        "task_id": first.task_id,
        "count": len(rows),
        "due_at": first.due_at,
        "is_bulk": first.bulk_id is not None,
    }
