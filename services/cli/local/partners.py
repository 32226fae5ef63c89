"""Those with whom Joldau speaks: a posting system with its webhook, a mail server, and the agencies."""

import asyncio
import secrets
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx

from services.cli.local.ports import free_ports
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import StartFailed
from services.cli.local.state import Facts, Order
from services.router.directory_file import read_directory
from services.router.operators import Role

AGENCIES: Final = "agencies"
RECEIVERS: Final = "receivers"
"""Names of the programs, and of the modules that they run."""
POSTING_SYSTEM: Final = "portal"
POSTING_SCOPES: Final = ("appeals:write", "appeals:read", "appeals:notify")
OPERATOR: Final = "operator"
ROLES: Final = [role.value for role in Role]
"""The console's first account on this machine may do everything: whoever tries it out sees every page."""
_HTTP_SECONDS: Final = 30
_LISTEN_SECONDS: Final = 30.0


def agency_codes() -> tuple[str, ...]:
    """Agencies of the demo directory that have a queue."""
    return read_directory().queue_codes()


async def begin(order: Order, facts: Facts, *, smtp_port: int) -> Facts:
    """Give the posting system its key and its webhook, start the receivers and the agencies. Raises `StartFailed`."""
    (webhook_port,) = free_ports(1)
    headers = {"authorization": f"Bearer {facts.key}"}
    async with httpx.AsyncClient(headers=headers, timeout=_HTTP_SECONDS, trust_env=False) as api:
        key = {"owner": POSTING_SYSTEM, "scopes": POSTING_SCOPES}
        issued = await _answer(api.post(f"{facts.intake}/v1/keys", json=key))
        receiver = {"url": f"http://127.0.0.1:{webhook_port}/", "description": "the local receiver"}
        endpoint = await _answer(api.put(f"{facts.notifier}/v1/endpoints/{POSTING_SYSTEM}", json=receiver))
        account = {"login": OPERATOR, "name": "Оператор", "roles": ROLES, "password": secrets.token_urlsafe(12)}
        await _answer(api.post(f"{facts.router}/v1/operators", json=account))
    ports = {"JOLDAU_MAIL_PORT": str(smtp_port), "JOLDAU_WEBHOOK_PORT": str(webhook_port)}
    process = _start(order, RECEIVERS, {**ports, "JOLDAU_WEBHOOK_SECRET": endpoint["secret"]})
    await asyncio.gather(*(_listening(process, port) for port in (smtp_port, webhook_port)))
    agencies = {"AMQP_URL": facts.amqp_url, "JOLDAU_AGENCIES": ",".join(agency_codes()), "JOLDAU_SEED": str(order.seed)}
    _start(order, AGENCIES, agencies)
    facts = replace(facts, posting_key=issued["key"], console_password=str(account["password"]))
    order.folder.remember(facts)
    return facts


async def _answer(request: Any) -> Any:
    return (await request).raise_for_status().json()


def _start(order: Order, name: str, environment: Mapping[str, str]) -> Process:
    folder = order.folder.path.absolute()
    inherited = {variable: value for variable, value in order.environ.items() if not variable.startswith("JOLDAU_")}
    argv = (sys.executable, "-m", f"services.cli.local.{name}")
    program = Program(name, argv, {**inherited, "JOLDAU_FOLDER": str(folder), **environment})
    return start(program, folder, tied=order.tied)


async def _listening(process: Process, port: int) -> None:
    """Wait until something listens. Raises `StartFailed`."""
    try:
        async with asyncio.timeout(_LISTEN_SECONDS):
            while process.alive:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return
    except TimeoutError:
        pass
    raise StartFailed(process.name, f"does not listen on port {port}", process.log)
