"""What an agency says of a referral, as far as it can be said at all."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from services.chassis.ids import new_id
from services.contracts.referrals import ReferralReply, ReplyKind


def reply(**changes: object) -> ReferralReply:
    about = {"referral_id": new_id(), "appeal_id": new_id(), "occurred_at": datetime(2026, 11, 23, 7, 0, tzinfo=UTC)}
    return ReferralReply.model_validate({**about, "kind": ReplyKind.RECEIVED, **changes})


@pytest.mark.parametrize(
    ("field", "beyond"),
    [
        ("occurred_at", "0001-01-01T00:00:00+05:00"),
        ("occurred_at", "9999-12-31T23:59:59-05:00"),
        ("registered_on", "0026-11-23"),
        ("extended_to", "9999-12-31"),
    ],
)
def test_what_no_calendar_knows_is_refused(field: str, beyond: str) -> None:
    """Nobody can reckon with it: the message is unreadable, and parked with that reason."""
    assert reply()
    with pytest.raises(ValidationError) as refused:
        reply(**{field: beyond})
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]
