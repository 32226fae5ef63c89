"""What delivery status notifications say, as mail servers write them."""

from typing import Final
from uuid import UUID

import pytest

from services.notifier.bounces import Bounce, read
from services.notifier.notification import Permanent, Sent, Temporary
from tests.dsn import report

ID: Final = UUID("01890000-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("content", "bounce"),
    [
        (report("failed", "5.1.1"), Bounce(ID, Permanent("bounced_5.1.1"), dead=True)),
        (report("Failed", "5.1.1 (no mailbox)", original="headers"), Bounce(ID, Permanent("bounced_5.1.1"), dead=True)),
        (report("failed", "5.7.1"), Bounce(ID, Permanent("bounced_5.7.1"))),
        (report("failed", "4.4.7"), Bounce(ID, Temporary("bounced_4.4.7"))),
        (report("delivered", "2.0.0"), Bounce(ID, Sent(confirmed=True))),
        (report("delayed", "4.4.1"), None),
        (report("failed", "5.1.1", message_id="<not-ours@elsewhere.example>"), None),
        (b"Subject: I am on holiday\r\n\r\nUntil Monday.", None),
        (b"\xff\xfe not even a message", None),
    ],
)
def test_a_bounce(content: bytes, bounce: Bounce | None) -> None:
    """Permanent or given up, and whether the address is dead; whatever is not final or not ours is nothing."""
    assert read(content) == bounce
