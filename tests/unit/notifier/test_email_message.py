"""The e-mail itself, and what a mail server's refusals mean."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from typing import Final
from uuid import UUID

import pytest
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPReadTimeoutError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from email_validator import EmailNotValidError
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.appeals import Language
from services.notifier.channels.email import MailSender, OutgoingEmail, composed, mailbox, outcome_of
from services.notifier.notification import Outcome, Permanent, Temporary, Unknown
from services.notifier.texts import Text

ID: Final = UUID("01890000-0000-7000-8000-000000000001")
TO: Final = "applicant@post.example"
SENDER: Final = MailSender(
    "notices@joldau.example",
    {Language.KAZAKH: "Жолданымдарды қабылдау, қызмет", Language.RUSSIAN: "Служба приёма обращений"},
    "joldau.example",
)
SUBJECT: Final = "№ ЖТ-2026-000123 жолданымыңыздың бір бөлігі құзыреті бойынша жіберілді — толық мәтіні хатта, қараңыз"
TEXT: Final = Text(SUBJECT, "Сәлеметсіз бе!\n\n.\nFrom бізден\n" + "ұ" * 3000 + "\n", "<p>Сәлеметсіз бе!</p>", "0f")


def outgoing(*, language: Language = Language.KAZAKH, hour: int = 5) -> OutgoingEmail:
    return OutgoingEmail(ID, TO, TEXT, language, datetime(2026, 11, 23, hour, tzinfo=UTC))


def decoded(message: bytes, header: str) -> str:
    """As RFC 2047 reads it; the newer reader of `email` doubles some spaces."""
    return str(make_header(decode_header(message_from_bytes(message)[header])))


def test_what_can_be_opted_out_of_says_so_to_mail_programs() -> None:
    """RFC 8058: both headers, the link whole in one line. Every other mail has neither."""
    link = "https://joldau.example/opt-out/" + "A" * 44
    message = composed(replace(outgoing(), opt_out=link), TO, SENDER)
    read = message_from_bytes(message, policy=policy.default)

    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in message
    assert read["List-Unsubscribe"] == f"<{link}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"List-Unsubscribe" not in composed(outgoing(), TO, SENDER)


def test_a_message_survives_the_wire_letter_by_letter() -> None:
    """Seven-bit, no line over 998 bytes (RFC 5322), and read back as it was written."""
    sent = composed(outgoing(), TO, SENDER)
    read = message_from_bytes(sent, policy=policy.default)

    assert sent.isascii()
    assert max(len(line) for line in sent.split(b"\r\n")) <= 78
    assert decoded(sent, "Subject") == SUBJECT
    assert decoded(sent, "From") == f"{SENDER.names[Language.KAZAKH]} <notices@joldau.example>"
    assert read["To"] == TO
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == TEXT.plain
    assert html.get_content().strip() == TEXT.html


@given(st.lists(st.text("ЖТ№бқұү-—,1", min_size=1, max_size=20), min_size=1, max_size=40))
def test_a_subject_of_any_length_is_folded_without_loss(words: list[str]) -> None:
    """Encoded words (RFC 2047) break between letters and keep the spaces between words."""
    subject = " ".join(words)
    sent = composed(OutgoingEmail(ID, TO, Text(subject, "x", "x", "0f"), Language.KAZAKH, outgoing().at), TO, SENDER)

    assert decoded(sent, "Subject") == subject
    assert all(len(line) <= 78 for line in sent.split(b"\r\n"))


def test_every_attempt_has_the_same_message_id() -> None:
    """RFC 5322, 3.6.4: a mailbox can tell a repetition by it."""
    first, second = (message_from_bytes(composed(outgoing(hour=hour), TO, SENDER)) for hour in (5, 6))

    assert first["Message-ID"] == second["Message-ID"] == f"<{ID}@joldau.example>"
    assert first["Date"] != second["Date"]


def test_a_message_says_that_no_person_wrote_it_and_in_which_language() -> None:
    """RFC 3834: no holiday answers come back. Legal notices cannot be opted out of."""
    message = message_from_bytes(composed(outgoing(language=Language.RUSSIAN), TO, SENDER))

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ru"
    assert "List-Unsubscribe" not in message


def test_a_domain_in_kazakh_letters_becomes_punycode() -> None:
    assert mailbox("aigul@пошта.қаз").endswith(".xn--80ao21a")


@pytest.mark.parametrize(
    "address", ["айгүл@post.example", "no-at-sign", "a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example", ""]
)
def test_an_address_that_no_server_takes_is_refused_before_the_wire(address: str) -> None:
    with pytest.raises(EmailNotValidError):
        mailbox(address)


REFUSED_PRIVATELY: Final = f"5.1.1 <{TO}>: Айгүл does not live here"


@pytest.mark.parametrize(
    ("error", "handed_over", "outcome"),
    [
        (SMTPRecipientRefused(450, "4.2.1 greylisted", TO), False, Temporary("smtp_450_4.2.1", of_this_one=True)),
        (SMTPRecipientRefused(550, REFUSED_PRIVATELY, TO), False, Permanent("smtp_550_5.1.1")),
        (SMTPDataError(451, "try later"), True, Temporary("smtp_451")),
        (SMTPDataError(554, "5.7.1 no"), True, Permanent("smtp_554_5.7.1")),
        (SMTPSenderRefused(550, "5.7.1 who are you", "notices@joldau.example"), False, Temporary("smtp_550_5.7.1")),
        (SMTPAuthenticationError(535, "5.7.8 wrong"), False, Temporary("smtp_535_5.7.8")),
        (SMTPConnectResponseError(554, "go away"), False, Temporary("smtp_554")),
        (SMTPResponseException(-1, "Malformed SMTP response line: hello"), True, Unknown("no_answer")),
        (SMTPResponseException(-1, "Malformed SMTP response line: hello"), False, Temporary("server_unsuitable")),
        (SMTPServerDisconnected("Connection lost"), False, Temporary("unreachable")),
        (SMTPServerDisconnected("Connection lost"), True, Unknown("no_answer")),
        (SMTPReadTimeoutError("Timed out"), False, Temporary("timeout")),
        (SMTPReadTimeoutError("Timed out"), True, Unknown("no_answer")),
        (TimeoutError(), True, Unknown("no_answer")),
        (SMTPConnectError("refused"), False, Temporary("unreachable")),
        (ssl.SSLCertVerificationError("self-signed"), False, Temporary("tls_failed")),
        (SMTPException("SMTP STARTTLS extension not supported by server."), False, Temporary("server_unsuitable")),
    ],
)
def test_a_failure_means(error: Exception, handed_over: bool, outcome: Outcome) -> None:  # noqa: FBT001
    """5xx is final only when it is about the recipient or the message; silence after the hand-over is unknown."""
    found = outcome_of(error, handed_over=handed_over)

    assert found == outcome
    assert TO not in repr(found)
    assert "Айгүл" not in repr(found)


def test_nothing_personal_is_in_the_repr_of_what_is_sent() -> None:
    """So that no log and no traceback can hold it."""
    assert TO not in repr(outgoing())
    assert "Сәлеметсіз" not in repr(outgoing())
