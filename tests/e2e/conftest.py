"""The three services as processes, on SQLite, with a mail server, on a virtual host of their own."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.cli import topology as applied
from services.cli.local.sinks import MailSink
from services.cli.local.stage import Stage, sqlite_urls
from services.contracts.topology import topology
from tests.e2e.faults.appeals import AGENCIES


@pytest.fixture
async def mail() -> AsyncIterator[MailSink]:
    """The mail server, with what it has got."""
    async with MailSink() as sink:
        yield sink


@pytest.fixture
async def stage(vhost, tmp_path, templates, mail) -> AsyncIterator[Stage]:
    """The services at work."""
    whole = topology(AGENCIES)
    await applied.declare(vhost.url, whole)
    await applied.set_policies(vhost.management_url, vhost.name, whole.policies)
    urls = await templates.copies(sqlite_urls(tmp_path))
    stage = Stage(tmp_path, amqp_url=vhost.url, database_urls=urls, smtp_port=mail.port)
    processes = await stage.start(tied=True)
    yield stage
    await asyncio.gather(*(process.stop() for process in processes))


@pytest.fixture
async def api(stage) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with every right."""
    headers = {"authorization": f"Bearer {stage.admin_key}"}
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        yield client
