"""`joldau topology` against a real broker: plan, apply, plan again."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path

import aio_pika
import pytest

from services.cli.failure import Exit
from services.cli.main import run
from services.cli.output import Output
from services.cli.session import Session

Joldau = Callable[..., "asyncio.Future[tuple[int, str, str]]"]


@pytest.fixture
def environ(vhost) -> dict[str, str]:
    return {"AMQP_URL": vhost.url, "AMQP_MANAGEMENT_URL": vhost.management_url}


async def joldau(environ: dict[str, str], *argv: str) -> tuple[int, str, str]:
    """The commands run a loop of their own, and so a thread."""
    out, err = io.StringIO(), io.StringIO()
    code = await asyncio.to_thread(run, argv, Session(environ, Output(out, err), folder=Path("/nonexistent")))
    return code, out.getvalue(), err.getvalue()


async def test_what_is_planned_is_applied_and_no_more(environ) -> None:
    """After `apply` there is nothing left to plan; applying it again changes nothing."""
    _, before, _ = await joldau(environ, "topology", "plan")
    applied = [await joldau(environ, "topology", "apply") for _ in range(2)]
    code, after, _ = await joldau(environ, "topology", "plan")

    assert "missing\tqueues\treferrals.akimat" in before.splitlines()
    assert "missing\tpolicies\tagencies" in before.splitlines()
    assert [one[0] for one in applied] == [0, 0]
    assert (code, after) == (0, "")


async def test_queue_with_other_arguments_is_refused(environ, vhost) -> None:
    """Nothing is deleted or changed behind an operator's back; the plan names it."""
    connection = await aio_pika.connect(vhost.url)
    async with connection:
        await (await connection.channel()).declare_queue("router.appeals", durable=True)
        code, _, err = await joldau(environ, "topology", "apply")
        _, plan, _ = await joldau(environ, "topology", "plan")

    assert (code, "exists with other arguments" in err) == (Exit.CONFLICT, True)
    assert "different\tqueues\trouter.appeals" in plan.splitlines()


async def test_export_is_a_definitions_file(environ, vhost) -> None:
    """For a broker that loads one at its start; no broker is asked."""
    code, out, _ = await joldau({}, "topology", "export", "--vhost", "joldau")

    assert code == 0
    assert json.loads(out)["vhosts"] == [{"name": "joldau"}]


@pytest.mark.parametrize(
    ("change", "code", "advice"),
    [
        ({"AMQP_URL": ""}, Exit.USAGE, "Set AMQP_URL"),
        ({"AMQP_URL": "amqp://guest:guest@127.0.0.1:1/"}, Exit.AWAY, "AMQP_URL cannot be used"),
        ({"AMQP_MANAGEMENT_URL": "http://127.0.0.1:1"}, Exit.AWAY, "rabbitmq_management"),
    ],
)
async def test_broker_that_cannot_be_used_is_told_with_a_remedy(environ, change, code, advice) -> None:
    """One line, and never a password."""
    found, _, err = await joldau({**environ, **change}, "topology", "apply")

    assert (found, advice in err, "guest:guest" in err) == (code, True, False)


async def test_directory_that_cannot_be_read_is_a_wrong_call(environ, tmp_path: Path) -> None:
    """The queues of the agencies come from it."""
    code, _, err = await joldau(environ, "topology", "plan", "--directory", str(tmp_path / "none.yaml"))

    assert (code, "directory cannot be used" in err) == (Exit.USAGE, True)
