"""Intake, assembled."""

import asyncio
from datetime import timedelta
from typing import Final

from services import __version__
from services.chassis import clock, keys, operations
from services.chassis.batching import Batcher
from services.chassis.broker import Broker
from services.chassis.calendars import Calendars
from services.chassis.consumer import Consumer
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.keeper import keeper
from services.chassis.outbox import Relay
from services.chassis.problems import Catalogue
from services.chassis.service import Service, dependencies, every, pruning
from services.chassis.web import create_app
from services.contracts.topology import INTAKE_NOTICES, INTAKE_REFERRALS
from services.intake import api, attachments_api, forgetting, status_page, store
from services.intake.attachments.cabinet import Cabinet
from services.intake.attachments.s3 import S3, Bucket
from services.intake.attachments.storage import SPOOL, Disk, Storage
from services.intake.attachments.texts import PROBLEMS as ATTACHMENT_PROBLEMS
from services.intake.handlers import NOTICE_HANDLERS, handlers
from services.intake.imports import api as imports_api
from services.intake.imports import reports_api
from services.intake.imports.importer import IMPORTS_KEPT, Importer
from services.intake.imports.reception import Reception
from services.intake.imports.texts import PROBLEMS as IMPORT_PROBLEMS
from services.intake.registration import Registered, Registrar, Submission
from services.intake.settings import IntakeSettings
from services.intake.texts import PROBLEMS
from services.intake.tracking import Tracker

TIDY_EVERY: Final = timedelta(minutes=1)


def assemble(settings: IntakeSettings) -> Service:
    """Build intake from its settings; nothing is opened yet."""
    database = Database(settings.database_url, service="intake")
    broker = Broker(settings.amqp_url.get_secret_value(), name="intake")
    stopping = asyncio.Event()

    def status_url(token: str) -> str:
        return f"{settings.public_url}/status/{token}"

    calendars = Calendars(store.calendar)
    registrar = Registrar(
        database=database,
        calendars=calendars,
        number_prefix=settings.number_prefix,
        accepted_by=f"{settings.accepted_by_name}, {settings.accepted_by_position}",
        status_url=status_url,
        documents_url=f"{settings.public_url}{attachments_api.ADDRESS}",
        new_id=new_id,
        now=clock.now,
    )
    registrations: Batcher[Submission, Registered] = Batcher(registrar.register)
    tracker = Tracker(database=database, status_url=status_url, now=clock.now)
    cabinet = Cabinet(database, _storage(settings), new_id=new_id, now=clock.now)
    reception = Reception(database, new_id=new_id, now=clock.now)
    importer = Importer(database, registrar, reception.arrived, now=clock.now)
    accepted_by = {"name": settings.accepted_by_name, "position": settings.accepted_by_position}
    desk = api.Desk(database, registrations, tracker, accepted_by, settings.public_url)

    texts = PROBLEMS | IMPORT_PROBLEMS | ATTACHMENT_PROBLEMS
    app = create_app(
        title="intake",
        version=__version__,
        texts=texts,
        readiness=lambda: dependencies(database, broker, stopping, broker_needed=False),
    )
    app.state.database = database
    app.state.keys = keys.Keys(database, admin_key=settings.admin_key)
    for routes in (
        api.router(desk),
        imports_api.router(reception),
        reports_api.router(desk, reception, Catalogue(texts)),
        status_page.router(desk),
        attachments_api.router(desk, cabinet, most=settings.attachment_bytes),
        keys.router(api.SCOPES),
        operations.router(api.OPERATE, kept=(IMPORTS_KEPT,)),
    ):
        app.include_router(routes)

    consumer = Consumer(INTAKE_REFERRALS, handlers(tracker, calendars), database=database, broker=broker)
    kept = keeper(INTAKE_REFERRALS, database=database, broker=broker)
    notices = Consumer(INTAKE_NOTICES, NOTICE_HANDLERS, database=database, broker=broker)
    kept_notices = keeper(INTAKE_NOTICES, database=database, broker=broker)
    return Service(
        name="intake",
        app=app,
        database=database,
        broker=broker,
        workers=(
            consumer.run,
            kept.run,
            notices.run,
            kept_notices.run,
            importer.run,
            pruning(database, forgetting.again),
            every(timedelta(hours=1), importer.prune),
            every(TIDY_EVERY, cabinet.tidy),
        ),
        relays=(registrations.run, Relay(database, broker).run),
        host=settings.host,
        port=settings.port,
        drain=timedelta(seconds=settings.drain_seconds),
        stopping=stopping,
    )


def _storage(settings: IntakeSettings) -> Storage:
    if settings.s3_bucket is None:
        return Disk(settings.attachments)
    keys = (key.get_secret_value() if key else None for key in (settings.s3_access_key, settings.s3_secret_key))
    return S3(
        Bucket(settings.s3_bucket, settings.s3_endpoint, settings.s3_region, *keys), spool=settings.attachments / SPOOL
    )
