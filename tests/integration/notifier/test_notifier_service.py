"""The notifier as a process: from the broker to mail server and receiver, through kills between call and record."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.chassis import clock
from services.chassis.broker import Broker, Outgoing
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.cli.local.ports import free_ports
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import answering
from services.cli.local.sinks import MailSink
from services.contracts.envelope import Envelope, Message
from services.contracts.topology import NOTIFICATIONS
from tests.integration.notifier.parts import Notifier, to_applicant, to_system

SLOTS: Final = 8
KILLS: Final = ("notifier.after_claim=kill9@2", "notifier.before_send=kill9@7", "notifier.after_send=kill9@7")


@pytest.fixture
async def notifier(database_url: str, open_database: Callable[[str, str], Awaitable[Database]]) -> Notifier:
    """A view of the process's database; it delivers nothing by itself."""
    return Notifier(await open_database(database_url, "notifier"), {})


@pytest.fixture
def environment(database_url: str, amqp_url: str, mail: MailSink) -> dict[str, str]:
    settings = {
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "ADMIN_KEY": "an-admin-key-for-tests-only",
        "PORT": str(free_ports(1)[0]),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.port),
        "SMTP_TLS": "none",
        "SMTP_TIMEOUT_SECONDS": "3",
        "SMTP_CONNECTIONS": str(SLOTS),
        "MAIL_FROM": "notices@joldau.example",
        "WEBHOOK_TIMEOUT_SECONDS": "3",
        "WEBHOOK_CONNECTIONS": str(SLOTS),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    return {"PATH": os.environ["PATH"], **{f"JOLDAU_NOTIFIER_{name}": value for name, value in settings.items()}}


def started(environment: dict[str, str], directory: Path, *, failpoints: str = "") -> Process:
    argv = (sys.executable, "-m", "services.notifier", "serve")
    return start(Program("notifier", argv, {**environment, "JOLDAU_FAILPOINTS": failpoints}), directory, tied=True)


@asynccontextmanager
async def serving(environment: dict[str, str], directory: Path) -> AsyncIterator[tuple[Process, str]]:
    """The process, ready, and its address; stopped at the end."""
    process = started(environment, directory)
    url = f"http://127.0.0.1:{environment['JOLDAU_NOTIFIER_PORT']}"
    try:
        await answering(process, f"{url}/readyz", within=30)
        yield process, url
    finally:
        await process.stop()


async def say(broker: Broker, messages: Iterable[Message]) -> None:
    """Publish orders as intake's relay does."""
    batch = []
    for message in messages:
        envelope = Envelope.of(message, id=new_id(), source="/intake", at=clock.now(), correlation_id="posted-7")
        key = message.routing_key()
        batch.append(Outgoing(envelope.id, NOTIFICATIONS, key, envelope.type, envelope.to_json(), "posted-7"))
    assert await broker.publish(batch, timeout=timedelta(seconds=10)) == [None] * len(batch)


async def test_an_order_travels_from_the_broker_to_its_receiver(
    notifier: Notifier, environment: dict[str, str], broker: Broker, mail: MailSink, tmp_path: Path
) -> None:
    """Counted, logged under the request that started it, without the address; and a stop leaves nothing undone."""
    async with notifier.posting_system() as portal, serving(environment, tmp_path) as (process, url):
        await say(broker, [to_applicant("aigul@post.example"), to_system()])
        await notifier.until(lambda rows: sorted(row.state for row in rows) == ["delivered", "sent"])
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(f"{url}/metrics")).text
        exit_code = await process.stop()

    log = (tmp_path / "notifier.log").read_text()
    assert (len(mail.mails), len(portal.delivered), exit_code) == (1, 1, 0)
    assert 'joldau_attempts_total{channel="email",outcome="sent"} 1.0' in metrics
    assert 'joldau_notifications_open{channel="email",state="queued"}' in metrics
    assert 'joldau_notifications_total{channel="email",state="sent"} 1.0' in metrics
    assert 'joldau_notifications_total{channel="webhook",state="delivered"} 1.0' in metrics
    assert '"trace_id": "posted-7"' in log
    assert "aigul" not in log


async def test_kills_between_claim_call_and_record_repeat_no_email_and_lose_no_webhook(
    notifier: Notifier, environment: dict[str, str], broker: Broker, mail: MailSink, tmp_path: Path
) -> None:
    """What was on its way is in doubt, visibly; everything else is sent once."""
    letters = [to_applicant(f"a{n}@post.example") for n in range(60)]
    events = [to_system() for _ in range(60)]
    async with notifier.posting_system() as portal:
        await say(broker, [*letters, *events])
        for kill in KILLS:
            assert await started(environment, tmp_path, failpoints=kill).ended(60) == -9
        async with serving(environment, tmp_path):
            rows = await notifier.until(_settled, within=60)

    letter_ids = [letter.message_id for letter in mail.mails]
    doubtful = {f"<{row.notification_id}@joldau.example>" for row in rows if row.state == "unknown"}
    sent = {f"<{row.notification_id}@joldau.example>" for row in rows if row.state == "sent"}
    assert len(rows) == len(letters) + len(events)
    assert len(letter_ids) == len(set(letter_ids))
    assert sent <= set(letter_ids) <= sent | doubtful
    assert (len(sent) + len(doubtful), len(doubtful) <= SLOTS * len(KILLS)) == (len(letters), True)
    assert portal.delivered == {str(event.notification_id) for event in events}
    assert {row.reason for row in rows if row.state == "unknown"} == {"interrupted"}


def _settled(rows: list) -> bool:
    return len(rows) == 120 and not any(row.next_attempt_at or row.lease_until_ms for row in rows)
