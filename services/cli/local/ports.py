"""Free TCP ports on the loopback address."""

import secrets
import socket
from typing import Final

_FROM: Final = 20_000
_BELOW: Final = 32_000
"""Below the ports that the kernel gives to outgoing connections: there a client that dials a dead server can
take its port, or even connect to itself, and the server could not come back."""


def free_ports(count: int) -> list[int]:
    """`count` different ports on 127.0.0.1 on which nothing listens at this moment."""
    found: list[int] = []
    while len(found) < count:
        port = _FROM + secrets.randbelow(_BELOW - _FROM)
        if port not in found and is_free(port):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
