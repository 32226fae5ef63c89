"""A mail server and a posting system's webhook receiver in one process, with a ledger of what came.

`python -m services.cli.local.receivers`; each arrival is a line of ``mail.jsonl`` or ``webhooks.jsonl``.
"""

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from services.chassis import clock
from services.cli.local.sinks import Mail, MailSink, WebhookAttempt, WebhookSink

MAIL: Final = "mail.jsonl"
WEBHOOKS: Final = "webhooks.jsonl"
"""Names of the ledgers in the folder."""

_EVER: Final = float("inf")
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True)
class TakenMail:
    """A mail that the server has kept."""

    id: str
    """Its Message-ID: the same at every attempt."""
    text: str
    """Subject and letter."""


@dataclass(frozen=True)
class TakenWebhook:
    """A webhook that the receiver has taken."""

    id: str
    """Its `webhook-id`: the same at every attempt."""
    at: datetime
    appeal_id: UUID
    revision: int
    status: str


def read_mail(folder: Path) -> list[TakenMail]:
    """All mail so far, repetitions too."""
    return [TakenMail(line["message_id"], f"{line['subject']}\n{line['body']}") for line in _lines(folder / MAIL)]


def read_webhooks(folder: Path) -> list[TakenWebhook]:
    """All webhooks so far that were signed rightly and answered with success, repetitions too."""
    return [
        TakenWebhook(
            id=line["webhook_id"],
            at=datetime.fromisoformat(line["at"]),
            appeal_id=UUID(line["data"]["appeal_id"]),
            revision=line["data"]["revision"],
            status=line["data"]["status"],
        )
        for line in _lines(folder / WEBHOOKS)
        if line["status"] in _SUCCESS
    ]


def _lines(path: Path) -> list[Any]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]  # the last one may still be written


async def serve(folder: Path, *, mail_port: int, webhook_port: int, secret: str) -> None:
    """Take what comes until cancelled."""
    mail, webhooks = MailSink(), WebhookSink(secret)
    mail.port, webhooks.port = mail_port, webhook_port
    async with mail, webhooks, asyncio.TaskGroup() as writing:
        writing.create_task(_written(folder / MAIL, mail.mails, mail.until, _of_mail))
        writing.create_task(_written(folder / WEBHOOKS, webhooks.attempts, webhooks.until, _of_webhook))


async def _written(path: Path, came: Sequence[Any], until: Any, line: Callable[[Any], Mapping[str, Any]]) -> None:
    """Write down what came, as soon as it came."""
    written = 0

    def is_news() -> bool:
        return len(came) > written

    with path.open("a", encoding="utf-8") as file:
        while True:
            await until(is_news, within=_EVER)
            at = clock.now().isoformat()
            new = came[written:]
            written += len(new)
            file.writelines(json.dumps({"at": at, **line(one)}, ensure_ascii=False) + "\n" for one in new)
            file.flush()


def _of_mail(mail: Mail) -> Mapping[str, Any]:
    return {"message_id": mail.message_id, "to": mail.to, "subject": mail.subject, "body": mail.body}


def _of_webhook(attempt: WebhookAttempt) -> Mapping[str, Any]:
    payload = attempt.payload or {}
    return {"webhook_id": attempt.webhook_id, "status": attempt.status, "data": payload.get("data")}


def main() -> None:
    """Serve where the environment says."""
    ports = {name: int(os.environ[f"JOLDAU_{name.upper()}"]) for name in ("mail_port", "webhook_port")}
    asyncio.run(serve(Path(os.environ["JOLDAU_FOLDER"]), secret=os.environ["JOLDAU_WEBHOOK_SECRET"], **ports))


if __name__ == "__main__":
    main()
