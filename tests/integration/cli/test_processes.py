"""Programs that demo and tests start: watched, killed, and found again."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.local.ports import free_ports
from services.cli.local.processes import Program, recorded, start
from services.cli.local.readiness import StartFailed, answering
from services.cli.local.supervisor import Supervisor

SOON = 20.0
DEAF = (
    "import http.server as h, signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()"
)


def python(*arguments: str, name: str = "program") -> Program:
    return Program(name, (sys.executable, *arguments), dict(os.environ))


def web(port: int) -> Program:
    return python("-m", "http.server", "--bind", "127.0.0.1", str(port), name="web")


async def test_program_is_ready_when_its_address_answers(tmp_path: Path) -> None:
    """Readiness is asked of the program, not guessed."""
    (port,) = free_ports(1)
    process = start(web(port), tmp_path, tied=True)
    await answering(process, f"http://127.0.0.1:{port}/", within=SOON)

    assert process.alive
    assert await process.stop() == -15
    assert not process.alive


async def test_program_that_dies_early_tells_why(tmp_path: Path) -> None:
    """The error ends with the end of the log."""
    process = start(python("-c", "raise SystemExit('no database')"), tmp_path, tied=True)

    with pytest.raises(StartFailed, match=r"ended before it was ready(.|\n)*no database"):
        await answering(process, "http://127.0.0.1:1/", within=SOON)
    assert await process.ended() == 1


async def test_deaf_program_is_killed_after_its_time(tmp_path: Path) -> None:
    """SIGTERM first, SIGKILL when that is not heard."""
    (port,) = free_ports(1)
    process = start(python("-c", DEAF, str(port)), tmp_path, tied=True)
    await answering(process, f"http://127.0.0.1:{port}/", within=SOON)

    assert await process.stop(within=0.2) == -9


async def test_later_command_finds_what_was_started(tmp_path: Path) -> None:
    """The records in the directory are enough to end everything."""
    for name in ("intake", "router"):
        start(python("-c", "import time; time.sleep(60)", name=name), tmp_path, tied=False)

    found = recorded(tmp_path)
    for process in found:
        await process.stop()

    assert [process.name for process in found] == ["intake", "router"]
    assert recorded(tmp_path) == []


async def test_reused_number_is_never_signalled(tmp_path: Path) -> None:
    """A record whose start differs is about another process."""
    process = start(python("-c", "import time; time.sleep(60)"), tmp_path, tied=True)
    stranger = replace(process, started=process.started - 1)
    record = tmp_path / "program.process"
    record.write_text(json.dumps({**json.loads(record.read_text()), "started": stranger.started}))

    await stranger.kill9()

    assert recorded(tmp_path) == []
    assert process.alive
    await process.kill9()


async def test_tied_program_dies_with_its_parent(tmp_path: Path) -> None:
    """However the parent dies, nothing stays; what is not tied stays on purpose."""
    parent = (
        "import os, pathlib, signal, sys\n"
        "from services.cli.local.processes import Program, start\n"
        "for name, tied in (('tied', True), ('free', False)):\n"
        "    start(Program(name, ('sleep', '60'), dict(os.environ)), pathlib.Path(sys.argv[1]), tied=tied)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert await start(python("-c", parent, str(tmp_path), name="parent"), tmp_path, tied=True).ended(SOON) == -9

    left = {process.name: process for process in recorded(tmp_path)}
    if tied := left.pop("tied", None):
        await tied.ended(SOON)
    assert list(left) == ["free"]
    await left["free"].kill9()


async def test_supervised_program_comes_back(tmp_path: Path) -> None:
    """A program that ends is started as its next life says, and its last life as often as it takes."""
    (port,) = free_ports(1)
    again = replace(web(port), argv=(*web(port).argv, "--directory", str(tmp_path)))
    url = f"http://127.0.0.1:{port}/web.log"
    (tmp_path / "web.log").touch()
    lives = (replace(web(port), argv=("sh", "-c", "exit 3")), again)
    async with Supervisor(lives, tmp_path, ready_url=url) as kept:
        await kept.ready(within=SOON)
        await kept.process.kill9()
        await kept.ready(within=SOON)

        assert kept.deaths == [3, -9]
    assert not kept.process.alive
