"""The services with their console, what happens to them, and who looks on in a browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.cli.local.processes import Process, start
from services.cli.local.readiness import answering
from services.cli.local.stage import Stage
from services.contracts.envelope import Envelope
from services.contracts.referrals import ReferralReply, ReplyKind
from services.contracts.topology import reply_exchange
from services.router import operators
from services.router.console.viewer import COOKIE
from services.router.operators import Role

AGENCIES = ("akimat", "education", "land-relations")
SEVERE = {"serious", "critical"}
"""Findings of axe that no page may have."""
PHONE = 320
"""Width in pixels of the narrowest screen that must do."""
PATIENCE = 30.0
KINDERGARTEN = "Прошу дать место в детском саду: очередь в детский сад стоит третий год."
BALABAQSHA = "Баламды балабақшаға орналастыруға көмектесуіңізді сұраймын, кезекте үшінші жыл тұрмыз."
UNCLEAR = "Добрый день, прошу помочь."
BRIBE = "Специалист требует взятку за решение вопроса."


@dataclass
class Site:
    """The services at work, with their console."""

    stage: Stage
    database: Database
    api: httpx.AsyncClient
    channel: AbstractChannel
    browser: Browser
    processes: dict[str, Process] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    thrown: list[str] = field(default_factory=list)
    """What scripts of pages have thrown."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.stage.ports['router']}/console"

    async def operator(self, login: str, *roles: Role, language: str = "ru", password: str | None = None) -> str:
        """Make an account and sign it in: what its browser keeps."""
        new = operators.NewOperator(login, login.title(), [role.value for role in roles], language, password)
        async with self.database.transaction() as tx:
            account = await operators.add(tx, new, at=clock.now())
            return await operators.begin_session(tx, account, at=clock.now())

    async def enter(self, page: Page, login: str) -> None:
        """Somebody signs in in another tab of a page's browser."""
        async with self.database.transaction() as tx:
            account = await operators.by_login(tx, login)
            assert account is not None
            secret = await operators.begin_session(tx, account.id, at=clock.now())
        await self._keep(page.context, secret)

    async def _keep(self, context: BrowserContext, secret: str) -> None:
        kept = {"name": COOKIE, "value": secret, "url": self.url.replace("http:", "https:"), "secure": True}
        await context.add_cookies([kept])  # type: ignore[list-item]

    @asynccontextmanager
    async def visitor(self, secret: str | None = None, *, width: int = 1280, **options: Any) -> AsyncIterator[Page]:
        """A page in a browser of its own, signed in when `secret` is what it keeps."""
        context = await self.browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(PATIENCE * 1000)
        if secret:
            await self._keep(context, secret)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.thrown.append(str(error)))
        yield page
        await context.close()

    async def register(self, text: str, **changes: Any) -> dict[str, Any]:
        """An appeal is posted to intake; what the router says of it, once it has it."""
        body = {
            "kind": "application",
            "channel": "web",
            "language": "ru",
            "text": text,
            "applicant": {"name": "Сынақбаев Тест", "email": "applicant@example.kz", "contacts_confirmed": True},
            **changes,
        }
        headers = {"idempotency-key": str(new_id())}
        answer = await self.api.post(f"{self.stage.url('intake')}/v1/appeals", json=body, headers=headers)
        answer.raise_for_status()
        return await self.until(f"/v1/appeals/{answer.json()['id']}")

    async def reply(self, referral: dict[str, Any], kind: ReplyKind, **more: Any) -> None:
        """The agency of a referral replies, over the broker."""
        about = {"referral_id": referral["id"], "appeal_id": referral["appeal_id"], "occurred_at": clock.now()}
        said = ReferralReply(**about, kind=kind, **more)
        envelope = Envelope.of(said, id=new_id(), source="/test", at=clock.now(), correlation_id="test")
        exchange = await self.channel.get_exchange(reply_exchange(referral["agency"]), ensure=False)
        message = aio_pika.Message(envelope.to_json(), message_id=str(envelope.id), type=envelope.type, delivery_mode=2)
        await exchange.publish(message, "")

    async def until(self, path: str, **query: Any) -> dict[str, Any]:
        """What the router's API says at `path`, once there is something."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.api.get(self.stage.url("router") + path, params=query)
                if answer.is_success:
                    return dict(answer.json())
                await asyncio.sleep(0.05)

    async def kill(self, service: str) -> None:
        """A service crashes."""
        await self.processes[service].kill9()

    async def restart(self, service: str) -> None:
        """A service is started again, and takes work."""
        self.processes[service] = start(self.stage.program(service), self.stage.directory, tied=True)
        await answering(self.processes[service], self.stage.ready_url(service), within=3 * PATIENCE)

    async def close(self) -> None:
        """End the services."""
        await asyncio.gather(*(process.stop() for process in self.processes.values()))


async def severe(page: Page) -> list[str]:
    """What axe finds on a page that is serious, each with the place where."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in SEVERE
        for node in one["nodes"]
    ]


async def is_within(page: Page) -> bool:
    """Whether a page fits its screen, without scrolling sideways."""
    script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(await page.evaluate(script))


async def tab_to(page: Page, name: str) -> None:
    """Go on with Tab until the field, link or button of this id, or these words, has the focus."""
    script = "[document.activeElement.id, document.activeElement.textContent.trim()]"
    for _ in range(60):
        await page.keyboard.press("Tab")
        if name in await page.evaluate(script):
            return
    raise AssertionError(name)
