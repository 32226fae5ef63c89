"""The console's accounts over HTTP, for an administrator: who may sign in, as what."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field, SecretStr, StringConstraints
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.keys import Caller, require
from services.router import operators
from services.router.desk import Desk
from services.router.operators import Role
from services.router.requests import ADMINISTER, Body, Words, actor_of

_SHOWN: Final = ("id", "login", "name", "roles", "language", "created_at", "disabled_at", "locked_until")

Login = Annotated[str, StringConstraints(min_length=1, max_length=63)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
Password = Annotated[SecretStr, Field(min_length=operators.SHORTEST_PASSWORD, max_length=200)]


class NewAccount(Body):
    """An account to be made; without a password its owner signs in elsewhere, as `subject`."""

    login: Login
    name: Words
    roles: Roles
    language: Literal["kk", "ru", "en"] = "kk"
    password: Password | None = None
    subject: Words | None = Field(default=None, description="Issuer and subject of the sign-in service, with a blank.")

    def account(self) -> operators.NewOperator:
        password = self.password.get_secret_value() if self.password else None
        return operators.NewOperator(**{**self.model_dump(), "password": password})


class Changes(Body):
    """What is to be otherwise with an account; what is left out stays."""

    name: Words | None = None
    roles: Roles | None = None
    password: Password | None = None
    disabled: bool | None = None

    def told(self) -> operators.Changes:
        password = self.password.get_secret_value() if self.password else None
        return operators.Changes(self.name, self.roles, password, disabled=self.disabled)


def routes(desk: Desk) -> APIRouter:
    """Make, list and change accounts."""
    api = APIRouter(prefix="/v1/operators", tags=["operators"])
    administrator = Depends(require(ADMINISTER))

    @api.get("")
    async def listed(_caller: Annotated[Caller, administrator]) -> dict[str, Any]:
        """All accounts, without their passwords."""
        async with desk.database.reading() as tx:
            return {"items": [_shown(row) for row in await operators.listed(tx)]}

    @api.post("", status_code=201)
    async def add(request: Request, caller: Annotated[Caller, administrator], new: NewAccount) -> dict[str, Any]:
        """Make an account."""
        by = actor_of(caller, request).name
        account_id = await operators.admit(desk.database, new.account(), by=by, at=clock.now())
        return {"id": account_id, "login": new.login}

    @api.patch("/{operator_id}", status_code=204)
    async def change(
        request: Request, caller: Annotated[Caller, administrator], operator_id: UUID, to: Changes
    ) -> None:
        """Change an account. Whoever loses a role, or is given a password, has to sign in again."""
        await operators.administer(
            desk.database,
            operator_id,
            to.told(),
            by=actor_of(caller, request).name,
            at=clock.now(),
        )

    return api


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}
