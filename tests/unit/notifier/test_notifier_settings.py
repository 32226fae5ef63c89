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


def test_in_test_mode_nobody_but_the_simulator_speaks() -> None:
    """Not even where something was queued before, for a provider that is real."""
    voices = voices_of(settings(test_mode=True))

    assert set(voices.speakers) == {Channel.EMAIL, Channel.SMS, Channel.WEBHOOK}
    assert all(speaker is voices.simulator for speaker in voices.speakers.values())
    assert voices_of(settings()).simulator not in voices_of(settings()).speakers.values()


@pytest.mark.parametrize("wrong", [{"webhook_allowed_networks": "localhost"}, {"smtp_tls": "ssl"}, {"mail_from": "us"}])
def test_a_wrong_setting_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_mail_servers_are_one_list_however_they_are_given() -> None:
    """The variables of one server are the list's shortest form."""
    (alone,) = settings(smtp_port=2525, smtp_connections=3).mail_servers
    two = settings(
        smtp_host=None, email_providers=[{"name": "a", "host": "a.example"}, {"name": "b", "host": "b", "weight": 3}]
    )

    assert (alone.name, alone.host, alone.port, alone.connections) == ("smtp", "mail.example", 2525, 3)
    assert [(one.name, one.weight, one.timeout_seconds) for one in two.mail_servers] == [("a", 1, 60.0), ("b", 3, 60.0)]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"smtp_host": None}, id="no mail server at all"),
        pytest.param({"email_providers": [{"name": "a", "host": "a.example"}]}, id="both ways"),
        pytest.param(
            {"sms_providers": [{"name": "smtp", "kind": "http", "url": "u", "key": "k"}]}, id="one name twice"
        ),
        pytest.param({"smtp_host": None, "email_providers": [{"name": "desk", "host": "a"}]}, id="a name of ours"),
    ],
)
def test_providers_that_cannot_be_told_apart_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_secrets_do_not_show() -> None:
    shown = repr(settings(smtp_password="a-password"))

    assert "a-password" not in shown
