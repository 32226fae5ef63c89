"""A broker that is slow to answer is not a partner's fault."""

import asyncio

from services.cli.conformance.partner import soon


async def test_a_late_answer_is_an_answer() -> None:
    """The question was asked in time."""

    async def slow() -> bool:
        await asyncio.sleep(0.05)
        return True

    assert await soon(slow, within=0.01)


async def test_no_is_said_when_time_is_over() -> None:
    """And not before the last question is answered."""
    asked = []

    async def never() -> bool:
        asked.append(1)
        return False

    assert not await soon(never, within=0.5)
    assert len(asked) > 1
