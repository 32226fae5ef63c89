"""How imports are shown."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row

from services.chassis.problems import Catalogue
from services.intake import views
from services.intake.api import Desk

ERROR: Final = ("row", "column", "pointer", "code", "detail")
REGISTRATION: Final = ("row", "registration_number", "registered_on", "id", "status_url", "warnings", "replayed")
"""Columns of the reports; `warnings` are codes."""


def job(row: Row[Any]) -> dict[str, Any]:
    """How far an import is."""
    path = f"/v1/imports/{row.id}"
    reports = ("errors", "errors.csv", "registrations", "registrations.csv")
    return {
        "id": row.id,
        "state": row.state,
        "format": row.format,
        "sha256": row.sha256,
        "rows": row.rows,
        "done": row.registered + row.replayed + row.failed,
        "registered": row.registered,
        "replayed": row.replayed,
        "failed": row.failed,
        "unknown_columns": row.unknown_columns,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "links": {"self": path, **{name: f"{path}/{name}" for name in reports}, "cancel": f"{path}/cancel"},
    }


def error(row: Row[Any], columns: Mapping[str, str], catalogue: Catalogue, language: str) -> dict[str, Any]:
    """What is wrong with a row: the column as the file calls it, the pointer into the form; never the value."""
    return {
        "row": row.row,
        "column": columns.get(row.pointer),
        "pointer": row.pointer,
        "code": row.code,
        "detail": catalogue.told(dict(row._mapping), language),  # noqa: SLF001 - SQLAlchemy's public name
    }


def registration(row: Row[Any], desk: Desk, language: str) -> dict[str, Any]:
    """A row with its coupon, as it would have been answered to a posted appeal."""
    url = desk.status_url(row.status_token)
    coupon = views.coupon(row, status_url=url, accepted_by=dict(desk.accepted_by), language=language)
    return {"row": row.row, "replayed": row.replayed, **coupon}
