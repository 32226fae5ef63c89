"""A real OpenID Connect server, on its own port, that asks nobody's password: where operators sign in."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.cli.local.ports import free_ports

PATIENCE = 30.0


@asynccontextmanager
async def sign_in_service() -> AsyncIterator[str]:
    """The server at work; its address."""
    (port,) = free_ports(1)
    argv = (sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce")
    process = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.DEVNULL)
    url = f"http://localhost:{port}"
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
            while True:
                try:
                    await client.get(url)
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def known_as(issuer: str, sub: str, login: str) -> None:
    """The server knows somebody by this login."""
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.put(f"{issuer}/users/{sub}", json={"preferred_username": login})).raise_for_status()
