"""The sandbox: an agency's queue and exchange where no router is at work, made for a trial; and a trial in it."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from services.cli import accounts
from services.cli.conformance.checking import Line, check, chosen
from services.cli.conformance.over_amqp import MARK, met
from services.cli.conformance.over_http import WEBHOOKS, OverHttp, key_of, secret_of, url_at
from services.cli.conformance.partner import Partner, Scenario
from services.cli.conformance.scenarios import SCENARIOS
from services.cli.failure import Exit, Failed
from services.cli.topology_broker import TopologyBroker
from services.contracts.access import Account, agency_account
from services.contracts.topology import agency_queue, reply_exchange, topology


async def made(broker: TopologyBroker, code: str) -> dict[str, Any]:
    """Make the virtual host, what is in it, and the agency's user with a new password: how the agency connects."""
    account, vhost = _account(code), f"/vhosts/{_path(broker.vhost)}"
    async with broker.management() as api:
        if (await api.get(vhost)).is_success:
            await _is_sandbox(api, broker)
        asking = (await api.get("/whoami")).raise_for_status().json()["name"]
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        (await api.put(vhost)).raise_for_status()
        (await api.put(f"/permissions/{_path(broker.vhost)}/{_path(asking)}", json=everything)).raise_for_status()
        mark = {"type": "fanout", "durable": True}
        (await api.put(f"/exchanges/{_path(broker.vhost)}/{_path(MARK)}", json=mark)).raise_for_status()
        password = await accounts.let_in(api, broker.vhost, account, accounts.Passwords(None), renew=True)
    await broker.apply(topology([code]))
    address = urlsplit(broker.amqp_url)
    host = address.netloc.rpartition("@")[2]
    return {
        "agency": code,
        "amqp_url": address._replace(netloc=f"{account.name}:{password}@{host}").geturl(),
        "reads": agency_queue(code),
        "writes_to": reply_exchange(code),
        "next": f"start your consumer, then `joldau agency check {code}`",
    }


async def unmade(broker: TopologyBroker, code: str) -> None:
    """Delete the virtual host and the user."""
    async with broker.management() as api:
        await _is_sandbox(api, broker)
        for path in (f"/vhosts/{_path(broker.vhost)}", f"/users/{_path(_account(code).name)}"):
            if (answer := await api.delete(path)).status_code != httpx.codes.NOT_FOUND:
                answer.raise_for_status()


async def _is_sandbox(api: httpx.AsyncClient, broker: TopologyBroker) -> None:
    """Raise `Failed` unless we have made the virtual host: nothing real is ever emptied or deleted."""
    if (await api.get(f"/exchanges/{_path(broker.vhost)}/{_path(MARK)}")).status_code == httpx.codes.NOT_FOUND:
        raise Failed(Exit.CONFLICT, f"The virtual host {broker.vhost} is no sandbox: name another one.")


async def checked(
    broker: TopologyBroker, code: str, *, within: float, say: Callable[[str], None], only: Collection[str] = ()
) -> list[Line]:
    """What is right and wrong with the agency's consumer over AMQP. `say` is told each scenario as it ends."""
    scenarios = chosen(SCENARIOS, only)
    async with AsyncExitStack() as stack:
        try:
            api = await stack.enter_async_context(broker.management())
            (await api.get(f"/vhosts/{_path(broker.vhost)}")).raise_for_status()
        except (Failed, httpx.HTTPError):
            api = None
        meeting = met(broker.amqp_url, broker.vhost, code, within=within, management=api)
        return await _told(await stack.enter_async_context(meeting), scenarios, say)


async def checked_over_http(
    code: str, *, port: int, webhook: str | None, within: float, say: Callable[[str], None], only: Collection[str] = ()
) -> list[Line]:
    """Likewise over HTTP: the consumer asks at `port` of this machine, and is woken at the address `webhook`."""
    scenarios = chosen({**SCENARIOS, **(WEBHOOKS if webhook else {})}, only)
    try:
        async with OverHttp(code, within, port=port, webhook=webhook) as partner:
            return await _told(partner, scenarios, say)
    except OSError as error:
        raise Failed(Exit.CONFLICT, f"Port {port} is taken: name another with --port, to the consumer too.") from error


async def _told(partner: Partner, scenarios: Mapping[str, Scenario], say: Callable[[str], None]) -> list[Line]:
    lines = []
    async for line in check(partner, scenarios):
        say(f"{line.scenario}: {line.verdict}")
        lines.append(line)
    return lines


def lent(code: str, port: int) -> dict[str, Any]:
    """How the agency's consumer connects over HTTP, while the check runs. The key opens nothing else."""
    return {
        "agency": code,
        "url": url_at(port),
        "key": key_of(code),
        "webhook_secret": secret_of(code),
        "next": f"start your consumer, then `joldau agency check {code} --http`",
    }


def _account(code: str) -> Account:
    """The rights of the agency, under a name of its own: the real user is not touched."""
    return replace(agency_account(code), name=f"sandbox.{code}")


def _path(name: str) -> str:
    return quote(name, safe="")
