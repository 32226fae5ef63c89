"""Keeps a program running: what an orchestrator does, for fault tests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import StartFailed, first_answer


class Supervisor:
    """Starts a program again, `pause` seconds after it has died, until the block ends. An async context manager.

    It has as many `lives` as it is given: the same program with other failpoints, say. The last one never ends.
    `meanwhile` is awaited at each death, before the next life begins.
    """

    def __init__(
        self,
        lives: Sequence[Program],
        directory: Path,
        *,
        ready_url: str,
        pause: float = 0.5,
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.deaths: list[int | None] = []
        """Exit codes, the latest last; -9 is a kill."""
        self._first, *self._then = lives
        self._directory = directory
        self._ready_url = ready_url
        self._pause = pause
        self._meanwhile = meanwhile

    @property
    def process(self) -> Process:
        """The process that runs now, or the last one, while the next waits for the pause to end."""
        return self._process

    async def __aenter__(self) -> Self:
        self._process = start(self._first, self._directory, tied=True)
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._keeping.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeping
        await self._process.stop()

    async def ready(self, *, within: float) -> None:
        """Wait until the program is ready, however often it dies before. Raises `StartFailed`."""
        try:
            async with asyncio.timeout(within):
                await first_answer(self._ready_url)
        except TimeoutError:
            why = f"was not ready within {within:g} s, having died {len(self.deaths)} times"
            raise StartFailed(self._first.name, why, self._process.log) from None

    async def _keep(self) -> None:
        program = self._first
        while True:
            self.deaths.append(await self._process.ended())
            if self._meanwhile:
                await self._meanwhile()
            await asyncio.sleep(self._pause)
            program = self._then.pop(0) if self._then else program
            self._process = start(program, self._directory, tied=True)
