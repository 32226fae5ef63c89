"""Places where a test makes a service die, fail or stall. Without the variable each is one look into an empty dict.

``JOLDAU_FAILPOINTS="relay.after_confirm=kill9@3,consumer.before_commit=error@1,consumer.after_commit=stall:10@2"``:
at the third, first and second time the place is reached.
"""

import os
import signal
import time
from dataclasses import dataclass
from typing import Final


class FailpointReached(Exception):
    """Raised at a failpoint whose action is ``error``."""


@dataclass
class _Failpoint:
    action: str
    at: int
    reached: int = 0


def parsed(text: str) -> dict[str, "_Failpoint"]:
    """Failpoints by place."""
    points = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        place, _, what = item.partition("=")
        action, _, at = what.partition("@")
        points[place] = _Failpoint(action, int(at or 1))
    return points


_ACTIVE: Final = parsed(os.environ.get("JOLDAU_FAILPOINTS", ""))


def reach(place: str) -> None:
    """Do what the test asked for at `place`; nothing otherwise."""
    if not _ACTIVE or (point := _ACTIVE.get(place)) is None:
        return
    point.reached += 1
    if point.reached != point.at:
        return
    action, _, argument = point.action.partition(":")
    if action == "kill9":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stall":
        time.sleep(float(argument))
    else:
        raise FailpointReached(place)
