"""Saved views: lists narrowed, ordered and set out as somebody wants to find them again, for oneself or for all.

A view is a query of an address. What it is narrowed to may be looked up again; it holds nothing that was found.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, func, or_, select

from services.chassis.database import Transaction
from services.chassis.errors import Conflict, NotFound
from services.router.tables import saved_view

AT_MOST: Final = 50
"""So many views of an area one person may keep."""
_KEY: Final = ("owner", "area", "name")


async def listed(tx: Transaction, owner: str, area: str) -> Sequence[Row[Any]]:
    """Views of an area that a person has saved, or others for all, by name."""
    mine = or_(saved_view.c.owner == owner, saved_view.c.shared)
    statement = select(saved_view).where(saved_view.c.area == area, mine)
    return (await tx.execute(statement.order_by(saved_view.c.name, saved_view.c.owner))).all()


async def save(tx: Transaction, view: dict[str, Any]) -> None:
    """Keep a view, in the place of an older one of this name. Raises `Conflict` when there are too many."""
    of_owner = (saved_view.c.owner == view["owner"], saved_view.c.area == view["area"])
    others = select(func.count()).select_from(saved_view).where(*of_owner, saved_view.c.name != view["name"])
    if (await tx.execute(others)).scalar_one() >= AT_MOST:
        raise Conflict("too_many_views")
    statement = tx.insert(saved_view).values(view)
    new = {name: statement.excluded[name] for name in ("query", "shared", "saved_at")}
    await tx.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=new))


async def remove(tx: Transaction, view_id: UUID, owner: str) -> str:
    """Take one of a person's own views away; returns its area. Raises `NotFound`."""
    mine = (saved_view.c.id == view_id, saved_view.c.owner == owner)
    area = (await tx.execute(delete(saved_view).where(*mine).returning(saved_view.c.area))).scalar_one_or_none()
    if area is None:
        raise NotFound("view_not_found")
    return str(area)


def view_of(*, id: UUID, owner: str, area: str, name: str, query: str, shared: bool, at: datetime) -> dict[str, Any]:  # noqa: A002
    """A view as it is kept."""
    return {
        "id": id,
        "owner": owner,
        "area": area,
        "name": name,
        "query": query,
        "shared": shared,
        "saved_at": at,
    }
