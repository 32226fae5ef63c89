"""Intake without a broker, and a caller of its API."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.intake.app import assemble
from services.intake.settings import IntakeSettings
from tests.integration.intake.parts import ADMIN, Intake


@pytest.fixture
def documents(tmp_path) -> Path:
    """Where documents lie."""
    return tmp_path / "documents"


@pytest.fixture
async def service(database_url, open_database, documents):
    database = await open_database(database_url, "intake")
    settings = IntakeSettings(
        database_url=database_url, amqp_url="amqp://127.0.0.1:1/", admin_key=ADMIN, attachments=documents
    )
    one = assemble(settings)
    batcher = asyncio.create_task(one.relays[0](one.stopping))
    yield one
    one.stopping.set()
    await batcher
    await one.database.close()
    await database.close()


@pytest.fixture
async def api(service):
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake", timeout=60) as client:
        client.headers["authorization"] = f"Bearer {ADMIN}"
        yield client


@pytest.fixture
async def intake(tmp_path, database_url, open_database) -> AsyncIterator[Intake]:
    await open_database(database_url, "intake")
    one = Intake(tmp_path / "intake", database_url)
    yield one
    if one.process is not None:
        await one.process.stop()
