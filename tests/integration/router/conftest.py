"""A router at work over a real broker, and a router without one for what needs no broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.chassis import clock, keys
from services.chassis.ids import new_id
from services.chassis.outbound import Outbound
from services.chassis.web import create_app
from services.contracts.proof import Signer
from services.contracts.topology import INTAKE_REFERRALS, agency_queue
from services.intake.app import assemble as assemble_intake
from services.intake.settings import IntakeSettings
from services.router import operators
from services.router.app import assemble
from services.router.claiming import Claiming
from services.router.console import app as console_app
from services.router.console.frame import Console
from services.router.console.live import Live
from services.router.console.pages import ROOT, Pages
from services.router.console.peers import Peers
from services.router.console.viewer import COOKIE
from services.router.desk import Desk
from services.router.holding import Holding
from services.router.notary import Notary
from services.router.report import SMALL
from services.router.routing import Router
from services.router.rulebook import Rulebook
from services.router.rules import Policy, RuleSet
from services.router.settings import RouterSettings
from services.router.texts import PROBLEMS
from services.router.verbs import Verbs
from tests.integration.router.office import Clock, Office
from tests.integration.router.parts import Running, ear_at
from tests.integration.router.standing import building, no_readiness
from tests.small_rules import rule_set

ADMIN = "an-admin-key-for-tests-only"
SIGNING_KEY = "1" * 64
PATIENT_SECONDS = 60.0
"""So long the office's pages wait for what they count: what is shown is whole."""


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings of the router beside its addresses; a test module may have its own."""
    return {"watch_every": timedelta(hours=1)}


@pytest.fixture
async def router(database_url, amqp_url, open_database, settings) -> AsyncIterator[Running]:
    """A router at work, with ears at intake's queue and the agencies'."""
    await open_database(database_url, "router")
    service = assemble(RouterSettings(database_url=database_url, amqp_url=amqp_url, admin_key=ADMIN, **settings))
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(await aio_pika.connect(amqp_url))
        channel = await connection.channel()
        transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
        api = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://router"))
        api.headers["authorization"] = f"Bearer {ADMIN}"
        agencies = {
            code: await ear_at(channel, agency_queue(code)) for code in ("akimat", "education", "land-relations")
        }
        await service.broker.connect()
        tasks = [asyncio.create_task(work(service.stopping)) for work in (*service.workers, *service.relays)]
        yield Running(service, api, channel, await ear_at(channel, INTAKE_REFERRALS), agencies)
        service.stopping.set()
        await asyncio.gather(*tasks)
        await service.broker.close()
        await service.database.close()


@pytest.fixture
def policy() -> Policy:
    """The office's approval policy; a test may have another."""
    return Policy.UNSURE


@pytest.fixture
def documents() -> RuleSet:
    """The documents of the office's rules; a test may have others."""
    return rule_set()


@pytest.fixture
async def frame(office) -> AsyncIterator[Console]:
    """What the office's console stands on; the other services are away."""
    desk, notary = Desk(office.database, office.router), Notary(office.database, Signer(SIGNING_KEY))
    async with Outbound() as http:
        peers = Peers(http, {"intake": "", "notifier": ""}, {})
        holding = Holding(Verbs(desk), timedelta(seconds=8))
        live, pages = Live(office.database), Pages(console_app.AREAS)
        yield Console(desk, notary, live, peers, pages, holding, Claiming(desk), patience=PATIENT_SECONDS)


@pytest.fixture
def console(frame) -> FastAPI:
    """The office's application with its console."""
    return mounted(frame)


def mounted(frame: Console) -> FastAPI:
    """An application with this console."""
    app = create_app(title="router", version="0", texts=PROBLEMS, readiness=no_readiness)
    app.mount(ROOT, console_app.create(frame))
    return app


@pytest.fixture
def small_cell() -> int:
    """Below which count the office's statistics tell nothing; a test module may have another."""
    return SMALL


@pytest.fixture
async def office(database_url, open_database, policy, documents, small_cell) -> AsyncIterator[Office]:
    """A router without a broker, on a Monday noon in Almaty."""
    database = await open_database(database_url, "router")
    clock = Clock(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
    router = Router(Rulebook(documents, policy), now=clock, new_id=new_id)

    stands = building(small_cell)
    stands.database.of, stands.router.of = database, router
    stands.notary.of = Notary(database, Signer(SIGNING_KEY))
    stands.app.state.database = database
    stands.app.state.keys = keys.Keys(database, admin_key=SecretStr(ADMIN))
    transport = httpx.ASGITransport(app=stands.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
        client.headers["authorization"] = f"Bearer {ADMIN}"
        yield Office(database, router, clock, client)


@pytest.fixture
async def intake(tmp_path, open_database):
    """Intake without a broker, and a caller of its API."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'intake.db'}"
    await open_database(url, "intake")
    service = assemble_intake(IntakeSettings(database_url=url, amqp_url="amqp://127.0.0.1:1/", admin_key=ADMIN))
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as api:
        api.headers["authorization"] = f"Bearer {ADMIN}"
        batcher = asyncio.create_task(service.relays[0](service.stopping))
        yield service, api
        service.stopping.set()
        await batcher
    await service.database.close()


@pytest.fixture
async def enter(office, console):
    """Opens a browser with somebody signed in."""
    opened = []

    async def enter_(*roles, login="aru", language="ru"):
        async with office.database.transaction() as tx:
            account = await operators.add(tx, operators.NewOperator(login, "Ару", [*roles], language), at=clock.now())
            secret = await operators.begin_session(tx, account, at=clock.now())
        transport = httpx.ASGITransport(app=console, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="https://console.example/console")
        client.cookies.set(COOKIE, secret, domain="console.example", path="/")
        opened.append(client)
        return client

    yield enter_
    for client in opened:
        await client.aclose()
