"""Who may do what on the broker: data, no calls. Nobody here may declare, bind or delete anything.

An agency's right to write to its own exchange is its identity, so no other user has that right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.contracts.topology import (
    APPEALS,
    NOTICES,
    NOTIFICATIONS,
    REFERRALS,
    REQUEUE,
    agency_queue,
    reply_exchange,
)

AGENCY_CONNECTIONS: Final = 5
AGENCY_CHANNELS: Final = 20
SERVICE_CONNECTIONS: Final = 100
SERVICE_CHANNELS: Final = 500

_WRITES: Final = {"intake": (APPEALS, NOTIFICATIONS), "router": (REFERRALS, NOTIFICATIONS), "notifier": (NOTICES,)}
"""Where each service says its messages."""


@dataclass(frozen=True)
class Account:
    """A user of the broker. Rights are regular expressions, as RabbitMQ takes them: whole names only."""

    name: str
    why: str
    write: str
    read: str
    max_connections: int
    max_channels: int
    configure: str = "^$"

    @property
    def rights(self) -> dict[str, str]:
        """Its rights, by the broker's names for them."""
        return {"configure": self.configure, "write": self.write, "read": self.read}

    @property
    def limits(self) -> dict[str, int]:
        """Its limits, by the broker's names for them."""
        return {"max-connections": self.max_connections, "max-channels": self.max_channels}


def agency_user(agency: str) -> str:
    """Name of the agency's user."""
    return f"agency.{agency}"


def accounts(agencies: Iterable[str]) -> tuple[Account, ...]:
    """The users of the three services, and those of the agencies with these codes."""
    return (*(_service(name) for name in _WRITES), *(agency_account(code) for code in sorted(agencies)))


def agency_account(code: str) -> Account:
    """An agency reads its queue and writes to its exchange. Who reads may also purge: the router re-issues."""
    return Account(
        agency_user(code),
        f"the agency {code}",
        write=_whole(reply_exchange(code)),
        read=_whole(agency_queue(code)),
        max_connections=AGENCY_CONNECTIONS,
        max_channels=AGENCY_CHANNELS,
    )


def _service(name: str) -> Account:
    said = "|".join((*_WRITES[name], REQUEUE, "retry[.][0-9]+s"))
    return Account(
        name,
        f"the service {name}",
        write=f"^({said})$",
        read=f"^{name}[.].+$",
        max_connections=SERVICE_CONNECTIONS,
        max_channels=SERVICE_CHANNELS,
    )


def _whole(name: str) -> str:
    return f"^{name.replace('.', '[.]')}$"
