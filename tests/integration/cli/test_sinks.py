"""What the mail server and the webhook receiver of demo and tests say of what they got."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from services.chassis import clock
from services.cli.local.sinks import Mail, MailOutcome, MailSink, WebhookAnswer, WebhookSink

SOON = 5.0
LONG_ENOUGH_TO_HAVE_COME = 0.2
AIGUL = "aigul@example.kz"
SECRET = "whsec_aW52ZW50ZWQgZm9yIHRlc3Rz"
BODY = b'{"type":"appeal.status_changed"}'


@pytest.fixture
async def mailbox() -> AsyncIterator[MailSink]:
    async with MailSink() as sink:
        yield sink


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookSink]:
    async with WebhookSink(SECRET) as sink:
        yield sink


async def send(sink: MailSink, *, within: float = SOON) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "notices@example.kz", AIGUL, "<1@example.kz>"
    message["Subject"] = "Өтініш тіркелді"
    message.set_content("Сіздің өтінішіңіз тіркелді.\n")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=sink.port, timeout=within, start_tls=False)


async def post(sink: WebhookSink, webhook_id: str = "one", *, secret: str = SECRET, at: datetime | None = None) -> int:
    at = at or clock.now()
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, BODY.decode()),
    }
    async with httpx.AsyncClient(timeout=LONG_ENOUGH_TO_HAVE_COME) as client:
        return (await client.post(f"{sink.url}hooks/otinish", headers=headers, content=BODY)).status_code


async def test_mail_is_kept_with_its_words(mailbox: MailSink) -> None:
    """Subject and body are read as a person would read them."""
    sending = asyncio.create_task(send(mailbox))
    await mailbox.until(lambda: bool(mailbox.mails), within=SOON)
    await sending

    assert mailbox.mails == [Mail("<1@example.kz>", AIGUL, "Өтініш тіркелді", "Сіздің өтінішіңіз тіркелді.\n")]


@pytest.mark.parametrize(("outcome", "code"), [(MailOutcome.TEMPORARY, 451), (MailOutcome.PERMANENT, 550)])
async def test_forced_refusal_ends_after_its_times(mailbox: MailSink, outcome: MailOutcome, code: int) -> None:
    """A recipient can be made to fail a number of times."""
    mailbox.force(AIGUL, outcome, times=2)
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await send(mailbox)
        assert refused.value.recipients[0].code == code
    await send(mailbox)

    assert len(mailbox.mails) == 1
    assert mailbox.attempts[AIGUL] == 3


async def test_hanging_server_keeps_nothing(mailbox: MailSink) -> None:
    """The sender waits in vain, and the server can still be ended."""
    mailbox.force(AIGUL, MailOutcome.HANG)
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await send(mailbox, within=LONG_ENOUGH_TO_HAVE_COME)

    assert mailbox.mails == []


async def test_lost_answer_leaves_the_mail(mailbox: MailSink) -> None:
    """The sender cannot know that the mail has arrived."""
    mailbox.force(AIGUL, MailOutcome.ANSWER_LOST, times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mailbox)

    assert len(mailbox.mails) == 1


async def test_repeated_webhook_is_one_effect(receiver: WebhookSink) -> None:
    """Attempts are counted, effects by webhook-id."""
    receiver.answers.append(WebhookAnswer(503, retry_after=7))

    assert [await post(receiver), await post(receiver), await post(receiver), await post(receiver, "two")] == [
        503,
        204,
        204,
        204,
    ]
    assert len(receiver.attempts) == 4
    assert receiver.delivered == {"one", "two"}
    assert receiver.attempts[0].payload == {"type": "appeal.status_changed"}
    assert receiver.attempts[0].path == "/hooks/otinish"


@pytest.mark.parametrize(
    ("secret", "late"), [("whsec_c29tZWJvZHkgZWxzZQ", timedelta(0)), (SECRET, timedelta(minutes=6))]
)
async def test_wrong_or_old_signature_is_refused(receiver: WebhookSink, secret: str, late: timedelta) -> None:
    """Only our secret, and only now (Standard Webhooks, "Verifying webhook authenticity")."""
    assert await post(receiver, secret=secret, at=clock.now() - late) == 401
    assert receiver.delivered == set()
    assert not receiver.attempts[0].verified


async def test_hanging_receiver_delivers_nothing(receiver: WebhookSink) -> None:
    """The sender waits in vain, and the receiver can still be ended."""
    receiver.answers.append(WebhookAnswer(hang=True))
    with pytest.raises(httpx.ReadTimeout):
        await post(receiver)

    assert receiver.delivered == set()
