"""`joldau bench`: prints what was measured, and the ratio to the floor."""

import asyncio
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.session import Call

COLUMNS: Final = (
    "name",
    "accepted_per_second",
    "post_p50_ms",
    "post_p99_ms",
    "end_to_end_per_second",
    "cpu_seconds_per_1000",
    "peak_megabytes.intake",
    "peak_megabytes.router",
    "peak_megabytes.notifier",
)
PAGE_COLUMNS: Final = ("page", "database", "p50_ms", "p95_ms")


class Subject(StrEnum):
    """What can be measured."""

    ROAD = "road"
    NOTICES = "notices"
    CONSOLE = "console"


def bench(
    call: Call,
    subject: Annotated[
        Subject, typer.Argument(help="The road, notices in trouble, or the console's pages.")
    ] = Subject.ROAD,
    size: Annotated[
        int,
        typer.Option("--count", min=100, help="So many appeals, or notices; for the console 100000 are a fair number."),
    ] = 5000,
) -> None:
    """Measure Joldau on PostgreSQL: the road beside a bare floor with the same hops, and the ratio; or notices.

    Notices go by three gateways of which two refuse a fifth and one hangs, while the notifier is killed three times.
    The console's pages are asked for on an archive in each database.
    """
    if subject is not Subject.ROAD:
        (_notices if subject is Subject.NOTICES else _console)(call, size)
        return
    from services.cli.bench.run import run  # noqa: PLC0415 - heavy: `joldau --help` does without

    figures = asyncio.run(run(size, call.obj.output.note))
    call.obj.output.rows((asdict(one) for one in figures), COLUMNS)
    floor, joldau = figures
    ratio = joldau.end_to_end_per_second / floor.end_to_end_per_second
    call.obj.output.note(f"Joldau does {ratio:.2f} of the floor's end-to-end rate.")


def _notices(call: Call, size: int) -> None:
    from services.cli.bench.notices import alone  # noqa: PLC0415 - heavy, likewise

    outcome = asyncio.run(alone(size, call.obj.output.note))
    call.obj.output.record(asdict(outcome))
    if outcome.told_twice or outcome.unexplained or outcome.webhooks_refused:
        raise Failed(Exit.FAILURE, "Somebody was told twice, or not, and nobody knows why.")


def _console(call: Call, size: int) -> None:
    from services.cli.bench.console import run  # noqa: PLC0415 - heavy, likewise

    call.obj.output.rows(map(asdict, asyncio.run(run(size, call.obj.output.note))), PAGE_COLUMNS)
