"""From a row of a file to a submission, through the same form and the same checks as a posted appeal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from services.chassis.errors import Refused
from services.chassis.outbox import Cause
from services.chassis.problems import Fault, pointers
from services.intake.form import AppealForm, idempotency_key, submission
from services.intake.imports.files import Row
from services.intake.imports.vocabulary import KEY
from services.intake.registration import Submission

MAX_POINTER: Final = 200


@dataclass(frozen=True)
class Origin:
    """What all rows of an import have in common. Rows without a time of arrival came with the file, at `arrived_at`."""

    import_id: UUID
    posting_system: str
    tell_system: bool
    sha256: str
    arrived_at: datetime


@dataclass(frozen=True)
class Prepared:
    """A row that can be registered, or what is wrong with it."""

    number: int
    submission: Submission | None = None
    faults: Sequence[Fault] = ()


def prepared(row: Row, origin: Origin) -> Prepared:
    """Check a row."""
    if row.fault is not None:
        return Prepared(row.number, faults=[fault("#/", row.fault)])
    try:
        form = AppealForm.model_validate(row.form)
    except ValidationError as error:
        return Prepared(row.number, faults=_faults(error))
    try:
        given = submission(
            form,
            posting_system=origin.posting_system,
            tell_system=origin.tell_system,
            key=_key(row, origin),
            at=origin.arrived_at,
            cause=Cause(str(origin.import_id)),
        )
    except Refused as refused:
        return Prepared(row.number, faults=[fault(refused.pointer or "#/", refused.code)])
    return Prepared(row.number, given)


def fault(pointer: str, code: str, *, limit: int | None = None, counted: str | None = None) -> Fault:
    """A fault. A pointer may hold a name out of the file: it is cut, and made one line that any database takes."""
    shown = "".join(c if c.isprintable() else "�" for c in pointer)
    return {"pointer": shown[:MAX_POINTER], "code": code, "limit": limit, "counted": counted}


def _key(row: Row, origin: Origin) -> str:
    """The row's own key, so that a corrected file can be sent whole; else its place in this very file."""
    if row.key is None:
        return f"import:{origin.sha256}:{row.number}"
    if not isinstance(row.key, str):
        raise Refused("wrong_type", pointer=f"#/{KEY}")
    try:
        return idempotency_key(row.key)
    except Refused as refused:
        raise Refused(refused.code, pointer=f"#/{KEY}") from refused


def _faults(error: ValidationError) -> list[Fault]:
    found: list[Any] = error.errors(include_url=False, include_input=False)
    return [fault(**each) for each in pointers([{**each, "loc": ("body", *each["loc"])} for each in found])]
