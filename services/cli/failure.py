"""How a command fails: one line that says what to do, and an exit code that scripts can rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `joldau`."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    """Called or configured wrongly; nothing was done."""
    NOT_FOUND = 3
    CONFLICT = 4
    """It does not fit the present state."""
    AWAY = 5
    """Something that is needed does not answer; trying again later may help."""
    INTERRUPTED = 130


class Failed(Exception):
    """A command cannot go on. The message is for the person at the terminal."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code
