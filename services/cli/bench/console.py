"""How quickly the console's pages come on a large archive, on each database: what the router spends on a page.

The pages are asked for one after another, round by round: what is kept for seconds is counted anew for each. They are
asked in the process itself: neither a network nor a browser is in the figures.
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
from typing import Any, Final

import httpx
import structlog
from pydantic import SecretStr
from sqlalchemy import Row, select

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
from services.router.tables import task
from services.router.task import TaskState

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
        "referrals that agencies have": "/referrals?held=true",
        "referrals of an agency": "/referrals?agency=education",
        "referrals answered of late": "/referrals?answered_since={month}",
        "referrals of a district": "/referrals?district=talgar&sort=-changed",
        "the desk": "/desk",
        "the desk, overdue": "/desk?overdue=true",
        "the desk of a question": "/desk?question=approval&language=kk",
        "a case at the desk": "/desk/{task}",
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
        waiting = select(task.c.id, task.c.appeal_id).where(task.c.state == TaskState.OPEN)
        case = (await tx.execute(waiting.order_by(task.c.id.desc()).limit(1))).one()
    transport = httpx.ASGITransport(app=service.app)
    cookies = {COOKIE: secret}
    async with httpx.AsyncClient(transport=transport, base_url="https://bench/console", cookies=cookies) as browser:
        took: dict[str, list[float]] = {name: [] for name in PAGES}
        for n in range(TIMES + 1):
            for name, path in PAGES.items():
                took[name].append(await _asked(browser, _address(path, n, case)))
            say(f"Asked {n + 1} of {TIMES + 1} times for {len(PAGES)} pages")
    await service.database.close()
    # the first time compiles the template
    return {name: (_share(times[1:], 0.5), _share(times[1:], 0.95)) for name, times in took.items()}


def _address(path: str, n: int, case: Row[Any]) -> str:
    """The n-th address of a page: no period is asked for twice."""
    day = LAST_DAY - timedelta(days=n)
    days = {"day": day, "month": day - timedelta(days=30), "year": day - timedelta(days=364)}
    return path.format(appeal=case.appeal_id, task=case.id, quarter=90 - n, days=365 - n, **days)


async def _asked(browser: httpx.AsyncClient, address: str) -> float:
    """How many milliseconds a page takes."""
    started = time.perf_counter()
    page = (await browser.get(address)).raise_for_status()
    took = (time.perf_counter() - started) * 1000
    while _COUNTING in page.text:  # what is counted aside would slow the next page down
        await asyncio.sleep(_LOOK_SECONDS)
        page = (await browser.get(address)).raise_for_status()
    return took


def _share(values: Sequence[float], share: float) -> float:
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 1)
