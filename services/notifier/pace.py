"""How often a provider may be called: a bucket that fills by the second."""

import time
from collections.abc import Callable


class Pace:
    """Lets `per_second` attempts through on the average, and as many at once after a pause."""

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second)
        self._clock = clock
        self._left = self._most
        self._seen = clock()

    def allowed(self, wanted: int) -> int:
        """How many of the wanted attempts may begin now."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._seen) * self._per_second)
        self._seen = now
        return min(wanted, int(self._left))

    def begun(self, attempts: int) -> None:
        """So many have begun."""
        self._left -= attempts

    @property
    def pause(self) -> float:
        """Seconds until the next one may begin."""
        return max(0.0, (1.0 - self._left) / self._per_second)
