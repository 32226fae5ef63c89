"""How quickly the console's pages come on a large archive, on each database: what the router spends on a page.

The pages are asked for one after another, in the process itself: neither a network nor a browser is in the figures.
"""

import asyncio
import logging
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

import httpx
import structlog
from pydantic import SecretStr
from sqlalchemy import select

from services.chassis import clock
from services.chassis.database import Database
from services.cli.bench.archive import fill
from services.cli.local.arrivals import LAST_DAY
from services.cli.local.postgres import PostgresCluster, install
from services.router import operators
from services.router.app import assemble
from services.router.console.viewer import COOKIE
from services.router.operators import NewOperator, Role
from services.router.settings import RouterSettings
from services.router.tables import appeal

TIMES: Final = 20
_NOWHERE: Final = "amqp://127.0.0.1:9/"
"""No page of these needs a broker."""
_COUNTING: Final = 'data-state="running"'
_LOOK_SECONDS: Final = 0.2
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "overview": "/",
        "flow of a quarter": "/?days={quarter}",
        "flow of a year": "/?days={days}",
        "appeals": "/appeals",
        "appeals by number": "/appeals?sort=number",
        "appeals waiting": "/appeals?waiting=true",
        "appeals overdue": "/appeals?overdue=true",
        "appeals of an agency": "/appeals?agency=education",
        "appeals of a category and a channel": "/appeals?category=land&channel=post",
        "appeals that are none": "/appeals?category=none&sort=changed",
        "a frequent word": "/appeals?q=прошу",
        "a Kazakh word": "/appeals?q=мектепте",
        "three words": "/appeals?q=ремонт+дороги+село",
        "a word that is none": "/appeals?q=абракадабра",
        "a word among referrals": "/referrals?q=школа&state=answered",
        "referrals": "/referrals",
        "referrals overdue": "/referrals?overdue=true",
        "referrals of a district": "/referrals?district=talgar&sort=-changed",
        "the desk": "/desk",
        "the desk, overdue": "/desk?overdue=true",
        "the desk of a question": "/desk?question=approval&language=kk",
        "statistics of a month": "/statistics?since={month}&until={day}",
        "statistics of a year": "/statistics?since={year}&until={day}",
        "one appeal": "/appeals/{appeal}",
    }
)


@dataclass(frozen=True)
class Figure:
    """What a page took."""

    page: str
    database: str
    p50_ms: float
    p95_ms: float


async def run(count: int, say: Callable[[str], None]) -> list[Figure]:
    """Fill an archive of `count` appeals in each database, and ask for every page."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )  # figures are read, not events
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="joldau-bench-")))
        await install(directory / "apt.log")
        cluster = PostgresCluster(directory / "postgres", fsync=False)
        await cluster.start()
        stack.push_async_callback(cluster.destroy)
        urls = {
            "sqlite": f"sqlite+aiosqlite:///{directory / 'router.db'}",
            "postgresql": await cluster.create_database("archive"),
        }
        for name, url in urls.items():
            say(f"{name}:")
            database = Database(url, service="router")
            await fill(database, count, say)
            figures += [Figure(page, name, *shares) for page, shares in (await _measured(database, url, say)).items()]
            await database.close()
    return figures


async def _measured(database: Database, url: str, say: Callable[[str], None]) -> dict[str, tuple[float, float]]:
    service = assemble(RouterSettings(database_url=url, amqp_url=SecretStr(_NOWHERE), admin_key=SecretStr("x" * 32)))
    async with database.transaction() as tx:
        new = NewOperator("bench", "Bench", [Role.OPERATOR, Role.SEALED_OFFICER], "ru")
        secret = await operators.begin_session(tx, await operators.add(tx, new, at=clock.now()), at=clock.now())
        last: UUID = (await tx.execute(select(appeal.c.id).order_by(appeal.c.id.desc()).limit(1))).scalar_one()
    transport = httpx.ASGITransport(app=service.app)
    cookies = {COOKIE: secret}
    async with httpx.AsyncClient(transport=transport, base_url="https://bench/console", cookies=cookies) as browser:
        found = {}
        for name, path in PAGES.items():
            found[name] = await _asked(browser, path, last)
            say("{}: half within {} ms, 95 % within {} ms".format(name, *found[name]))
    await service.database.close()
    return found


async def _asked(browser: httpx.AsyncClient, path: str, appeal_id: UUID) -> tuple[float, float]:
    """Median and 95th part in a hundred of the milliseconds that a page takes. No period is asked for twice."""
    took = []
    for n in range(TIMES + 1):
        day = LAST_DAY - timedelta(days=n)
        days = {"day": day, "month": day - timedelta(days=30), "year": day - timedelta(days=364)}
        address = path.format(appeal=appeal_id, quarter=90 - n, days=365 - n, **days)
        started = time.perf_counter()
        page = (await browser.get(address)).raise_for_status()
        took.append((time.perf_counter() - started) * 1000)
        while _COUNTING in page.text:  # what is counted aside would slow the next page down
            await asyncio.sleep(_LOOK_SECONDS)
            page = (await browser.get(address)).raise_for_status()
    return _share(took[1:], 0.5), _share(took[1:], 0.95)  # the first one compiles the template


def _share(values: Sequence[float], share: float) -> float:
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 1)
