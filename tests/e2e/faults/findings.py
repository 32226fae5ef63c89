"""What a check of the books can find."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from tests.e2e.faults.books import Books


class Kind(StrEnum):
    """What a finding means once all is at rest."""

    OPEN = "open"
    """Something still waits."""
    LOST = "lost"
    """Something that was promised is missing."""
    DOUBLE = "double"
    """Something has happened twice in effect."""
    WRONG = "wrong"
    """The books contradict each other."""


class Finding(NamedTuple):
    """A broken promise."""

    kind: Kind
    what: str


Check = Callable[[Books], Iterator[Finding]]
