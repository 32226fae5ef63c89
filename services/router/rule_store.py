"""Statements on rule sets: they are added, never changed, and so are the acts that put one in force.

Beside them stands what a proposal was made from.

A document is kept once, under its hash, however many rule sets are made of it.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, select

from services.chassis.database import Transaction
from services.contracts.calendar import DayKind, Override
from services.router.judgement import Margins
from services.router.rules import RuleSet
from services.router.tables import activation, document, rule_set

_DOCUMENTS: Final = ("lexicon", "directory", "model")
_SUMMARY: Final = (
    *(rule_set.c[name] for name in ("number", "version", "lexicon", "directory", "model")),
    *(rule_set.c[name] for name in ("overrides", "created_at", "created_by", "note")),
)


async def in_force(tx: Transaction) -> Row[Any] | None:
    """The newest activation: its ``number`` and ``version``; None before the first."""
    newest = select(activation.c.number, activation.c.version).order_by(activation.c.number.desc()).limit(1)
    return (await tx.execute(newest)).one_or_none()


async def load(tx: Transaction, version: str) -> RuleSet | None:
    """The rule set of this version; None if there is none."""
    row = (await tx.execute(select(rule_set).where(rule_set.c.version == version))).one_or_none()
    if row is None:
        return None
    hashes = {row._mapping[name] for name in _DOCUMENTS} - {None}  # noqa: SLF001 - public name
    found = await tx.execute(select(document).where(document.c.sha256.in_(list(hashes))))
    contents = {one.sha256: bytes(one.content) for one in found}
    return RuleSet(
        lexicon=contents[row.lexicon].decode(),
        directory=contents[row.directory].decode(),
        overrides=overrides_of(row.overrides),
        margins=Margins(**row.margins),
        model=contents[row.model] if row.model else None,
    )


async def add(tx: Transaction, rules: RuleSet, *, at: datetime, by: str, note: str) -> bool:
    """Keep a rule set. False if this version was there before: then nothing changes."""
    contents = {
        "lexicon": rules.lexicon.encode(),
        "directory": rules.directory.encode(),
        "model": rules.model,
    }
    hashes = {name: hashlib.sha256(content).hexdigest() if content else None for name, content in contents.items()}
    kept = [{"sha256": hashes[name], "content": content} for name, content in contents.items() if content]
    await tx.execute(tx.insert(document).on_conflict_do_nothing(), kept)
    row = {
        **hashes,
        "version": rules.version,
        "overrides": overrides_json(rules.overrides),
        "margins": asdict(rules.margins),
        "created_at": at,
        "created_by": by,
        "note": note,
    }
    statement = tx.insert(rule_set).values(row).on_conflict_do_nothing().returning(rule_set.c.number)
    return (await tx.execute(statement)).one_or_none() is not None


async def is_kept(tx: Transaction, rules: RuleSet) -> bool:
    """Whether any rule set has this lexicon with this model."""
    model = hashlib.sha256(rules.model).hexdigest() if rules.model else None
    lexicon = hashlib.sha256(rules.lexicon.encode()).hexdigest()
    same = select(rule_set.c.number).where(rule_set.c.lexicon == lexicon, rule_set.c.model.is_not_distinct_from(model))
    return (await tx.execute(same.limit(1))).one_or_none() is not None


async def base_of(tx: Transaction, version: str) -> str | None:
    """The version that a proposal was made from; None for what has been in force."""
    return (await tx.execute(select(rule_set.c.base).where(rule_set.c.version == version))).scalar_one_or_none()


async def base_on(tx: Transaction, version: str, base: str | None) -> None:
    """Say what a proposal was made from."""
    await tx.execute(rule_set.update().where(rule_set.c.version == version).values(base=base))


async def activate(tx: Transaction, version: str, *, number: int, at: datetime, by: str, reason: str) -> bool:
    """Enter the act of this number. False if somebody else's act has taken the number."""
    row = {"number": number, "version": version, "at": at, "by": by, "reason": reason}
    statement = tx.insert(activation).values(row).on_conflict_do_nothing().returning(activation.c.number)
    return (await tx.execute(statement)).one_or_none() is not None


async def sets(tx: Transaction, *, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """Rule sets without their documents, newest first; `before` is the number of the last one seen."""
    statement = select(*_SUMMARY).order_by(rule_set.c.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(rule_set.c.number < before)
    return (await tx.execute(statement)).all()


async def summary(tx: Transaction, version: str) -> Row[Any] | None:
    """One rule set without its documents."""
    return (await tx.execute(select(*_SUMMARY).where(rule_set.c.version == version))).one_or_none()


async def activations(tx: Transaction, *, before: int | None, limit: int) -> Sequence[Row[Any]]:
    """What was put in force when, by whom and why; newest first."""
    statement = select(activation).order_by(activation.c.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(activation.c.number < before)
    return (await tx.execute(statement)).all()


def overrides_json(overrides: Collection[Override]) -> list[dict[str, str]]:
    """Overridden days as they are stored and sent."""
    return [{"day": one.day.isoformat(), "kind": one.kind.value, "source": one.source} for one in overrides]


def overrides_of(stored: Sequence[dict[str, str]]) -> tuple[Override, ...]:
    """Overridden days that have been stored."""
    return tuple(Override(date.fromisoformat(one["day"]), DayKind(one["kind"]), one["source"]) for one in stored)
