"""How many segments an SMS takes, and what each gateway's receipts mean."""

import hashlib
from typing import Final
from uuid import UUID

import pytest

from services.chassis.outbound import Outbound
from services.notifier.channels.gateways import Account, HttpGateway, MobizonGateway, SmscGateway
from services.notifier.channels.sms import Receipt, Segments, segments, takes_sms
from services.notifier.notification import Permanent, Sent, Temporary

ID: Final = UUID("01890000-0000-7000-8000-000000000001")
SIGNED: Final = Account("https://gateway.example", "key", receipt_secret="a-secret")


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", "gsm-7", 1),
        ("x" * 160, "gsm-7", 1),
        ("x" * 161, "gsm-7", 2),
        ("x" * 306, "gsm-7", 2),
        ("x" * 307, "gsm-7", 3),
        ("€" * 80, "gsm-7", 1),
        ("€" * 81, "gsm-7", 2),
        ("x" * 152 + "€" + "x" * 10, "gsm-7", 2),
        ("x" * 152 + "€" + "x" * 152, "gsm-7", 3),
        ("ж" * 70, "ucs-2", 1),
        ("ж" * 71, "ucs-2", 2),
        ("ә" * 134, "ucs-2", 2),
        ("ә" * 135, "ucs-2", 3),
        ("😀" * 35, "ucs-2", 1),
        ("ж" * 66 + "😀" + "ж" * 66, "ucs-2", 3),
    ],
)
def test_segments(text: str, encoding: str, count: int) -> None:
    """Seven bits or UCS-2; joined ones are shorter; neither an escape nor a surrogate pair is torn apart."""
    assert segments(text) == Segments(encoding, count)


@pytest.mark.parametrize(
    ("number", "can"), [("+77011234567", True), ("+77272123456", False), ("87011234567", False), ("нет", False)]
)
def test_an_sms_goes_to_numbers_that_are_not_a_fixed_line_s(number: str, *, can: bool) -> None:
    assert takes_sms(number) is can


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("0", None),
        ("1", Sent(confirmed=True)),
        ("3", Temporary("smsc_status_3")),
        ("22", Permanent("smsc_status_22")),
    ],
)
def test_smsc_s_receipt(status: str, said: object) -> None:
    """Signed with MD5 over id, number, status and the secret."""
    gateway = SmscGateway(SIGNED, Outbound())
    md5 = hashlib.md5(f"{ID.hex}:77011234567:{status}:a-secret".encode(), usedforsecurity=False).hexdigest()
    fields = {"id": ID.hex, "phone": "77011234567", "status": status, "md5": md5}

    assert gateway.receipt(fields) == (Receipt(said, client_id=ID) if said else None)
    with pytest.raises(ValueError, match="signature"):
        gateway.receipt({**fields, "md5": "0" * 32})


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ACCEPTD", None),
        ("DELIVRD", Sent(confirmed=True)),
        ("EXPIRED", Temporary("mobizon_expired")),
        ("UNDELIV", Permanent("mobizon_undeliv")),
    ],
)
def test_mobizon_s_receipt(status: str, said: object) -> None:
    """Signed with SHA-1 over the event; it names the SMS by Mobizon's own number."""
    gateway = MobizonGateway(SIGNED, Outbound())
    sign = hashlib.sha1(b"7|1|2026-11-26|a-secret", usedforsecurity=False).hexdigest()
    event = {"eventId": "7", "attempt": "1", "eventCreateTs": "2026-11-26", "sign": sign}
    fields = {**event, "data.messageId": "42", "data.status": status}

    assert gateway.receipt(fields) == (Receipt(said, reference="42") if said else None)
    with pytest.raises(ValueError, match="signature"):
        gateway.receipt({**fields, "sign": "0"})


def test_a_json_gateway_s_receipt() -> None:
    gateway = HttpGateway(SIGNED, Outbound())

    assert gateway.receipt({"id": str(ID), "status": "failed", "code": "11"}) == Receipt(
        Permanent("receipt_11"), client_id=ID
    )
    assert gateway.receipt({"id": str(ID), "status": "queued"}) is None
    with pytest.raises(KeyError):
        gateway.receipt({"id": str(ID)})
