"""On which channels an applicant is told, and in which order."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from services.contracts.appeals import Language
from services.contracts.notifications import Notice, NotifyApplicant, Road
from services.notifier.ladder import Ladder, addressee, ladder
from services.notifier.notification import Channel, Rung, Suppression
from services.notifier.providers import Pool, Routes

BOTH: Final = Routes({Channel.EMAIL: Pool({"smtp": 1}), Channel.SMS: Pool({"one": 1})})
NO_SMS: Final = Routes({Channel.EMAIL: Pool({"smtp": 1})})
MAIL: Final[Rung] = (Channel.EMAIL, "aigul@post.example")
PHONE: Final[Rung] = (Channel.SMS, "+77011234567")
PAPER: Final[Rung] = (Channel.LETTER, "")


def order(notice: Notice = Notice.REFERRED, **given: Any) -> NotifyApplicant:
    one = UUID(int=1)
    at = datetime(2026, 11, 26, tzinfo=UTC)
    fields = {"notification_id": one, "appeal_id": one, "revision": 1, "variables": {}, "requested_at": at}
    return NotifyApplicant(notice=notice, language=Language.KAZAKH, **{**fields, **given})


@pytest.mark.parametrize(
    ("given", "routes", "expected"),
    [
        ({"email": MAIL[1], "phone": PHONE[1]}, BOTH, Ladder((MAIL, PHONE, PAPER))),
        ({"email": MAIL[1], "phone": PHONE[1], "channels": (Road.SMS,)}, BOTH, Ladder((PHONE, MAIL, PAPER))),
        ({"email": MAIL[1], "postal_address": "x", "channels": (Road.LETTER,)}, BOTH, Ladder((PAPER, MAIL))),
        ({"email": MAIL[1], "channels": (Road.LETTER,)}, BOTH, Ladder((MAIL, PAPER))),
        ({"phone": PHONE[1]}, NO_SMS, Ladder((PAPER,))),
        ({"phone": "+77272123456"}, BOTH, Ladder((PAPER,))),
        ({"postal_address": "x"}, BOTH, Ladder((PAPER,))),
        ({}, BOTH, Ladder((PAPER,))),
        ({"email": MAIL[1], "notice": Notice.ACCEPTED}, BOTH, Ladder((MAIL,))),
        ({"phone": PHONE[1], "notice": Notice.ACCEPTED}, NO_SMS, Ladder((PHONE,), Suppression.NO_CONTACT)),
        ({"notice": Notice.ACCEPTED}, BOTH, Ladder((), Suppression.NO_CONTACT)),
    ],
)
def test_the_rungs(given: dict[str, Any], routes: Routes, expected: Ladder) -> None:
    """E-mail, then SMS, unless the applicant prefers otherwise; what the law requires ends on paper."""
    assert ladder(order(**given), routes) == expected


def test_a_dead_address_is_left_out_and_the_law_s_notice_goes_on_paper() -> None:
    """Of one that the law does not ask for nothing is left."""
    assert ladder(order(email=MAIL[1]), BOTH, dead={MAIL}) == Ladder((PAPER,))
    optional = ladder(order(Notice.ACCEPTED, email=MAIL[1]), BOTH, dead={MAIL})
    assert optional == Ladder((MAIL,), Suppression.UNREACHABLE)


@pytest.mark.parametrize("notice", Notice)
def test_only_what_the_law_does_not_require_can_be_opted_out_of(notice: Notice) -> None:
    found = ladder(order(notice, email=MAIL[1]), BOTH, opted_out={MAIL})

    assert (found.silent is Suppression.OPTED_OUT) is (notice is Notice.ACCEPTED)


def test_a_letter_s_addressee_is_name_and_address() -> None:
    assert addressee(order(applicant_name="А. Сынақ", postal_address="Қонаев, 1")) == "А. Сынақ\nҚонаев, 1"
    assert addressee(order()) is None
