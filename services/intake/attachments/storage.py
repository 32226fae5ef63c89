"""Where the bytes of documents lie: a folder by default, or a bucket of an S3-compatible store."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar

from services.chassis.errors import Away

CHUNK: Final = 256 * 1024
SPOOL: Final = "arriving"
P = ParamSpec("P")
T = TypeVar("T")


class StorageAway(Away):
    """The store does not answer, or has no room, or has lost what it held."""

    def __init__(self) -> None:
        super().__init__("attachment_storage_away")


class Storage(Protocol):
    """A store of files that are written once, read and removed. Each raises `StorageAway`."""

    spool: Path
    """Where a file is gathered before it is kept."""

    async def keep(self, name: str, file: Path) -> None:
        """Keep a gathered file: once this returns, a power cut loses nothing. Again is the same; the file may move."""

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Its bytes. Whether it is there is known before the first of them."""

    async def remove(self, name: str) -> None:
        """Make it vanish; one that is not there is no error."""


class Disk:
    """A folder, in which a name's first two letters are a folder of their own."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.spool = root / SPOOL

    async def keep(self, name: str, file: Path) -> None:
        await on_disk(self._keep, name, file)

    async def read(self, name: str) -> AsyncIterator[bytes]:
        await on_disk(self._path(name).stat)
        return _chunks(self._path(name))

    async def remove(self, name: str) -> None:
        await on_disk(self._path(name).unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name

    def _keep(self, name: str, file: Path) -> None:
        kept = self._path(name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        _flush(file)
        file.rename(kept)
        for folder in (kept.parent, self._root):
            _flush(folder)


def new_file(storage: Storage) -> Path:
    """An empty file in the spool, which stays until it is kept or removed."""
    storage.spool.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=storage.spool)
    os.close(handle)
    return Path(name)


def clear_spool(storage: Storage, *, before: float) -> None:
    """Remove what a crash has left in the spool before this moment, in seconds since 1970."""
    for left in storage.spool.glob("*"):
        with suppress(FileNotFoundError):  # it is kept by now, or another process has been here
            if left.stat().st_mtime < before:
                left.unlink()


async def on_disk(work: Callable[P, T], *given: P.args, **more: P.kwargs) -> T:
    """Do what waits for a disk in a thread of its own. Raises `StorageAway`."""
    try:
        return await asyncio.to_thread(work, *given, **more)
    except OSError as error:
        raise StorageAway from error


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await on_disk(path.open, "rb") as file:
        while chunk := await on_disk(file.read, CHUNK):
            yield chunk


def _flush(path: Path) -> None:
    """Make the system write what it holds of a file, or of a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
