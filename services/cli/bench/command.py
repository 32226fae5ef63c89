"""`joldau bench`: prints what was measured, and the ratio to the floor."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Final

import typer

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


def bench(
    call: Call,
    size: Annotated[int, typer.Option("--count", min=100, help="So many appeals for each.")] = 5000,
) -> None:
    """Measure Joldau on PostgreSQL beside a bare floor with the same hops, in one run, and print the ratio."""
    from services.cli.bench.run import run  # noqa: PLC0415 - heavy: `joldau --help` does without

    figures = asyncio.run(run(size, call.obj.output.note))
    call.obj.output.rows((asdict(one) for one in figures), COLUMNS)
    floor, joldau = figures
    ratio = joldau.end_to_end_per_second / floor.end_to_end_per_second
    call.obj.output.note(f"Joldau does {ratio:.2f} of the floor's end-to-end rate.")
