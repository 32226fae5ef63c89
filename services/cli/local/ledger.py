"""What a reference agency writes down: referrals that came, replies to be said, and which of them the broker has."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralIssued, ReplyKind

_TABLES: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS referral (
    referral_id TEXT PRIMARY KEY,
    appeal_id TEXT NOT NULL,
    registration_number TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    ends TEXT NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1,
    recalled INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS reply (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    referral_id TEXT NOT NULL REFERENCES referral,
    body BLOB NOT NULL,
    said INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS ix_reply_referral_id ON reply (referral_id);
"""
_ENTRIES: Final = """
SELECT referral_id, appeal_id, registration_number, taken_at, ends, deliveries,
       (SELECT count(*) FROM reply WHERE reply.referral_id = referral.referral_id AND NOT said) AS unsaid
FROM referral
"""


@dataclass(frozen=True)
class Entry:
    """One referral, as its agency has it."""

    agency: str
    referral_id: UUID
    appeal_id: UUID
    registration_number: str
    taken_at: datetime
    ends: ReplyKind
    """`ANSWERED` or `DECLINED`."""
    deliveries: int
    """How often it came; all but the first were dropped."""
    unsaid: int
    """Replies that the broker has not confirmed yet."""


@dataclass(frozen=True)
class Reply:
    """A reply as it goes over the wire: the same bytes, however often."""

    id: UUID
    body: bytes


class Ledger:
    """An agency's own database, a file in `folder`. It is the truth of the agency, not of Joldau."""

    def __init__(self, folder: Path, agency: str) -> None:
        self._agency = agency
        self._database = sqlite3.connect(folder / f"agency-{agency}.db")
        self._database.executescript(_TABLES)

    def take(self, referral: ReferralIssued, *, at: datetime, ends: ReplyKind, replies: Sequence[Envelope]) -> None:
        """Write down a referral and what will be said of it; a repetition is only counted."""
        key = str(referral.referral_id)
        row = (key, str(referral.appeal_id), referral.registration_number, at.isoformat(), ends.value)
        with self._database:
            new = self._database.execute(
                "INSERT INTO referral (referral_id, appeal_id, registration_number, taken_at, ends)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            ).rowcount
            if new:
                self._database.executemany(
                    "INSERT INTO reply (id, referral_id, body) VALUES (?, ?, ?)",
                    [(str(reply.id), key, reply.to_json()) for reply in replies],
                )
            else:
                self._database.execute("UPDATE referral SET deliveries = deliveries + 1 WHERE referral_id = ?", (key,))

    def unsaid(self, referral_id: UUID) -> list[Reply]:
        """Replies to a referral that still have to be said, in their order."""
        rows = self._database.execute(
            "SELECT id, body FROM reply WHERE referral_id = ? AND NOT said ORDER BY seq", (str(referral_id),)
        )
        return [Reply(UUID(row[0]), row[1]) for row in rows]

    def said(self, reply: Reply) -> None:
        """The broker has confirmed a reply."""
        with self._database:
            self._database.execute("UPDATE reply SET said = 1 WHERE id = ?", (str(reply.id),))

    def recalled(self, referral_id: UUID) -> None:
        """The referral was taken back: nothing more is said of it."""
        with self._database:
            self._database.execute("UPDATE referral SET recalled = 1 WHERE referral_id = ?", (str(referral_id),))
            self._database.execute("DELETE FROM reply WHERE referral_id = ? AND NOT said", (str(referral_id),))

    def entries(self) -> list[Entry]:
        """All referrals that came."""
        return [
            Entry(
                agency=self._agency,
                referral_id=UUID(row[0]),
                appeal_id=UUID(row[1]),
                registration_number=row[2],
                taken_at=datetime.fromisoformat(row[3]),
                ends=ReplyKind(row[4]),
                deliveries=row[5],
                unsaid=row[6],
            )
            for row in self._database.execute(_ENTRIES)
        ]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def read_ledgers(folder: Path) -> list[Entry]:
    """What all agencies in `folder` have written down so far."""
    entries: list[Entry] = []
    for file in sorted(folder.glob("agency-*.db")):
        with closing(Ledger(folder, file.stem.removeprefix("agency-"))) as ledger:
            entries += ledger.entries()
    return entries
