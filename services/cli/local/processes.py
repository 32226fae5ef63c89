"""Programs started on this machine: logged, watched, killed, and found again by a later command.

A process is known by its number *and* by when it was started, so that a number given anew is never signalled.
Linux only: it reads /proc, holds pidfds, and uses util-linux's setpriv.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from signal import Signals, pidfd_send_signal
from typing import Final, Self

_STOP_SECONDS: Final = 20.0
_RECORD: Final = ".process"


@dataclass(frozen=True)
class Program:
    """What to run. `env` is the whole environment; `user` is whom root runs it as."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    user: str | None = None


@dataclass
class Process:
    """A program that was started, by this process or by an earlier command."""

    name: str
    pid: int
    started: int
    """Clock ticks between boot and its start, field 22 of /proc/<pid>/stat."""
    boot: str
    directory: Path = field(compare=False)
    exit_code: int | None = field(default=None, compare=False)
    """Known once it has ended, where it was our own child; negative: the signal that ended it."""

    @property
    def log(self) -> Path:
        """File with all it wrote to stdout and stderr."""
        return self.directory / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        if self.boot != _boot_id():
            return False
        state, started = _state_and_start(self.pid)
        return started == self.started and state not in {"Z", "X"}

    def send(self, number: Signals) -> None:
        """Signal this very process; nothing happens when it is gone."""
        with self._handle() as handle:
            if handle is not None:
                pidfd_send_signal(handle, number)

    async def ended(self, within: float | None = None) -> int | None:
        """Wait until it has ended and return its exit code; `TimeoutError` after `within` seconds."""
        with self._handle() as handle:
            if handle is not None:
                async with asyncio.timeout(within):
                    await _readable(handle)
        self._reap()
        return self.exit_code

    async def stop(self, *, number: Signals = Signals.SIGTERM, within: float = _STOP_SECONDS) -> int | None:
        """Ask it to end, kill it when it has not within `within` seconds, and forget it."""
        self.send(number)
        try:
            await self.ended(within)
        except TimeoutError:
            await self.kill9()
        self._record.unlink(missing_ok=True)
        return self.exit_code

    async def kill9(self) -> None:
        """Kill it as a crash would, and wait until it is gone."""
        self.send(Signals.SIGKILL)
        await self.ended()

    @property
    def _record(self) -> Path:
        return self.directory / f"{self.name}{_RECORD}"

    def remember(self) -> Self:
        """Write it down, so that a later command finds it by `recorded`."""
        facts = {**asdict(self), "directory": str(self.directory)}
        draft = self._record.with_suffix(".draft")
        draft.write_text(json.dumps(facts))
        draft.rename(self._record)
        return self

    @contextmanager
    def _handle(self) -> Iterator[int | None]:
        """A descriptor that means this very process, whatever becomes of its number; None when it is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            yield None
            return
        try:
            yield handle if self.alive else None
        finally:
            os.close(handle)

    def _reap(self) -> None:
        if self.exit_code is None and _state_and_start(self.pid)[1] == self.started:
            with suppress(ChildProcessError):  # an earlier command started it: init reaps it
                _, status = os.waitpid(self.pid, 0)
                self.exit_code = os.waitstatus_to_exitcode(status)


def start(program: Program, directory: Path, *, tied: bool) -> Process:
    """Start `program` in a session of its own, its output going to `<name>.log` in `directory`.

    A tied one is killed by the kernel when we die, however we die; any other is left to whoever calls `recorded`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / f"{program.name}.log"
    argv = [*_wrapper(program.user, tied=tied), *program.argv]
    output = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    silence = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    actions = [silence, output, (os.POSIX_SPAWN_DUP2, 1, 2)]
    pid = os.posix_spawnp(argv[0], argv, program.env, file_actions=actions, setsid=True)
    return _known(program.name, pid, directory).remember()


def recorded(directory: Path) -> list[Process]:
    """Processes started with logs in `directory` that still run, whichever command started them."""
    records = [json.loads(record.read_text()) for record in sorted(directory.glob(f"*{_RECORD}"))]
    processes = [Process(**{**facts, "directory": directory}) for facts in records]
    return [process for process in processes if process.alive]


def children(parent: Process) -> list[Process]:
    """The processes that `parent` has started and that run now. They are not recorded."""
    try:
        numbers = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [_known(f"{parent.name} child", int(number), parent.directory) for number in numbers]


def _known(name: str, pid: int, directory: Path) -> Process:
    return Process(name, pid, _state_and_start(pid)[1], _boot_id(), directory)


def _wrapper(user: str | None, *, tied: bool) -> list[str]:
    privileges = ["--pdeathsig", "KILL"] if tied else []
    if user and os.geteuid() == 0:
        privileges += ["--reuid", user, "--regid", user, "--init-groups"]
    return ["setpriv", *privileges, "--"] if privileges else []


async def _readable(handle: int) -> None:
    loop = asyncio.get_running_loop()
    seen: asyncio.Future[None] = loop.create_future()
    loop.add_reader(handle, _resolve, seen)
    try:
        await seen
    finally:
        loop.remove_reader(handle)


def _resolve(seen: asyncio.Future[None]) -> None:
    if not seen.done():
        seen.set_result(None)


def _state_and_start(pid: int) -> tuple[str, int]:
    """Fields 3 and 22 of /proc/<pid>/stat; the name before them may hold blanks and brackets."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", -1
    return fields[0], int(fields[19])


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
