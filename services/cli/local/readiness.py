"""When something that was started is ready, and what it said when it is not."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx

from services.chassis.roots import usual_roots
from services.cli.local.processes import Process

_TAIL_BYTES: Final = 3_000
_ANSWER_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.05


class StartFailed(RuntimeError):
    """A program did not become ready. The message ends with the last lines of its log."""

    def __init__(self, name: str, why: str, log: Path) -> None:
        super().__init__(f"{name} {why}; the end of {log}:\n{tail(log)}")


async def answering(process: Process, url: str, *, within: float) -> None:
    """Wait until `url` answers with success. Raises `StartFailed` when the process dies or is not ready in time."""
    try:
        if await answered(url, before=process.ended(), within=within):
            return
    except TimeoutError:
        raise StartFailed(process.name, f"was not ready within {within:g} s", process.log) from None
    raise StartFailed(process.name, "ended before it was ready", process.log)


async def answered(url: str, *, before: Coroutine[Any, Any, object], within: float) -> bool:
    """Whether `url` answered with success before the other happened; `TimeoutError` when neither did."""
    answer, end = asyncio.create_task(first_answer(url)), asyncio.create_task(before)
    try:
        done, _ = await asyncio.wait((answer, end), timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        answer.cancel()
        end.cancel()
        await asyncio.gather(answer, end, return_exceptions=True)
    if not done:
        raise TimeoutError
    return answer in done


async def first_answer(url: str) -> None:
    """Wait, for as long as it takes, until `url` answers with success."""
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False, verify=usual_roots()) as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(_LOOK_SECONDS)


def tail(log: Path) -> str:
    """The last lines of a log."""
    try:
        return log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()
    except FileNotFoundError:
        return "(empty)"
