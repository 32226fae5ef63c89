"""Access tokens: only those of the configured server count, for us, in time, under the one algorithm."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.chassis.errors import Away, Unauthenticated
from services.chassis.outbound import Outbound
from services.chassis.tokens import FRESH_SECONDS, PAUSE_SECONDS, Tokens, TokenServer

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ISSUER, AUDIENCE = "https://login.test", "joldau"


@dataclass
class KeyServer:
    """A real server of public keys, which can fall silent and change its keys."""

    keys: list[ECKey] = field(default_factory=lambda: [_key("one")])
    asked: int = 0
    away: bool = False
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        status = b"503 Away" if self.away else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


def _key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"}, private=True)


@pytest.fixture
async def server() -> AsyncIterator[KeyServer]:
    """The key server at work."""
    one = KeyServer()
    listening = await asyncio.start_server(one.answer, "127.0.0.1", 0)
    one.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield one


@pytest.fixture
async def tokens(server) -> AsyncIterator[Tokens]:
    """What checks the server's tokens: agencies' scopes alone count."""
    async with Outbound(timeout=5, allowed=[ip_network("127.0.0.0/8")]) as http:
        known = TokenServer(ISSUER, AUDIENCE, f"http://127.0.0.1:{server.port}/jwks", "ES256")
        yield Tokens(known, http, allowed=lambda scope: scope.startswith("agency:"))


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def made(key: ECKey, *, kid: str | None = None, **claims: Any) -> str:
    """A token as the server would make it, with what is wrong about it."""
    given = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "education-system",
        "exp": int((AT + timedelta(minutes=5)).timestamp()),
        "scope": "openid agency:education admin",
        **claims,
    }
    header = {"alg": "ES256", "kid": kid or key.kid}
    return jwt.encode(header, {name: value for name, value in given.items() if value is not None}, key)


async def test_a_token_of_the_server_is_taken_with_the_scopes_that_count_here(tokens, server):
    """The server may say who is which agency; it cannot make an administrator."""
    read = [await tokens.read(made(server.keys[0]), at=AT) for _ in range(3)]

    assert read == [("education-system", frozenset({"agency:education"}))] * 3
    assert server.asked == 1


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"iss": "https://other.test"}, id="another server's"),
        pytest.param({"aud": "another-service"}, id="made for another"),
        pytest.param({"aud": None}, id="made for nobody"),
        pytest.param({"exp": int((AT - timedelta(minutes=5)).timestamp())}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"nbf": int((AT + timedelta(minutes=5)).timestamp())}, id="not yet good"),
        pytest.param({"sub": None}, id="of nobody"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(tokens, server, wrong):
    """A right signature is not enough."""
    with pytest.raises(Unauthenticated, match="token_invalid"):
        await tokens.read(made(server.keys[0], **wrong), at=AT)


async def test_another_key_under_a_known_name_is_refused(tokens):
    """The signature is checked, not the name of the key."""
    with pytest.raises(Unauthenticated):
        await tokens.read(made(_key("one")), at=AT)


async def test_the_token_does_not_choose_its_algorithm(tokens, server):
    """Neither none, nor the public key taken for a shared secret (RFC 8725, 3.1)."""
    header, claims, _ = made(server.keys[0]).split(".")
    unsigned, shared = (encoded(json.dumps({"alg": alg, "kid": "one"}).encode()) for alg in ("none", "HS256"))
    secret = server.keys[0].as_pem(private=False)
    signature = encoded(hmac.digest(secret, f"{shared}.{claims}".encode(), "sha256"))

    for token in (f"{shared}.{claims}.{signature}", f"{unsigned}.{claims}.", f"{header}.{claims}.", "a.b.c"):
        with pytest.raises(Unauthenticated):
            await tokens.read(token, at=AT)


async def test_a_new_key_is_fetched_but_not_more_often_than_allowed(tokens, server):
    """The server changes its keys as it likes; tokens with invented key names do not make us ask without end."""
    await tokens.read(made(server.keys[0]), at=AT)
    server.keys.append(_key("two"))
    later = AT + timedelta(seconds=PAUSE_SECONDS)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await tokens.read(made(server.keys[0], kid="invented"), at=AT)
    subject, _ = await tokens.read(made(server.keys[1]), at=later)

    assert (subject, server.asked) == ("education-system", 2)


async def test_known_keys_stay_good_while_the_server_is_away(tokens, server):
    """Without any, whoever calls is told to come again: it is not the caller's fault."""
    server.away = True
    with pytest.raises(Away):
        await tokens.read(made(server.keys[0]), at=AT)
    server.away = False
    once = AT + timedelta(seconds=PAUSE_SECONDS)
    await tokens.read(made(server.keys[0]), at=once)
    server.away = True
    much_later = once + timedelta(seconds=FRESH_SECONDS)
    exp = int((much_later + timedelta(minutes=1)).timestamp())
    subject, _ = await tokens.read(made(server.keys[0], exp=exp), at=much_later)

    assert (subject, server.asked) == ("education-system", 3)
