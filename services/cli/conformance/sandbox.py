"""The sandbox: an agency's queue and exchange where no router is at work, made for a trial; and a trial in it."""

from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from services.cli import accounts
from services.cli.conformance.checking import SEEN, Line, check
from services.cli.conformance.partner import met
from services.cli.conformance.scenarios import SCENARIOS
from services.cli.failure import Exit, Failed
from services.cli.topology_broker import TopologyBroker
from services.contracts.access import Account, agency_account
from services.contracts.topology import agency_queue, reply_exchange, topology


async def made(broker: TopologyBroker, code: str) -> dict[str, Any]:
    """Make the virtual host, what is in it, and the agency's user with a new password: how the agency connects."""
    account = _account(code)
    async with broker.management() as api:
        asking = (await api.get("/whoami")).raise_for_status().json()["name"]
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        for path, body in (
            (f"/vhosts/{_path(broker.vhost)}", {}),
            (f"/permissions/{_path(broker.vhost)}/{_path(asking)}", everything),
        ):
            (await api.put(path, json=body)).raise_for_status()
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
        for path in (f"/vhosts/{_path(broker.vhost)}", f"/users/{_path(_account(code).name)}"):
            if (answer := await api.delete(path)).status_code != httpx.codes.NOT_FOUND:
                answer.raise_for_status()


async def checked(
    broker: TopologyBroker, code: str, *, within: float, say: Callable[[str], None], only: Collection[str] = ()
) -> list[Line]:
    """What is right and wrong with the consumer of the agency. `say` is told each scenario as it ends."""
    if strange := set(only) - {*SCENARIOS, *SEEN}:
        raise Failed(Exit.USAGE, f"There is no scenario {min(strange)}; there are {', '.join((*SCENARIOS, *SEEN))}.")
    lines = []
    async with AsyncExitStack() as stack:
        try:
            api = await stack.enter_async_context(broker.management())
            (await api.get(f"/vhosts/{_path(broker.vhost)}")).raise_for_status()
        except (Failed, httpx.HTTPError):
            api = None
        partner = await stack.enter_async_context(met(broker.amqp_url, code, within=within))
        async for line in check(partner, api, broker.vhost, only=only):
            say(f"{line.scenario}: {line.verdict}")
            lines.append(line)
    return lines


def _account(code: str) -> Account:
    """The rights of the agency, under a name of its own: the real user is not touched."""
    return replace(agency_account(code), name=f"sandbox.{code}")


def _path(name: str) -> str:
    return quote(name, safe="")
