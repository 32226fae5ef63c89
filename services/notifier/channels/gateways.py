"""Gateways for SMS: SMSC.kz (smsc.kz/api/http), Mobizon (help.mobizon.kz), and any that speaks plain JSON."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from services.chassis.outbound import Answer, Outbound
from services.notifier.channels.sms import Gateway, InDoubt, OutgoingSms, Receipt, Report, called
from services.notifier.notification import Outcome, Permanent, Sent, Temporary, Unknown

LONGEST_NAME: Final = 120
LONGEST_CODE: Final = 40
FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Account:
    """How we are known to a gateway."""

    url: str
    key: str = field(repr=False)
    login: str = ""
    sender: str = ""
    """Name that the telephone shows; registered with the gateway beforehand."""
    receipt_secret: str = field(default="", repr=False)
    """What the gateway signs its receipts with, where it does."""


def gateway(kind: str, account: Account, http: Outbound) -> Gateway:
    """The gateway of a kind: ``smsc``, ``mobizon`` or ``http``."""
    kinds: Mapping[str, type[SmscGateway | MobizonGateway | HttpGateway]] = {
        "smsc": SmscGateway,
        "mobizon": MobizonGateway,
        "http": HttpGateway,
    }
    return kinds[kind](account, http)


class SmscGateway:
    """SMSC.kz. It keeps our id without looking whether it has it already, and can be asked by it."""

    in_doubt = InDoubt.ASK

    _REFUSED: Final = frozenset({6, 7, 8})
    """Forbidden text or sender, a number that is none, a number that cannot be reached."""
    _DELIVERED: Final = frozenset({1, 2, 4})
    _ON_ITS_WAY: Final = frozenset({-1, 0})
    _GIVEN_UP: Final = frozenset({3, 20, 25})
    _UNKNOWN_ID: Final = -3

    def __init__(self, account: Account, http: Outbound) -> None:
        self._account = account
        self._http = http

    async def send(self, outgoing: OutgoingSms) -> Outcome:
        answer = await self._call("send", outgoing, mes=outgoing.text, sender=self._account.sender)
        if not isinstance(answer, Answer):
            return answer
        said = _object(answer)
        if said is None:
            return Unknown("answer_unreadable")
        if (error := said.get("error_code")) is None:
            return Sent(reference=_name(said.get("id")))
        code = f"smsc_{error}"[:LONGEST_CODE]
        return Permanent(code) if isinstance(error, int) and error in self._REFUSED else Temporary(code)

    async def ask(self, outgoing: OutgoingSms) -> Outcome | None:
        answer = await self._call("status", outgoing)
        if not isinstance(answer, Answer):
            return Unknown("not_told")
        said = _object(answer) or {}
        status = said.get("status")
        if status == self._UNKNOWN_ID:
            return None
        if not isinstance(status, int):
            return Unknown("not_told")
        return self._report(status) or Sent(reference=outgoing.client_id.hex)

    def receipt(self, fields: dict[str, str]) -> Receipt | None:
        parts = [fields["id"], fields["phone"], fields["status"], self._account.receipt_secret]
        digest = hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
        if self._account.receipt_secret and not hmac.compare_digest(digest, fields.get("md5", "")):
            raise ValueError("signature")
        said = self._report(int(fields["status"]))
        return Receipt(said, client_id=UUID(fields["id"])) if said else None

    def _report(self, status: int) -> Report | None:
        if status in self._DELIVERED:
            return Sent(confirmed=True)
        if status in self._ON_ITS_WAY:
            return None
        code = f"smsc_status_{status}"
        return Temporary(code) if status in self._GIVEN_UP else Permanent(code)

    async def _call(self, what: str, outgoing: OutgoingSms, **more: str) -> Answer | Outcome:
        own = {"login": self._account.login, "psw": self._account.key} if self._account.login else {}
        number = {"phones" if what == "send" else "phone": outgoing.to, "id": outgoing.client_id.hex}
        form = {"apikey": self._account.key, "fmt": "3", "charset": "utf-8"} | own | number | more
        if own:
            del form["apikey"]
        content = urlencode(form).encode()
        return await called(self._http, "POST", f"{self._account.url}/sys/{what}.php", headers=FORM, content=content)


class MobizonGateway:
    """Mobizon. It takes no id of ours, so an SMS whose answer is missing can be neither asked after nor repeated."""

    in_doubt = InDoubt.LEAVE

    _DELIVERED: Final = frozenset({"DELIVRD"})
    _GIVEN_UP: Final = frozenset({"EXPIRED"})
    _REFUSED: Final = frozenset({"UNDELIV", "REJECTD", "DELETED"})

    def __init__(self, account: Account, http: Outbound) -> None:
        self._account = account
        self._http = http

    async def send(self, outgoing: OutgoingSms) -> Outcome:
        query = urlencode({"output": "json", "api": "v1", "apiKey": self._account.key})
        sender = {"from": self._account.sender} if self._account.sender else {}
        form = {"recipient": outgoing.to.removeprefix("+"), "text": outgoing.text, **sender}
        url = f"{self._account.url}/service/message/sendSmsMessage?{query}"
        answer = await called(self._http, "POST", url, headers=FORM, content=urlencode(form).encode())
        if not isinstance(answer, Answer):
            return answer
        said = _object(answer)
        if said is None:
            return Unknown("answer_unreadable")
        if said.get("code") == 0:
            taken = said.get("data")
            return Sent(reference=_name(taken.get("messageId") if isinstance(taken, dict) else None))
        code = f"mobizon_{said.get('code')}"[:LONGEST_CODE]
        return Permanent(code) if said.get("code") == 1 else Temporary(code)

    async def ask(self, outgoing: OutgoingSms) -> Outcome | None:  # noqa: ARG002 - it cannot
        return Unknown("not_told")

    def receipt(self, fields: dict[str, str]) -> Receipt | None:
        signed = "|".join((fields["eventId"], fields["attempt"], fields["eventCreateTs"], self._account.receipt_secret))
        digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        if self._account.receipt_secret and not hmac.compare_digest(digest, fields.get("sign", "")):
            raise ValueError("signature")
        status = fields["data.status"]
        said: dict[bool, Report] = {
            status in self._DELIVERED: Sent(confirmed=True),
            status in self._GIVEN_UP: Temporary(f"mobizon_{status.lower()}"),
            status in self._REFUSED: Permanent(f"mobizon_{status.lower()}"),
        }
        return Receipt(said[True], reference=fields["data.messageId"]) if True in said else None


class HttpGateway:
    """A gateway that takes JSON under an Idempotency-Key, so that an SMS without an answer is sent again.

    ``POST {"id", "to", "from", "text"}``, answered by 2xx and ``{"id": "its own name"}``, or by 4xx and ``{"code"}``.
    Receipts: ``{"id": ours, "status": "delivered" | "failed" | "expired", "code"}``.
    """

    in_doubt = InDoubt.REPEAT

    _OURS: Final = frozenset(
        {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    )
    """Faults of our account or setting, not of the SMS."""

    def __init__(self, account: Account, http: Outbound) -> None:
        self._account = account
        self._http = http

    async def send(self, outgoing: OutgoingSms) -> Outcome:
        body = {"id": str(outgoing.client_id), "to": outgoing.to, "from": self._account.sender, "text": outgoing.text}
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {self._account.key}",
            "idempotency-key": f'"{outgoing.client_id}"',
        }
        content = json.dumps(body, ensure_ascii=False).encode()
        answer = await called(self._http, "POST", self._account.url, headers=headers, content=content)
        if not isinstance(answer, Answer):
            return answer
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(reference=_name((_object(answer) or {}).get("id")))
        code = f"http_{answer.status}"
        if answer.status == HTTPStatus.CONFLICT:  # it has our id already, and is not done with it
            return Unknown(code)
        of_the_sms = answer.status >= HTTPStatus.BAD_REQUEST and answer.status not in self._OURS
        return Permanent(code) if of_the_sms else Temporary(code)

    async def ask(self, outgoing: OutgoingSms) -> Outcome | None:  # noqa: ARG002 - it is told again instead
        return None

    def receipt(self, fields: dict[str, str]) -> Receipt | None:
        code = fields.get("code", "")[:40] or "none"
        said: Mapping[str, Report] = {
            "delivered": Sent(confirmed=True),
            "failed": Permanent(f"receipt_{code}"),
            "expired": Temporary(f"receipt_{code}"),
        }
        status = fields["status"]
        return Receipt(said[status], client_id=UUID(fields["id"])) if status in said else None


def _name(given: Any) -> str | None:
    """A gateway's own name for an SMS, as long as there is room for."""
    return str(given)[:LONGEST_NAME] if given else None


def _object(answer: Answer) -> dict[str, Any] | None:
    """The answer's JSON object, if it is one."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
