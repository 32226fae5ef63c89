"""`joldau topology` against a real broker: plan, apply, plan again."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aio_pika
import httpx
import pytest

from services.cli import accounts
from services.cli import topology as applied
from services.cli.failure import Exit
from services.contracts.access import accounts as accounts_of_services
from services.contracts.access import agency_account
from services.contracts.topology import topology
from tests.conftest import PASSWORD
from tests.integration.cli.commands import joldau

Joldau = Callable[..., "asyncio.Future[tuple[int, str, str]]"]

ONE_AGENCY = """
version: one
categories: [{{code: land, name: {{kk: ж, ru: з, en: l}}, local_executive: true}}]
territories: [{{code: region, name: {{kk: о, ru: о, en: r}}, anywhere: {{ru: [област*]}}}}]
agencies:
  - code: {code}
    name: {{kk: о, ru: о, en: o}}
    level: oblast
    territories: [region]
    categories: [land]
    known_as: {{ru: [орган*]}}
    contacts: {{address: a, phone: p}}
    transport: amqp
    valid_from: 2021-07-01
    source: test
"""


@pytest.fixture
def environ(vhost) -> dict[str, str]:
    return {"AMQP_URL": vhost.url, "AMQP_MANAGEMENT_URL": vhost.management_url}


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


@pytest.fixture
async def directory(tmp_path: Path, vhost) -> AsyncIterator[str]:
    """A directory with one agency of this test's own: users are the whole broker's."""
    code = f"a-{secrets.token_hex(4)}"
    file = tmp_path / "directory.yaml"
    file.write_text(ONE_AGENCY.format(code=code), encoding="utf-8")
    yield str(file)
    async with httpx.AsyncClient(base_url=f"{vhost.management_url}/api", trust_env=False) as api:
        await api.delete(f"/users/agency.{code}")


async def test_users_are_made_with_passwords_that_are_told_once(environ, vhost, directory) -> None:
    """With rights and limits; applying again makes no new password, and the plan is empty."""
    options = ("--directory", directory, "--users")
    (_, before, _), (code, first, _) = (
        await joldau(environ, "topology", "plan", *options),
        await joldau(environ, "topology", "apply", *options),
    )
    _, again, _ = await joldau(environ, "topology", "apply", *options)
    _, after, _ = await joldau(environ, "topology", "plan", *options)

    made = dict(line.split("\t") for line in first.splitlines())
    (user,) = (name for name in made if name.startswith("agency."))
    assert code == 0
    assert f"missing\tusers\t{user}" in before.splitlines()
    assert (again, after) == ("", "")
    async with await aio_pika.connect(vhost.url.replace("guest:guest", f"{user}:{made[user]}")):
        pass


async def test_rights_that_somebody_widened_are_shown_and_set_back(environ, vhost, directory) -> None:
    """Drift of rights is the drift that matters most."""
    options = ("--directory", directory, "--users")
    await joldau(environ, "topology", "apply", *options)
    async with httpx.AsyncClient(base_url=f"{vhost.management_url}/api", trust_env=False) as api:
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        (await api.put(f"/permissions/{vhost.name}/notifier", json=everything)).raise_for_status()
    _, drifted, _ = await joldau(environ, "topology", "plan", *options)
    await joldau(environ, "topology", "apply", *options)
    _, mended, _ = await joldau(environ, "topology", "plan", *options)

    assert (drifted, mended) == ("different\tusers\tnotifier\n", "")


async def test_passwords_stay_in_their_folder(environ, vhost, directory, tmp_path) -> None:
    """Nothing is printed; files are their owner's alone; the export holds their hashes and lets the users in."""
    folder = tmp_path / "passwords"
    folder.mkdir()
    for one in accounts_of_services([]):
        (folder / one.name).write_text(PASSWORD)
        (folder / one.name).chmod(0o600)
    options = ("--directory", directory, "--users", "--passwords", str(folder))
    _, out, _ = await joldau(environ, "topology", "apply", *options)
    kept = {file.name: file.read_text().strip() for file in folder.iterdir()}
    (user,) = (name for name in kept if name.startswith("agency."))
    code, exported, _ = await joldau({}, "topology", "export", "--vhost", vhost.name, *options)
    async with httpx.AsyncClient(base_url=f"{vhost.management_url}/api", trust_env=False) as api:
        await api.delete(f"/users/{user}")
        (await api.post("/definitions", json=json.loads(exported))).raise_for_status()
    _, planned, _ = await joldau(environ, "topology", "plan", "--directory", directory, "--users")

    assert (out, code, planned) == ("", 0, "")
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert not any(password in exported for password in kept.values())
    async with await aio_pika.connect(vhost.url.replace("guest:guest", f"{user}:{kept[user]}")):
        pass


async def test_export_without_a_password_says_who_lacks_one(tmp_path: Path) -> None:
    """A definitions file with a user that nobody can be is of no use."""
    code, _, err = await joldau({}, "topology", "export", "--users", "--passwords", str(tmp_path))

    assert (code, "No password of intake" in err) == (Exit.USAGE, True)


async def test_password_is_renewed_for_whom_one_says(environ, directory) -> None:
    """The old one is worth nothing from then on; nobody else's changes."""
    options = ("--directory", directory, "--users")
    _, first, _ = await joldau(environ, "topology", "apply", *options)
    (user,) = (line.split("\t")[0] for line in first.splitlines() if line.startswith("agency."))
    _, second, _ = await joldau(environ, "topology", "apply", *options, "--renew", user)
    code, _, err = await joldau(environ, "topology", "apply", *options, "--renew", "nobody")

    assert [line.split("\t")[0] for line in second.splitlines()] == [user]
    assert second not in first
    assert (code, "no user nobody" in err) == (Exit.USAGE, True)


async def test_what_is_unknown_goes_only_when_told_to(environ, vhost, directory) -> None:
    """`--prune` asks first, spares what holds messages, and takes a departed agency's queue, exchange and user."""
    options = ("--directory", directory, "--users")
    await joldau(environ, "topology", "apply", *options)
    old = topology(["departed"])
    await applied.declare(vhost.url, old)
    async with httpx.AsyncClient(base_url=f"{vhost.management_url}/api", trust_env=False) as api:
        await accounts.let_in(api, vhost.name, agency_account("departed"), accounts.Passwords(None))
    async with await aio_pika.connect(vhost.url) as connection:
        channel = await connection.channel()
        await (await channel.get_exchange("referrals")).publish(aio_pika.Message(b"{}"), "referral.issued.v1.departed")
        filled, _, _ = await joldau(environ, "topology", "apply", *options, "--prune", "--yes")
        await (await channel.get_queue("referrals.departed")).purge()
    unsaid, _, _ = await joldau(environ, "topology", "apply", *options, "--prune")
    _, before, _ = await joldau(environ, "topology", "plan", *options)
    code, _, _ = await joldau(environ, "topology", "apply", *options, "--prune", "--yes")
    _, after, _ = await joldau(environ, "topology", "plan", *options)

    assert filled == Exit.CONFLICT
    assert unsaid == Exit.USAGE
    assert {line.split("\t")[1] for line in before.splitlines()} == {"bindings", "queues", "exchanges", "users"}
    assert (code, after) == (0, "")
