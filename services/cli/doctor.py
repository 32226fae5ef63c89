"""`joldau doctor`: what is up, what is away, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.cli.client import Client, Service
from services.cli.failure import Exit, Failed
from services.cli.session import Call

COLUMNS: Final = ("what", "state", "remedy")

_LISTS: Final = {
    Service.INTAKE: "/v1/appeals",
    Service.ROUTER: "/v1/referrals",
    Service.NOTIFIER: "/v1/notifications",
}
"""Something small that a useful key may read."""
_REMEDIES: Final = {
    "broker": "start RabbitMQ again; the service reconnects by itself",
    "database": "start the database again; the service reconnects by itself",
    "process": "it is draining; wait, or start it again",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: str
    code: Exit = Exit.OK
    remedy: str = ""


def doctor(call: Call) -> None:
    """Look at every service, its broker and database, the key, and what is stuck. Exit code 5: something is away."""
    findings = [finding for service in Service for finding in _looked_at(call.obj.service(service))]
    rows = [{"what": f.what, "state": f.state, "remedy": f.remedy} for f in findings]
    call.obj.output.rows(rows, COLUMNS)
    worst = max(findings, key=lambda finding: finding.code)
    if worst.code:
        raise Failed(worst.code, f"Not all is well: {worst.what} is {worst.state}; {worst.remedy}.")


def _looked_at(client: Client) -> Iterator[Finding]:
    name = client.service.value
    try:
        checks = client.readiness()
    except Failed as failed:
        yield Finding(name, "away", failed.code, str(failed))
        return
    yield Finding(name, f"up at {client.url}")
    for what, state in checks.items():
        away = "away" in state
        yield Finding(f"{name}: {what}", state, Exit.AWAY if away else Exit.OK, _REMEDIES.get(what, "") if away else "")
    try:
        client.get(_LISTS[client.service], limit=1)
        yield Finding(f"{name}: key", "accepted")
        yield from _stuck(name, client)
    except Failed as failed:
        yield Finding(f"{name}: key", "not enough for everything", failed.code, str(failed))


def _stuck(name: str, client: Client) -> Iterator[Finding]:
    outbox: dict[str, Any] = client.get("/v1/outbox")
    if outbox["refused"]:
        remedy = "`joldau topology plan` shows what the broker lacks"
        yield Finding(f"{name}: outbox", f"{len(outbox['refused'])} refused by the broker", Exit.FAILURE, remedy)
    else:
        yield Finding(f"{name}: outbox", f"{outbox['pending']} waiting")
    waiting = len(list(client.pages("/v1/parked", limit=1)))
    remedy = f"`joldau parked list --service {name}`, then redrive or discard" if waiting else ""
    yield Finding(
        f"{name}: parked", "messages set aside" if waiting else "none", Exit.FAILURE if waiting else Exit.OK, remedy
    )
