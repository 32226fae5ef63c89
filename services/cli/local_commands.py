"""`joldau demo`, `up`, `status` and `down`: the whole on this machine."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Seed
from services.cli.session import Call, Session

if TYPE_CHECKING:
    from services.cli.local.state import Facts, Order

YEAR: Final = 1715

STATUS_COLUMNS: Final = ("program", "state", "address")


def demo(
    call: Call,
    size: Annotated[int, typer.Option("--count", min=1, help="So many appeals, in the article's shares.")] = YEAR,
    seed: Seed = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running; `joldau down` ends it.")] = False,
) -> None:
    """Watch a year's appeals of a regional anti-corruption service find their way, and count them."""
    _until_done(_demo(call.obj, size, seed, keep=keep))


def up(call: Call, seed: Seed = 1) -> None:
    """Start everything on this machine and leave it running: broker, services, agencies, receivers."""
    _until_done(_up(call.obj, seed))


def status(call: Call) -> None:
    """What runs here, and where."""
    from services.cli.local.processes import recorded  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.cli.local.state import Folder  # noqa: PLC0415

    facts = Folder(call.obj.folder).facts()
    if facts is None:
        raise Failed(Exit.NOT_FOUND, "Nothing is up here: `joldau up` starts everything.")
    running = {process.name for process in recorded(call.obj.folder)}
    rows = [
        {"program": name, "state": "running" if name in running else "dead", "address": getattr(facts, name, "")}
        for name in ("intake", "router", "notifier", "agencies", "receivers")
    ]
    call.obj.output.rows(rows, STATUS_COLUMNS)
    if len(running) < len(rows):
        raise Failed(Exit.AWAY, f"Not everything runs: see the logs in {call.obj.folder}; `joldau down` cleans up.")


def down(call: Call) -> None:
    """End what `up` has started and leave nothing behind."""
    _until_done(_down(call.obj))


async def _demo(session: Session, size: int, seed: int, *, keep: bool) -> None:
    from services.cli.local import demo as demonstration  # noqa: PLC0415 - likewise
    from services.cli.local import report  # noqa: PLC0415
    from services.cli.local.progress import shown  # noqa: PLC0415
    from services.cli.local.run import begun, end  # noqa: PLC0415

    order = _order(session, seed, tied=not keep)
    async with begun(order) as facts:
        _tell_where(session, facts)
        with shown(session.output, size) as see:
            done = await demonstration.run(order, facts, size=size, see=see)
        if session.output.as_json:
            session.output.record(report.as_data(done, facts))
        else:
            report.show(session.output.console(), done)
        if not done.whole:
            raise Failed(Exit.FAILURE, f"The accounting is not whole; the logs are in {session.folder}.")
        if not keep:
            await end(order.folder, order.say)
    _tell_further(session, done.example.status_url, kept=keep)


async def _up(session: Session, seed: int) -> None:
    from services.cli.local.run import begun  # noqa: PLC0415 - likewise

    async with begun(_order(session, seed, tied=False)) as facts:
        _tell_where(session, facts)


async def _down(session: Session) -> None:
    from services.cli.local.run import end  # noqa: PLC0415 - likewise
    from services.cli.local.state import Folder  # noqa: PLC0415

    folder = Folder(session.folder)
    if not folder.path.exists():
        session.output.note("Nothing is up here.")
        return
    with folder.locked():
        await end(folder, session.output.note)
    session.output.note("Everything was ended and deleted.")


def _order(session: Session, seed: int, *, tied: bool) -> "Order":
    from services.cli.local.state import Folder, Order  # noqa: PLC0415 - likewise

    return Order(Folder(session.folder), session.environ, tied=tied, seed=seed, say=session.output.note)


def _tell_where(session: Session, facts: "Facts") -> None:
    session.output.note(
        f"Up: intake {facts.intake}, router {facts.router}, notifier {facts.notifier}. Each has its API at "
        "/openapi.json and its figures at /metrics; `joldau appeal list` works from this folder."
    )
    console = f"{facts.router.replace('127.0.0.1', 'localhost')}/console"
    session.output.note(f"The operators' console: {console}, login operator, password {facts.console_password}")


def _tell_further(session: Session, status_url: str, *, kept: bool) -> None:
    if kept:
        session.output.note(f"It goes on running, with its status pages such as {status_url}. `joldau down` ends it.")
    else:
        session.output.note(
            "Everything was ended and deleted. To look further, `joldau demo --keep` leaves the year running with "
            "its APIs and status pages, and `joldau up` the same without appeals."
        )


def _until_done(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; signals that ask for an end cancel it, and it cleans up."""

    async def cancellable() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - tells the type checker
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await work

    try:
        asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise Failed(Exit.INTERRUPTED, "Interrupted: what was begun has been ended.") from None
