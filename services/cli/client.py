"""The services over HTTP: where they are, with which key, and what their answers mean for a command."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.cli.failure import Exit, Failed

if TYPE_CHECKING:
    import httpx

_PAGE: Final = 200
_TIMEOUT_SECONDS: Final = 30
_NOT_BY_PROXY: Final = ("all://127.0.0.1", "all://localhost")

_CODES: Final = {
    404: Exit.NOT_FOUND,
    410: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    412: Exit.CONFLICT,
    429: Exit.AWAY,
    502: Exit.AWAY,
    503: Exit.AWAY,
    504: Exit.AWAY,
}


class Service(StrEnum):
    """A service that commands speak with."""

    INTAKE = "intake"
    ROUTER = "router"
    NOTIFIER = "notifier"


PORTS: Final = {Service.INTAKE: 8081, Service.ROUTER: 8082, Service.NOTIFIER: 8083}
"""Where the services listen unless they are told otherwise."""

ACCESS_FILE: Final = "cli.json"
"""Where `joldau up` leaves addresses and key for later commands, in its folder."""


@dataclass(frozen=True)
class Access:
    """Where a service answers, and the key to it."""

    url: str
    key: str | None = field(repr=False)


def access(service: Service, environ: Mapping[str, str], folder: Path) -> Access:
    """Access to `service` by the environment, else by what `joldau up` left in `folder`, else its usual port.

    The key in the file goes to the addresses in the file alone.
    """
    key = environ.get(f"JOLDAU_{service.upper()}_KEY") or environ.get("JOLDAU_KEY")
    if url := environ.get(f"JOLDAU_{service.upper()}_URL"):
        return Access(url.rstrip("/"), key)
    try:
        left = json.loads((folder / ACCESS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Access(f"http://127.0.0.1:{PORTS[service]}", key)
    return Access(left[service], key or left["key"])


class Client:
    """One service, seen by a command. Every method raises `Failed` for an answer that is not a success."""

    def __init__(
        self, service: Service, to: Access, *, language: str = "en", transport: "httpx.BaseTransport | None" = None
    ) -> None:
        self.service = service
        self.url = to.url
        self._key = to.key
        self._language = language
        self._transport = transport
        self._opened: httpx.Client | None = None

    @property
    def has_key(self) -> bool:
        return self._key is not None

    def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON; a query parameter that is None is not sent."""
        return self.call("GET", path, params=_given(query)).json()

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON."""
        return self.call("POST", path, json=body).json()

    def pages(self, path: str, *, limit: int, **query: Any) -> Iterator[dict[str, Any]]:
        """The first `limit` items of a list, page by page."""
        cursor = None
        while limit > 0:
            page = self.get(path, **query, limit=min(limit, _PAGE), cursor=cursor)
            yield from page["items"]
            limit -= len(page["items"])
            if (cursor := page.get("next_cursor")) is None:
                return

    def readiness(self) -> dict[str, str]:
        """What the service depends on: ``ok``, or what is wrong. No key is needed."""
        checks: dict[str, str] = self._request("GET", "/readyz").json()["checks"]
        return checks

    def call(self, method: str, path: str, **request: Any) -> "httpx.Response":
        """One request."""
        self._need_key()
        answer = self._request(method, path, **request)
        if not answer.is_success:
            raise Failed(_code(answer.status_code), self._told(answer))
        return answer

    def stream(self, path: str, body: Mapping[str, Any], *, timeout: float) -> Iterator[str]:
        """Lines of the answer to a POST, as they come; `timeout` is that of each in seconds."""
        import httpx  # noqa: PLC0415 - heavy: `joldau --help` does without

        self._need_key()
        try:
            with self._http().stream("POST", path, json=body, timeout=timeout) as answer:
                if not answer.is_success:
                    answer.read()
                    raise Failed(_code(answer.status_code), self._told(answer))
                yield from answer.iter_lines()
        except httpx.TransportError as error:
            raise Failed(Exit.AWAY, self._away(type(error).__name__)) from error

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._opened is not None:
            self._opened.close()

    def _need_key(self) -> None:
        if self._key is None:
            raise Failed(Exit.USAGE, f"No key to {self.service}: set JOLDAU_KEY, or start everything with `joldau up`.")

    def _request(self, method: str, path: str, **request: Any) -> "httpx.Response":
        import httpx  # noqa: PLC0415 - heavy: `joldau --help` does without

        try:
            return self._http().request(method, path, **request)
        except httpx.TransportError as error:
            raise Failed(Exit.AWAY, self._away(type(error).__name__)) from error

    def _http(self) -> "httpx.Client":
        import httpx  # noqa: PLC0415 - likewise

        if self._opened is None:
            self._opened = httpx.Client(
                base_url=self.url,
                timeout=_TIMEOUT_SECONDS,
                transport=self._transport,
                mounts=dict.fromkeys(_NOT_BY_PROXY),
                headers={"authorization": f"Bearer {self._key}", "accept-language": self._language},
            )
        return self._opened

    def _away(self, why: str) -> str:
        variable = f"JOLDAU_{self.service.upper()}_URL"
        return f"{self.service} does not answer at {self.url} ({why}): start it with `joldau up`, or set {variable}."

    def _told(self, answer: "httpx.Response") -> str:
        """A problem (RFC 9457) in one line."""
        try:
            problem = answer.json()
            parts = [problem["title"], *(f"{e['pointer']}: {e['detail']}" for e in problem.get("errors", ()))]
            mark = f"[{problem['code']}, trace {problem['trace_id']}]"
        except (ValueError, KeyError, TypeError):
            return f"{self.service} answered {answer.status_code} at {answer.request.url}."
        if answer.status_code in {401, 403}:
            parts.append(f"The key is in JOLDAU_KEY, or in .joldau/{ACCESS_FILE}.")
        return " ".join((*parts, mark))


def _code(status: int) -> Exit:
    if status in _CODES:
        return _CODES[status]
    return Exit.USAGE if status < 500 else Exit.FAILURE  # noqa: PLR2004 - 5xx


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}
