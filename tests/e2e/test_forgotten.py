"""An appeal that an officer moves to a protected channel: all three services forget whose it was (R-SEC-3)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.broker import Broker, Outgoing
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.outbox import outbox
from services.chassis.parked import parked
from services.cli.local.sinks import MailSink
from services.cli.local.stage import Stage
from services.contracts.envelope import Envelope
from services.contracts.topology import NOTIFICATIONS
from services.intake import store as intake
from services.notifier import tables as notifier
from services.router import tables as router
from tests.integration.notifier.parts import to_applicant

BRIBE: Final = "Специалист требует взятку за решение вопроса."
CANARY: Final[dict[str, Any]] = {
    "name": "Канарейкин Тест",
    "email": "canary@post.example",
    "contacts_confirmed": True,
}
WORDS: Final = ("Канарейкин", "canary@post.example")
METADATA: Final = {"intake": intake.metadata, "router": router.metadata, "notifier": notifier.metadata}
PATIENCE: Final = 60.0


@pytest.fixture
async def databases(stage: Stage) -> AsyncIterator[dict[str, Database]]:
    """A view of each service's database."""
    opened = {name: Database(url, service=name) for name, url in stage.database_urls.items()}
    yield opened
    for one in opened.values():
        await one.close()


@pytest.fixture
async def broker(stage: Stage) -> AsyncIterator[Broker]:
    one = Broker(stage.amqp_url, name="test")
    await one.connect()
    yield one
    await one.close()


async def test_r_sec_3_no_service_keeps_a_word_of_who_is_protected(
    stage: Stage, api: httpx.AsyncClient, mail: MailSink, broker: Broker, databases: dict[str, Database]
) -> None:
    """Mailed before, and named by an order that could not be read; an order that comes late brings nothing back."""
    url, appeal_id = stage.url("notifier"), await posted(api, stage)

    async def found(path: str, **query: str) -> int:
        return len((await api.get(f"{url}/v1/{path}", params=query)).raise_for_status().json()["items"])

    async def forgotten() -> bool:
        return not any([await words_left(one) for one in databases.values()])

    await mail.until(lambda: len(mail.mails) == 2, within=PATIENCE)  # registered, retained
    await ordered(broker, appeal_id=appeal_id, notice="?")
    await until(lambda: found("parked"))
    known = [name for name, one in databases.items() if await words_left(one)]
    await protected(api, stage, appeal_id)
    await until(forgotten)
    await ordered(broker, appeal_id=appeal_id)
    await until(lambda: found("notifications", appeal_id=appeal_id, reason="forgotten"))

    shown = (await api.get(f"{stage.url('intake')}/v1/appeals/{appeal_id}")).raise_for_status().json()
    assert known == ["intake", "router", "notifier"]
    assert await forgotten()
    assert (shown["status"], len(mail.mails)) == ("retained", 2)
    assert await found("notifications", appeal_id=appeal_id, state="sent") == 2


async def posted(api: httpx.AsyncClient, stage: Stage) -> str:
    """An appeal that tells of corruption, and so is sealed."""
    body = {"kind": "message", "channel": "web", "language": "ru", "text": BRIBE, "applicant": CANARY}
    answer = await api.post(f"{stage.url('intake')}/v1/appeals", json=body, headers={"idempotency-key": "canary"})
    appeal_id: str = answer.raise_for_status().json()["id"]
    return appeal_id


async def protected(api: httpx.AsyncClient, stage: Stage, appeal_id: str) -> None:
    """An officer opens a task for the appeal, and moves it by that."""
    router = stage.url("router")
    (await api.post(f"{router}/v1/appeals/{appeal_id}/review", json={"reason": "защита"})).raise_for_status()
    (task,) = (await api.get(f"{router}/v1/tasks", params={"appeal_id": appeal_id})).json()["items"]
    (await api.post(f"{router}/v1/tasks/{task['id']}/protection")).raise_for_status()


async def ordered(broker: Broker, **changes: Any) -> None:
    """An order of intake's, as it may come late; without a notice it cannot be read."""
    order = to_applicant(CANARY["email"], applicant_name=CANARY["name"])
    envelope = Envelope.of(order, id=new_id(), source="/intake", at=clock.now(), correlation_id="late")
    envelope = envelope.model_copy(update={"data": {**envelope.data, **changes}})
    outgoing = Outgoing(envelope.id, NOTIFICATIONS, order.routing_key(), envelope.type, envelope.to_json(), "late")
    assert await broker.publish([outgoing], timeout=timedelta(seconds=10)) == [None]


async def words_left(database: Database) -> bool:
    """Whether any table of the service holds a word of the applicant."""
    tables = (*METADATA[database.service].tables.values(), outbox, parked)
    async with database.reading() as tx:
        rows = [row for table in tables for row in await tx.execute(select(table))]
    text = " ".join(v.decode() if isinstance(v, bytes) else str(v) for row in rows for v in row)
    return any(word in text for word in WORDS)


async def until(enough: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await enough():  # noqa: ASYNC110 - the services are other processes
            await asyncio.sleep(0.1)
