"""`joldau demo`: the article's year finds its way, and is counted."""

import asyncio
import math
import secrets
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx

from services.cli.local.accounting import Account, Books, account
from services.cli.local.counting import Count, count, decisions
from services.cli.local.ledger import read_ledgers
from services.cli.local.posting import Posted, Poster
from services.cli.local.progress import See
from services.cli.local.receivers import read_mail, read_webhooks
from services.cli.local.rest import Watcher, come_to_rest
from services.cli.local.run import watch
from services.cli.local.state import Facts, Folder, Order
from services.cli.local.year import year
from services.contracts.referrals import ReplyKind

T = TypeVar("T")

_HTTP_SECONDS: Final = 30


@dataclass(frozen=True)
class Times:
    """How long things took. A latency is the nearest-rank percentile."""

    seconds: float
    """From the first POST until everything had come to rest."""
    accepted_per_second: float
    settled_per_second: float
    """Posted, decided, referred, answered and everybody told of it."""
    post_p50_ms: float
    post_p99_ms: float
    decided_p50_ms: float
    """From POST until the posting system's receiver heard who has the appeal."""
    decided_p99_ms: float
    sent_again: int
    """Requests that the posting system had to repeat."""


@dataclass(frozen=True)
class Report:
    """What came of the year."""

    at_rest: bool
    count: Count
    account: Account
    times: Times
    example: Posted
    """An appeal that an agency has answered, if there is one."""
    way: tuple[dict[str, Any], ...]
    """Its timeline."""

    @property
    def whole(self) -> bool:
        return self.at_rest and self.account.whole


async def run(order: Order, facts: Facts, *, size: int, see: See) -> Report:
    """Post a year of `size` appeals to what is up in the folder, wait until all is at rest, and count."""
    appeals = list(year(order.seed, size))
    posted: list[Posted] = []
    name = f"demo-{order.seed}-{secrets.token_hex(4)}"
    poster = Poster(facts.intake, facts.posting_key, run=name, posted=posted.append)
    began = time.monotonic()
    posting_took = 0.0

    async def post() -> None:
        nonlocal posting_took
        await poster.post(appeals)
        posting_took = time.monotonic() - began

    def settled() -> bool:
        return posting_took > 0 and account(_books(order.folder, posted)).whole

    headers = {"authorization": f"Bearer {facts.key}"}
    async with httpx.AsyncClient(headers=headers, timeout=_HTTP_SECONDS, trust_env=False) as http:
        rest = come_to_rest(Watcher(facts, http).look, settled=settled, seen=see)
        at_rest = await _unless_failed(rest, post(), watch(order))
        took = time.monotonic() - began
        books = _books(order.folder, posted)
        example = _answered(books)
        way = (await http.get(f"{facts.intake}/v1/appeals/{example.id}/events")).raise_for_status().json()["items"]
    return Report(
        at_rest=at_rest,
        count=count(posted, await decisions(facts.router, facts.key, [one.id for one in posted])),
        account=account(books),
        times=_times(books, posting=posting_took, whole=took),
        example=example,
        way=tuple(way),
    )


async def _unless_failed(essential: Coroutine[Any, Any, T], *others: Coroutine[Any, Any, None]) -> T:
    """The result of `essential`, unless one of the others fails before. They end with it."""
    first = asyncio.create_task(essential)
    running: set[asyncio.Task[Any]] = {first, *map(asyncio.create_task, others)}
    try:
        while not first.done():
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        return first.result()
    finally:
        for task in {first, *running}:
            task.cancel()
        await asyncio.gather(first, *running, return_exceptions=True)


def _books(folder: Folder, posted: Sequence[Posted]) -> Books:
    path = folder.path
    return Books(tuple(posted), read_ledgers(path), read_mail(path), read_webhooks(path))


def _answered(books: Books) -> Posted:
    """One that an agency has answered; any, if none was."""
    answered = {entry.appeal_id for entry in books.entries if entry.ends is ReplyKind.ANSWERED}
    return next((one for one in books.posted if one.id in answered), books.posted[0])


def _times(books: Books, *, posting: float, whole: float) -> Times:
    heard: dict[UUID, datetime] = {}
    for webhook in books.webhooks:
        heard[webhook.appeal_id] = min(webhook.at, heard.get(webhook.appeal_id, webhook.at))
    accepted = [one.milliseconds for one in books.posted]
    decided = [(heard[one.id] - one.sent_at).total_seconds() * 1000 for one in books.posted if one.id in heard]
    return Times(
        seconds=round(whole, 1),
        accepted_per_second=round(len(accepted) / posting, 1),
        settled_per_second=round(len(accepted) / whole, 1),
        post_p50_ms=percentile(accepted, 50),
        post_p99_ms=percentile(accepted, 99),
        decided_p50_ms=percentile(decided, 50),
        decided_p99_ms=percentile(decided, 99),
        sent_again=sum(one.attempts - 1 for one in books.posted),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile, to a tenth; 0 of nothing."""
    ordered = sorted(values)
    return round(ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)], 1) if ordered else 0.0
