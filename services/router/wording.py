"""Wording: takes in the words of appeals a moment after their decision, and out again when they are sealed.

It follows the record, so that nothing on the way of an appeal waits for it; what was there before it is taken in alike.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.chassis.database import Database
from services.router import word_store
from services.router.stems import keys_of, keys_of_name


@dataclass(frozen=True)
class Wording:
    """Keeps what appeals are found by as the record says."""

    database: Database
    at_once: int = 100

    async def look(self) -> None:
        """Take in, or out, all that is to be."""
        while await self._some() == self.at_once:
            pass

    async def _some(self) -> int:
        async with self.database.reading() as tx:
            if not await word_store.to_word(tx, limit=1):
                return 0
        async with self.database.transaction() as tx:
            rows = await word_store.to_word(tx, limit=self.at_once)
            if gone := [row.id for row in rows if row.sealed]:
                await word_store.take_out(tx, gone)
            if fresh := {row.id: _keys(row) for row in rows if not row.sealed}:
                await word_store.take_in(tx, fresh)
        return len(rows)


def _keys(row: Row[Any]) -> set[int]:
    return keys_of(row.text) | (set() if row.anonymous else keys_of_name(row.applicant["name"]))
