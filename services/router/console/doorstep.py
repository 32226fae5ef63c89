"""How often somebody may try to sign in from one address: checking a password takes long, also of unknown logins.

Each replica keeps it in memory, for itself. Of very many addresses it forgets those that have not tried for longest.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

AT_ONCE: Final = 20
"""So many tries may follow each other at once."""
EVERY: Final = timedelta(seconds=3)
"""After that, one each so often."""
_IPV6: Final = 6
_ONE_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that are one customer's."""


@dataclass
class Doorstep:
    """Counts tries by address."""

    most: int = 10_000
    """So many addresses are known at most."""
    _ready: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    """When all of an address's tries are made up for."""

    def wait(self, address: str, *, at: datetime) -> int:
        """Take a try. Returns 0 where it may be made, else the seconds until the next one may."""
        place = _place(address)
        ready = max(self._ready.pop(place, at), at)
        left = ready + EVERY - at - AT_ONCE * EVERY
        self._ready[place] = ready if left > timedelta() else ready + EVERY
        if len(self._ready) > self.most:
            self._ready.popitem(last=False)
        return max(-(-left // timedelta(seconds=1)), 0)

    def give_back(self, address: str) -> None:
        """Who came in has not tried: behind one address may be a whole office."""
        place = _place(address)
        if place in self._ready:
            self._ready[place] -= EVERY


def _place(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, _ONE_HOUSEHOLD), strict=False)) if found.version == _IPV6 else address
