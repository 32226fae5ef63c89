"""`joldau agency …`: what concerns an agency as a partner with a system of its own."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from services.chassis import clock
from services.cli.agencies import Code
from services.cli.failure import Exit, Failed
from services.cli.options import Yes
from services.cli.session import Call, Session
from services.cli.topology_broker import broker_of

app = typer.Typer()

Sandbox = Annotated[str, typer.Option("--vhost", metavar="NAME", help="Virtual host to try it on.")]
OverHttp = Annotated[bool, typer.Option("--http", help="For a consumer that fetches over HTTP, without AMQP.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="With --http: where the consumer asks, on this machine.")]

LINES: Final = ("scenario", "verdict", "what")
SANDBOX: Final = "joldau-sandbox"
PORT: Final = 8099
AT_ONCE: Final = 200
"""Referrals in one request, and so in one transaction of the router."""


@app.command()
def replay(
    call: Call,
    code: Code,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="All that was issued since, such as 2026-11-20 or 2026-11-20T09:00."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before this time; now, if not given.")] = None,
    referral: Annotated[
        list[UUID] | None, typer.Option(metavar="ID", help="This referral; may be repeated.", show_default=False)
    ] = None,
) -> None:
    """Send referrals again to an agency that has lost them, marked as a replay; it drops what it has by its id."""
    if bool(since) is bool(referral):
        raise Failed(Exit.USAGE, "Say --since TIME, or --referral ID, as often as needed.")
    if until and not since:
        raise Failed(Exit.USAGE, "--until goes with --since.")
    bodies = _these(referral) if referral else [_span(since or "", until)]
    sent = recalled = 0
    for answer in _answers(call.obj, f"/v1/agencies/{code}/replay", bodies):
        sent, recalled = sent + answer["sent"], recalled + answer["recalled"]
        call.obj.output.note(f"{sent + recalled} sent again")
    call.obj.output.record({"agency": code, "sent": sent, "recalled": recalled})


@app.command()
def sandbox(
    call: Call,
    code: Code,
    vhost: Sandbox = SANDBOX,
    http: OverHttp = False,
    port: Port = PORT,
    end: Annotated[bool, typer.Option("--end", help="Delete it, with its user and all that is in it.")] = False,
    yes: Yes = False,
) -> None:
    """Make an agency's queue and exchange on a virtual host of their own, with a user for it, to try a consumer on.

    AMQP_URL names the broker and an administrator. The user's password is made anew and printed this once. With
    --http nothing need be made: it prints the address and the key that `joldau agency check --http` will know.
    """
    from services.cli.conformance.sandbox import lent, made, unmade  # noqa: PLC0415 - heavy: `joldau --help` does without

    if http:
        if end:
            raise Failed(Exit.USAGE, "Over HTTP there is nothing to delete: it ends with the check.")
        call.obj.output.record(lent(code, port))
        return
    broker = broker_of(call.obj, vhost)
    if end:
        call.obj.confirm(f"Delete the virtual host {vhost}?", yes=yes)
        asyncio.run(unmade(broker, code))
    else:
        call.obj.output.record(asyncio.run(made(broker, code)))


@app.command()
def check(
    call: Call,
    code: Code,
    vhost: Sandbox = SANDBOX,
    http: OverHttp = False,
    port: Port = PORT,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="With --http: where the consumer takes webhooks.")
    ] = None,
    within: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="So long may a reply take.")] = 10.0,
    only: Annotated[
        list[str] | None, typer.Option(metavar="SCENARIO", help="Only this scenario; may be repeated.")
    ] = None,
) -> None:
    """Send a consumer what it will meet one day, and tell what it does wrong. Exit code 1: something is wrong.

    The consumer runs beside. AMQP_URL names the broker, with a user that may do everything on the virtual host; with
    --http the consumer fetches from this command, at a port of this machine.
    """
    from services.cli.conformance.sandbox import checked, checked_over_http  # noqa: PLC0415 - likewise

    how: dict[str, Any] = {"within": within, "say": call.obj.output.note, "only": only or ()}
    if webhook and not http:
        raise Failed(Exit.USAGE, "--webhook goes with --http.")
    if http:
        lines = asyncio.run(checked_over_http(code, port=port, webhook=webhook, **how))
    else:
        lines = asyncio.run(checked(broker_of(call.obj, vhost), code, **how))
    call.obj.output.rows((asdict(line) for line in lines), LINES)
    if wrong := sum(line.verdict == "wrong" for line in lines):
        raise Failed(Exit.FAILURE, f"Found to be wrong: {wrong}. How it should be: docs/partners.md.")
    call.obj.output.note("Nothing is wrong with it.")


def _answers(session: Session, path: str, bodies: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the router answers, batch by batch."""
    for body in bodies:
        cursor: dict[str, Any] | None = {}
        while cursor is not None:
            answer = session.router.post(path, {**body, **cursor})
            yield answer
            cursor = {"cursor": answer["next_cursor"]} if answer["next_cursor"] else None


def _these(referrals: list[UUID]) -> list[dict[str, Any]]:
    ids = [str(one) for one in referrals]
    return [{"referral_ids": ids[at : at + AT_ONCE]} for at in range(0, len(ids), AT_ONCE)]


def _span(since: str, until: str | None) -> dict[str, Any]:
    """One end for all batches, so that what is issued meanwhile is not sent twice."""
    end = _moment(until) if until else clock.now().isoformat()
    return {"since": _moment(since), "until": end, "limit": AT_ONCE}


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone().isoformat()
    except ValueError as error:
        raise Failed(Exit.USAGE, f"{text} is no time: say it as 2026-11-20 or 2026-11-20T09:00.") from error
