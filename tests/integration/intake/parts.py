"""An appeal's form, what the router would say of it, and what intake has said."""

import os
import sys
from pathlib import Path

import httpx
from sqlalchemy import select

from services.chassis import clock, outbox
from services.chassis.consumer import Received
from services.chassis.ids import new_id
from services.cli.local.ports import free_ports
from services.cli.local.processes import Process, Program, start
from services.cli.local.readiness import answering
from services.contracts.envelope import Envelope
from services.contracts.referrals import LocalName, ReferralChanged, Scope
from services.intake.tracking import Tracker

ADMIN = "an-admin-key-for-tests-only"
SOON = 90
FORM = {
    "kind": "complaint",
    "channel": "web",
    "language": "ru",
    "text": "Прошу направить по компетенции: участок у дома так и не выделили.",
    "applicant": {
        "name": "Сынақбаев Тест",
        "iin_bin": "000101000109",
        "email": "test@example.kz",
        "phone": "8 700 000 00 01",
    },
    "complained_of": "отдел земельных отношений",
    "territory": "Карасайский район",
}


def form(**changes) -> dict:
    return {**FORM, **changes}


async def post(api, body, key=None, **headers) -> httpx.Response:
    return await api.post("/v1/appeals", json=body, headers={"idempotency-key": key or str(new_id()), **headers})


async def tell(service, *messages) -> None:
    """As if the router had said it, in messages of one type that arrived together."""
    tracker = Tracker(database=service.database, status_url=lambda token: f"http://x/status/{token}", now=clock.now)
    apply = tracker.referrals_changed if isinstance(messages[0], ReferralChanged) else tracker.assessed
    received = [Received(one, _envelope(one), "referrals") for one in messages]
    async with service.database.transaction() as tx:
        await apply(tx, received)


def _envelope(message) -> Envelope:
    return Envelope.of(message, id=new_id(), source="/router", at=clock.now(), correlation_id="t")


def changed(appeal_id, state, revision, referral_id=None, **more) -> ReferralChanged:
    return ReferralChanged(
        referral_id=referral_id or new_id(),
        appeal_id=appeal_id,
        agency="akimat",
        agency_name=LocalName(kk="Әкімдік", ru="Акимат"),
        scope=Scope.FULL,
        state=state,
        revision=revision,
        changed_at=clock.now(),
        **more,
    )


async def types_posted(service) -> list[str]:
    async with service.database.reading() as tx:
        rows = await tx.execute(select(outbox.outbox.c.type).order_by(outbox.outbox.c.seq))
        return [row.type.removeprefix("kz.joldau.") for row in rows]


class Intake:
    """A process of intake, without a broker; it can be started again with the same database and port."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self.directory = directory
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("JOLDAU_")},
            "JOLDAU_INTAKE_DATABASE_URL": database_url,
            "JOLDAU_INTAKE_AMQP_URL": "amqp://127.0.0.1:1/",
            "JOLDAU_INTAKE_ADMIN_KEY": ADMIN,
            "JOLDAU_INTAKE_PORT": str(self.port),
            "JOLDAU_INTAKE_ATTACHMENTS": str(directory / "documents"),
        }
        self.process: Process | None = None

    async def start(self, **more: str) -> None:
        argv = (sys.executable, "-m", "services.intake", "serve")
        self.process = start(Program("intake", argv, {**self.environment, **more}), self.directory, tied=True)
        await answering(self.process, f"{self.url}/readyz", within=SOON)
