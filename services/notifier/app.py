"""The notifier, assembled."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from services import __version__
from services.chassis import clock, keys, operations
from services.chassis.broker import Broker
from services.chassis.calendars import Calendars
from services.chassis.consumer import Consumer
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.keeper import keeper
from services.chassis.outbox import Relay
from services.chassis.service import Service, dependencies, every, pruning
from services.chassis.web import create_app
from services.contracts.topology import NOTIFIER_REQUESTS
from services.notifier import (
    api,
    desk_api,
    endpoints_api,
    forgetting,
    optout_page,
    providers_api,
    receipts_api,
    suppressions_api,
    tables,
    templates_api,
)
from services.notifier.delivery import Delivery
from services.notifier.handlers import handlers
from services.notifier.problems import PROBLEMS
from services.notifier.receipts import Receipts
from services.notifier.requests import Requests
from services.notifier.resending import Resender
from services.notifier.settings import NotifierSettings
from services.notifier.silence import Silence
from services.notifier.voices import mailbox_of, tokens_of, voices_of

POLL: Final = timedelta(seconds=1)
RECOVERY: Final = timedelta(seconds=5)
MEASUREMENT: Final = timedelta(seconds=15)
SILENCE: Final = timedelta(hours=1)
MAILBOX: Final = timedelta(minutes=1)


def assemble(settings: NotifierSettings) -> Service:
    """Build the notifier from its settings; nothing is opened yet."""
    database = Database(settings.database_url, service="notifier")
    broker = Broker(settings.amqp_url.get_secret_value(), name="notifier")
    calendars = Calendars(tables.calendar)
    stopping = asyncio.Event()

    voices = voices_of(settings)
    delivery = Delivery(
        database,
        voices.speakers,
        routes=voices.routes,
        simulator=voices.simulator,
        new_id=new_id,
        now=clock.now,
        first_pause=timedelta(seconds=settings.provider_pause_seconds),
    )
    settling = delivery.settling
    requests = Requests(settling=settling, endpoints=voices.endpoints, new_id=new_id, now=clock.now)
    receipts = Receipts(settling, voices.gateways, new_id=new_id)
    desk = api.Desk(
        database,
        settling,
        Resender(settling, voices.endpoints),
        voices.endpoints,
        voices.edition,
        plain_http=bool(settings.webhook_allowed_networks),
    )
    mailbox = mailbox_of(settings)

    app = create_app(
        title="notifier",
        version=__version__,
        texts=PROBLEMS,
        readiness=lambda: dependencies(database, broker, stopping, broker_needed=True),
    )
    app.state.database = database
    app.state.keys = keys.Keys(database, admin_key=settings.admin_key)
    for routes in (
        api.router(desk),
        desk_api.router(desk),
        endpoints_api.router(desk),
        providers_api.router(desk, voices.offered),
        suppressions_api.router(desk),
        templates_api.router(desk),
        receipts_api.router(database, receipts, tokens_of(settings)),
        keys.router(api.SCOPES),
        operations.router(api.OPERATE),
        *([optout_page.router(desk, voices.opt_outs)] if voices.opt_outs else ()),
    ):
        app.include_router(routes)

    async def deliver(stopping: asyncio.Event) -> None:
        await delivery.run(stopping)
        await voices.aclose()

    consumer = Consumer(NOTIFIER_REQUESTS, handlers(requests, calendars), database=database, broker=broker)
    kept = keeper(NOTIFIER_REQUESTS, database=database, broker=broker)
    bounces = (every(MAILBOX, partial(receipts.collect, database, mailbox)),) if mailbox else ()
    silence = Silence(
        receipts,
        calendars,
        sms_days=settings.sms_proof_days,
        letter_days=settings.letter_proof_days,
        post_days=settings.letter_post_days,
    )
    timers = (
        every(POLL, delivery.poll),
        every(RECOVERY, delivery.recover),
        every(MEASUREMENT, delivery.measure),
        every(SILENCE, partial(silence.look, database)),
    )
    return Service(
        name="notifier",
        app=app,
        database=database,
        broker=broker,
        workers=(consumer.run, kept.run, deliver, *timers, *bounces, pruning(database, forgetting.again)),
        relays=(Relay(database, broker).run,),
        host=settings.host,
        port=settings.port,
        drain=timedelta(seconds=settings.drain_seconds),
        stopping=stopping,
    )
