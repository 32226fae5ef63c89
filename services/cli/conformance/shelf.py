"""Documents of invented referrals, behind references as intake gives them: good for a while, opened without a key."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.chassis import clock
from services.chassis.ids import new_id
from services.chassis.problems import MEDIA_TYPE
from services.cli.local.sinks import AsgiSink, Event, Receive, Send
from services.contracts.attachments import ReferencedDocument

_LIFE: Final = timedelta(days=7)
_STALE: Final = timedelta(days=1)


class Shelf(AsgiSink):
    """Serves what was laid on it, on this machine, and knows what was fetched. An async context manager."""

    def __init__(self, fault: Callable[[str], None]) -> None:
        """Nothing lies on it yet. `fault` is told what is wrong with a call."""
        super().__init__(None)
        self.fetched: set[UUID] = set()
        self._fault = fault
        self._content: dict[UUID, bytes] = {}
        self._good: dict[str, UUID] = {}
        self._expired: set[str] = set()

    def lay(self) -> ReferencedDocument:
        """A document, with a reference that is good."""
        content = f"%PDF-1.7\n% {new_id()}\n".encode()
        document = ReferencedDocument(
            id=new_id(),
            name="скан.pdf",
            media_type="application/pdf",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            reference="-",
            good_until=clock.now(),
        )
        self._content[document.id] = content
        return self.renewed(document)

    def renewed(self, document: ReferencedDocument) -> ReferencedDocument:
        """The same document with a new reference."""
        path = f"/attachments/{document.id}/{new_id().hex}"
        self._good[path] = document.id
        reference = f"http://127.0.0.1:{self.port}{path}"
        return document.model_copy(update={"reference": reference, "good_until": clock.now() + _LIFE})

    def expired(self) -> ReferencedDocument:
        """A document, with a reference whose time is over."""
        document = self.lay()
        path = document.reference.removeprefix(f"http://127.0.0.1:{self.port}")
        del self._good[path]
        self._expired.add(path)
        return document.model_copy(update={"good_until": clock.now() - _STALE})

    async def answer(self, scope: Event, receive: Receive, send: Send) -> None:  # noqa: ARG002 - what ASGI hands over
        path = scope["path"]
        if any(name == b"authorization" for name, _ in scope["headers"]):
            self._fault("sends a key along to a document's reference: it opens without one, and keys are for us alone")
        if (found := self._good.get(path)) is not None and scope["method"] == "GET":
            status, kind, body = 200, "application/pdf", self._content[found]
            self.fetched.add(found)
        else:
            status, code = (410, "reference_expired") if path in self._expired else (404, "attachment_not_found")
            kind, body = MEDIA_TYPE, json.dumps({"status": status, "code": code}).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self.news()
