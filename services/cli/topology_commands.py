"""`joldau topology`: what the broker must know of us."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Yes
from services.cli.session import Call, Session
from services.cli.topology_broker import TopologyBroker, broker_of

app = typer.Typer(
    help="See, apply and export the broker's exchanges, queues, bindings and policies. "
    "AMQP_URL names the broker; AMQP_MANAGEMENT_URL its management API, if it is not at port 15672.",
    no_args_is_help=True,
)

Directory = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Directory of agencies; if not given, the one in force at the router."),
]

Users = Annotated[
    bool, typer.Option("--users", help="The users of services and agencies too; AMQP_URL's must be an administrator.")
]
Passwords = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Passwords as files, named after the users; missing ones are made there."),
]

COLUMNS: Final = ("change", "kind", "name")
SECRETS: Final = ("user", "password")


@app.command()
def plan(call: Call, directory: Directory = None, users: Users = False) -> None:
    """What `apply` would change: missing, different, or unknown to us and left alone."""
    from services.cli.topology_plan import differences  # noqa: PLC0415 - beside what is heavy

    broker, codes = broker_of(call.obj), _agencies(call.obj, directory)
    wanted, present = broker.wanted(codes, users=users), asyncio.run(broker.present(users=users))
    call.obj.output.rows(differences(wanted, present), COLUMNS)


@app.command()
def apply(
    call: Call,
    directory: Directory = None,
    users: Users = False,
    passwords: Passwords = None,
    renew: Annotated[
        list[str] | None, typer.Option(metavar="USER", help="Make a new password for this user; may be repeated.")
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete what is unknown to us, after a question.")] = False,
    yes: Yes = False,
) -> None:
    """Declare all that is missing and set the policies. What exists with other arguments is refused, not changed.

    With --users each user gets its rights and limits; a password that is made is printed once, or kept in --passwords.
    """
    from services.contracts.topology import topology  # noqa: PLC0415 - likewise

    if (passwords or renew) and not users:
        raise Failed(Exit.USAGE, "--passwords and --renew are about users: say --users as well.")
    if prune and directory is None and not call.obj.router.has_key:
        raise Failed(Exit.USAGE, "What is unknown is known by the directory in force: set JOLDAU_KEY, or --directory.")
    broker, codes = broker_of(call.obj), _agencies(call.obj, directory)
    whole = topology(codes)
    asyncio.run(broker.apply(whole))
    call.obj.output.note(
        f"{len(whole.queues)} queues, {len(whole.exchanges)} exchanges, {len(whole.policies)} policies."
    )
    if users:
        made = asyncio.run(broker.let_in(codes, passwords, frozenset(renew or ())))
        call.obj.output.rows(made if passwords is None else (), SECRETS)
        call.obj.output.note(f"{len(made)} passwords made{f', in {passwords}' if passwords else ''}.")
    if prune:
        _prune(call.obj, broker, broker.wanted(codes, users=users), users=users, yes=yes)


@app.command()
def export(
    call: Call, directory: Directory = None, vhost: str = "/", users: Users = False, passwords: Passwords = None
) -> None:
    """Print it as a definitions file, for a broker that loads one at its start.

    With --users, whose passwords must be in --passwords, their hashes are in it.
    """
    from services.cli.accounts import Passwords as Kept  # noqa: PLC0415 - heavy, likewise
    from services.cli.accounts import definitions as of_users  # noqa: PLC0415
    from services.cli.topology import definitions_text  # noqa: PLC0415
    from services.contracts.access import accounts  # noqa: PLC0415
    from services.contracts.topology import topology  # noqa: PLC0415

    codes = _agencies(call.obj, directory)
    try:
        more = of_users(accounts(codes), vhost, Kept(passwords)) if users else {}
    except KeyError as missing:
        raise Failed(
            Exit.USAGE, f"No password of {missing.args[0]}: `topology apply --users --passwords DIR` makes them."
        ) from missing
    call.obj.output.out.write(definitions_text(topology(codes), vhost, more))


def _prune(session: Session, broker: TopologyBroker, wanted: dict[str, Any], *, users: bool, yes: bool) -> None:
    from services.cli.topology_plan import strangers  # noqa: PLC0415 - likewise
    from services.cli.topology_prune import prune  # noqa: PLC0415

    unknown = list(strangers(wanted, asyncio.run(broker.present(users=users))))
    if not unknown:
        return
    for kind, name, _ in unknown:
        session.output.note(f"unknown {kind}: {name}")
    session.confirm(f"Delete these {len(unknown)} from {broker.vhost}?", yes=yes)

    async def carried_out() -> None:
        async with broker.management() as api:
            await prune(broker.amqp_url, api, broker.vhost, unknown)

    asyncio.run(carried_out())
    session.output.note(f"{len(unknown)} deleted.")


def _agencies(session: Session, directory: Path | None) -> tuple[str, ...]:
    """Codes of the agencies that have a queue, by the file, else by the router, else by the directory that ships."""
    from services.router.directory_check import DirectoryError  # noqa: PLC0415 - likewise
    from services.router.directory_file import parse_directory, read_directory  # noqa: PLC0415

    try:
        if directory is None and session.router.has_key:
            text = session.router.call("GET", "/v1/directory").text
            return parse_directory(text, source="the router's directory").queue_codes()
        if directory is None:
            session.output.note("No key to the router: the directory that ships is taken. --directory names another.")
        return (read_directory(directory) if directory else read_directory()).queue_codes()
    except (OSError, DirectoryError) as error:
        raise Failed(Exit.USAGE, f"The directory cannot be used: {error}") from error
    except Failed as failed:
        raise Failed(failed.code, f"{failed} Or name the file of the directory: --directory FILE.") from failed
