"""The directory of agencies over HTTP: what it says, and its edits. Each edit is a new rule set, in force at once."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from services.chassis.errors import NotFound
from services.chassis.keys import Caller, require
from services.contracts.envelope import AgencyCode
from services.router import views
from services.router.desk import Desk
from services.router.editing import Edited, Editor, left_alone
from services.router.edits import agency_added, agency_amended, agency_closed, directory_replaced
from services.router.requests import READ, RULES, actor_of
from services.router.rule_requests import AmendedAgency, ClosedAgency, ImportedDirectory, NewAgency


def routes(desk: Desk) -> APIRouter:
    """All endpoints on the directory."""
    api = APIRouter(prefix="/v1", tags=["directory"])
    _look(api, desk)
    _edit(api, desk, Editor(desk.database, desk.router))
    return api


def _look(api: APIRouter, desk: Desk) -> None:
    reader, book = Depends(require(READ)), desk.router.book

    @api.get("/agencies")
    async def agencies(_caller: Annotated[Caller, reader], on: date | None = None) -> dict[str, Any]:
        """The directory as it stands on a day, which is today if none is given."""
        async with desk.database.reading() as tx:
            rules = await book.in_force(tx)
        day = on or rules.calendar.arrived_on(desk.router.now())
        valid = [agency for agency in rules.directory.agencies if agency.is_valid(day)]
        return {"version": rules.directory.version, "items": [views.agency(agency) for agency in valid]}

    @api.get("/agencies/{code}")
    async def agency(_caller: Annotated[Caller, reader], code: AgencyCode) -> dict[str, Any]:
        """An agency with all its records, those to come and those past too."""
        async with desk.database.reading() as tx:
            rules = await book.in_force(tx)
        records = [record for record in rules.directory.agencies if record.code == code]
        if not records:
            raise NotFound("agency_unknown")
        return {"code": code, "version": rules.directory.version, "records": [views.agency(one) for one in records]}

    @api.get("/directory", response_class=PlainTextResponse)
    async def exported(_caller: Annotated[Caller, reader]) -> PlainTextResponse:
        """The directory as a file, to be kept, edited and imported again."""
        async with desk.database.reading() as tx:
            _, rules = await book.set_in_force(tx)
        return PlainTextResponse(rules.directory, media_type=views.YAML)


def _edit(api: APIRouter, desk: Desk, editor: Editor) -> None:
    writer = Depends(require(RULES))

    @api.put("/directory")
    async def imported(request: Request, caller: Annotated[Caller, writer], given: ImportedDirectory) -> dict[str, Any]:
        """Put a whole directory in the place of that in force."""
        actor = actor_of(caller, request)
        edited = await editor.edit(directory_replaced(given.directory), reason=given.reason, actor=actor)
        return _told(edited, desk.router.rules.calendar.arrived_on(desk.router.now()))

    @api.post("/agencies", status_code=201)
    async def add(request: Request, caller: Annotated[Caller, writer], new: NewAgency) -> dict[str, Any]:
        """Add an agency. Its queue appears when the topology is applied."""
        actor = actor_of(caller, request)
        edited = await editor.edit(agency_added(new.record()), reason=new.reason, actor=actor)
        return _told(edited, new.agency.valid_from)

    @api.patch("/agencies/{code}")
    async def amend(
        request: Request, caller: Annotated[Caller, writer], code: AgencyCode, given: AmendedAgency
    ) -> dict[str, Any]:
        """Change an agency from a day on; until then it stands as it was."""
        edit, actor = agency_amended(code, given.changed(), on=given.on), actor_of(caller, request)
        edited = await editor.edit(edit, reason=given.reason, actor=actor)
        return _told(edited, given.on)

    @api.post("/agencies/{code}/closure")
    async def close(
        request: Request, caller: Annotated[Caller, writer], code: AgencyCode, given: ClosedAgency
    ) -> dict[str, Any]:
        """Close an agency from a day on. On that day its open referrals go to its successor."""
        edit, actor = agency_closed(code, on=given.on, successor=given.successor), actor_of(caller, request)
        edited = await editor.edit(edit, reason=given.reason, actor=actor)
        return _told(edited, given.on)


def _told(edited: Edited, on: date) -> dict[str, Any]:
    """An edit's outcome, with what nobody answers for any more from its day on."""
    before, after = edited.before.directory, edited.after.directory
    return {
        "number": edited.number,
        "version": edited.after.version,
        "directory": after.version,
        "answered_by_nobody": left_alone(before, after, on),
    }
