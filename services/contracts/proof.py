"""Proof of hand-over: a certificate of what an agency was sent and what it said, which anybody can verify offline.

Each entry holds the hash of the one before, and is signed; the seal says how many there are. What is hashed is
canonical JSON: sorted keys, no spaces, UTF-8. Times are texts in it, so that no reader can change them.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Key = Hash
Signature = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]

FIRST: Final = "0" * 64
"""What stands for the hash before the first entry."""


class ProofKind(StrEnum):
    """What an entry proves."""

    SENT = "sent"
    """A message to the agency, and when the broker confirmed that it has it."""
    FETCHED = "fetched"
    """A message that the agency has fetched over HTTP, and acknowledged."""
    LINKED = "linked"
    """A letter with a link was ordered, to an agency that has no system; when the broker confirmed the order."""
    OPENED = "opened"
    """The link was opened."""
    REPLY = "reply"
    """What the agency has said."""


class Signer:
    """Signs with an Ed25519 key, given as its 32 bytes in hexadecimal digits."""

    def __init__(self, seed: str) -> None:
        self._key: Final = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        self.public: Final = self._key.public_key().public_bytes_raw().hex()

    def sign(self, digest: str) -> str:
        return self._key.sign(digest.encode()).hex()


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Strict):
    """One fact, chained to the one before and signed."""

    number: Annotated[int, Field(strict=True, ge=1)]
    kind: ProofKind
    at: str
    facts: dict[str, Any]
    previous: Hash
    sha256: Hash
    key: Key
    signature: Signature

    @classmethod
    def following(
        cls,
        last: "tuple[int, str] | None",
        *,
        referral_id: UUID,
        kind: ProofKind,
        at: str,
        facts: dict[str, Any],
        signer: Signer,
    ) -> "Entry":
        """The entry after the `last` one, given by its number and hash."""
        number, previous = (last[0] + 1, last[1]) if last else (1, FIRST)
        digest = _digest(str(referral_id), number, kind.value, at, facts, previous)
        return cls(
            number=number,
            kind=kind,
            at=at,
            facts=facts,
            previous=previous,
            sha256=digest,
            key=signer.public,
            signature=signer.sign(digest),
        )


class Seal(_Strict):
    """How many entries there were when the certificate was written."""

    entries: Annotated[int, Field(strict=True, ge=0)]
    sha256: Hash
    key: Key
    signature: Signature


class Certificate(_Strict):
    """All that proves the hand-over of one referral."""

    certificate: Literal["joldau.handover.v1"] = "joldau.handover.v1"
    referral_id: UUID
    entries: tuple[Entry, ...]
    seal: Seal

    @classmethod
    def of(cls, referral_id: UUID, entries: Sequence[Entry], signer: Signer) -> "Certificate":
        """The certificate of these entries; the same ones give the same certificate."""
        digest = _sealed(str(referral_id), entries)
        seal = Seal(entries=len(entries), sha256=digest, key=signer.public, signature=signer.sign(digest))
        return cls(referral_id=referral_id, entries=tuple(entries), seal=seal)


def faults(certificate: Certificate, keys: Collection[str]) -> list[str]:
    """What is wrong with a certificate, in words; nothing, if it holds. `keys` are those whose signatures count."""
    return list(_faults(certificate, keys))


def _faults(certificate: Certificate, keys: Collection[str]) -> Iterator[str]:
    referral_id, previous = str(certificate.referral_id), FIRST
    for number, entry in enumerate(certificate.entries, 1):
        if entry.number != number or entry.previous != previous:
            yield f"entry {number}: it does not follow the one before"
        digest = _digest(referral_id, entry.number, entry.kind.value, entry.at, entry.facts, entry.previous)
        if digest != entry.sha256:
            yield f"entry {number}: its content is not what was hashed"
        yield from (f"entry {number}: {fault}" for fault in _signed(entry.sha256, entry.key, entry.signature, keys))
        previous = entry.sha256
    seal = certificate.seal
    if seal.entries != len(certificate.entries) or seal.sha256 != _sealed(referral_id, certificate.entries):
        yield "seal: entries are missing, or were added"
    yield from (f"seal: {fault}" for fault in _signed(seal.sha256, seal.key, seal.signature, keys))


def _signed(digest: str, key: str, signature: str, keys: Collection[str]) -> Iterator[str]:
    if key not in keys:
        yield "it is signed with a key that is not trusted"
        return
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), digest.encode())
    except (InvalidSignature, ValueError):
        yield "its signature is false"


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sealed(referral_id: str, entries: Sequence[Entry]) -> str:
    return _digest("seal", referral_id, len(entries), entries[-1].sha256 if entries else FIRST)
