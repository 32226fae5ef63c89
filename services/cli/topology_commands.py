"""`joldau topology`: what the broker must know of us."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlsplit

import typer

from services.cli.failure import Exit, Failed
from services.cli.session import Call, Session

if TYPE_CHECKING:
    from services.contracts.topology import Topology

app = typer.Typer(
    help="See, apply and export the broker's exchanges, queues, bindings and policies. "
    "AMQP_URL names the broker; AMQP_MANAGEMENT_URL its management API, if it is not at port 15672.",
    no_args_is_help=True,
)

Directory = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Directory of agencies; if not given, the one in force at the router."),
]

COLUMNS: Final = ("change", "kind", "name")
_KINDS: Final = {
    "exchanges": ("name", ("type", "durable", "auto_delete", "internal", "arguments")),
    "queues": ("name", ("durable", "auto_delete", "arguments")),
    "bindings": ("", ()),
    "policies": ("name", ("pattern", "definition", "priority", "apply-to")),
}
"""What names a thing of a kind, and which of its facts are ours to say."""


@app.command()
def plan(call: Call, directory: Directory = None) -> None:
    """What `apply` would change: missing, different, or unknown to us and left alone."""
    from services.cli.topology import definitions  # noqa: PLC0415 - heavy: `joldau --help` does without

    broker = _broker(call.obj)
    wanted = definitions(_topology(call.obj, directory), broker.vhost)
    call.obj.output.rows(differences(wanted, asyncio.run(_present(broker))), COLUMNS)


@app.command()
def apply(call: Call, directory: Directory = None) -> None:
    """Declare all that is missing and set the policies. What exists with other arguments is refused, not changed."""
    broker, whole = _broker(call.obj), _topology(call.obj, directory)
    asyncio.run(_apply(broker, whole))
    call.obj.output.note(
        f"{len(whole.queues)} queues, {len(whole.exchanges)} exchanges, {len(whole.policies)} policies."
    )


@app.command()
def export(call: Call, directory: Directory = None, vhost: str = "/") -> None:
    """Print it as a definitions file, for a broker that loads one at its start."""
    from services.cli.topology import definitions_text  # noqa: PLC0415 - likewise

    call.obj.output.out.write(definitions_text(_topology(call.obj, directory), vhost))


def differences(wanted: dict[str, Any], present: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Lines of a plan. Both are in the form of a definitions file."""
    for kind, (key, facts) in _KINDS.items():
        ours, theirs = ({_name(item, key): item for item in definitions[kind]} for definitions in (wanted, present))
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in theirs:
                change = "missing"
            elif name not in ours:
                change = "unknown"
            elif all(ours[name][fact] == theirs[name].get(fact) for fact in facts):
                continue
            else:
                change = "different"
            yield {"change": change, "kind": kind, "name": name}


def _name(item: dict[str, Any], key: str) -> str:
    return str(item[key]) if key else f"{item['source']} -{item['routing_key']}-> {item['destination']}"


@dataclass(frozen=True)
class _Broker:
    amqp_url: str
    management_url: str
    vhost: str


def _broker(session: Session) -> _Broker:
    from services.cli.local.management import GivenBroker  # noqa: PLC0415 - heavy, likewise
    from services.cli.local.virtualhost import vhost_of  # noqa: PLC0415

    if not (url := session.environ.get("AMQP_URL")):
        raise Failed(Exit.USAGE, "Set AMQP_URL to the broker, such as amqp://user:password@host:5672/vhost.")
    given = GivenBroker(url, session.environ.get("AMQP_MANAGEMENT_URL"))
    return _Broker(url, given.management_url, vhost_of(url))


def _topology(session: Session, directory: Path | None) -> "Topology":
    from services.contracts.topology import topology  # noqa: PLC0415 - likewise
    from services.router.directory_check import DirectoryError  # noqa: PLC0415
    from services.router.directory_file import parse_directory, read_directory  # noqa: PLC0415

    try:
        if directory is None and session.router.has_key:
            text = session.router.call("GET", "/v1/directory").text
            return topology(parse_directory(text, source="the router's directory").queue_codes())
        if directory is None:
            session.output.note("No key to the router: the directory that ships is taken. --directory names another.")
        return topology((read_directory(directory) if directory else read_directory()).queue_codes())
    except (OSError, DirectoryError) as error:
        raise Failed(Exit.USAGE, f"The directory cannot be used: {error}") from error
    except Failed as failed:
        raise Failed(failed.code, f"{failed} Or name the file of the directory: --directory FILE.") from failed


async def _present(broker: _Broker) -> dict[str, Any]:
    import httpx  # noqa: PLC0415 - likewise

    async with httpx.AsyncClient(base_url=f"{broker.management_url}/api", timeout=30, trust_env=False) as api:
        with _explained(broker):
            answer = await api.get(f"/definitions/{quote(broker.vhost, safe='')}")
            found: dict[str, Any] = answer.raise_for_status().json()
    return found


async def _apply(broker: _Broker, whole: "Topology") -> None:
    from services.cli import topology  # noqa: PLC0415 - likewise

    with _explained(broker):
        await topology.declare(broker.amqp_url, whole)
        await topology.set_policies(broker.management_url, broker.vhost, whole.policies)


@contextmanager
def _explained(broker: _Broker) -> Iterator[None]:
    """What a broker's errors mean for the command. Addresses are told without their passwords."""
    import httpx  # noqa: PLC0415 - likewise
    from aiormq.exceptions import AMQPError, ChannelPreconditionFailed  # noqa: PLC0415

    management = urlsplit(broker.management_url).netloc.rpartition("@")[2]
    try:
        yield
    except ChannelPreconditionFailed as error:
        raise Failed(Exit.CONFLICT, f"It exists with other arguments; delete it first: {error}.") from error
    except (AMQPError, OSError) as error:
        raise Failed(Exit.AWAY, f"The broker at AMQP_URL cannot be used ({type(error).__name__}).") from error
    except httpx.TransportError as error:
        raise Failed(
            Exit.AWAY,
            f"No management API at {management}: enable the plugin rabbitmq_management, or set AMQP_MANAGEMENT_URL.",
        ) from error
    except httpx.HTTPStatusError as error:
        raise Failed(
            Exit.USAGE,
            f"The management API at {management} answered {error.response.status_code}: check the user's tags.",
        ) from error
