"""The notifier's settings as an operator writes them."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import ValidationError

from services.notifier.notification import SCHEDULES, Channel
from services.notifier.settings import NotifierSettings
from services.notifier.voices import voices_of


def settings(**more: Any) -> NotifierSettings:
    required = {
        "database_url": "sqlite+aiosqlite:///notifier.db",
        "amqp_url": "amqp://localhost/",
        "admin_key": "an-admin-key-for-tests-only",
        "smtp_host": "mail.example",
        "mail_from": "notices@joldau.example",
    }
    return NotifierSettings(**{**required, **more})


def test_nothing_private_is_reachable_unless_it_is_named() -> None:
    assert settings().webhook_allowed_networks == ()


def test_networks_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOLDAU_NOTIFIER_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8, fd00::/8")

    assert settings().webhook_allowed_networks == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


def test_webhooks_are_repeated_when_the_operator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word of his, as Standard Webhooks has it."""
    standard = voices_of(settings()).speakers[Channel.WEBHOOK].terms("portal").schedule
    monkeypatch.setenv("JOLDAU_NOTIFIER_WEBHOOK_WAITS_SECONDS", "0,1.5")
    own = voices_of(settings()).speakers[Channel.WEBHOOK].terms("portal").schedule

    assert standard == SCHEDULES[Channel.WEBHOOK]
    assert own == replace(standard, waits=(timedelta(0), timedelta(seconds=1.5)))


@pytest.mark.parametrize("wrong", [{"webhook_allowed_networks": "localhost"}, {"smtp_tls": "ssl"}, {"mail_from": "us"}])
def test_a_wrong_setting_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_secrets_do_not_show() -> None:
    shown = repr(settings(smtp_password="a-password"))

    assert "a-password" not in shown
