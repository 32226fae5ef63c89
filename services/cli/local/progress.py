"""How far the demo is: bars on a terminal, a line now and then elsewhere. All of it on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.cli.output import Output

if TYPE_CHECKING:
    from services.cli.local.rest import Snapshot

See = Callable[["Snapshot"], None]
"""Hears what the services say of themselves."""

_LINES: Final = 10


@contextmanager
def shown(output: Output, total: int) -> Iterator[See]:
    """Bars or lines, by what stderr is, and a word whenever something is away."""
    away: set[str] = set()

    def tell_away(snapshot: "Snapshot") -> None:
        if new := set(snapshot.away) - away:
            output.note(f"Away: {', '.join(sorted(new))}. Nothing is lost, it only takes longer.")
        away.clear()
        away.update(snapshot.away)

    with (_bars if output.err.isatty() else _lines)(output, total) as see:

        def both(snapshot: "Snapshot") -> None:
            tell_away(snapshot)
            see(snapshot)

        yield both


@contextmanager
def _lines(output: Output, total: int) -> Iterator[See]:
    said = 0

    def see(now: "Snapshot") -> None:
        nonlocal said
        if (step := now.heard * _LINES // total) > said:
            said = step
            ended = now.referrals - now.open_referrals
            output.note(
                f"{now.registered} of {total} appeals accepted, {now.heard} decided, "
                f"{ended} of {now.referrals} referrals ended, {now.notices - now.notices_under_way} notices sent"
            )

    yield see


@contextmanager
def _bars(output: Output, total: int) -> Iterator[See]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=output.console(on_err=True)) as progress:
        accepted, decided = (progress.add_task(name, total=total) for name in ("accepted", "decided"))
        ended, sent = (progress.add_task(name, total=None) for name in ("referrals ended", "notices sent"))

        def see(now: "Snapshot") -> None:
            progress.update(accepted, completed=now.registered)
            progress.update(decided, completed=now.heard)
            progress.update(ended, completed=now.referrals - now.open_referrals, total=now.referrals)
            progress.update(sent, completed=now.notices - now.notices_under_way, total=now.notices)

        yield see
