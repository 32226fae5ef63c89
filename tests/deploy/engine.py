"""Docker for the tests: the engine that DOCKER_HOST names, else one of their own.

Their own has a socket, images and networks apart from any other engine's and touches no firewall rule: whoever else
runs Docker here notices nothing. Its images stay in the user's cache, so that the next run need not make them again.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.local import debian
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import StartFailed

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "joldau" / "docker"
PROGRAMS = {"docker.io": "/usr/sbin/dockerd", "docker-compose": "/usr/bin/docker-compose", "debootstrap": "debootstrap"}
START_SECONDS = 60.0
STOP_SECONDS = 60.0


class CommandFailed(AssertionError):
    """A command of the test ended badly. The message holds its words."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine and the clients that suit it."""

    docker_client: tuple[str, ...]
    compose_client: tuple[str, ...]
    host: str
    own: bool

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "1"}

    async def docker(self, *arguments: str) -> str:
        """Output of a docker command."""
        return await run(*self.docker_client, *arguments, env=self.environment)

    async def has(self, image: str) -> bool:
        return bool(await self.docker("images", "--quiet", image))


async def run(*argv: str, env: dict[str, str] | None = None, cwd: Path | None = None, given: bytes = b"") -> str:
    """A command's output. Raises `CommandFailed`."""
    command = await asyncio.create_subprocess_exec(
        *argv,
        env=env,
        cwd=cwd,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await command.communicate(given)
    if command.returncode:
        raise CommandFailed(f"{' '.join(argv)}: exit {command.returncode}\n{output.decode()}{errors.decode()}")
    return output.decode().strip()


@asynccontextmanager
async def opened() -> AsyncIterator[Engine]:
    """The engine; one of our own is stopped in the end, with all that still runs in it."""
    if given := os.environ.get("DOCKER_HOST"):
        yield Engine(("docker",), await _compose(), given, own=False)
        return
    if os.geteuid() != 0:
        raise CommandFailed("Docker's engine needs root: run this as root, or name an engine by DOCKER_HOST.")
    if missing := [package for package, program in PROGRAMS.items() if shutil.which(program) is None]:
        await debian.install(*missing, log=CACHE / "apt.log")
    # Debian's own client: a newer one on the PATH may come without its builder
    engine = Engine(("/usr/bin/docker",), ("/usr/bin/docker-compose",), f"unix://{CACHE}/docker.sock", own=True)
    server = _started()
    try:
        await _answering(engine, server)
        await _swept(engine)
        yield engine
    finally:
        await server.stop(within=STOP_SECONDS)
        await _unmounted()


async def _compose() -> tuple[str, ...]:
    try:
        await run("docker", "compose", "version")
    except CommandFailed:
        return ("docker-compose",)
    return ("docker", "compose")


def _started() -> Process:
    (CACHE / "dockerd.log").unlink(missing_ok=True)
    places = ("data-root", "exec-root", "pidfile")
    where = [f"--{place}={CACHE / place}" for place in places]
    apart = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false")
    return start(
        Program("dockerd", (PROGRAMS["docker.io"], f"--host=unix://{CACHE}/docker.sock", *where, *apart), os.environ),
        CACHE,
        tied=True,
    )


async def _answering(engine: Engine, server: Process) -> None:
    async with asyncio.timeout(START_SECONDS):
        while server.alive:
            try:
                await engine.docker("version")
            except CommandFailed:
                await asyncio.sleep(0.1)
            else:
                return
    raise StartFailed("dockerd", "did not start", server.log)


async def _unmounted() -> None:
    """The engine leaves this machine's network namespace bound in its folder, which could then not be deleted."""
    for mount in sorted(_mounts(), reverse=True):
        await run("umount", mount)


def _mounts() -> list[str]:
    mounts = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    return [mount for mount in mounts if mount.startswith(f"{CACHE}/")]


async def _swept(engine: Engine) -> None:
    """Remove what a run that was killed has left."""
    if left := await engine.docker("ps", "--all", "--quiet"):
        await engine.docker("rm", "--force", "--volumes", *left.split())
    for kind in ("network", "volume", "image"):
        await engine.docker(kind, "prune", "--force")
    await engine.docker("builder", "prune", "--force", "--keep-storage=3GB")
