"""Intake without a broker, and a caller of its API."""

import asyncio

import httpx
import pytest

from services.intake.app import assemble
from services.intake.settings import IntakeSettings
from tests.integration.intake.parts import ADMIN


@pytest.fixture
async def service(database_url, open_database):
    database = await open_database(database_url, "intake")
    settings = IntakeSettings(database_url=database_url, amqp_url="amqp://127.0.0.1:1/", admin_key=ADMIN)
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
