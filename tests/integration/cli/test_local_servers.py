"""The servers that tests, demo and bench stand on."""

import json
from contextlib import suppress

import aio_pika
import asyncpg

from services.cli.local.broker import destroy_private_broker
from services.cli.local.commands import CommandFailed
from services.cli.local.management import PrivateBroker
from services.cli.local.ports import is_free
from services.cli.local.postgres import PostgresCluster
from services.cli.local.processes import recorded
from services.cli.local.rabbitmq import RabbitNode


async def test_confirmed_message_is_there_after_a_crash(breakable_rabbit: PrivateBroker) -> None:
    """What the broker has confirmed survives kill -9, and is found at the same address."""
    url = await breakable_rabbit.create_vhost("crash/test")
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("work", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"kept"), "work")

    await breakable_rabbit.kill9()
    await breakable_rabbit.start()

    async with await aio_pika.connect(url) as connection:
        queue = await (await connection.channel()).declare_queue("work", passive=True)
        assert (await queue.get(no_ack=True)).body == b"kept"


async def test_stopped_node_takes_a_stray_epmd_with_it(breakable_rabbit: RabbitNode) -> None:
    """Where our epmd has died, Erlang starts a daemon in its place; that must not stay behind either."""
    epmd = next(process for process in recorded(breakable_rabbit.directory) if process.name == "epmd")
    port = int(json.loads((breakable_rabbit.directory / "ports.json").read_text())["epmd"])
    await epmd.kill9()
    with suppress(CommandFailed):
        await breakable_rabbit.ctl("eval", "node().")
    listening = not is_free(port)

    await breakable_rabbit.stop()

    assert listening
    assert is_free(port)
    await breakable_rabbit.start()


async def test_node_is_found_and_deleted_by_a_later_command(breakable_rabbit: RabbitNode) -> None:
    """A node in a directory is the same node for everybody; destroyed, neither a process nor a file stays behind."""
    later = RabbitNode(breakable_rabbit.directory)
    processes = recorded(later.directory)

    assert [process.name for process in processes] == ["epmd", "rabbitmq"]
    assert later.running
    assert later.amqp_url() == breakable_rabbit.amqp_url()
    assert "joldau@localhost" in await later.ctl("eval", "node().")

    await destroy_private_broker(later.directory)

    assert not any(process.alive for process in processes)
    assert not later.directory.exists()


async def test_committed_row_is_there_after_a_crash(breakable_postgres: PostgresCluster) -> None:
    """What was committed survives kill -9, and is found at the same address."""
    url = (await breakable_postgres.create_database("crash")).replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE fact (id int); INSERT INTO fact VALUES (7)")

    await breakable_postgres.kill9()
    connection.terminate()
    await breakable_postgres.start()

    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT id FROM fact") == 7
    await connection.close()
