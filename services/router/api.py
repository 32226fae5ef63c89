"""The router over HTTP, for operators: what waits, what is where and why, and their verbs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Row

from services.chassis.errors import Invalid, NotFound
from services.chassis.keys import Caller, require
from services.chassis.outbox import Cause
from services.chassis.web import language_of, trace_of
from services.contracts.envelope import AgencyCode
from services.contracts.referrals import ReferralState, ReplyKind
from services.router import listing, store, views
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.task import Question, TaskState
from services.router.watch import last_missed_day

READ: Final = "referrals:read"
OPERATE: Final = "referrals:operate"
SCOPES: Final = frozenset({READ, OPERATE})

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[Words, StringConstraints(min_length=3, max_length=2_000)]
Code = Annotated[str, Query(max_length=63, pattern=r"^[a-z0-9-]*$")]
Number = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Revision = Annotated[int | None, Field(ge=1, description="Revision that was read; another one is a conflict.")]
Limit = Annotated[int, Query(ge=1, le=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Assignment(_Body):
    """Which agency is to have the appeal, or the part of it that is quoted."""

    agency: AgencyCode
    reason: Reason
    part: Annotated[Words, StringConstraints(max_length=20_000)] | None = None


class SpokenReply(_Body):
    """What an agency without a system has said."""

    kind: ReplyKind
    occurred_at: AwareDatetime
    registration_number: Words | None = None
    reason: Reason | None = None
    proposed_agency: AgencyCode | None = None
    text: Annotated[Words, StringConstraints(max_length=20_000)] | None = None
    revision: Revision = None

    def given(self) -> dict[str, Any]:
        """The words of the reply. Raises `Invalid` when its kind needs more of them."""
        needed = {ReplyKind.DECLINED: "reason", ReplyKind.ANSWERED: "text"}.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise Invalid("missing", pointer=f"#/{needed}")
        return self.model_dump(exclude={"revision"})


class Reasoned(_Body):
    """Why."""

    reason: Reason


class Act(_Body):
    """On what was read of a referral."""

    revision: Revision = None


class ReasonedAct(Reasoned):
    """Why, and on what was read of a referral."""

    revision: Revision = None


def routers(desk: Desk) -> tuple[APIRouter, ...]:
    """All endpoints of the router."""
    return _referrals(desk), _verbs(desk), _tasks(desk), _lookups(desk)


def _referrals(desk: Desk) -> APIRouter:
    api = APIRouter(prefix="/v1/referrals", tags=["referrals"])
    reader = Depends(require(READ))

    @api.get("")
    async def listed(
        _caller: Annotated[Caller, reader],
        state: ReferralState | None = None,
        agency: Code | None = None,
        appeal_id: UUID | None = None,
        registration_number: Number | None = None,
        overdue: bool = False,  # noqa: FBT001, FBT002 - a query parameter
        limit: Limit = 50,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> dict[str, Any]:
        """Referrals, the most urgent first."""
        missed = _missed(desk)
        filters = listing.ReferralFilters(
            state=state,
            agency=agency,
            appeal_id=appeal_id,
            registration_number=registration_number,
            overdue_by=missed if overdue else None,
        )
        async with desk.database.reading() as tx:
            rows = await listing.referrals(tx, filters, after=_after(cursor), limit=limit + 1)
        items = [views.referral_in_list(row, missed=missed) for row in rows[:limit]]
        return {"items": items, "next_cursor": _next(rows, limit)}

    @api.get("/{referral_id}")
    async def shown(_caller: Annotated[Caller, reader], referral_id: UUID) -> dict[str, Any]:
        """A referral with its timeline, its agency's replies and the decision behind it."""
        async with desk.database.reading() as tx:
            row = (await store.referrals(tx, {referral_id})).get(referral_id)
            if row is None:
                raise NotFound("referral_not_found")
            events = await listing.timeline(tx, referral_id)
            replies = await listing.replies_to(tx, referral_id)
            made = await listing.decision_row(tx, row.decision_id)
        assert made is not None  # noqa: S101 - a foreign key says so
        return views.referral_whole(row, events, replies, made, missed=_missed(desk))

    return api


def _verbs(desk: Desk) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["referrals"])
    operator = Depends(require(OPERATE))

    @api.post("/referrals/{referral_id}/approval")
    async def approve(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, on: Act | None = None
    ) -> dict[str, str]:
        """Issue a referral that the rules propose."""
        revision = on.revision if on else None
        await desk.approve(referral_id, revision=revision, actor=_actor(caller, request))
        return {"state": ReferralState.ISSUED}

    @api.post("/referrals/{referral_id}/rejection")
    async def reject(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, why: ReasonedAct
    ) -> dict[str, str]:
        """Refuse a referral that the rules propose."""
        actor = _actor(caller, request)
        await desk.reject(referral_id, reason=why.reason, revision=why.revision, actor=actor)
        return {"state": ReferralState.REJECTED}

    @api.post("/referrals/{referral_id}/recall")
    async def recall(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, why: ReasonedAct
    ) -> dict[str, str]:
        """Take a referral back; its agency is told to stop."""
        actor = _actor(caller, request)
        await desk.recall(referral_id, reason=why.reason, revision=why.revision, actor=actor)
        return {"state": ReferralState.RECALLED}

    @api.post("/referrals/{referral_id}/reissue")
    async def reissue(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, on: Act | None = None
    ) -> dict[str, str]:
        """Send a referral again that was undeliverable, or of which its agency says nothing."""
        revision = on.revision if on else None
        await desk.reissue(referral_id, revision=revision, actor=_actor(caller, request))
        return {"state": ReferralState.ISSUED}

    @api.post("/referrals/{referral_id}/replies", status_code=201)
    async def tell_reply(
        request: Request, caller: Annotated[Caller, operator], referral_id: UUID, said: SpokenReply
    ) -> dict[str, str]:
        """Enter what an agency without a system has said, by letter or by telephone."""
        actor = _actor(caller, request)
        await desk.tell_reply(referral_id, said.given(), revision=said.revision, actor=actor)
        return {"kind": said.kind}

    @api.post("/appeals/{appeal_id}/review", status_code=202)
    async def review(
        request: Request, caller: Annotated[Caller, operator], appeal_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Open a task on an appeal that is considered ours."""
        await desk.review(appeal_id, reason=why.reason, actor=_actor(caller, request))
        return {"question": Question.REVIEW}

    return api


def _tasks(desk: Desk) -> APIRouter:
    """Tasks hold appeals' texts: they are for operators alone."""
    api = APIRouter(prefix="/v1/tasks", tags=["tasks"])
    operator = Depends(require(OPERATE))

    @api.get("")
    async def listed(
        request: Request,
        _caller: Annotated[Caller, operator],
        state: TaskState = TaskState.OPEN,
        question: Question | None = None,
        appeal_id: UUID | None = None,
        registration_number: Number | None = None,
        overdue: bool = False,  # noqa: FBT001, FBT002 - a query parameter
        limit: Limit = 50,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> dict[str, Any]:
        """Tasks, the most urgent first."""
        missed = _missed(desk)
        filters = listing.TaskFilters(
            state=state,
            question=question,
            appeal_id=appeal_id,
            registration_number=registration_number,
            overdue_by=missed if overdue else None,
        )
        async with desk.database.reading() as tx:
            rows = await listing.tasks(tx, filters, after=_after(cursor), limit=limit + 1)
        language = language_of(request)
        items = [views.task_in_list(row, language=language, missed=missed) for row in rows[:limit]]
        return {"items": items, "next_cursor": _next(rows, limit)}

    @api.get("/{task_id}")
    async def shown(request: Request, _caller: Annotated[Caller, operator], task_id: UUID) -> dict[str, Any]:
        """A task with the appeal's text, the candidates and their evidence."""
        async with desk.database.reading() as tx:
            row = await listing.task_row(tx, task_id)
            if row is None:
                raise NotFound("task_not_found")
            appeal = await listing.appeal_row(tx, row.appeal_id)
            made = await listing.decision_row(tx, row.decision_id)
            referrals = await store.referrals_of(tx, {row.appeal_id})
        assert appeal is not None and made is not None  # noqa: S101, PT018 - foreign keys say so
        return views.task_whole(row, appeal, made, referrals, language=language_of(request), missed=_missed(desk))

    @api.post("/{task_id}/assignment")
    async def assign(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, to: Assignment
    ) -> dict[str, str]:
        """Refer the appeal to an agency."""
        actor = _actor(caller, request)
        await desk.assign(task_id, agency=to.agency, reason=to.reason, part=to.part, actor=actor)
        return {"state": TaskState.ASSIGNED}

    @api.post("/{task_id}/retention")
    async def retain(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Say that the appeal is ours."""
        await desk.retain(task_id, reason=why.reason, actor=_actor(caller, request))
        return {"state": TaskState.RETAINED}

    @api.post("/{task_id}/dismissal")
    async def dismiss(
        request: Request, caller: Annotated[Caller, operator], task_id: UUID, why: Reasoned
    ) -> dict[str, str]:
        """Close a task that only asks for a look."""
        await desk.dismiss(task_id, reason=why.reason, actor=_actor(caller, request))
        return {"state": TaskState.DISMISSED}

    return api


def _lookups(desk: Desk) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["decisions"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("/appeals/{appeal_id}")
    async def appeal(request: Request, _caller: Annotated[Caller, reader], appeal_id: UUID) -> dict[str, Any]:
        """The router's side of an appeal, without its text: decisions, referrals and tasks."""
        async with desk.database.reading() as tx:
            row = await listing.appeal_row(tx, appeal_id)
            if row is None:
                raise NotFound("appeal_not_found")
            decisions = await listing.decisions_of(tx, appeal_id)
            referrals = await store.referrals_of(tx, {appeal_id})
            tasks = await listing.tasks_of(tx, appeal_id)
        return views.appeal_whole(row, decisions, referrals, tasks, language=language_of(request), missed=_missed(desk))

    @api.get("/decisions/{decision_id}")
    async def decision(_caller: Annotated[Caller, operator], decision_id: UUID) -> dict[str, Any]:
        """A decision's record. It quotes words of the appeal, so it is for operators alone."""
        async with desk.database.reading() as tx:
            row = await listing.decision_row(tx, decision_id)
        if row is None:
            raise NotFound("decision_not_found")
        return views.decision(row)

    @api.get("/agencies")
    async def agencies(_caller: Annotated[Caller, reader]) -> dict[str, Any]:
        """The directory as it stands today."""
        rules = desk.router.rules
        today = rules.calendar.arrived_on(desk.router.now())
        in_force = [agency for agency in rules.directory.agencies if agency.is_valid(today)]
        return {"version": rules.directory.version, "items": [views.agency(agency) for agency in in_force]}

    @api.get("/counts")
    async def counts(_caller: Annotated[Caller, reader]) -> dict[str, Any]:
        """For the accounting: each appeal is referred, retained, in review or withdrawn."""
        async with desk.database.reading() as tx:
            outcomes = await listing.appeals_counted(tx)
            referrals = await listing.referrals_counted(tx)
            tasks = await listing.tasks_counted(tx)
        return {
            "appeals": {"total": sum(outcomes.values()), "by_outcome": outcomes},
            "referrals": {"by_agency": referrals},
            "tasks": {"open": sum(tasks.values()), "by_question": tasks},
        }

    return api


def _actor(caller: Caller, request: Request) -> Actor:
    return Actor(f"operator:{caller.owner}", Cause(trace_of(request)))


def _missed(desk: Desk) -> date:
    return last_missed_day(desk.router.rules.calendar, desk.router.now())


def _next(rows: Any, limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last: Row[Any] = rows[limit - 1]
    return urlsafe_b64encode(f"{last.due_on.isoformat()}/{last.id}".encode()).decode()


def _after(cursor: str | None) -> listing.Cursor | None:
    if cursor is None:
        return None
    try:
        day, _, last = urlsafe_b64decode(cursor).decode().partition("/")
        return date.fromisoformat(day), UUID(last)
    except (NotBase64, ValueError):
        raise Invalid("cursor_invalid", pointer="query:cursor") from None
