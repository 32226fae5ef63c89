"""Commands that run a loop of their own."""

import asyncio
import io
from collections.abc import Mapping
from pathlib import Path

from services.cli.main import run
from services.cli.output import Output
from services.cli.session import Session


async def joldau(environ: Mapping[str, str], *argv: str) -> tuple[int, str, str]:
    """Run a command in a thread: its exit code, and what it wrote to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    code = await asyncio.to_thread(run, argv, Session(environ, Output(out, err), folder=Path("/nonexistent")))
    return code, out.getvalue(), err.getvalue()
