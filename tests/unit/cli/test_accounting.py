"""The demo's accounting goes red whenever anything is lost, doubled, untold or told twice."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.cli.local.accounting import Books, account
from services.cli.local.article import Category
from services.cli.local.ledger import Entry
from services.cli.local.posting import Posted
from services.cli.local.receivers import TakenMail, TakenWebhook
from services.cli.local.year import YearAppeal
from services.contracts.referrals import ReplyKind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REFERRED, RETAINED, ASKED = (UUID(int=n) for n in (1, 2, 3))


def posted(
    appeal_id: UUID, *, channel: str = "web", email: str | None = "a@example.kz", confirmed: bool = True
) -> Posted:
    body = {"channel": channel, "applicant": {"email": email, "contacts_confirmed": confirmed}}
    return Posted(
        appeal=YearAppeal(body=body, truth=Category.LAND, matter="plots", also=None),
        id=appeal_id,
        registration_number=number(appeal_id),
        status_url="",
        sent_at=NOON,
        milliseconds=1.0,
        attempts=1,
    )


def number(appeal_id: UUID) -> str:
    return f"JD-2026-{appeal_id.int:06}"


def entry(appeal_id: UUID, ends: ReplyKind = ReplyKind.ANSWERED, *, agency: str = "akimat") -> Entry:
    return Entry(agency, UUID(int=appeal_id.int + 100), appeal_id, number(appeal_id), NOON, ends, 1, 0)


def mails(appeal_id: UUID, *ids: str) -> list[TakenMail]:
    return [TakenMail(one, f"Обращение № {number(appeal_id)}\n…") for one in ids]


def webhook(appeal_id: UUID, revision: int, status: str, *, id: str = "") -> TakenWebhook:  # noqa: A002 - its name
    return TakenWebhook(id or f"{appeal_id.int}-{revision}", NOON, appeal_id, revision, status)


@pytest.fixture
def books() -> Books:
    """One referred after an agency declined, one retained, one with an operator; all told."""
    return Books(
        posted=[posted(REFERRED), posted(RETAINED, channel="reception"), posted(ASKED, email=None)],
        entries=[entry(REFERRED, ReplyKind.DECLINED, agency="land"), entry(REFERRED)],
        mail=[*mails(REFERRED, "1", "2", "3", "4", "5", "6"), *mails(RETAINED, "7")],
        webhooks=[
            webhook(REFERRED, 5, "answered"),
            webhook(REFERRED, 2, "referred"),
            webhook(RETAINED, 2, "retained"),
            webhook(ASKED, 2, "in_review"),
        ],
    )


def test_what_stays_with_us_is_told_to_confirmed_contacts_alone(books: Books) -> None:
    """R-SEC-5: a mail of it to contacts that nobody confirmed is one too many."""
    retained = posted(RETAINED, channel="reception", confirmed=False)
    told = account(replace(books, posted=[books.posted[0], retained, books.posted[2]]))

    assert (told.mail.missing, told.mail.doubled) == (0, 1)


def test_whole_books_add_up(books: Books) -> None:
    """Accepted is retained and referred and with an operator; each told as often as is due, in whatever order."""
    told = account(books)

    assert (told.accepted, told.retained, told.referred, told.with_operator) == (3, 1, 1, 1)
    assert (told.mail.expected, told.mail.arrived, told.webhooks.arrived) == (7, 7, 4)
    assert told.whole


def without(items: Iterable[object], index: int) -> list[object]:
    kept = list(items)
    del kept[index]
    return kept


def test_appeal_in_nobodys_hands_is_lost(books: Books) -> None:
    """An agency that never wrote it down has not got it, whatever Joldau says."""
    told = account(replace(books, entries=books.entries[:1]))

    assert (told.lost, told.whole) == (1, False)


def test_reply_that_the_broker_never_had_is_no_answer(books: Books) -> None:
    """A ledger's own word is not enough."""
    told = account(replace(books, entries=[books.entries[0], replace(books.entries[1], unsaid=1)]))

    assert (told.lost, told.whole) == (1, False)


def test_appeal_that_two_agencies_answer_is_doubled(books: Books) -> None:
    """However well each of them does its work."""
    told = account(replace(books, entries=[*books.entries, entry(REFERRED, agency="education")]))

    assert (told.doubled, told.whole) == (1, False)


def test_retained_appeal_that_an_agency_answers_is_doubled(books: Books) -> None:
    """It is ours or theirs."""
    told = account(replace(books, entries=[*books.entries, entry(RETAINED)]))

    assert (told.doubled, told.whole) == (1, False)


def test_appeal_that_nobody_posted_is_unknown(books: Books) -> None:
    """What was never accepted cannot be in anybody's hands."""
    told = account(replace(books, entries=[*books.entries, entry(UUID(int=9))]))

    assert (told.unknown, told.whole) == (1, False)


def test_status_that_was_not_told_is_untold(books: Books) -> None:
    """The agency has answered and the posting system still believes it referred."""
    told = account(replace(books, webhooks=without(books.webhooks, 0)))

    assert (told.untold, told.lost, told.whole) == (1, 0, False)


def test_mail_that_is_missing_is_counted(books: Books) -> None:
    """Each applicant with an address is told each step."""
    told = account(replace(books, mail=without(books.mail, 2)))

    assert (told.mail.missing, told.mail.doubled, told.whole) == (1, 0, False)


def test_applicant_told_twice_is_counted(books: Books) -> None:
    """By whatever id; one too many for one does not make up for one too few for another."""
    told = account(replace(books, mail=[*books.mail[1:], *mails(RETAINED, "8")]))

    assert (told.mail.arrived, told.mail.missing, told.mail.doubled, told.whole) == (7, 1, 1, False)


def test_repetition_under_the_same_id_is_no_second_effect(books: Books) -> None:
    """Receivers drop it; it is reported."""
    told = account(replace(books, mail=[*books.mail, books.mail[0]], webhooks=[*books.webhooks, books.webhooks[0]]))

    assert (told.mail.repeated, told.webhooks.repeated, told.whole) == (1, 1, True)


def test_same_change_told_under_two_ids_is_doubled(books: Books) -> None:
    """A receiver could not drop it."""
    told = account(replace(books, webhooks=[*books.webhooks, webhook(ASKED, 2, "in_review", id="other")]))

    assert (told.webhooks.doubled, told.whole) == (1, False)


def test_referral_that_came_again_is_reported(books: Books) -> None:
    """Its agency dropped it by its id: no harm done."""
    told = account(replace(books, entries=[replace(one, deliveries=3) for one in books.entries]))

    assert (told.redelivered, told.whole) == (4, True)
