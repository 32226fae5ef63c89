"""The templates in force: as shipped, unless an operator has edited them. Every edit is kept, to be gone back to."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final

from jinja2 import BaseLoader, ChoiceLoader, DictLoader, TemplateError
from sqlalchemy import Row, func, select

from services.chassis.database import Transaction
from services.chassis.errors import Conflict
from services.contracts.appeals import Language
from services.notifier.notices import NOTICES, Own
from services.notifier.samples import SAMPLES
from services.notifier.tables import template
from services.notifier.texts import NEWS, SMS, TEMPLATES, Office, Texts, template_name


class UnusableTemplate(ValueError):
    """An edit that would leave a notice without words, or with holes. Says what is wrong, never with values."""


class Edition:
    """Gives the texts in force; edits by other processes are seen at the next look."""

    def __init__(self, offices: Mapping[Language, Office], *, shipped: BaseLoader = TEMPLATES) -> None:
        self.offices = offices
        self._shipped = shipped
        self._seen = (0, 0)
        self._texts = Texts(offices, loader=shipped)

    async def current(self, tx: Transaction) -> Texts:
        """The texts in force now."""
        # the count too: an edit with a lower number may be committed after one with a higher
        edits = select(func.coalesce(func.max(template.c.seq), 0), func.count())
        latest, count = tuple((await tx.execute(edits)).one())
        if (latest, count) != self._seen:
            self._texts = self._with(await edited(tx))
            self._seen = (latest, count)
        return self._texts

    async def checked(self, tx: Transaction, name: str, source: str | None) -> Texts:
        """The texts as they would be with `name` edited. Raises `UnusableTemplate`."""
        sources = await edited(tx)
        texts = self._with(sources | {name: source} if source is not None else _without(sources, name))
        try:
            for language in Language:
                _check(texts, language)
        except UnusableTemplate:
            raise
        except (TemplateError, ValueError) as error:
            raise UnusableTemplate(f"{type(error).__name__}: {error}"[:300]) from error
        return texts

    def names(self) -> list[str]:
        """Templates that can be edited; layouts are code."""
        return sorted(name for name in self._shipped.list_templates() if name.endswith(".txt"))

    def _with(self, sources: Mapping[str, str]) -> Texts:
        return Texts(self.offices, loader=ChoiceLoader([DictLoader(dict(sources)), self._shipped]))


def _without(sources: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: source for key, source in sources.items() if key != name}


_FREE: Final = frozenset({"office", "subject"})


def _check(texts: Texts, language: Language) -> None:
    """Every notice renders with and without its optional variables, and leaves none of the others out."""
    for notice, variables in NOTICES.items():
        needed = {variable.name for variable in variables}
        used = texts.used_variables(notice, language) - _FREE
        if used != needed:
            raise UnusableTemplate(f"{template_name(notice, language)}: {_told(needed, used)}")
        empty = {variable.name: "" for variable in variables if variable.optional}
        for values in (SAMPLES, {**SAMPLES, **empty}):
            if not texts.rendered(notice, language, values).subject:
                raise UnusableTemplate(f"{template_name(notice, language)}: no subject")
            if not isinstance(notice, Own):
                _check_others(texts, language, notice, values)


def _told(needed: AbstractSet[str], used: AbstractSet[str]) -> str:
    """What is left out, and what nobody fills in."""
    named = {"−": needed - used, "+": used - needed}
    return "; ".join(f"{mark} {', '.join(sorted(names))}" for mark, names in named.items() if names)


def _check_others(texts: Texts, language: Language, notice: Any, values: Mapping[str, str]) -> None:
    for sensitive in (False, True):
        if SAMPLES["status_url"] not in texts.short(notice, language, values, sensitive=sensitive).plain:
            raise UnusableTemplate(f"{template_name(SMS, language)}: status_url")
    if SAMPLES["registration_number"] not in texts.rendered(notice, language, values, sensitive=True).subject:
        raise UnusableTemplate(f"{template_name(NEWS, language)}: registration_number")


async def edited(tx: Transaction) -> dict[str, str]:
    """Sources of the templates that are not as shipped."""
    newest = select(func.max(template.c.seq)).group_by(template.c.name)
    rows = await tx.execute(select(template.c.name, template.c.source).where(template.c.seq.in_(newest)))
    return {row.name: row.source for row in rows if row.source is not None}


async def history(tx: Transaction, name: str) -> list[Row[Any]]:
    """A template's edits, newest first."""
    return list(
        (await tx.execute(select(template).where(template.c.name == name).order_by(template.c.seq.desc()))).all()
    )


async def edit(tx: Transaction, name: str, source: str | None, *, by: str, because: str, at: datetime) -> int:
    """Put a source in force; None is the one shipped. Returns its version. Raises `Conflict` if another was quicker."""
    last = (await tx.execute(select(func.max(template.c.version)).where(template.c.name == name))).scalar_one()
    version = int(last or 0) + 1
    row = {"name": name, "version": version, "source": source, "created_at": at, "created_by": by, "because": because}
    adding = tx.insert(template).values(row).on_conflict_do_nothing().returning(template.c.version)
    if (await tx.execute(adding)).one_or_none() is None:
        raise Conflict("template_changed")
    return version
