"""One case at the desk: what it is about, why it waits, and what can be said to it."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis.errors import Conflict, Forbidden, NotFound, Refused
from services.chassis.problems import LANGUAGES
from services.router import listing, triage
from services.router.act import ENDS
from services.router.console import desk_case
from services.router.console.desk_case import Shown
from services.router.console.desk_forms import (
    END,
    REQUIREMENTS,
    ROWS_AT_MOST,
    Faults,
    faults_of,
    rows_of,
    said,
    ways_to_end,
)
from services.router.console.desk_list import LIST, SAID, Filters, Narrowed, told_to
from services.router.console.frame import Console
from services.router.console.pages import query, to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.explanation_texts import GROUND_NAMES, cited
from services.router.requests import OPERATE, Code, missed
from services.router.verbs import scope_of

_NOTHING: Final = Form({})
_CASE: Final = "desk/case.html"
_DIVISION: Final = "desk/divide.html"


@dataclass(frozen=True)
class Visit:
    """An operator at one case, come from a list that was narrowed so."""

    console: Console
    request: Request
    viewer: Viewer
    task_id: UUID
    narrowed: Narrowed

    async def page(
        self,
        template: str = _CASE,
        *,
        status: int = 200,
        form: Form = _NOTHING,
        faults: Faults | None = None,
        notice: str | None = None,
        card: str | None = None,
    ) -> HTMLResponse:
        """The case, with a form as it was filled in and what is wrong with it."""
        async with self.console.database.reading() as tx:
            case = await desk_case.read(self.console, tx, self.viewer, self.task_id)
        left = self.console.desk.router.rules.calendar.working_days_left(case.names.on, case.task.due_on)
        by = case.claim.by if case.claim else None
        me = self.viewer.by
        return self.console.pages.html(
            self.request,
            self.viewer,
            template,
            status,
            case=case,
            card=case.names.record(card) if card else case.proposed,
            names=case.names,
            left=left,
            is_mine=by == me,
            is_theirs=by not in {None, me},
            may_decide=case.is_decidable and by in {None, me},
            verbs=_forms(case),
            ends=_ends(case, self.viewer.language),
            requirements=[one.value for one in REQUIREMENTS],
            rows=rows_of(form) or [{"agency": "", "text": text, "rewritten": ""} for _, text in case.parts],
            rows_at_most=ROWS_AT_MOST,
            form=form,
            faults=faults or [],
            wrong={field for field, _ in faults or []},
            back=self.narrowed.address,
            kept=query(self.narrowed.query),
            told=await told_to(self.console, self.viewer),
            onward=self.address(self.task_id),
            notice=notice if notice in SAID else None,
        )

    async def act(self, form: Form, template: str = _CASE) -> Response:
        """Keep what a form says and go on, or show it again with what is wrong."""
        name = form["verb"]
        try:
            verb, body = said(form, name)
            if not self.viewer.may(scope_of(verb)):  # the form is not shown, but could be sent
                raise Forbidden("scope_missing")
            await self.console.holding.say(verb, self.task_id, body, self.viewer.actor(self.request))
        except (ValidationError, Refused) as error:
            if isinstance(error, NotFound):
                raise
            faults = faults_of(error, self.viewer.language, field=f"verb-{name}")
            status = error.status if isinstance(error, Refused) else 422
            return await self.page(template, status=status, form=form, faults=faults)
        except ValueError:
            raise NotFound("not_found") from None
        onward = await self._following() if form.get("then") == "next" else None
        return to(self.address(onward) if onward else self.narrowed.address)

    async def claim(self, form: Form) -> Response:
        """Take the case, take it over, or put it back."""
        claiming, actor = self.console.claiming, self.viewer.actor(self.request)
        if form.get("release"):
            await claiming.release(self.task_id, actor=actor)
            return to(self.narrowed.address, said="released")
        try:
            await claiming.take(self.task_id, over=bool(form.get("over")), actor=actor)
        except Conflict:
            return to(self.address(self.task_id), said="taken")
        return to(self.address(self.task_id))

    def address(self, task_id: UUID) -> str:
        kept = self.narrowed.query
        return f"{LIST}/{task_id}?{query(kept)}" if kept else f"{LIST}/{task_id}"

    async def _following(self) -> UUID | None:
        """The next case of the same list that is free or one's own."""
        wanted = self.narrowed.wanted(self.viewer, missed(self.console.desk))
        async with self.console.database.reading() as tx:
            task = await listing.task_row(tx, self.task_id)
            if task is None:
                return None
            after = (task.due_on, task.id)
            return await triage.following(tx, wanted, at=self.console.desk.router.now(), after=after)


def routes(console: Console) -> APIRouter:
    """The page of a case, and its forms. A form is posted to the page's own address."""
    api = APIRouter(prefix="/desk/{task_id}")

    async def _visit(
        request: Request, viewer: Annotated[Viewer, Depends(signed_in(OPERATE))], task_id: UUID, narrowed: Filters
    ) -> Visit:
        return Visit(console, request, viewer, task_id, narrowed)

    at_case = Depends(_visit)

    @api.get("", response_class=HTMLResponse)
    async def page(
        visit: Annotated[Visit, at_case],
        said: Annotated[str | None, Query(max_length=10)] = None,
        card: Code | None = None,
    ) -> HTMLResponse:
        return await visit.page(notice=said, card=card)

    @api.post("")
    async def act(visit: Annotated[Visit, at_case]) -> Response:
        return await visit.act(await form_of(visit.request, visit.viewer))

    @api.post("/claim")
    async def claim(visit: Annotated[Visit, at_case]) -> Response:
        return await visit.claim(await form_of(visit.request, visit.viewer))

    @api.get("/divide", response_class=HTMLResponse)
    async def division(visit: Annotated[Visit, at_case]) -> HTMLResponse:
        return await visit.page(_DIVISION)

    @api.post("/divide")
    async def divide(visit: Annotated[Visit, at_case]) -> Response:
        form = await form_of(visit.request, visit.viewer)
        return await (visit.page(_DIVISION, form=form) if form.get("more") else visit.act(form, _DIVISION))

    return api


def _forms(case: Shown) -> list[str]:
    """The forms that a case has, in their order; all ends are one form."""
    return list(dict.fromkeys(END if verb in ENDS else verb.value for verb in case.verbs))


def _ends(case: Shown, language: str) -> list[dict[str, Any]]:
    index = LANGUAGES.index(language)
    return [
        {"value": value, "verb": verb.value, "ground": GROUND_NAMES[ground][index], "basis": cited(basis, index)}
        for value, ground, verb, basis in ways_to_end(case.appeal.kind)
    ]
