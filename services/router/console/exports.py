"""Exports: exactly what a list is narrowed to, as a file; a long one is made while its page tells how far it is.

A file lies on this replica's disk for an hour, for whoever asked for it. No column of it tells of an applicant.
"""

import asyncio
import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import ValidationError

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.ids import new_id
from services.contracts.calendar import ALMATY
from services.router import trail
from services.router.console.asked import Asked
from services.router.console.frame import Console
from services.router.console.lists import sight_of
from services.router.console.pages import HEADERS, ROOT, to
from services.router.console.registers import REGISTERS, Item, Register, Sight, cells
from services.router.console.viewer import Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.requests import READ, SEALED, missed
from services.router.search import Place, Wanted
from services.router.sheets import BOM, Cell, FileKind, Sheet, csv_lines

log = structlog.get_logger()

AT_ONCE: Final = 500
"""So many rows are read, and written, at a time."""
WAITED_SECONDS: Final = 2.0
"""So long the page waits for the file; what takes longer tells how far it is."""
KEPT: Final = timedelta(hours=1)
RUNNING_AT_MOST: Final = 3
_COUNTED_AT_MOST: Final = 1_000_000
_BOOK: Final = "%Y-%m-%d-%H%M"


@dataclass
class Export:
    """A file in the making."""

    id: UUID
    by: str
    register: Register
    asked: Asked
    kind: FileKind
    path: Path
    begun_at: datetime
    reads_sealed: bool
    """Whether it may hold what only who reads sealed appeals may see."""
    total: int = 0
    done: int = 0
    is_ready: bool = False
    has_failed: bool = False
    task: "asyncio.Task[None] | None" = None

    @property
    def name(self) -> str:
        return f"joldau-{self.register.area}-{self.begun_at.astimezone(ALMATY):{_BOOK}}.{self.kind}"

    def is_old(self, at: datetime) -> bool:
        return self.begun_at < at - KEPT and self.task is not None and self.task.done()


@dataclass(eq=False)
class Exports:
    """The files of this replica."""

    console: Console
    _known: dict[UUID, Export] = field(default_factory=dict)
    _folder: Path | None = None

    def begin(self, viewer: Viewer, area: str, kind: FileKind, asked: Asked) -> Export:
        """Begin to make a file. Raises `Conflict` while too many are in the making."""
        at = clock.now()
        for old in [one for one in self._known.values() if one.is_old(at)]:
            old.path.unlink(missing_ok=True)
            del self._known[old.id]
        if sum(not (one.is_ready or one.has_failed) for one in self._known.values()) >= RUNNING_AT_MOST:
            raise Conflict("exports_running")
        id_ = new_id()
        one = Export(id_, viewer.login, REGISTERS[area], asked, kind, self._place() / f"{id_}", at, viewer.may(SEALED))
        self._known[id_] = one
        one.task = asyncio.create_task(self._make(one, viewer))
        return one

    def _place(self) -> Path:
        """Where the files lie: a folder of its own, made with the first one, that ends with the process."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="joldau-exports-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def found(self, viewer: Viewer, export_id: UUID) -> Export:
        """One of the viewer's own, as long as they may see what is in it. Raises `NotFound`."""
        one = self._known.get(export_id)
        if one is None or one.is_old(clock.now()):
            raise NotFound("export_not_found")
        if one.by != viewer.login or (one.reads_sealed and not viewer.may(SEALED)):
            raise NotFound("export_not_found")
        return one

    async def _make(self, one: Export, viewer: Viewer) -> None:
        try:
            await self._write(one, viewer)
            facts = {"filter": one.asked.told(), "rows": one.done, "kind": one.kind.value}
            async with self.console.database.transaction() as tx:
                trail.note(tx, trail.Act(viewer.by, "list.export", one.register.area, clock.now(), facts))
            one.is_ready = True
        except Exception as error:  # it is told on the page, and in the log without values
            one.has_failed = True
            log.exception("export.failed", error=type(error).__name__)

    async def _write(self, one: Export, viewer: Viewer) -> None:
        register, late = one.register, missed(self.console.desk)
        columns, t = register.chosen(one.asked.columns), speak(viewer.language)
        async with self.console.database.reading() as tx:
            wanted = await one.asked.wanted(tx, viewer, late=late)
            one.total = await register.counted(tx, wanted, most=_COUNTED_AT_MOST)
            sight = await sight_of(self.console, tx, viewer, late)
        add, close = _file(one, [t(f"lists.column_{name}") for name in columns], viewer.language)
        try:
            async for items in self._pages(one, wanted, sight):
                await asyncio.to_thread(add, [cells(item, columns) for item in items])
                one.done += len(items)
        finally:
            await asyncio.to_thread(close)

    async def _pages(self, one: Export, wanted: Wanted, sight: Sight) -> AsyncIterator[list[Item]]:
        """The rows, some at a time, each time in a transaction of its own: a long export holds nothing up."""
        register, after = one.register, None
        order = one.asked.order(register.orders, register.order)
        by = register.orders[order.name]
        while True:
            async with self.console.database.reading() as tx:
                rows = await register.page(tx, wanted, order, after=after, limit=AT_ONCE)
                items = await register.shown(tx, rows, sight)
            yield items
            if len(rows) < AT_ONCE:
                return
            after = Place(getattr(rows[-1], by.name), rows[-1].id)


def routes(console: Console) -> APIRouter:
    """To ask for a file, to see how far it is, and to have it."""
    api, exports = APIRouter(), Exports(console)
    reader = Depends(signed_in(READ))

    @api.post("/exports", response_model=None)
    async def ask(request: Request, viewer: Annotated[Viewer, reader]) -> Response:
        form = await form_of(request, viewer)
        try:
            asked = Asked.model_validate(_parameters(form["query"]))
            area, kind = form["area"], FileKind(form["kind"])
        except (ValidationError, ValueError):
            raise Invalid("page_address_wrong") from None
        if area not in REGISTERS:
            raise Invalid("page_address_wrong")
        one = exports.begin(viewer, area, kind, asked)
        assert one.task is not None  # noqa: S101 - it has begun
        await asyncio.wait([one.task], timeout=WAITED_SECONDS)
        return _handed_out(one) if one.is_ready else to(f"{ROOT}/exports/{one.id}")

    @api.get("/exports/{export_id}", response_class=HTMLResponse)
    async def progress(request: Request, viewer: Annotated[Viewer, reader], export_id: UUID) -> HTMLResponse:
        one = exports.found(viewer, export_id)
        return console.pages.html(request, viewer, "lists/export.html", export=one)

    @api.get("/exports/{export_id}/file")
    async def file(viewer: Annotated[Viewer, reader], export_id: UUID) -> FileResponse:
        one = exports.found(viewer, export_id)
        if not one.is_ready:
            raise NotFound("export_not_found")
        return _handed_out(one)

    return api


def _handed_out(one: Export) -> FileResponse:
    return FileResponse(one.path, media_type=one.kind.media_type, filename=one.name, headers=HEADERS)


def _parameters(query: str) -> dict[str, Any]:
    """An address's parameters, without the page that somebody looked at: a file begins at the beginning."""
    given = parse_qs(query, max_num_fields=100)
    several = {"columns": given.pop("columns", [])}
    return {name: values[0] for name, values in given.items() if name != "cursor"} | several


def _file(
    one: Export, heads: Sequence[str], language: str
) -> tuple[Callable[[Sequence[Sequence[Cell]]], None], Callable[[], None]]:
    """How rows are added to the file, and how it is ended."""
    if one.kind is FileKind.XLSX:
        sheet = Sheet(one.path, heads)
        return sheet.add, sheet.close
    file = one.path.open("w", encoding="utf-8", newline="")
    file.write(BOM + csv_lines([heads], language))

    def add(rows: Sequence[Sequence[Cell]]) -> None:
        file.write(csv_lines(rows, language))

    return add, file.close
