"""Accounts: who may sign in, and as what."""

import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.errors import Conflict, NotFound, Refused
from services.router import operators
from services.router.api_operators import Changes, NewAccount
from services.router.console.administration import section
from services.router.console.administration.section import Fault
from services.router.console.frame import Console
from services.router.console.pages import ROOT, to
from services.router.console.viewer import Form, Viewer, form_of, signed_in
from services.router.console.words import speak
from services.router.operators import Role
from services.router.requests import ADMINISTER

HOME: Final = f"{section.PATH}/accounts"
_FIELDS: Final = ("login", "name", "roles", "language", "subject")
_PASSWORD_BYTES: Final = 15


def routes(console: Console) -> APIRouter:
    """The list, an account's page, and a new one's."""
    api = APIRouter(prefix=HOME)
    _all(api, console)
    _one(api, console)
    return api


def _all(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    @api.get("")
    async def page(request: Request, viewer: Annotated[Viewer, administrator]) -> HTMLResponse:
        async with console.database.reading() as tx:
            rows = await operators.listed(tx)
        return section.html(console, request, viewer, "accounts", rows=rows)

    @api.get("/new")
    async def new(request: Request, viewer: Annotated[Viewer, administrator]) -> HTMLResponse:
        return section.html(console, request, viewer, "account_new", form=Form({}), role_options=_options(viewer))

    @api.post("/new")
    async def add(request: Request, viewer: Annotated[Viewer, administrator]) -> Response:
        form = await form_of(request, viewer)
        password = None if form.get("subject") else _new_password()
        try:
            new = NewAccount.model_validate({**form.as_dict(), "roles": form.all("roles"), "password": password})
            by = viewer.by
            await operators.admit(console.database, new.account(), by=by, at=clock.now())
        except (ValidationError, Refused) as error:
            faults = section.faults_of(error, viewer, _names(viewer))
            shown = {"form": form, "role_options": _options(viewer)}
            return section.html(console, request, viewer, "account_new", faults=faults, **shown)
        if password is None:
            return to(f"{ROOT}{HOME}", done="account_added")
        return _secret(console, request, viewer, new.login, password)


def _one(api: APIRouter, console: Console) -> None:
    administrator = Depends(signed_in(ADMINISTER))

    async def page(request: Request, viewer: Viewer, account_id: UUID, faults: Sequence[Fault] = ()) -> HTMLResponse:
        row = await found(account_id)
        shown = {"row": row, "own": row.id == viewer.account_id, "role_options": _options(viewer)}
        return section.html(console, request, viewer, "account", faults=faults, **shown)

    async def found(account_id: UUID) -> Row[Any]:
        async with console.database.reading() as tx:
            return await operators.by_id(tx, account_id)

    @api.get("/{account_id}")
    async def one(request: Request, viewer: Annotated[Viewer, administrator], account_id: UUID) -> HTMLResponse:
        return await page(request, viewer, account_id)

    @api.post("/{account_id}")
    async def change(request: Request, viewer: Annotated[Viewer, administrator], account_id: UUID) -> Response:
        """Change, give a new password, disable or enable: the button says which."""
        form = await form_of(request, viewer)
        password = _new_password() if form["act"] == "password" else None
        try:
            changes = _changes(form, password)
            _refuse_own(changes, viewer, account_id)
            by = viewer.by
            await operators.administer(console.database, account_id, changes.told(), by=by, at=clock.now())
        except (ValidationError, Conflict) as error:
            return await page(request, viewer, account_id, section.faults_of(error, viewer, _names(viewer)))
        if password is None:
            return to(f"{ROOT}{HOME}/{account_id}", done="account_changed")
        return _secret(console, request, viewer, (await found(account_id)).login, password)


def _new_password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _secret(console: Console, request: Request, viewer: Viewer, login: str, password: str) -> HTMLResponse:
    t = speak(viewer.language)
    shown = [(t("admin_accounts.login"), login), (t("admin_accounts.password"), password)]
    return section.html(console, request, viewer, "secret", shown=shown, back=HOME)


def _changes(form: Form, password: str | None) -> Changes:
    match form["act"]:
        case "password":
            return Changes.model_validate({"password": password})
        case "disable" | "enable" as act:
            return Changes(disabled=act == "disable")
        case "change":
            return Changes.model_validate({"name": form["name"], "roles": form.all("roles")})
        case _:
            raise NotFound("not_found")


def _refuse_own(changes: Changes, viewer: Viewer, account_id: UUID) -> None:
    """Nobody locks themselves out by mistake, or makes themselves more than they are: another administrator does it."""
    if account_id != viewer.account_id:
        return
    roles = set(viewer.roles if changes.roles is None else changes.roles)
    if changes.disabled or Role.ADMINISTRATOR not in roles or roles - set(viewer.roles):
        raise Conflict("own_account", pointer="#/roles")


def _names(viewer: Viewer) -> dict[str, str]:
    t = speak(viewer.language)
    return {name: t(f"admin_accounts.{name}") for name in _FIELDS}


def _options(viewer: Viewer) -> list[tuple[str, str, str]]:
    t = speak(viewer.language)
    return [(role, t(f"admin_accounts.role_{role}"), t(f"admin_accounts.may_{role}")) for role in Role]
