"""Parked messages of each service by the same verbs: the router's own directly, the others' over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

from services.chassis import clock, parked
from services.chassis.database import Transaction
from services.chassis.errors import Refused
from services.chassis.logs import masked
from services.chassis.operations import masked_body
from services.router import trail
from services.router.console import asking
from services.router.console.administration import section
from services.router.console.frame import Console
from services.router.console.peers import Name, PeerAway
from services.router.console.viewer import Viewer
from services.router.console.words import speak

Service = Literal["router", "intake", "notifier"]
SERVICES: Final[tuple[Service, ...]] = ("router", "intake", "notifier")
_LEFT_OUT: Final = frozenset({"body", "headers"})


@dataclass(frozen=True)
class Door:
    """One service's parked messages, for somebody who looks at them. Verbs return why not, or nothing."""

    console: Console
    viewer: Viewer
    service: Service

    @property
    def _peer(self) -> Name:
        return cast("Name", self.service)

    @property
    def away(self) -> list[section.Fault]:
        """What a verb returns when the service does not answer."""
        return [("content", speak(self.viewer.language)("common.away", name=self.service))]

    async def listed(
        self, *, queue: str | None, state: str, limit: int, after: UUID | None
    ) -> list[dict[str, Any]] | None:
        """Messages, the newest first, `after` the last one of the page before; None when the service is away."""
        if self.service == "router":
            async with self.console.database.reading() as tx:
                rows = await parked.listed(tx, queue=queue, state=state, limit=limit, after=after)
            return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name
        wanted = {"queue": queue, "state": state, "limit": limit, "cursor": after}
        told = await asking.got(self.console, self.viewer, self._peer, "/v1/parked", **wanted)
        return list(told["items"]) if told else None

    async def one(self, parked_id: UUID) -> dict[str, Any] | None:
        """One message, its body masked; None when it is not to be had."""
        if self.service == "router":
            async with self.console.database.reading() as tx:
                row = await parked.shown(tx, parked_id)
            told = {name: value for name, value in row._mapping.items() if name not in _LEFT_OUT}  # noqa: SLF001 - as above
            return {**told, "body": masked_body(bytes(row.body))}
        found: dict[str, Any] | None = await asking.one(
            self.console, self.viewer, self._peer, f"/v1/parked/{parked_id}"
        )
        return found

    async def redrive(self, parked_id: UUID, change: Mapping[str, Any]) -> list[section.Fault]:
        """Put a message back: as it is, with a `body`, or with fields `set`."""

        async def own(tx: Transaction) -> None:
            body = change["body"].encode() if "body" in change else None
            at, fields = clock.now(), change.get("set")
            await parked.redrive(tx, parked_id, by=self.viewer.by, at=at, body=body, fields=fields)

        facts = {"service": self.service, "repaired": bool(change)}
        return await self._acted(parked_id, "redrive", own, dict(change) or None, facts)

    async def discard(self, parked_id: UUID, because: str) -> list[section.Fault]:
        """Give a message up."""

        async def own(tx: Transaction) -> None:
            await parked.discard(tx, parked_id, by=self.viewer.by, at=clock.now(), because=because)

        return await self._acted(parked_id, "discard", own, {"because": because}, {"service": self.service})

    async def revealed(self, parked_id: UUID, because: str) -> str | None:
        """The body as it came; that somebody looked is noted."""
        act = ("parked.reveal", str(parked_id))
        facts = {"service": self.service, "because": masked(because)}
        if self.service == "router":
            async with self.console.database.transaction() as tx:
                row = await parked.shown(tx, parked_id)
                trail.note(tx, trail.Act(self.viewer.by, *act, clock.now(), facts))
            return bytes(row.body).decode("utf-8", "replace")
        request = ("POST", f"/v1/parked/{parked_id}/reveal", {"because": because})
        try:
            said = await asking.done(self.console, self.viewer, self._peer, request, act, **facts)
        except PeerAway:
            return None
        return str(said.body["body"]) if said.ok else None

    async def _acted(
        self, parked_id: UUID, verb: str, own: Any, body: dict[str, Any] | None, facts: dict[str, Any]
    ) -> list[section.Fault]:
        act = (f"parked.{verb}", str(parked_id))
        if self.service == "router":
            try:
                async with self.console.database.transaction() as tx:
                    await own(tx)
                    trail.note(tx, trail.Act(self.viewer.by, *act, clock.now(), facts))
            except Refused as error:
                return section.faults_of(error, self.viewer)
            return []
        request = ("POST", f"/v1/parked/{parked_id}/{verb}", body)
        try:
            said = await asking.done(self.console, self.viewer, self._peer, request, act, **facts)
        except PeerAway:
            return self.away
        return [] if said.ok else asking.refused_by(said, self.viewer)
