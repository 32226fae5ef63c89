"""Tests of the tests: with a pillar of the promise taken away, the books must show it.

Each test runs services from a copy of their source in which one thing is missing, under the fault that it is there for.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from services.cli import topology as applied
from services.cli.local.proxy import Mode
from services.cli.local.stage import SERVICES
from services.contracts.topology import agency_queue, topology
from tests.e2e.faults.appeals import AGENCIES
from tests.e2e.faults.books import Books
from tests.e2e.faults.broker import delete_queue, publish, published
from tests.e2e.faults.findings import Finding, Kind
from tests.e2e.faults.invariants import check

SOURCE: Final = Path(__file__).parents[3] / "services"
PATIENCE: Final = 10.0
"""Seconds in which an honest run would have come to rest; here it never does."""

Without = Callable[..., Mapping[str, Mapping[str, str]]]


@pytest.fixture
def without(tmp_path) -> Without:
    """Copies the services with one text replaced by another, and says how to start the copy."""

    def mutate(module: str, **texts: str) -> Mapping[str, Mapping[str, str]]:
        tree = tmp_path / "mutated"
        shutil.copytree(SOURCE, tree / "services", ignore=shutil.ignore_patterns("__pycache__"))
        path = tree / "services" / module
        source = path.read_text()
        assert source.count(texts["pillar"]) == 1, f"{module} does not stand on this any more: {texts['pillar']}"
        path.write_text(source.replace(texts["pillar"], texts["instead"]))
        # not the directory it is started from, nor the installed package
        environment = {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
        return dict.fromkeys(SERVICES, environment)

    return mutate


def in_order(books: Books) -> bool:
    """Where nothing is broken, the copy does its work as well as the original."""
    return not check(books)


def hops(books: Books) -> list[Finding]:
    """What was said and not read so far."""
    return check(books).get("I7 delivered", [])


def kinds(findings: Mapping[str, list[Finding]], invariant: str) -> set[Kind]:
    return {one.kind for one in findings.get(invariant, [])}


async def test_without_the_inbox_repeats_have_effects(road_on, rabbit, judge, without):
    """Copies of what an agency refused are noted again and again."""
    more = without(
        "chassis/consumer.py",
        pillar="fresh = await inbox.enter(tx, digests, at=at)",
        instead="fresh = set(digests)",
    )
    async with road_on(rabbit, more=more) as road:
        agency = road.agencies["land-relations"]
        agency.refuses = True
        async with road.posting.flowing():
            await road.until(lambda books: any(one.question == "undeliverable" for one in books.tasks))
        for _ in range(2):
            await publish(road.amqp_url, await published(road.databases["router"]))
        await road.until(lambda books: check(books).keys() >= {"I6 histories"})
        books = await road.closed(within=PATIENCE)

    found = judge.findings(books)
    assert Kind.DOUBLE in kinds(found, "I6 histories")
    assert Kind.LOST in kinds(found, "I7 delivered")


async def test_without_the_confirm_messages_are_lost(road_on, rabbit, proxy, judge, without):
    """What went into a dead network counts as published."""
    more = without(
        "chassis/broker.py",
        pillar="connection.channel(publisher_confirms=True, on_return_raises=True)",
        instead="connection.channel(publisher_confirms=False)",
    )
    async with road_on(rabbit, proxy=proxy, more=more) as road:
        async with road.posting.flowing():
            await road.posting.accepts(5)
        await road.until(in_order)
        async with road.posting.flowing():
            proxy.mode = Mode.BLACKHOLE_UP
            await road.posting.accepts(5)
            await road.until(lambda books: any(one.kind is Kind.LOST for one in hops(books)))
            proxy.reset()
            proxy.mode = Mode.PASS
        books = await road.closed(within=PATIENCE)

    found = judge.findings(books)
    assert Kind.LOST in kinds(found, "I7 delivered")
    assert Kind.LOST in kinds(found, "I3 placed")


async def test_without_mandatory_an_unroutable_referral_is_lost(road_on, rabbit, judge, without):
    """The broker confirms what it throws away, and the applicant is told that it went."""
    more = without("chassis/broker.py", pillar="mandatory=True", instead="mandatory=False")
    async with road_on(rabbit, more=more) as road:
        async with road.posting.flowing():
            await road.posting.accepts(5)
        await road.until(in_order)
        async with road.posting.flowing():
            await road.agencies["education"].leave()
            await delete_queue(road.amqp_url, agency_queue("education"))
            await road.until(lambda books: any("never reached education" in one.what for one in hops(books)))
        await applied.declare(road.amqp_url, topology(AGENCIES))
        road.agencies["education"].come()
        books = await road.closed(within=PATIENCE)

    found = judge.findings(books)
    assert any("never reached education" in one.what for one in found["I7 delivered"])
    assert Kind.LOST in kinds(found, "I3 placed")


async def test_acknowledged_before_the_commit_is_lost_in_a_crash(road_on, rabbit, judge, without):
    """The broker forgets what was not yet written down."""
    more = without(
        "chassis/consumer.py",
        pillar="await self._handle(deliveries)",
        instead="await _acknowledge(batch); await self._handle(deliveries)",
    )
    lives = {"router": ("consumer.before_commit=kill9@3",)}
    async with road_on(rabbit, more=more, lives=lives) as road:
        async with road.posting.flowing():
            await road.died({"router": 1})
            await road.posting.accepts(5)
        books = await road.closed(within=PATIENCE)

    found = judge.findings(books)
    assert any("was said and never read from router." in one.what for one in found["I7 delivered"])
