"""What is wrong with what a consumer has said. Pure; every fault is a sentence that says what to do instead."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.contracts.envelope import CONTENT_TYPE, TYPE_PREFIX, Envelope
from services.contracts.referrals import ReferralReply

REPLY_TYPE: Final = TYPE_PREFIX + ReferralReply.TYPE
_AHEAD: Final = timedelta(minutes=5)
_PERSISTENT: Final = 2


@dataclass(frozen=True)
class Heard:
    """One message on the agency's exchange, as it came."""

    body: bytes
    content_type: str | None
    message_id: str | None
    delivery_mode: int | None
    at: datetime


@dataclass(frozen=True)
class Said:
    """What could be read of it."""

    event_id: UUID
    referral_id: UUID
    kind: str
    body: bytes


def read(heard: Iterable[Heard]) -> list[Said]:
    """The replies that can be read, in their order."""
    found = []
    for one in heard:
        try:
            envelope = Envelope.model_validate_json(one.body)
            reply = ReferralReply.model_validate(envelope.data)
        except ValidationError:
            continue
        found.append(Said(envelope.id, reply.referral_id, reply.kind, one.body))
    return found


def faults(heard: Sequence[Heard], *, agency: str, appeals: Mapping[UUID, UUID]) -> Iterator[str]:
    """Faults of form, and of repeating. `appeals` are the referrals that were sent, with their appeals."""
    for one in heard:
        yield from _faults_of_one(one, agency, appeals)
    said = read(heard)
    bodies: dict[UUID, bytes] = {}
    events: dict[tuple[UUID, str], UUID] = {}
    for reply in said:
        if bodies.setdefault(reply.event_id, reply.body) != reply.body:
            yield "one event id came with two different bodies: the second is refused; say the same, byte for byte"
        if events.setdefault((reply.referral_id, reply.kind), reply.event_id) != reply.event_id:
            yield (
                f"said `{reply.kind}` of one referral under two event ids: "
                "know a repeat by its referral_id, and derive the id of a reply from it"
            )


def _faults_of_one(heard: Heard, agency: str, appeals: Mapping[UUID, UUID]) -> Iterator[str]:
    yield from _faults_of_properties(heard)
    try:
        document = json.loads(heard.body)
    except ValueError:
        yield "a reply is no JSON in UTF-8"
        return
    if (kind := document.get("type")) != REPLY_TYPE:
        yield f"a reply has the type {kind}, not {REPLY_TYPE}"
        return
    broken = [*_broken(Envelope, document), *_broken(ReferralReply, document.get("data"), "data.")]
    if broken:
        yield from broken
        return
    envelope = Envelope.model_validate(document)
    yield from _faults_of_content(envelope, ReferralReply.model_validate(envelope.data), heard, agency, appeals)


def _faults_of_properties(heard: Heard) -> Iterator[str]:
    if (heard.content_type or "").partition(";")[0] != CONTENT_TYPE.partition(";")[0]:
        yield f"a reply's property content_type is {heard.content_type}, not {CONTENT_TYPE}"
    if heard.delivery_mode != _PERSISTENT:
        yield "a reply is not persistent: set the property delivery_mode to 2, or a restart of the broker loses it"


def _broken(model: type[BaseModel], document: Any, above: str = "") -> Iterator[str]:
    try:
        model.model_validate(document)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            where = above + ".".join(map(str, one["loc"]))
            yield f"a reply does not fit the schema at {where.strip('.') or 'its root'}: {one['msg']}"


def _faults_of_content(
    envelope: Envelope, reply: ReferralReply, heard: Heard, agency: str, appeals: Mapping[UUID, UUID]
) -> Iterator[str]:
    if heard.message_id != str(envelope.id):
        yield "a reply's property message_id is not the event's id"
    if envelope.source != f"/agencies/{agency}":
        yield f"a reply's source is {envelope.source}, not /agencies/{agency}"
    if reply.occurred_at > heard.at + _AHEAD:
        yield "a reply's occurred_at is in the future: use UTC, and set the clock"
    if reply.referral_id not in appeals:
        yield "a reply names a referral that was never sent: copy data.referral_id"
    elif appeals[reply.referral_id] != reply.appeal_id or envelope.subject != str(reply.appeal_id):
        yield "a reply names another appeal: copy data.appeal_id, to data and to subject"
