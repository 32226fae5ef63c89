"""What is done with rules: propose, try on a text or on past appeals, put in force."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from services.chassis.errors import NotFound, Refused
from services.contracts.appeals import AppealKind
from services.router import rule_store, trial
from services.router.console.administration import section
from services.router.console.administration.rules import HOME, READERS, about
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.editing import Editor
from services.router.explanation import Made, explained
from services.router.requests import RULES, Reasoned
from services.router.rule_requests import Proposal, TrialOf
from services.router.rules import Rules
from services.router.trials import Trials

MOST_TRIED: Final = (100, 500, 2_000)
_CHANGES_SHOWN: Final = 50
_LONGEST: Final = 20_000

Version = Annotated[str, Query(max_length=64)]


def routes(console: Console) -> APIRouter:
    """The forms."""
    api = APIRouter(prefix=HOME)
    _propose(api, console)
    _try_text(api, console)
    _try_past(api, console)
    _activate(api, console)
    return api


def _propose(api: APIRouter, console: Console) -> None:
    writer = Depends(signed_in(RULES))
    editor = Editor(console.database, console.desk.router)

    @api.get("/new")
    async def page(request: Request, viewer: Annotated[Viewer, writer]) -> HTMLResponse:
        async with console.database.reading() as tx:
            _, rules = await console.desk.router.book.set_in_force(tx)
        form = Form({"lexicon": [rules.lexicon]})
        return section.html(console, request, viewer, "rules_new", form=form)

    @api.post("/new")
    async def propose(request: Request, viewer: Annotated[Viewer, writer]) -> Response:
        form = await form_of(request, viewer)
        text = form["lexicon"].replace("\r\n", "\n") + "\n"
        try:
            given = Proposal.model_validate({"lexicon": text, "note": form["note"]})
            done = await editor.propose(given.applied_to, note=given.note, actor=viewer.actor(request))
        except (ValidationError, Refused) as error:
            return section.html(console, request, viewer, "rules_new", faults=_faults(error, viewer), form=form)
        return to(f"{ROOT}{HOME}/{done[0]}", done="rules_proposed")


def _try_text(api: APIRouter, console: Console) -> None:
    reader = Depends(signed_in(*READERS))

    async def page(request: Request, viewer: Viewer, form: Form, results: list[dict[str, Any]]) -> HTMLResponse:
        async with console.database.reading() as tx:
            sets = await rule_store.sets(tx, before=None, limit=20)
        shown: dict[str, Any] = {
            "form": form,
            "results": results,
            "sets": sets,
            "kinds": list(AppealKind),
            "longest": _LONGEST,
        }
        return section.html(console, request, viewer, "rules_try", **shown)

    @api.get("/try")
    async def form(request: Request, viewer: Annotated[Viewer, reader], version: Version = "") -> HTMLResponse:
        return await page(request, viewer, Form({"version": [version]}), [])

    @api.post("/try")
    async def tried(request: Request, viewer: Annotated[Viewer, reader]) -> HTMLResponse:
        """What the rules in force, and another set beside them, would decide of a text. Nothing is kept of it."""
        form, book = await form_of(request, viewer), console.desk.router.book
        async with console.database.reading() as tx:
            compared = [await book.in_force(tx)]
            if form.get("version") and form["version"] != compared[0].version:
                other = await book.of_version(tx, form["version"])
                if other is None:
                    raise NotFound("rules_not_found")
                compared.append(other)
        text = form["text"][:_LONGEST]
        kind = AppealKind(form["kind"]) if form["kind"] in set(AppealKind) else AppealKind.APPLICATION
        results = [_imagined(console, rules, text, kind, viewer) for rules in compared] if text else []
        return await page(request, viewer, form, results)


def _imagined(console: Console, rules: Rules, text: str, kind: AppealKind, viewer: Viewer) -> dict[str, Any]:
    at = console.desk.router.now()
    day = rules.calendar.arrived_on(at)
    records = trial.imagined(text, rules, kind=kind, at=at)
    told = [
        explained(
            Made(number="—", by="rules", on=day, record=one), rules.directory, rules.calendar, language=viewer.language
        )
        for one in records
    ]
    return {"version": rules.version, "told": told}


def _try_past(api: APIRouter, console: Console) -> None:
    writer = Depends(signed_in(RULES))
    trials, book = Trials(console.database), console.desk.router.book

    @api.get("/{version}/trial")
    async def page(request: Request, viewer: Annotated[Viewer, writer], version: str) -> HTMLResponse:
        return section.html(
            console, request, viewer, "rules_trial", version=version, most=MOST_TRIED, form=Form({}), report=None
        )

    @api.post("/{version}/trial")
    async def tried(request: Request, viewer: Annotated[Viewer, writer], version: str) -> HTMLResponse:
        """What a set would have decided of past appeals. Nothing is written."""
        form, report, faults = await form_of(request, viewer), None, []
        try:
            given = TrialOf.model_validate({**_stretch(form), "version": version})
            async with console.database.reading() as tx:
                before, after = await book.in_force(tx), await book.of_version(tx, version)
            if after is None:
                raise NotFound("rules_not_found")
            stretch = given.stretch(before.calendar, console.desk.router.now())
            report = await _last(trials.run(before, after, stretch))
            report["changes"] = report["changes"][:_CHANGES_SHOWN]
        except (ValidationError, Refused) as error:
            faults = _faults(error, viewer)
        shown: dict[str, Any] = {"version": version, "most": MOST_TRIED, "form": form, "report": report}
        return section.html(console, request, viewer, "rules_trial", faults=faults, **shown)


def _activate(api: APIRouter, console: Console) -> None:
    editor = Editor(console.database, console.desk.router)

    @api.post("/{version}")
    async def activate(
        request: Request, viewer: Annotated[Viewer, Depends(signed_in(RULES))], version: str
    ) -> Response:
        """Put a set in force."""
        form = await form_of(request, viewer)
        try:
            why = Reasoned.model_validate({"reason": form["reason"]})
            act = await editor.activate(version, reason=why.reason, actor=viewer.actor(request))
        except (ValidationError, Refused) as error:
            shown = await about(console, version)
            return section.html(console, request, viewer, "rules_set", faults=_faults(error, viewer), **shown)
        return to(f"{ROOT}{HOME}/{act.version}", done="rules_activated")


def _stretch(form: Form) -> dict[str, Any]:
    limit = int(form["limit"]) if form["limit"].isdecimal() else MOST_TRIED[0]
    told: dict[str, Any] = {"limit": min(limit, MOST_TRIED[-1])}
    return told | {name: form[name] for name in ("since", "until") if form[name]}


async def _last(told: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    report: dict[str, Any] = {}
    async for one in told:
        report = one.get("report", report)
    return report


def _faults(error: ValidationError | Refused, viewer: Viewer) -> list[section.Fault]:
    t = speak(viewer.language)
    names = {name: t(f"admin_rules.{name}") for name in ("reason", "note", "lexicon")}
    return section.faults_of(error, viewer, {**names, "since": t("audit.since"), "until": t("audit.until")})
