"""A command line whose services are a function."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.main import run
from services.cli.output import Output
from services.cli.session import Session

KEY = "jld_invented_for_tests"


@dataclass
class CommandLine:
    """Calls `joldau` and remembers what the services were asked."""

    folder: Path
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, json={"items": []})
    environ: Mapping[str, str] = field(default_factory=lambda: {"JOLDAU_KEY": KEY})
    asked: list[httpx.Request] = field(default_factory=list)
    stdin: str = ""
    out: str = ""
    err: str = ""

    def __call__(self, *argv: str) -> int:
        """The exit code; what was printed is in `out` and `err`."""
        out, err = io.StringIO(), io.StringIO()
        session = Session(
            self.environ,
            Output(out, err),
            stdin=io.StringIO(self.stdin),
            folder=self.folder,
            transport=httpx.MockTransport(self._answered),
        )
        code = run(argv, session)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def _answered(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer(request)

    def answers(self, status: int = 200, **body: Any) -> None:
        """Every request is answered so."""
        self.answer = lambda _: httpx.Response(status, json=body)


@pytest.fixture
def joldau(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)
