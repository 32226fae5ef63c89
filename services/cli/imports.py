"""`joldau import`: a file of appeals, sent, watched and reported on."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final, Protocol

import typer

from services.cli.client import Client
from services.cli.failure import Exit, Failed
from services.cli.output import Output
from services.cli.session import Call
from services.intake.imports.files import MAX_FILE_BYTES, MEDIA_TYPES, Format

if TYPE_CHECKING:
    from rich.progress import Progress

Job = dict[str, Any]

_OPEN: Final = {"waiting", "running"}
_SUMMARY: Final = ("id", "state", "rows", "registered", "replayed", "failed")
_SUFFIXES: Final = {f".{kind.value}": media_type for media_type, kind in MEDIA_TYPES.items()} | {
    ".jsonl": next(media_type for media_type, kind in MEDIA_TYPES.items() if kind is Format.NDJSON)
}
_PART_BYTES: Final = 256 * 1024
_SEND_SECONDS: Final = 300
_FIRST_LOOK_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 60.0
_SHOWN_ERRORS: Final = 5
_LINES: Final = 10
_AGAIN: Final = "The same command goes on where it stopped; no row is registered twice."

Errors = Annotated[
    Path | None,
    typer.Option(metavar="FILE", dir_okay=False, help="Write the faults of rows there, as CSV.", show_default=False),
]
Registrations = Annotated[
    Path | None,
    typer.Option(metavar="FILE", dir_okay=False, help="Write registration numbers there, as CSV.", show_default=False),
]


class Watch(Protocol):
    """Sees how far an import is."""

    def sent(self, size: int, of: int) -> None:
        """So many bytes have been sent."""

    def see(self, job: Job) -> None:
        """So many rows are done."""


def import_file(
    call: Call,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="A file .csv, .xlsx or .ndjson, see docs/imports.md."
        ),
    ],
    errors: Errors = None,
    registrations: Registrations = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop the import of this file.")] = False,
) -> None:
    """Register the appeals in a file. The same file again goes on where it stopped; no row is registered twice.

    Exits with 0 when every row is registered, and with 1 when some have failed.
    """
    session = call.obj
    if cancel:
        session.output.record(_cancelled(session.intake, file))
        return
    job = _imported(session.intake, session.output, file)
    for what, target in (("errors.csv", errors), ("registrations.csv", registrations)):
        if target is not None:
            target.write_bytes(session.intake.call("GET", job["links"][what]).content)
    session.output.record(job if session.output.as_json else {name: job[name] for name in _SUMMARY})
    _judge(session.intake, session.output, job, told_all=errors is not None)


def _imported(intake: Client, output: Output, file: Path) -> Job:
    job: Job | None = None
    try:
        with (_bars if output.err.isatty() else _lines)(output) as watch:
            job = _sent(intake, file, watch)
            return _finished(intake, job, watch)
    except KeyboardInterrupt:
        stop = f"joldau import {file} --cancel"
        left = f"The service goes on with it; stop it by `{stop}`." if job else "Nothing was imported."
        raise Failed(Exit.INTERRUPTED, f"Interrupted. {left} {_AGAIN}") from None
    except Failed as failed:
        if failed.code is Exit.AWAY:
            raise Failed(Exit.AWAY, f"{failed} {_AGAIN}") from failed
        raise


def _sent(intake: Client, file: Path, watch: Watch) -> Job:
    if (media_type := _SUFFIXES.get(file.suffix.lower())) is None:
        raise Failed(Exit.USAGE, f"{file.name} is none of {', '.join(_SUFFIXES)}.")
    size = file.stat().st_size
    if size > MAX_FILE_BYTES:
        raise Failed(Exit.USAGE, f"{file.name} has more than {MAX_FILE_BYTES // 2**20} MiB: split it.")
    headers = {"content-type": media_type, "content-length": str(size)}
    with file.open("rb") as content:
        parts = _parts(content, size, watch)
        answer = intake.call("POST", "/v1/imports", content=parts, headers=headers, timeout=_SEND_SECONDS)
    job: Job = answer.json()
    return job


def _parts(content: BinaryIO, size: int, watch: Watch) -> Iterator[bytes]:
    while part := content.read(_PART_BYTES):
        yield part
        watch.sent(content.tell(), size)


def _finished(intake: Client, job: Job, watch: Watch) -> Job:
    """The import at its end. A service that is away for a while is waited for: it goes on by itself."""
    answered, pause = time.monotonic(), _FIRST_LOOK_SECONDS
    watch.see(job)
    while job["state"] in _OPEN:
        time.sleep(pause)
        pause = min(pause * 2, _LOOK_SECONDS)
        try:
            job = intake.get(job["links"]["self"])
        except Failed as failed:
            if failed.code is not Exit.AWAY or time.monotonic() - answered > _PATIENCE_SECONDS:
                raise
        else:
            answered = time.monotonic()
            watch.see(job)
    return job


def _cancelled(intake: Client, file: Path) -> Job:
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    jobs = intake.get("/v1/imports", sha256=sha256)["items"]
    if not jobs:
        raise Failed(Exit.NOT_FOUND, f"{file} has not been imported with this key.")
    job: Job = intake.post(jobs[0]["links"]["cancel"])
    return job


def _judge(intake: Client, output: Output, job: Job, *, told_all: bool) -> None:
    if job["unknown_columns"]:
        output.note(f"Columns that were left out, since no field is called so: {', '.join(job['unknown_columns'])}.")
    if job["state"] == "cancelled":
        raise Failed(Exit.FAILURE, f"Somebody cancelled the import. {_AGAIN}")
    if not job["failed"]:
        return
    if not told_all:
        for error in intake.pages(job["links"]["errors"], limit=_SHOWN_ERRORS):
            place = f"{error['column']}, {error['pointer']}" if error["column"] else error["pointer"]
            output.note(f"row {error['row']}: {place}: {error['detail']}")
        output.note("--errors FILE writes down all that is wrong.")
    raise Failed(Exit.FAILURE, f"{job['failed']} of {job['rows']} rows failed.")


class _Lines:
    """A line for each tenth."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._said = -1

    def sent(self, size: int, of: int) -> None:
        if size == of:
            self._output.note(f"sent, {of} bytes")

    def see(self, job: Job) -> None:
        if (step := job["done"] * _LINES // job["rows"]) > self._said:
            self._said = step
            self._output.note(f"{job['done']} of {job['rows']} rows, {job['failed']} failed")


class _Bars:
    """Bars with rate and remaining time."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._sending = progress.add_task("sent", total=None, told="")
        self._registering = progress.add_task("done", total=None, told="", visible=False)

    def sent(self, size: int, of: int) -> None:
        self._progress.update(self._sending, completed=size, total=of, told=f"{size / 2**20:.1f} MiB")

    def see(self, job: Job) -> None:
        speed = self._progress.tasks[self._registering].speed
        rate = f", {speed:.0f} rows/s" if speed else ""
        told = f"{job['done']} of {job['rows']} rows, {job['failed']} failed{rate}"
        self._progress.update(self._registering, completed=job["done"], total=job["rows"], told=told, visible=True)


@contextmanager
def _lines(output: Output) -> Iterator[Watch]:
    yield _Lines(output)


@contextmanager
def _bars(output: Output) -> Iterator[Watch]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - heavy

    told = TextColumn("{task.fields[told]}")
    columns = (TextColumn("{task.description}"), BarColumn(), told, TimeRemainingColumn())
    with Progress(*columns, console=output.console(on_err=True)) as progress:
        yield _Bars(progress)
