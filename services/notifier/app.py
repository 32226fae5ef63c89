"""The notifier, assembled."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from services import __version__
from services.chassis import clock, keys, operations
from services.chassis.broker import Broker
from services.chassis.consumer import Consumer
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.keeper import keeper
from services.chassis.outbound import Outbound
from services.chassis.outbox import Relay
from services.chassis.service import Service, dependencies, every, pruning
from services.chassis.web import create_app
from services.contracts.appeals import Language
from services.contracts.topology import NOTIFIER_REQUESTS
from services.notifier import api, endpoints_api
from services.notifier.channels.email import EmailDriver, MailSender, MailServer
from services.notifier.channels.webhook import WebhookDriver
from services.notifier.delivery import Delivery
from services.notifier.handlers import handlers
from services.notifier.notification import SCHEDULES, Channel
from services.notifier.problems import PROBLEMS
from services.notifier.requests import Requests
from services.notifier.settings import NotifierSettings
from services.notifier.speakers import EmailSpeaker, Speaker, Terms, WebhookSpeaker
from services.notifier.texts import Office, Texts

POLL: Final = timedelta(seconds=1)
RECOVERY: Final = timedelta(seconds=5)
MEASUREMENT: Final = timedelta(seconds=15)


def assemble(settings: NotifierSettings) -> Service:
    """Build the notifier from its settings; nothing is opened yet."""
    database = Database(settings.database_url, service="notifier")
    broker = Broker(settings.amqp_url.get_secret_value(), name="notifier")
    stopping = asyncio.Event()

    http = Outbound(timeout=settings.webhook_timeout_seconds, allowed=settings.webhook_allowed_networks)
    speakers: dict[Channel, Speaker] = {Channel.EMAIL: _email(settings), Channel.WEBHOOK: _webhook(settings, http)}
    delivery = Delivery(database, speakers, now=clock.now)
    requests = Requests(new_id=new_id, now=clock.now, wake=delivery.wake)
    desk = api.Desk(database, delivery.wake, plain_http=bool(settings.webhook_allowed_networks))

    app = create_app(
        title="notifier",
        version=__version__,
        texts=PROBLEMS,
        readiness=lambda: dependencies(database, broker, stopping, broker_needed=True),
    )
    app.state.database = database
    app.state.keys = keys.Keys(database, admin_key=settings.admin_key)
    routers = (api.router(desk), endpoints_api.router(desk), keys.router(api.SCOPES), operations.router(api.OPERATE))
    for routes in routers:
        app.include_router(routes)

    async def deliver(stopping: asyncio.Event) -> None:
        await delivery.run(stopping)
        await http.aclose()

    consumer = Consumer(NOTIFIER_REQUESTS, handlers(requests), database=database, broker=broker)
    kept = keeper(NOTIFIER_REQUESTS, database=database, broker=broker)
    timers = (every(POLL, delivery.poll), every(RECOVERY, delivery.recover), every(MEASUREMENT, delivery.measure))
    return Service(
        name="notifier",
        app=app,
        database=database,
        broker=broker,
        workers=(consumer.run, kept.run, deliver, *timers, pruning(database)),
        relays=(Relay(database, broker).run,),
        host=settings.host,
        port=settings.port,
        drain=timedelta(seconds=settings.drain_seconds),
        stopping=stopping,
    )


def _email(settings: NotifierSettings) -> EmailSpeaker:
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        ca_file=settings.smtp_ca_file,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        timeout=settings.smtp_timeout_seconds,
        connections=settings.smtp_connections,
    )
    offices = {
        Language.KAZAKH: Office(settings.office_name_kk, settings.office_contacts_kk),
        Language.RUSSIAN: Office(settings.office_name_ru, settings.office_contacts_ru),
    }
    sender = MailSender(
        address=settings.mail_from,
        names={language: office.name for language, office in offices.items()},
        domain=settings.mail_domain or settings.mail_from.rpartition("@")[2],
    )
    schedule = replace(SCHEDULES[Channel.EMAIL], repeats_unknown=settings.email_repeats_unknown)
    terms = Terms(schedule, settings.smtp_connections, settings.smtp_timeout_seconds)
    return EmailSpeaker(Texts(offices), EmailDriver(server, sender), terms)


def _webhook(settings: NotifierSettings, http: Outbound) -> WebhookSpeaker:
    terms = Terms(SCHEDULES[Channel.WEBHOOK], settings.webhook_connections, settings.webhook_timeout_seconds)
    return WebhookSpeaker(WebhookDriver(http), terms)
