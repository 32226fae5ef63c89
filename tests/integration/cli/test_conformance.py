"""`joldau agency check`: the reference consumers pass it; consumers that are wrong on purpose get the right lines."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import aio_pika
import pytest

from services.cli.conformance.sandbox import checked, made, unmade
from services.cli.failure import Exit, Failed
from services.cli.local.processes import start
from services.cli.topology_broker import TopologyBroker
from services.contracts.topology import agency_queue, reply_exchange, reply_queue
from tests.integration.cli.commands import joldau
from tests.partners import LANGUAGES, consumer
from tests.wrong_partners import UNREADABLE, WRONG_EITHER_WAY, NewError, Wrong

AGENCY = "education"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


@pytest.fixture
def environ(rabbit) -> dict[str, str]:
    return {"AMQP_URL": rabbit.amqp_url(), "AMQP_MANAGEMENT_URL": rabbit.management_url}


@pytest.fixture(scope="module")
async def sandboxes(rabbit) -> AsyncIterator[list[TopologyBroker]]:
    """Several sandboxes: whoever waits, waits in company."""
    names = [f"sandbox-{secrets.token_hex(4)}" for _ in range(4)]
    brokers = [TopologyBroker(rabbit.amqp_url(name), rabbit.management_url, name) for name in names]
    for broker in brokers:
        await made(broker, AGENCY)
    yield brokers
    for broker in brokers:
        await unmade(broker, AGENCY)


async def test_reference_consumers_pass(environ, tmp_path, node_modules) -> None:
    """As a partner would: a sandbox, the consumer, the check; at its end nothing is left."""
    folders = [tmp_path / language for language in LANGUAGES]
    for folder in folders:
        folder.mkdir()
    await asyncio.gather(*(passes(folder.name, environ, folder, node_modules) for folder in folders))


async def passes(language: str, environ: dict[str, str], folder: Path, node_modules: Path) -> None:
    code = f"a-{secrets.token_hex(4)}"
    vhost = ("--vhost", f"sandbox-{code}")
    made, out, _ = await joldau(environ, "agency", "sandbox", code, *vhost, "--json")
    url = json.loads(out)["amqp_url"]
    program = consumer(language, folder, node_modules=node_modules, amqp_url=url, agency=code, ANSWER="Жауап.")
    agency = start(program, folder, tied=True)
    found, lines, err = await joldau(environ, "agency", "check", code, *vhost, "--json")
    await agency.stop()
    ended, _, _ = await joldau(environ, "agency", "sandbox", code, *vhost, "--end", "--yes")
    gone, _, advice = await joldau(environ, "agency", "check", code, *vhost)

    verdicts = {line["scenario"]: line["verdict"] for line in map(json.loads, lines.splitlines())}
    assert (made, found, ended) == (0, 0, 0), (language, lines)
    assert set(verdicts.values()) == {"ok"}
    assert len(verdicts) == 15
    assert "Nothing is wrong" in err
    assert (gone, "joldau agency sandbox" in advice) == (Exit.NOT_FOUND, True)


@dataclass
class WrongOverAmqp(Wrong):
    """By queue and exchange."""

    channel: Any
    exchange: Any

    async def deliver(self, delivery: Any) -> None:
        try:
            said = self.take(json.loads(delivery.body))
        except UNREADABLE:
            if self.fault == "takes what it cannot read":
                await delivery.ack()
            else:
                await delivery.reject(requeue=self.fault == "gives back what it cannot read")
            return
        except NewError:
            await delivery.reject()
            return
        for document in said:
            await self.say(document)
        await self.fetch(json.loads(delivery.body)["data"])
        if self.fault != "never acknowledges":
            await delivery.ack()

    async def say(self, document: dict[str, Any]) -> None:
        fault = self.fault
        message = aio_pika.Message(
            b"<reply/>" if fault == "speaks XML" else json.dumps(document).encode(),
            message_id=None if fault == "sets no message_id" else document["id"],
            content_type="text/plain" if fault == "sets another content_type" else CONTENT_TYPE,
            delivery_mode=1 if fault == "is not persistent" else 2,
        )
        await self.exchange.publish(message, "referral.reply.v1")


WRONG = {
    **WRONG_EITHER_WAY,
    "takes what it cannot read": ("malformed", "acknowledged 3 of 3"),
    "gives back what it cannot read": ("malformed", "given back again and again"),
    "never acknowledges": ("many", "no reply to 80 of 100"),
    "signs as it likes": ("plain", "source is /me"),
    "has types of its own": ("plain", "has the type reply"),
    "speaks XML": ("plain", "no JSON"),
    "sets no message_id": ("plain", "message_id"),
    "sets another content_type": ("plain", "content_type is text/plain"),
    "is not persistent": ("plain", "not persistent"),
}


NOT_HEARD = {"omits the kind", "speaks XML", "has types of its own"}


async def verdict(broker: TopologyBroker, fault: str, *only: str) -> list[tuple[str, str]]:
    """What the check finds wrong with such a consumer."""
    async with await aio_pika.connect(broker.amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=20)
        wrong = WrongOverAmqp(fault, AGENCY, channel, await channel.get_exchange(reply_exchange(AGENCY)))
        await (await channel.get_queue(agency_queue(AGENCY))).consume(wrong.deliver)
        lines = await checked(broker, AGENCY, within=2, say=lambda _: None, only=only)
    return [(line.scenario, line.what) for line in lines if line.verdict == "wrong"]


async def test_wrong_consumer_gets_the_right_line(sandboxes) -> None:
    """One fault, one sentence, in its scenario; only a reply that cannot be read is missing as well."""
    found: dict[str, list[tuple[str, str]]] = {}

    async def find(broker: TopologyBroker, faults: list[str]) -> None:
        for fault in faults:
            found[fault] = await verdict(broker, fault, WRONG[fault][0])

    shares = [list(WRONG)[nth :: len(sandboxes)] for nth in range(len(sandboxes))]
    await asyncio.gather(*map(find, sandboxes, shares))

    for fault, (scenario, words) in WRONG.items():
        assert any(line[0] == scenario and words in line[1] for line in found[fault]), (fault, found[fault])
    assert {fault for fault, lines in found.items() if len(lines) > 1} <= NOT_HEARD, found


async def test_consumer_with_one_fault_fails_in_one_scenario(sandboxes) -> None:
    """The fault of one message does not look like ten; what only the management API shows is shown by it."""
    one, two, three, _ = sandboxes
    without = replace(one, management_url="http://127.0.0.1:1")
    found = await asyncio.gather(
        verdict(without, "drops replays"),
        verdict(two, "does not come back", "reconnect"),
        verdict(three, "never acknowledges", "plain", "acknowledged"),
    )

    assert [[scenario for scenario, _ in lines] for lines in found] == [["replay"], ["reconnect"], ["acknowledged"]]


async def test_nobody_there_is_the_first_thing_to_say(environ, sandboxes) -> None:
    """And the last: exit code 1."""
    vhost = sandboxes[0].vhost
    code, out, err = await joldau(environ, "agency", "check", AGENCY, "--vhost", vhost, "--within", "0.3")

    assert (code, len(out.splitlines())) == (Exit.FAILURE, 1)
    assert "nobody reads referrals.education" in out
    assert "docs/partners.md" in err


async def test_two_checks_do_not_mix(sandboxes) -> None:
    """Each would take the replies to the other."""
    async with await aio_pika.connect(sandboxes[0].amqp_url) as connection:
        await (await (await connection.channel()).get_queue(reply_queue(AGENCY))).consume(AsyncMock())
        with pytest.raises(Failed, match="another check is under way"):
            await verdict(sandboxes[0], "is right")


@pytest.mark.parametrize("verb", ["check", "sandbox", "sandbox --end --yes"])
async def test_nothing_real_is_touched(environ, amqp_url, vhost, verb) -> None:
    """A virtual host that no sandbox was made in keeps its messages, even while its router is away."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        replies = await channel.get_exchange(reply_exchange(AGENCY))
        await replies.publish(aio_pika.Message(b"{}"), "any")
        word, *options = verb.split()
        code, _, err = await joldau(environ, "agency", word, AGENCY, "--vhost", vhost.name, *options)
        queue = await channel.declare_queue(reply_queue(AGENCY), passive=True)

    assert (code, "sandbox" in err) == (Exit.NOT_FOUND if word == "check" else Exit.CONFLICT, True)
    assert queue.declaration_result.message_count == 1


async def test_unknown_scenario_is_a_wrong_call(amqp_url, vhost) -> None:
    """It names those that there are."""
    environ = {"AMQP_URL": amqp_url}
    code, _, err = await joldau(environ, "agency", "check", AGENCY, "--vhost", vhost.name, "--only", "luck")

    assert (code, "plain, kazakh" in err) == (Exit.USAGE, True)
