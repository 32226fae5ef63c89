"""What the pages ask of the other services, and how such acts are noted: after the service has done them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from services.chassis import clock
from services.chassis.errors import NotFound
from services.router import trail
from services.router.console.frame import Console
from services.router.console.peers import Name, PeerAway, Said
from services.router.console.viewer import Viewer
from services.router.console.words import speak


async def got(console: Console, viewer: Viewer, name: Name, path: str, **query: Any) -> Any:
    """What a service tells at `path`; None when it is away, or lets the console not look."""
    try:
        said = await console.peers.get(name, path, viewer.language, **query)
    except PeerAway:
        return None
    return said.body if said.ok else None


async def one(console: Console, viewer: Viewer, name: Name, path: str) -> Any:
    """The same of one thing. Raises `NotFound` when the service has none there."""
    try:
        said = await console.peers.get(name, path, viewer.language)
    except PeerAway:
        return None
    if said.status == HTTPStatus.NOT_FOUND:
        raise NotFound("not_found")
    return said.body if said.ok else None


async def done(
    console: Console,
    viewer: Viewer,
    name: Name,
    request: tuple[str, str, Any],
    act: tuple[str, str],
    **facts: Any,
) -> Said:
    """Let a service act (method, path, body), and note the act (kind, subject) if it did. Raises `PeerAway`.

    Where no answer comes it may have acted all the same: that is noted, too.
    """
    try:
        said = await console.peers.ask(name, request[0], request[1], viewer.language, request[2])
    except PeerAway:
        await noted(console, viewer, act, {**facts, "answered": False})
        raise
    if said.ok:
        await noted(console, viewer, act, facts)
    return said


def away(name: Name, viewer: Viewer) -> Said:
    """What stands for the answer of a service that gives none."""
    return Said(0, {"title": speak(viewer.language)("common.away", name=name)})


async def noted(console: Console, viewer: Viewer, act: tuple[str, str], facts: Mapping[str, Any]) -> None:
    """Note an act of the viewer's: what kind, upon what."""
    async with console.database.transaction() as tx:
        trail.note(tx, trail.Act(viewer.by, act[0], act[1], clock.now(), facts))


def refused_by(said: Said, viewer: Viewer, *, otherwise: str = "content") -> list[tuple[str, str]]:
    """Why a service refused, by the ids of fields; in its words, which are in the viewer's language."""
    errors = said.body.get("errors", []) if isinstance(said.body, dict) else []
    told = [(field_of(one.get("pointer", ""), otherwise), str(one.get("detail", ""))) for one in errors]
    title = said.title or speak(viewer.language)("common.refused", status=said.status)
    return [fault for fault in told if fault[1]] or [(otherwise, title)]


def field_of(pointer: str, otherwise: str = "content") -> str:
    """The field of a form that a pointer points to."""
    return pointer.removeprefix("#/").split("/")[0] if pointer.startswith("#/") else otherwise
