"""Giving documents to the appeals that name them, in the transaction that registers these."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Row

from services.chassis.database import Transaction
from services.chassis.errors import Invalid
from services.contracts.attachments import AttachedDocument
from services.intake.attachments import store
from services.intake.attachments.content import safe_name


@dataclass(frozen=True)
class Named:
    """A document that a form names, and how it calls it."""

    id: UUID
    name: str | None = None


@dataclass
class Claims:
    """The documents that one batch of forms names: each is given to one appeal, once."""

    url: str
    """How references to documents begin."""
    _free: dict[UUID, Row[Any]]
    _held: dict[UUID, Row[Any]] = field(default_factory=dict)
    _given: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    async def of(cls, tx: Transaction, wanted: Iterable[Named], *, url: str) -> Self:
        """Look for what is wanted, and hold it for this transaction."""
        ids = {named.id for named in wanted}
        return cls(url, await store.free(tx, ids) if ids else {})

    def refusal(self, wanted: Sequence[Named], *, posting_system: str) -> Invalid | None:
        """Why these cannot be given, if they cannot. If they can, nobody else in the batch has them any more."""
        faults = [
            {"pointer": f"#/attachments/{n}/id", "code": "attachment_unusable"}
            for n, named in enumerate(wanted)
            if named.id not in self._free or self._free[named.id].posting_system != posting_system
        ]
        if faults:
            return Invalid("attachment_unusable", pointer=faults[0]["pointer"], faults=faults)
        self._held |= {named.id: self._free.pop(named.id) for named in wanted}
        return None

    def give(self, wanted: Sequence[Named], appeal_id: UUID) -> tuple[AttachedDocument, ...]:
        """Give what was held to an appeal; what the router is told of it."""
        told = []
        for place, named in enumerate(wanted):
            row = self._held[named.id]
            name = safe_name(named.name, row.media_type)
            self._given.append({"id": row.id, "appeal_id": appeal_id, "place": place, "name": name})
            plain = {"media_type": row.media_type, "size": row.size, "sha256": row.sha256}
            url = f"{self.url}/{row.id}"
            told.append(AttachedDocument(id=row.id, name=name, **plain, url=url, key=row.secret))
        return tuple(told)

    async def write(self, tx: Transaction) -> None:
        """Write what was given; the appeals must be there."""
        await store.give(tx, self._given)
