"""Programs that are run to their end for what they say."""

import asyncio
from collections.abc import Mapping
from pathlib import Path


class CommandFailed(RuntimeError):
    """A command ended with an error, or could not be started. The message holds its words."""


async def output_of(*argv: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """What a command says, errors included; in the folder `cwd`, or here. Raises `CommandFailed`."""
    quiet, pipe, merged = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    try:
        command = await asyncio.create_subprocess_exec(*argv, env=env, cwd=cwd, stdin=quiet, stdout=pipe, stderr=merged)
    except OSError as error:
        raise CommandFailed(f"{argv[0]}: {error.strerror}") from error
    try:
        output, _ = await command.communicate()
    except asyncio.CancelledError:
        command.kill()
        await command.wait()
        raise
    if command.returncode:
        raise CommandFailed(f"{' '.join(argv)}: {output.decode().strip()}")
    return output.decode().strip()
