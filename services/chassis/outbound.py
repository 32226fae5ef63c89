"""HTTP to the outside: the one module that speaks it.

Whoever registers a webhook chooses where we connect to. So a name is resolved once, every address it has is checked,
and the connection goes to a checked address: resolving again would let a name server answer differently the second
time (DNS rebinding). TLS still names the host, so certificates hold. No redirects, no proxy from the environment, no
cookies, one deadline for the whole exchange, and only the beginning of an answer is kept.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

import httpcore
import httpx

from services.chassis.errors import JoldauError
from services.chassis.roots import usual_roots

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[IPAddress]]]
"""Name and port to addresses. Raises OSError for a name that has none."""

_NOT_PUBLIC = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    2001::/23 2001:db8::/32 2002::/16 3fff::/20
"""
NOT_PUBLIC: Final = tuple(ip_network(block) for block in _NOT_PUBLIC.split())
"""IANA's special-purpose, multicast and reserved blocks, as data: what Python calls global differs by its version."""

PUBLIC_V6: Final = IPv6Network("2000::/3")
"""The only unicast IPv6 block in use (RFC 3513); `NOT_PUBLIC` has the exceptions within it."""

EVERYWHERE: Final[tuple[IPNetwork, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
"""Allow-list for addresses from our own configuration, such as the broker's management API."""


class Failure(StrEnum):
    """Why there is no answer."""

    TIMEOUT = "timeout"
    UNRESOLVED = "name_unresolved"
    REFUSED = "address_refused"
    """The guard refused the address; nothing was connected."""
    UNREACHABLE = "unreachable"
    TLS = "tls_failed"
    BROKEN = "connection_broken"
    """The connection ended, or what came over it was not HTTP."""
    URL = "url_unusable"


class OutboundFailed(JoldauError):
    """There is no answer. Carries no address and no URL: those may hold secrets of the receiver."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is at most the client's `keep` bytes, undecoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: IPAddress) -> bool:
    """Whether the address is on the open Internet, seen from anywhere."""
    if isinstance(address, IPv6Address) and address not in PUBLIC_V6:
        return False
    return not any(address in block for block in NOT_PUBLIC)


async def resolve(host: str, port: int) -> Sequence[IPAddress]:
    """Ask the system's resolver, which also reads spellings such as ``127.1`` or ``0x7f000001``."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in found))


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only. httpcore takes TLS name and Host from the URL, not from here."""

    def __init__(self, resolver: Resolver, allowed: Sequence[IPNetwork], *, public: bool) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._public = public
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception = OutboundFailed(Failure.UNRESOLVED)
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def _checked(self, host: str, port: int) -> Sequence[IPAddress]:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise OutboundFailed(Failure.UNRESOLVED) from error
        if not all(self._may_connect(address) for address in addresses):
            raise OutboundFailed(Failure.REFUSED)
        return addresses

    def _may_connect(self, address: IPAddress) -> bool:
        return any(address in network for network in self._allowed) or (self._public and is_public(address))


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a guarded pool. httpx 0.28 has no public place for a network backend."""

    def __init__(self, backend: _GuardedBackend, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            network_backend=backend,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
        )


class Outbound:
    """The HTTP client of a process. Opened once, shared, closed at the end."""

    def __init__(
        self,
        *,
        timeout: float = 20.0,
        keep: int = 64 * 1024,
        allowed: Sequence[IPNetwork] = (),
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        """Set the rules of all requests.

        `timeout`: seconds for one exchange, from resolving the name to the last byte kept. `keep`: bytes of an answer's
        body that are read. `allowed`: networks that may be connected to although they are not public; only there is
        plain HTTP possible too. `tls`: trusted roots, if not the usual ones.
        """
        context = tls or usual_roots()
        self._timeout = timeout
        self._keep = keep
        self._client = httpx.AsyncClient(
            mounts={
                "https://": _GuardedTransport(_GuardedBackend(resolver, allowed, public=True), context),
                "http://": _GuardedTransport(_GuardedBackend(resolver, allowed, public=False), context),
            },
            verify=context,  # of what is not mounted; else it reads roots of its own
            trust_env=False,
            follow_redirects=False,
            timeout=timeout,
            headers={"accept-encoding": "identity", "user-agent": "Joldau"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> Answer:
        """Send one request and read the beginning of its answer; any status is an answer. Raises OutboundFailed."""
        try:
            async with asyncio.timeout(self._timeout):
                async with self._client.stream(method, url, headers=headers, content=content) as response:
                    return Answer(response.status_code, response.headers, await self._beginning(response))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise OutboundFailed(Failure.TIMEOUT) from error
        except httpx.ConnectError as error:
            raise OutboundFailed(Failure.TLS if _is_tls(error) else Failure.UNREACHABLE) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise OutboundFailed(Failure.URL) from error
        except httpx.HTTPError as error:
            raise OutboundFailed(Failure.BROKEN) from error

    async def _beginning(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= self._keep:
                break
        return bytes(body[: self._keep])


def _is_tls(error: BaseException | None) -> bool:
    """Whether a TLS failure is behind it."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None
