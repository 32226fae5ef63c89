"""One form said to two processes at once: both wait for one lock, and give one coupon. PostgreSQL alone has such."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from sqlalchemy import select

from services.intake.app import assemble
from services.intake.attachments.store import attachment
from services.intake.settings import IntakeSettings
from services.intake.store import registration_counter
from tests.integration.intake.parts import ADMIN, form, post
from tests.locks import WITHIN, until_waiting

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@asynccontextmanager
async def registrar(url: str, documents) -> AsyncIterator[httpx.AsyncClient]:
    """Intake, as one more process of it would be: with connections and a batcher of its own."""
    one = assemble(
        IntakeSettings(database_url=url, amqp_url="amqp://127.0.0.1:1/", admin_key=ADMIN, attachments=documents)
    )
    batcher = asyncio.create_task(one.relays[0](one.stopping))
    transport = httpx.ASGITransport(app=one.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as api:
        api.headers["authorization"] = f"Bearer {ADMIN}"
        yield api
    one.stopping.set()
    await batcher
    await one.database.close()


@pytest.fixture
async def registrars(database_url, open_database, documents) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(registrar(database_url, documents)) for _ in range(2)]


@pytest.fixture
async def database(database_url, open_database):
    return await open_database(database_url, "intake")


async def at_once(registrars, database, table, body) -> list[httpx.Response]:
    """What both answer to one form and key that came while both had to wait for rows of a table."""
    async with database.transaction() as tx:
        await tx.execute(select(table).with_for_update())
        posts = [asyncio.create_task(post(api, body, "k")) for api in registrars]
        await until_waiting(database, len(posts))
    async with asyncio.timeout(WITHIN):
        return await asyncio.gather(*posts)


@pytest.mark.parametrize("with_document", [True, False])
async def test_one_form_said_to_two_at_once_has_one_coupon(registrars, database, with_document):
    """Who waited finds the other's key: no document is refused as another's, no second appeal is there."""
    first, _ = registrars
    await post(first, form())
    table, body = registration_counter, form()
    if with_document:
        uploaded = await first.post("/v1/attachments", content=b"%PDF-1.7", headers={"idempotency-key": "scan"})
        table, body = attachment, form(attachments=[{"id": uploaded.json()["id"]}])
    answers = await at_once(registrars, database, table, body)

    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == ["", "true"]
    assert (await first.get("/v1/appeals/counts")).json()["total"] == 2
