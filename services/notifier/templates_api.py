"""Templates over HTTP, for operators: read, preview, edit, go back."""

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.chassis import clock
from services.chassis.database import Transaction
from services.chassis.errors import Invalid, NotFound
from services.chassis.keys import Caller, require
from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier import edition, views
from services.notifier.api import OPERATE, READ, Desk
from services.notifier.channels.sms import segments
from services.notifier.edition import UnusableTemplate
from services.notifier.samples import SAMPLES

log = structlog.get_logger()

LONGEST: Final = 20_000

Source = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Because = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Name = Annotated[str, Path(pattern=r"^[a-z_]{1,60}$")]


class Edit(BaseModel):
    """A template's new source, or the version to go back to: 0 is the one shipped."""

    model_config = ConfigDict(extra="forbid")

    source: Source | None = None
    version: int | None = Field(default=None, ge=0)
    because: Because


class Draft(BaseModel):
    """What to preview: a source that is not in force yet, or, without one, what is."""

    model_config = ConfigDict(extra="forbid")

    source: Source | None = None
    notice: Notice = Notice.REFERRED
    sensitive: bool = False


def router(desk: Desk) -> APIRouter:
    """The endpoints of `/v1/templates`."""
    api = APIRouter(prefix="/v1/templates", tags=["templates"])
    reader, operator = Depends(require(READ)), Depends(require(OPERATE))

    @api.get("", dependencies=[reader])
    async def listed() -> dict[str, Any]:
        """All templates, and which of them are edited."""
        async with desk.database.reading() as tx:
            edited = await edition.edited(tx)
        items = [{"name": name.removesuffix(".txt"), "edited": name in edited} for name in desk.edition.names()]
        return {"items": items, "next_cursor": None}

    @api.get("/{language}/{name}", dependencies=[reader])
    async def shown(language: Language, name: Name) -> dict[str, Any]:
        """A template as it stands, with its history."""
        template = _known(desk, language, name)
        async with desk.database.reading() as tx:
            texts = await desk.edition.current(tx)
            history = await edition.history(tx, template)
        return {
            "name": f"{language}/{name}",
            "source": texts.source(template),
            "history": [views.edit(row) for row in history],
        }

    @api.post("/{language}/{name}/preview", dependencies=[reader])
    async def preview(language: Language, name: Name, body: Draft) -> dict[str, Any]:
        """A notice with invented variables, as it would look with the source given; or why that is unusable."""
        template = _known(desk, language, name)
        async with desk.database.reading() as tx:
            try:
                texts = await desk.edition.checked(tx, template, body.source) if body.source else None
            except UnusableTemplate as error:
                return {"usable": False, "because": str(error)}
            texts = texts or await desk.edition.current(tx)
        notice = Notice(name) if name in frozenset(Notice) else body.notice
        text = texts.rendered(notice, language, SAMPLES, sensitive=body.sensitive)
        sms = texts.short(notice, language, SAMPLES, sensitive=body.sensitive)
        said: dict[str, Any] = {"subject": text.subject, "plain": text.plain, "html": text.html, "sms": sms.plain}
        said["sms_segments"] = segments(sms.plain).count
        return {"usable": True, **said, "version": text.version}

    @api.put("/{language}/{name}")
    async def put(caller: Annotated[Caller, operator], language: Language, name: Name, body: Edit) -> dict[str, Any]:
        """Put a source in force, or go back to a version. Refused when a notice would lose a word or gain a hole."""
        template, at = _known(desk, language, name), clock.now()
        async with desk.database.transaction() as tx:
            source = body.source if body.source is not None else await _of_version(tx, template, body.version)
            await _refuse_unusable(desk, tx, template, source)
            version = await edition.edit(tx, template, source, by=caller.owner, because=body.because, at=at)
        log.info("template.edited", template=template, version=version, by=caller.owner)
        return {"name": f"{language}/{name}", "version": version}

    return api


def _known(desk: Desk, language: Language, name: str) -> str:
    template = f"{language}/{name}.txt"
    if template not in desk.edition.names():
        raise NotFound("template_not_found")
    return template


async def _of_version(tx: Transaction, template: str, version: int | None) -> str | None:
    if version is None:
        raise Invalid("template_edit_empty", pointer="#/source")
    if version == 0:
        return None
    found = [row for row in await edition.history(tx, template) if row.version == version]
    if not found:
        raise NotFound("template_not_found")
    source: str | None = found[0].source
    return source


async def _refuse_unusable(desk: Desk, tx: Transaction, template: str, source: str | None) -> None:
    try:
        await desk.edition.checked(tx, template, source)
    except UnusableTemplate as error:
        log.info("template.refused", template=template, because=str(error))
        raise Invalid("template_unusable", pointer="#/source") from error
