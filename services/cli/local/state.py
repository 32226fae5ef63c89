"""What is up in a folder: written by the command that starts it, found by every later one."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from services.cli.client import ACCESS_FILE
from services.cli.failure import Exit, Failed

Say = Callable[[str], None]
"""Tells the person what goes on."""

BROKER: Final = "rabbitmq"
"""Folder of the private broker, below the stage's."""


@dataclass(frozen=True)
class Facts:
    """All that a later command needs, keys included: nobody else may read them."""

    intake: str
    router: str
    notifier: str
    """Addresses of the services."""
    key: str = field(repr=False)
    """With every right at every service."""
    amqp_url: str = field(repr=False)
    """Of the virtual host that everything uses."""
    vhost: str | None
    """Name of the virtual host that was made for us; None where there was no right to make one."""
    given_broker: str | None = field(repr=False)
    """AMQP URL of a broker that is not ours; None: the one in the folder is."""
    given_management: str | None = field(repr=False)
    posting_key: str = field(default="", repr=False)
    """Of the posting system whose webhooks the receiver takes."""

    console_password: str = field(default="", repr=False)
    """Of the console's first account, `partners.OPERATOR`."""

    def address_of(self, service: str) -> str:
        return str(getattr(self, service))


@dataclass(frozen=True)
class Folder:
    """The folder, usually ``.joldau``: logs, databases, records of processes, and the facts."""

    path: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only command that starts or stops things here. Raises `Failed`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            word = f"Another joldau command is at work in {self.path}: let it end first."
            raise Failed(Exit.CONFLICT, word) from None
        try:
            yield
        finally:
            with suppress(OSError):
                self.path.rmdir()  # while nobody else can be in it; what is not empty stays
            os.close(descriptor)

    def facts(self) -> Facts | None:
        """The facts; None when nothing was started here."""
        try:
            return Facts(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def remember(self, facts: Facts) -> None:
        """Write the facts, for our own eyes only."""
        draft = self._file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(facts), indent=2), encoding="utf-8")
        draft.rename(self._file)

    @property
    def is_empty(self) -> bool:
        return not any(self.path.iterdir())

    def clear(self, *, keep_logs: bool = False) -> None:
        """Delete all that is in it; with `keep_logs`, all but the programs' logs."""
        for path in self.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif not (keep_logs and path.suffix == ".log"):
                path.unlink()

    @property
    def _file(self) -> Path:
        return self.path / ACCESS_FILE


@dataclass(frozen=True)
class Order:
    """What is wanted, and where. Tied programs end with this process, however it ends."""

    folder: Folder
    environ: Mapping[str, str]
    tied: bool
    seed: int
    say: Say
