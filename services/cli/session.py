"""What a command works with: the environment, the folder, where to print, and the services."""

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TextIO

import typer

from services.cli.client import Client, Service, access
from services.cli.failure import Exit, Failed
from services.cli.output import Output

if TYPE_CHECKING:
    import httpx

FOLDER: Final = Path(".joldau")
"""What `joldau up` and `joldau demo` write, below the directory they are called in."""


class Language(StrEnum):
    """Languages in which the services tell things."""

    KAZAKH = "kk"
    RUSSIAN = "ru"
    ENGLISH = "en"


@dataclass
class Session(AbstractContextManager["Session"]):
    """One call of `joldau`."""

    environ: Mapping[str, str]
    output: Output
    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    folder: Path = FOLDER
    language: Language = Language.ENGLISH
    transport: "httpx.BaseTransport | None" = None
    _clients: dict[Service, Client] = field(default_factory=dict)

    def service(self, service: Service) -> Client:
        """The client of a service."""
        if service not in self._clients:
            to = access(service, self.environ, self.folder)
            self._clients[service] = Client(service, to, language=self.language, transport=self.transport)
        return self._clients[service]

    @property
    def intake(self) -> Client:
        return self.service(Service.INTAKE)

    @property
    def router(self) -> Client:
        return self.service(Service.ROUTER)

    @property
    def notifier(self) -> Client:
        return self.service(Service.NOTIFIER)

    def read(self, source: str) -> str:
        """Text of a file, or of stdin for ``-``. Personal data comes this way: arguments stay in a shell's history."""
        if source == "-":
            return self.stdin.read()
        try:
            return Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Failed(Exit.USAGE, f"{source} cannot be read: {error}.") from error

    def confirm(self, question: str, *, yes: bool, ask: Callable[..., bool] = typer.confirm) -> None:
        """Ask before what cannot be undone. Without a terminal only `--yes` will do."""
        if yes:
            return
        if not self.stdin.isatty():
            raise Failed(Exit.USAGE, f"{question} Say so with --yes.")
        if not ask(question, err=True):
            raise Failed(Exit.FAILURE, "Nothing was done.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()


class Call(typer.Context):
    """typer's context, with our session in it."""

    obj: Session
