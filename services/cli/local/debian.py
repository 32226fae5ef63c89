"""Debian packages, installed without letting their services start."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Final

from services.cli.local.commands import CommandFailed, output_of
from services.cli.local.readiness import tail

_SCRIPT: Final = Path(__file__).with_name("install-packages.sh")


class InstallFailed(RuntimeError):
    """apt-get could not install a package. The message, one line, ends with the last thing it said."""


async def as_root() -> list[str] | None:
    """What to put before a command to run it as root without a question; None where that cannot be."""
    if os.geteuid() == 0:
        return []
    try:
        await output_of("sudo", "-n", "true")
    except CommandFailed:
        return None
    return ["sudo", "-n"]


async def may_install() -> bool:
    """Whether packages can be installed here without asking anybody."""
    return shutil.which("apt-get") is not None and await as_root() is not None


async def install(*packages: str, log: Path) -> None:
    """Install packages; apt's words go to `log`. Raises `InstallFailed`."""
    prefix = await as_root()
    if prefix is None:
        raise InstallFailed("only root can install packages")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        command = [*prefix, "sh", str(_SCRIPT), *packages]
        apt = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=asyncio.subprocess.STDOUT
        )
        if await apt.wait() != 0:
            last = tail(log).rpartition("\n")[2]
            raise InstallFailed(f"apt-get could not install {' '.join(packages)}, see {log}: {last}")
