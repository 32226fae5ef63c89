"""`joldau agency check --http`: the same scenarios for consumers that fetch."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.cli.conformance.over_http import WEBHOOKS, key_of, secret_of, url_at
from services.cli.conformance.sandbox import checked_over_http
from services.cli.conformance.scenarios import SCENARIOS
from services.cli.failure import Exit
from services.cli.local.ports import free_ports
from services.cli.local.processes import start
from services.cli.local.sinks import WebhookAnswer, WebhookSink
from tests.integration.cli.commands import joldau
from tests.partners import fetcher
from tests.wrong_partners import UNREADABLE, WRONG_EITHER_WAY, NewError, Wrong

AGENCY = "education"
MINE = "/v1/agencies/me"
REFUSED = 400
WITHIN = 2
AT_ONCE = 5
"""Whoever waits, waits in company."""


@dataclass
class WrongOverHttp(Wrong):
    """By asking."""

    api: httpx.AsyncClient

    async def work(self) -> None:
        """Its whole loop."""
        path = "/v1/agencies/mine" if self.fault == "asks elsewhere" else MINE
        wait = {"asks for too long": 60, "asks without a pause": 0}.get(self.fault, 5)
        while True:
            try:
                answer = await self.api.get(f"{path}/messages", params={"wait": wait})
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code >= REFUSED:
                if self.fault == "gives up":
                    return
                await asyncio.sleep(0.1)
                continue
            for event in answer.json()["items"]:
                await self.handle(event)
            if self.fault == "never acknowledges":
                await asyncio.sleep(0.1)

    async def handle(self, event: Any) -> None:
        try:
            said = self.take(event)
        except (*UNREADABLE, NewError):
            if self.fault == "takes what it cannot read" and isinstance(event, dict):
                await self.acknowledge(event)
            await asyncio.sleep(0.05)
            return
        for document in said:
            await self.api.post(f"{MINE}/replies", json=document)
        await self.fetch(event["data"])
        if self.fault != "never acknowledges":
            await self.acknowledge(event)

    async def renew(self, referral: str, api: httpx.AsyncClient) -> None:
        for document in (await self.api.get(f"{MINE}/referrals/{referral}/attachments")).json()["items"]:
            await api.get(document["reference"])

    async def acknowledge(self, event: Any) -> None:
        ids = event["id"] if self.fault == "acknowledges in a form of its own" else [event["id"]]
        await self.api.post(f"{MINE}/messages/acknowledgement", json={"ids": ids})


WRONG = {
    **WRONG_EITHER_WAY,
    "takes what it cannot read": ("malformed", "acknowledged 1 of 3"),
    "never acknowledges": ("many", "no reply to 50 of 100"),
    "gives up": ("reconnect", "connect again"),
    "asks without a pause": ("duplicate", "wait=25"),
    "asks for too long": ("plain", "less than or equal to 25"),
    "has types of its own": ("plain", "body.type"),
    "acknowledges in a form of its own": ("duplicate", "body.ids"),
}
NOT_HEARD = {
    *("omits the kind", "has types of its own", "confuses ids", "acknowledges in a form of its own"),
    "asks for too long",
}
"""Their calls are refused, and so miss."""


@asynccontextmanager
async def working(fault: str, port: int) -> AsyncIterator[WrongOverHttp]:
    """Such a consumer, at work while the check runs."""
    headers = {} if fault == "has no key" else {"authorization": f"Bearer {key_of(AGENCY)}"}
    async with httpx.AsyncClient(base_url=url_at(port), headers=headers, trust_env=False, timeout=30) as api:
        wrong = WrongOverHttp(fault, AGENCY, api)
        work = asyncio.create_task(wrong.work())
        yield wrong
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def verdict(fault: str, *only: str, webhook: str | None = None) -> list[tuple[str, str]]:
    """What the check finds wrong with such a consumer."""
    (port,) = free_ports(1)
    async with working(fault, port):
        lines = await checked_over_http(
            AGENCY, port=port, webhook=webhook, within=WITHIN, say=lambda _: None, only=only
        )
    return [(line.scenario, line.what) for line in lines if line.verdict == "wrong"]


async def test_reference_consumer_passes(tmp_path) -> None:
    """As a partner would: the sandbox tells how to connect, the consumer, the check; webhooks are taken beside."""
    (port,) = free_ports(1)
    how = ("--http", "--port", str(port))
    _, out, _ = await joldau({}, "agency", "sandbox", AGENCY, *how, "--json")
    told = json.loads(out)
    agency = start(fetcher(tmp_path, url=told["url"], key=told["key"], ANSWER="Жауап."), tmp_path, tied=True)
    async with WebhookSink(told["webhook_secret"]) as receiver:
        code, lines, err = await joldau({}, "agency", "check", AGENCY, *how, "--webhook", receiver.url, "--json")
    await agency.stop()

    verdicts = {line["scenario"]: line["verdict"] for line in map(json.loads, lines.splitlines())}
    assert (code, set(verdicts.values())) == (0, {"ok"}), lines
    assert verdicts.keys() == {"connect", *SCENARIOS, *WEBHOOKS}
    assert "Nothing is wrong" in err


async def test_wrong_consumer_gets_the_right_line() -> None:
    """One fault, one sentence, in its scenario; what was refused because of it is missing as well."""
    found: dict[str, list[tuple[str, str]]] = {}

    async def find(faults: list[str]) -> None:
        for fault in faults:
            found[fault] = await verdict(fault, WRONG[fault][0])

    await asyncio.gather(*(find(list(WRONG)[nth::AT_ONCE]) for nth in range(AT_ONCE)))

    for fault, (scenario, words) in WRONG.items():
        assert any(line[0] == scenario and words in line[1] for line in found[fault]), (fault, found[fault])
    assert {fault for fault, lines in found.items() if len(lines) > 1} <= NOT_HEARD, found


async def test_what_is_not_acknowledged_is_told_at_the_end() -> None:
    """As over AMQP, where the broker knows it; and one fault is not told of twice."""
    assert await verdict("never acknowledges", "plain", "acknowledged") == [
        ("acknowledged", "1 messages are not acknowledged: acknowledge what is on your disk")
    ]


async def test_receiver_that_takes_or_refuses_all_webhooks_is_told_so() -> None:
    """It must take what we have signed, any number of times, and nothing else."""
    async with WebhookSink(secret_of(AGENCY)) as strict, WebhookSink(secret_of("another")) as foreign:
        strict.answers.extend([WebhookAnswer(500)] * 2)
        refuses = await verdict("is right", "plain", "woken", webhook=strict.url)
        takes = await verdict("is right", "forged", webhook=foreign.url)

    assert [scenario for scenario, _ in refuses] == ["plain", "woken"]
    assert takes == []


async def test_nobody_there_and_a_taken_port_are_told(tmp_path) -> None:
    """What to do is in the line."""
    async with WebhookSink(secret_of(AGENCY)) as somebody:
        taken, _, advice = await joldau({}, "agency", "check", AGENCY, "--http", "--port", str(somebody.port))
    nobody, out, _ = await joldau(
        {}, "agency", "check", AGENCY, "--http", "--port", str(free_ports(1)[0]), "--within", "0.3"
    )
    no_key, nobody_else = await verdict("has no key", "plain")
    astray, _, _ = await joldau({}, "agency", "check", AGENCY, "--webhook", "http://127.0.0.1:1")

    assert (taken, "--port" in advice) == (Exit.CONFLICT, True)
    assert (nobody, "nobody asks at http://127.0.0.1" in out) == (Exit.FAILURE, True)
    assert (no_key[0], "comes without" in no_key[1]) == ("connect", True)
    assert "nobody asks" in nobody_else[1]
    assert astray == Exit.USAGE
