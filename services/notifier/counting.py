"""How many notifications came to each state, counted once that is committed."""

from functools import partial
from typing import Final

from prometheus_client import Counter

from services.chassis.database import Transaction

ENTERED: Final = Counter("joldau_notifications", "Notifications, by the state that they came to", ["channel", "state"])


def count(tx: Transaction, channel: str, state: str, many: int = 1) -> None:
    """So many notifications on a channel came to a state."""
    if many:
        tx.after_commit(partial(ENTERED.labels(channel, state).inc, many))
