"""The bench: Joldau on PostgreSQL and the floor, in one run, with the same load on the same broker."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID, uuid5

import aio_pika
import httpx

from services.cli import topology
from services.cli.bench import floor
from services.cli.bench.load import Seen, Target, post
from services.cli.bench.measure import cpu_seconds, peak_megabytes
from services.cli.local.broker import private_broker
from services.cli.local.management import Broker
from services.cli.local.ports import free_ports
from services.cli.local.postgres import PostgresCluster, install
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import answering
from services.cli.local.stage import SERVICES, Stage
from services.contracts.topology import agency_queue
from services.contracts.topology import topology as whole_topology

AGENCY: Final = "land-relations"
CONNECTIONS: Final = 64
WARM_UP: Final = 200
_KEYS: Final = UUID("01939000-0000-7000-8000-000000000001")
_REST_SECONDS: Final = 300.0

TEXT: Final = (
    "Прошу разобраться. Земельный участок под ИЖС, который мне выделили по очереди, соседнее крестьянское хозяйство "
    "самовольно заняло и поставило забор. Кадастровый номер у меня есть, госакт на землю получен, межевание проведено. "
    "В отдел земельных отношений я обращался дважды: границы участка никто не проверил, земельная комиссия "
    "не выезжала. Прошу восстановить границы земельного участка и убрать забор. Ответ прошу дать письменно."
)


@dataclass(frozen=True)
class Figures:
    """What one subject did with the load."""

    name: str
    appeals: int
    accepted_per_second: float
    post_p50_ms: float
    post_p99_ms: float
    end_to_end_per_second: float
    cpu_seconds_per_1000: float
    peak_megabytes: dict[str, float]


@dataclass(frozen=True)
class Subject:
    """Something to measure: where to post, and how to tell that everything has arrived everywhere."""

    name: str
    target: Target
    processes: Sequence[Process]
    arrived: Callable[[], Awaitable[int]]


async def run(count: int, say: Callable[[str], None]) -> list[Figures]:
    """Measure Joldau and the floor with `count` appeals each; everything is private and gone afterwards."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="joldau-bench-")))
        broker = await private_broker(directory / "rabbitmq", tied=True, say=say)
        cluster = PostgresCluster(directory / "postgres")
        stack.push_async_callback(cluster.destroy)
        stack.push_async_callback(broker.destroy)
        await install(directory / "apt.log")
        say("Starting RabbitMQ and PostgreSQL of the bench's own")
        await asyncio.gather(broker.start(), cluster.start())
        figures = []
        for subject in (_floor, _joldau):
            async with subject(directory, broker, cluster) as one:
                say(f"Measuring {one.name}: {count} appeals over {CONNECTIONS} connections")
                figures.append(await _measured(one, count))
        return figures


async def _measured(subject: Subject, count: int) -> Figures:
    await _load(subject, 0, WARM_UP)
    before = cpu_seconds(subject.processes)
    started = time.perf_counter()
    seen = await _load(subject, WARM_UP, count)
    seconds = time.perf_counter() - started
    cost = cpu_seconds(subject.processes) - before
    return Figures(
        name=subject.name,
        appeals=count,
        accepted_per_second=round(seen.rate, 1),
        post_p50_ms=round(seen.percentile(50), 1),
        post_p99_ms=round(seen.percentile(99), 1),
        end_to_end_per_second=round(count / seconds, 1),
        cpu_seconds_per_1000=round(cost / count * 1000, 2),
        peak_megabytes=peak_megabytes(subject.processes),
    )


async def _load(subject: Subject, before: int, count: int) -> Seen:
    """Post `count` appeals and wait until they have arrived everywhere."""
    keys = [str(uuid5(_KEYS, f"{before + n}")) for n in range(count)]
    seen = await post(subject.target, [_body(before + n) for n in range(count)], keys, connections=CONNECTIONS)
    if seen.refused:
        raise RuntimeError(f"{subject.name} refused {seen.refused} appeals")
    async with asyncio.timeout(_REST_SECONDS):
        while await subject.arrived() < before + count:  # noqa: ASYNC110 - another process has no event for us
            await asyncio.sleep(0.02)
    return seen


def _body(number: int) -> bytes:
    form: dict[str, Any] = {
        "kind": "application",
        "channel": "reception",
        "language": "ru",
        "text": f"{TEXT} Вх. {number}.",
        "applicant": {"name": "Пробный Заявитель", "phone": "+77000000001", "postal_address": "ул. Примерная, 1"},
        "territory": "Карасайский район",
    }
    return json.dumps(form).encode()


@asynccontextmanager
async def _joldau(directory: Path, broker: Broker, cluster: PostgresCluster) -> AsyncIterator[Subject]:
    amqp_url = await broker.create_vhost("joldau-bench")
    whole = whole_topology([AGENCY, "akimat", "education"])
    await topology.declare(amqp_url, whole)
    await topology.set_policies(broker.management_url, "joldau-bench", whole.policies)
    urls = {service: await cluster.create_database(service) for service in SERVICES}
    stage = Stage(directory / "joldau", amqp_url=amqp_url, database_urls=urls, smtp_port=free_ports(1)[0])
    await stage.migrate()
    processes = await stage.start(tied=True)
    headers = {"authorization": f"Bearer {stage.admin_key}"}
    async with _QueueDepth(amqp_url, agency_queue(AGENCY)) as depth, httpx.AsyncClient(headers=headers) as api:

        async def arrived() -> int:
            told = await _counted(api, f"{stage.url('notifier')}/v1/counts")
            status = await _counted(api, f"{stage.url('intake')}/v1/appeals/counts")
            notices = sum(sum(states.values()) for states in told.values())
            referred: int = status["by_status"].get("referred", 0)
            return min(notices, referred, await depth.messages())

        target = Target("127.0.0.1", stage.ports["intake"], "/v1/appeals", tuple(headers.items()))
        yield Subject("joldau", target, processes, arrived)
    await asyncio.gather(*(process.stop() for process in processes))


@asynccontextmanager
async def _floor(directory: Path, broker: Broker, _cluster: PostgresCluster) -> AsyncIterator[Subject]:
    amqp_url = await broker.create_vhost("joldau-floor")
    await floor.declare(amqp_url)
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    processes = [
        start(_floor_program(role, port, amqp_url), directory / "floor", tied=True) for role, port in ports.items()
    ]
    for process, port in zip(processes, ports.values(), strict=True):
        await answering(process, f"http://127.0.0.1:{port}/", within=30)
    async with _QueueDepth(amqp_url, floor.AGENCY) as depth, httpx.AsyncClient() as api:

        async def arrived() -> int:
            notices: int = (await _counted(api, f"http://127.0.0.1:{ports['notifier']}/"))["notices"]
            status: int = (await _counted(api, f"http://127.0.0.1:{ports['intake']}/"))["status"]
            return min(notices, status, await depth.messages())

        yield Subject("floor", Target("127.0.0.1", ports["intake"], "/"), processes, arrived)
    await asyncio.gather(*(process.stop() for process in processes))


def _floor_program(role: str, port: int, amqp_url: str) -> Program:
    argv = (sys.executable, "-m", "services.cli.bench.floor", role)
    return Program(f"floor-{role}", argv, {"FLOOR_AMQP_URL": amqp_url, "FLOOR_PORT": str(port)})


async def _counted(api: httpx.AsyncClient, url: str) -> Any:
    return (await api.get(url)).raise_for_status().json()


class _QueueDepth:
    """How many messages a queue holds, asked over AMQP: nobody reads it."""

    def __init__(self, amqp_url: str, queue: str) -> None:
        self._url, self._queue = amqp_url, queue

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._url)
        self._channel = await self._connection.channel()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def messages(self) -> int:
        """Messages ready in the queue."""
        queue = await self._channel.declare_queue(self._queue, durable=True, passive=True)
        return int(queue.declaration_result.message_count or 0)
