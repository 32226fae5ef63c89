"""The three services as processes on a real broker, and a real browser in front of the console: one for each module."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aio_pika
import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from services.chassis.database import Database
from services.cli import topology as applied
from services.cli.local.sinks import MailSink
from services.cli.local.stage import Stage, sqlite_urls
from services.contracts.topology import topology
from tests.console.site import AGENCIES, Site

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@pytest.fixture(scope="session")
async def browser(run) -> AsyncIterator[Browser]:
    """Debian's Chromium, one for the whole run."""
    chromium = await run.chromium()
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        await found.close()


@pytest.fixture(scope="module")
def variables() -> dict[str, dict[str, str]]:
    """Further variables by service; a test module may have its own."""
    return {}


@pytest.fixture(scope="module")
async def site(rabbit, browser, templates, tmp_path_factory, variables) -> AsyncIterator[Site]:
    """The services at work, for the tests of one module."""
    folder, name = tmp_path_factory.mktemp("site"), f"test-{secrets.token_hex(4)}"
    amqp_url, whole = await rabbit.create_vhost(name), topology(AGENCIES)
    await applied.declare(amqp_url, whole)
    await applied.set_policies(rabbit.management_url, name, whole.policies)
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(MailSink())
        urls = await templates.copies(sqlite_urls(folder))
        stage = Stage(folder, amqp_url=amqp_url, database_urls=urls, smtp_port=mail.port, more=variables)
        connection = await stack.enter_async_context(await aio_pika.connect(amqp_url))
        headers = {"authorization": f"Bearer {stage.admin_key}"}
        api = await stack.enter_async_context(httpx.AsyncClient(headers=headers, timeout=30, trust_env=False))
        database = Database(stage.database_urls["router"], service="router")
        one = Site(stage, database, api, await connection.channel(), browser)
        one.processes = {process.name: process for process in await stage.start(tied=True)}
        yield one
        await one.close()
        await database.close()
    await rabbit.delete_vhost(name)


@pytest.fixture(autouse=True)
def no_script_fails(site) -> AsyncIterator[None]:
    """No page's script throws anything, whatever the test was about."""
    yield
    assert not site.thrown
