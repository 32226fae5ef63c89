"""`joldau demo`, `up` and `down` as real processes on a real broker: what they count, and what they leave behind."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.failure import Exit
from services.cli.local.management import Broker, PrivateBroker

JOLDAU = Path(sys.executable).with_name("joldau")
EXAMPLE = Path(__file__).parents[2] / "examples" / "posting_system.py"
pytestmark = pytest.mark.timeout(600)


class Joldau:
    """The installed command, called in a folder with a broker."""

    def __init__(self, folder: Path, broker: Broker, **more: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOLDAU_")}
        self._environment = inherited | {
            "AMQP_URL": broker.amqp_url(),
            "AMQP_MANAGEMENT_URL": broker.management_url,
            **more,
        }

    @asynccontextmanager
    async def started(self, *argv: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The command under way; killed with the block."""
        process = await asyncio.create_subprocess_exec(
            str(JOLDAU),
            *argv,
            cwd=self.folder,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def __call__(self, *argv: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        async with self.started(*argv) as process:
            out, err = await process.communicate()
            return process.returncode or 0, out.decode(), err.decode()

    async def items(self, *argv: str) -> list[dict[str, Any]]:
        """What a successful command prints as JSON."""
        code, out, err = await self(*argv, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def joldau(tmp_path: Path, rabbit: Broker) -> Joldau:
    return Joldau(tmp_path, rabbit)


async def test_demo_ends_whole_and_leaves_nothing(joldau: Joldau, rabbit: Broker) -> None:
    """Every number of the accounting is told by somebody else than Joldau, and they add up."""
    (told,) = await joldau.items("demo", "--count", "60")

    account = told["account"]
    assert account["accepted"] == account["retained"] + account["referred"] + account["with_operator"] == 60
    assert [account[fault] for fault in ("lost", "doubled", "unknown", "untold")] == [0, 0, 0, 0]
    for channel in (account["mail"], account["webhooks"]):
        assert (channel["missing"], channel["doubled"]) == (0, 0)
        assert channel["arrived"] == channel["expected"] > 0
    assert told["count"]["right"] + told["count"]["wrong"] + told["count"]["undecided"] == 60
    assert [row["counted"] for row in told["count"]["rows"] if row["label"] == "received"] == [60]
    assert told["example"]["events"][0]["kind"] == "appeal.registered"
    assert told["whole"]
    await nothing_is_left(joldau, rabbit)


async def test_broker_that_dies_in_the_middle_costs_only_time(tmp_path: Path, breakable_rabbit: PrivateBroker) -> None:
    """Killed as by a power cut and started again, while appeals flow: the accounting is as whole as ever."""
    joldau = Joldau(tmp_path, breakable_rabbit)
    async with joldau.started("demo", "--count", "300", "--json") as demo:
        await line_with(demo, "appeals accepted")
        await breakable_rabbit.kill9()
        assert demo.returncode is None
        await breakable_rabbit.start()
        out, err = await demo.communicate()

    assert demo.returncode == 0, err.decode()
    account = json.loads(out)["account"]
    assert account["accepted"] == account["retained"] + account["referred"] + account["with_operator"] == 300
    assert (account["lost"], account["doubled"]) == (0, 0)
    await nothing_is_left(joldau, breakable_rabbit)


async def test_up_can_be_worked_with_until_down(joldau: Joldau, rabbit: Broker) -> None:
    """A posted appeal finds its way, and every noun answers; nothing is up twice in a folder."""
    code, _, err = await joldau("up")
    assert code == 0, err
    assert (joldau.folder / ".joldau" / "cli.json").stat().st_mode & 0o777 == 0o600
    assert [row["state"] for row in await joldau.items("status")] == ["running"] * 5
    _, example, _ = await joldau("appeal", "submit", "--example")
    (joldau.folder / "appeal.json").write_text(example)
    (coupon,) = await joldau.items("appeal", "submit", "appeal.json")
    number = coupon["registration_number"]

    (settled,) = await eventually(lambda: joldau.items("appeal", "list", "--status", "answered"))
    assert settled["registration_number"] == number
    kinds = [event["kind"] for event in await joldau.items("appeal", "events", number)]
    assert [kind for kind in kinds if not kind.startswith("notice.")][-1] == "referral.answered"
    (referral,) = await joldau.items("referral", "list", "--number", number)
    assert (await joldau.items("referral", "show", referral["id"]))[0]["replies"][0]["kind"] == "received"
    assert await eventually(lambda: joldau.items("notification", "list", "--state", "sent"))
    assert [await joldau.items(noun, "list") for noun in ("parked", "task")] == [[], []]
    assert [key["owner"] for key in await joldau.items("key", "list", "--service", "intake")] == ["portal"]
    assert [endpoint["system"] for endpoint in await joldau.items("webhook", "list")] == ["portal"]
    assert len(await joldau.items("doctor")) > len(await joldau.items("status"))
    assert [(await joldau(again))[0] for again in ("up", "demo")] == [Exit.CONFLICT, Exit.CONFLICT]

    assert await posted_by_the_example(joldau.folder / ".joldau") > number
    (joldau.folder / "appeal.json").unlink()
    assert (await joldau("down"))[0] == 0
    await nothing_is_left(joldau, rabbit)


async def posted_by_the_example(folder: Path) -> str:
    """Registration number of the appeal that the example for posting systems posts, once its webhook has come."""
    left = json.loads((folder / "cli.json").read_text())
    environment = {**os.environ, "JOLDAU_URL": left["intake"], "JOLDAU_KEY": left["posting_key"]}
    client = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await client.communicate()
    number = out.decode().split()[0]

    async def told() -> list[str]:
        return [line for line in (folder / "webhooks.jsonl").read_text().splitlines() if number in line]

    await eventually(told)
    return number


async def test_readme_commands_work_as_they_stand_there(joldau: Joldau, rabbit: Broker) -> None:
    """From `make up` to `make down`, whose recipes test_readme holds."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    block = re.search(r"make up\n.*?make down\n", readme, re.DOTALL)
    assert block
    commands = block[0].splitlines()
    ended = [(command, *await joldau(*re.sub(r"^(make|\S*joldau) ", "", command).split())) for command in commands]

    assert [(command, code, err) for command, code, _, err in ended if code] == []
    await nothing_is_left(joldau, rabbit)


async def test_interrupted_demo_cleans_up(joldau: Joldau, rabbit: Broker) -> None:
    """Ctrl-C is no crash."""
    async with joldau.started("demo") as demo:
        await line_with(demo, "appeals accepted")
        demo.send_signal(signal.SIGINT)
        await demo.communicate()

    assert demo.returncode == Exit.INTERRUPTED
    await nothing_is_left(joldau, rabbit)


async def test_killed_demo_is_cleaned_up_by_down(joldau: Joldau, rabbit: Broker) -> None:
    """The kernel ends the programs; what lies on disk and in the broker is found by the next command."""
    async with joldau.started("demo") as demo:
        await line_with(demo, "appeals accepted")
        demo.kill()
        await demo.communicate()
    assert (joldau.folder / ".joldau" / "cli.json").exists()

    assert (await joldau("down"))[0] == 0
    await nothing_is_left(joldau, rabbit)


async def test_virtual_host_is_borrowed_where_none_may_be_made(tmp_path: Path, rabbit: Broker, vhost) -> None:
    """Without a management API the given one is used, unless somebody's Joldau is in it, and left as it was."""
    joldau = Joldau(tmp_path, rabbit, AMQP_URL=vhost.url, AMQP_MANAGEMENT_URL="http://127.0.0.1:1")
    code, _, err = await joldau("up")
    assert (code, "without limits" in err) == (0, True), err
    other = Joldau(tmp_path / "other", rabbit, AMQP_URL=vhost.url, AMQP_MANAGEMENT_URL="http://127.0.0.1:1")
    assert (await other("up"))[0] == Exit.CONFLICT
    assert await queues(rabbit, vhost.name) > 0

    assert (await joldau("down"))[0] == 0
    assert await queues(rabbit, vhost.name) == 0


async def line_with(process: asyncio.subprocess.Process, text: str) -> None:
    """Read stderr up to a line that holds `text`."""
    assert process.stderr is not None
    async for line in process.stderr:
        if text in line.decode():
            return
    pytest.fail(f"it ended without telling {text!r}")


async def eventually(ask: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
    """The first answer that is not empty."""
    async with asyncio.timeout(60):
        while not (found := await ask()):  # noqa: ASYNC110 - another process has no event for us
            await asyncio.sleep(0.2)
    return found


async def nothing_is_left(joldau: Joldau, broker: Broker) -> None:
    """No file, no process, no virtual host."""
    assert list(joldau.folder.iterdir()) == []
    assert processes_of(joldau.folder) == []
    async with httpx.AsyncClient(base_url=broker.management_url) as api:
        hosts = (await api.get("/api/vhosts")).raise_for_status().json()
    assert [host["name"] for host in hosts if host["name"].startswith("joldau-demo-")] == []


def processes_of(folder: Path) -> list[Path]:
    """Processes that were told of the folder when they were started."""
    mark = str(folder).encode()
    return [path for path in Path("/proc").glob("[0-9]*/environ") if mark in environment(path)]


def environment(path: Path) -> bytes:
    """A process's environment; empty when it has just ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def queues(broker: Broker, vhost: str) -> int:
    """How many queues a virtual host has."""
    async with httpx.AsyncClient(base_url=broker.management_url) as api:
        return len((await api.get(f"/api/queues/{vhost}")).raise_for_status().json())
