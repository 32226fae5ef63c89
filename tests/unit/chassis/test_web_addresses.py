"""Addresses that paths are put behind."""

import pytest
from pydantic import ValidationError

from services.intake.settings import IntakeSettings
from services.notifier.settings import NotifierSettings
from services.router.settings import RouterSettings

ADDRESSES = [
    (IntakeSettings, "public_url"),
    (NotifierSettings, "public_url"),
    *((RouterSettings, name) for name in ("public_url", "intake_url", "notifier_url", "console_url")),
]


@pytest.mark.parametrize(("kind", "name"), ADDRESSES)
def test_a_slash_at_the_end_is_not_doubled_and_no_address_is_refused(kind, name):
    """``https://joldau.example/`` and ``https://joldau.example`` are one."""
    needed = {"database_url": "sqlite+aiosqlite:///x", "amqp_url": "amqp://h/", "admin_key": "k" * 24}
    needed |= {"mail_from": "office@joldau.example", "smtp_host": "mail.example"}

    for given in ("https://joldau.example/at/", "https://joldau.example/at"):
        assert getattr(kind(**needed, **{name: given}), name) == "https://joldau.example/at"
    for wrong in ("", "joldau.example", "https:///", "ftp://joldau.example"):
        with pytest.raises(ValidationError, match=name):
            kind(**needed, **{name: wrong})
