"""A posting system that nothing but a refusal can stop."""

import json
from collections.abc import Callable, Iterator
from uuid import UUID

import httpx
import pytest

from services.cli.failure import Failed
from services.cli.local.article import Category
from services.cli.local.posting import CONNECTIONS, Posted, Poster
from services.cli.local.year import YearAppeal

COUPON = {"id": str(UUID(int=1)), "registration_number": "JD-2026-000001", "status_url": "http://x/status/1"}


async def post(count: int, answer: Callable[[httpx.Request], httpx.Response]) -> tuple[list[Posted], list[float]]:
    """What was accepted, and how long was waited between attempts."""
    accepted: list[Posted] = []
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    transport = httpx.MockTransport(answer)
    poster = Poster("http://x", "jld_key", run="r", posted=accepted.append, transport=transport, sleep=sleep)
    await poster.post([YearAppeal({"n": n}, Category.LAND, "plots", None) for n in range(count)])
    return accepted, waits


async def test_each_appeal_is_posted_once_under_its_own_key() -> None:
    """More than go at the same time."""
    sent: dict[str, int] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        sent[request.headers["idempotency-key"]] = json.loads(request.content)["n"]
        return httpx.Response(201, json=COUPON)

    accepted, _ = await post(3 * CONNECTIONS, answer)

    assert sent == {f"r-{n}": n for n in range(3 * CONNECTIONS)}
    assert [one.attempts for one in accepted] == [1] * len(sent)


async def test_outage_is_sat_out_under_the_same_key() -> None:
    """Whether the first attempt arrived or not: the key keeps it one appeal. Waits grow up to a bound."""
    keys: list[str] = []
    outcomes: Iterator[int] = iter([0, 503, 502, 429, 504, 0, 0, 201])

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if (status := next(outcomes)) == 0:
            raise httpx.ReadError("cut off")
        return httpx.Response(status, json=COUPON)

    (accepted,), waits = await post(1, answer)

    assert accepted.attempts == 8
    assert set(keys) == {"r-0"}
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


async def test_refusal_ends_the_demo() -> None:
    """A 4xx is a fault of ours, and repeating it would change nothing."""
    with pytest.raises(Failed, match="422"):
        await post(1, lambda _: httpx.Response(422, json={"code": "body_invalid"}))
