"""Errors that a service expects.

JoldauError
├── Refused                a known business no, with a stable `code` and an HTTP status
│   ├── Unauthenticated (401)
│   ├── Away (503)         somebody who must be asked first does not answer
│   ├── Invalid (422)      the request is well formed and asks the impossible
│   ├── Forbidden (403)
│   ├── NotFound (404)
│   ├── Conflict (409)     it does not fit the present state
│   └── Gone (410)
├── RetryLater             not now; the message is tried again after a while
├── Unreadable             a message that cannot be understood; it is parked with this reason
├── DatabaseUnavailable    the database is away; whoever waits tries again
└── BrokerUnavailable      the broker is away, or did not confirm in time
    Unroutable             a message that reaches no queue (not an outage: the topology is wrong)
    Nacked                 the broker refused a message (a queue is full)
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class JoldauError(Exception):
    """Root of all expected errors."""


class Refused(JoldauError):
    """A known business no. `code` is stable and has a text in every language in `problems.py`.

    `pointer` says where it is the case; `faults`, when there are several places, each with its own ``code``,
    and a ``detail`` where the code's text would not say enough.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, *, pointer: str | None = None, faults: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer
        self.faults = faults


class Unauthenticated(Refused):
    """No key and no token, or not one that we take."""

    status = 401


class Away(Refused):
    """Somebody who must be asked first does not answer; the caller may try again."""

    status = 503


class Invalid(Refused):
    """The request is well formed and asks the impossible."""

    status = 422


class Forbidden(Refused):
    """The caller may not do this."""

    status = 403


class NotFound(Refused):
    """There is no such thing, or the caller may not see it."""

    status = 404


class Conflict(Refused):
    """It does not fit the present state."""

    status = 409


class Gone(Refused):
    """It was here and is no more."""

    status = 410


class RetryLater(JoldauError):
    """Not now. The consumer sends the message down the retry ladder, at most `times` steps of it when given."""

    def __init__(self, why: str, *, times: int | None = None) -> None:
        super().__init__(why)
        self.times = times


class Unreadable(JoldauError):
    """A message that cannot be understood. `reason` is a stable code, `detail` says where, never with values."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class DatabaseUnavailable(JoldauError):
    """The database is away; nothing of the transaction took effect that was not committed."""


class BrokerUnavailable(JoldauError):
    """The broker is away, or did not confirm in time; the message may still arrive."""


class Unroutable(JoldauError):
    """The broker returned the message: it reaches no queue. The topology needs mending.

    `closed` says that the channel was closed with it: the exchange is missing or forbidden.
    """

    def __init__(self, what: str, *, closed: bool = False) -> None:
        super().__init__(what)
        self.closed = closed


class Nacked(JoldauError):
    """The broker refused the message, as it does when a queue is full."""
