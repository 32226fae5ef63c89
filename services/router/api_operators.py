"""The console's accounts over HTTP, for an administrator: who may sign in, as what."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field, SecretStr, StringConstraints
from sqlalchemy import Row

from services.chassis import clock
from services.chassis.keys import Caller, require
from services.router import operators, trail
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


class Changes(Body):
    """What is to be otherwise with an account; what is left out stays."""

    name: Words | None = None
    roles: Roles | None = None
    password: Password | None = None
    disabled: bool | None = None


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
        at = clock.now()
        password = new.password.get_secret_value() if new.password else None
        account = operators.NewOperator(**{**new.model_dump(), "password": password})
        async with desk.database.transaction() as tx:
            account_id = await operators.add(tx, account, at=at)
            by = actor_of(caller, request).name
            trail.note(tx, trail.Act(by, "operator.add", new.login, at, {"roles": sorted(new.roles)}))
        return {"id": account_id, "login": new.login}

    @api.patch("/{operator_id}", status_code=204)
    async def change(
        request: Request, caller: Annotated[Caller, administrator], operator_id: UUID, to: Changes
    ) -> None:
        """Change an account. Whoever loses a role, or is given a password, has to sign in again."""
        await operators.administer(
            desk.database,
            operator_id,
            operators.Changes(
                to.name, to.roles, to.password.get_secret_value() if to.password else None, disabled=to.disabled
            ),
            by=actor_of(caller, request).name,
            at=clock.now(),
        )

    return api


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}
