"""The router's application, built once for all offices: what it stands on is another office's in each test."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import FastAPI

from services.chassis import keys
from services.chassis.web import create_app
from services.router import api, requests, trail
from services.router.desk import Desk
from services.router.texts import PROBLEMS


class Standing:
    """Stands for one thing after the other. What is taken of it while it stands for none stands for it likewise."""

    def __init__(self, found: Callable[[], Any] | None = None) -> None:
        self.of: Any = None
        self._found = found

    def __getattr__(self, name: str) -> Any:
        if self._found is None and self.of is None:
            return Standing(lambda: getattr(self.of, name))
        return getattr(self._found() if self._found else self.of, name)


@dataclass(frozen=True)
class Building:
    """An application, and what stands below it."""

    app: FastAPI
    database: Standing
    router: Standing
    notary: Standing


@cache
def building(small_cell: int) -> Building:
    """The application whose statistics tell of no smaller cell. Its hundred endpoints take a tenth of a second."""
    app = create_app(title="router", version="0", texts=PROBLEMS, readiness=no_readiness)
    database, router, notary = Standing(), Standing(), Standing()
    for routes in (
        *api.routers(Desk(database, router), notary, small_cell=small_cell),
        keys.router(requests.SCOPES, trail.note_of),
    ):
        app.include_router(routes)
    return Building(app, database, router, notary)


async def no_readiness() -> dict[str, str]:
    return {}
