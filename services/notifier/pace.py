"""How often a provider may be called, by all processes together. Pure.

All there is to remember is one moment: until when the attempts that have begun use the pace up (GCRA, ITU-T I.371).
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Self


@dataclass(frozen=True)
class Used:
    """How much of a pace is used up, in milliseconds by the database's clock."""

    until_ms: int
    now_ms: int

    @property
    def ahead_ms(self) -> int:
        return max(0, self.until_ms - self.now_ms)

    def by(self, more_ms: float) -> Self:
        """So much more of it is used."""
        return replace(self, until_ms=self.now_ms + self.ahead_ms + ceil(more_ms))


@dataclass(frozen=True)
class Pace:
    """Lets `per_second` attempts through on the average, and as many at once after a pause."""

    per_second: float

    def allowed(self, wanted: int, used: Used) -> int:
        """How many of the wanted attempts may begin now."""
        return max(0, min(wanted, int((self._most_ms - used.ahead_ms) / self._each_ms)))

    def begun(self, attempts: int, used: Used) -> Used:
        """What is used once so many have begun."""
        return used.by(attempts * self._each_ms)

    def pause(self, used: Used) -> float:
        """Seconds until the next one may begin."""
        return max(0.0, used.ahead_ms + self._each_ms - self._most_ms) / 1000

    @property
    def _each_ms(self) -> float:
        return 1000 / self.per_second

    @property
    def _most_ms(self) -> float:
        return max(1000.0, self._each_ms)
