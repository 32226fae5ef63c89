"""How the notifier speaks: one driver for each channel, all called alike."""

from typing import Protocol, TypeVar

from services.notifier.notification import Outcome

Outgoing_contra = TypeVar("Outgoing_contra", contravariant=True)


class Driver(Protocol[Outgoing_contra]):
    """Speaks one channel. Called with no transaction open; the attempt has been committed before (claim, call, record).

    A driver has its own deadline, shorter than the lease of a claim. Whatever the other side does becomes an outcome:
    an exception is a bug of ours. Addresses and texts go to the other side only, never into outcomes or logs.
    """

    async def send(self, outgoing: Outgoing_contra) -> Outcome:
        """Make one attempt."""
        ...

    async def rest(self) -> None:
        """Let idle connections go: a batch is done, or the service stops. The driver stays usable."""
        ...
