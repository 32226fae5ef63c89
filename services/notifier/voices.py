"""The notifier's voices, built from its settings: speakers, gateways, texts, and where each notification goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from services.chassis.outbound import EVERYWHERE, Outbound
from services.contracts.appeals import Language
from services.notifier.channels.email import EmailDriver, MailSender, MailServer
from services.notifier.channels.gateways import Account, gateway
from services.notifier.channels.mailbox import Mailbox
from services.notifier.channels.sms import Gateway, InDoubt
from services.notifier.channels.webhook import WebhookDriver
from services.notifier.edition import Edition
from services.notifier.endpoints import Endpoints
from services.notifier.notification import SCHEDULES, Channel, Schedule
from services.notifier.optouts import OptOuts
from services.notifier.pace import Pace
from services.notifier.providers import Pool, Routes
from services.notifier.sealing import Sealer
from services.notifier.settings import MailProvider, NotifierSettings, Provider, SmsProvider
from services.notifier.speakers import EmailSpeaker, Simulator, SmsSpeaker, Speaker, Terms, WebhookSpeaker
from services.notifier.texts import Office

BOUNCES: Final = "bounces"
"""Whose receipts are bounces."""


@dataclass(frozen=True)
class Voices:
    """All that speaks, and what it shares."""

    speakers: Mapping[Channel, Speaker]
    simulator: Speaker
    routes: Routes
    gateways: Mapping[str, Gateway]
    endpoints: Endpoints
    edition: Edition
    opt_outs: OptOuts | None
    offered: tuple[Mapping[str, Any], ...]
    """The providers as operators may see them."""
    http: tuple[Outbound, ...]

    async def aclose(self) -> None:
        """Close every connection."""
        for one in self.http:
            await one.aclose()


def voices_of(settings: NotifierSettings) -> Voices:
    """Build everything that speaks; nothing is opened yet."""
    webhooks = Outbound(timeout=settings.webhook_timeout_seconds, allowed=settings.webhook_allowed_networks)
    # a client for each provider: one that hangs takes no connection from another
    clients = {p.name: Outbound(timeout=p.timeout_seconds, allowed=EVERYWHERE) for p in settings.sms_providers}
    gateways = {p.name: gateway(p.kind, _account(p), clients[p.name]) for p in settings.sms_providers}
    endpoints = Endpoints(Sealer(tuple(filter(None, settings.secrets_keys.get_secret_value().split(",")))))
    edition = Edition(_offices(settings))
    opt_outs = None
    if settings.public_url is not None:
        opt_outs = OptOuts.under(settings.admin_key.get_secret_value(), page=settings.public_url)
    providers: Mapping[Channel, tuple[MailProvider | SmsProvider, ...]]
    providers = {Channel.EMAIL: settings.mail_servers, Channel.SMS: settings.sms_providers}
    pools = {channel: Pool({p.name: p.weight for p in given}) for channel, given in providers.items() if given}
    sms_terms = {p.name: _sms_terms(settings, p, gateways[p.name]) for p in settings.sms_providers}
    simulator = Simulator(Terms(SCHEDULES[Channel.SMS], slots=8, timeout=5.0))
    speakers: Mapping[Channel, Speaker] = {
        Channel.EMAIL: _email(settings, edition, opt_outs),
        Channel.SMS: SmsSpeaker(edition, gateways, sms_terms),
        Channel.WEBHOOK: _webhook(settings, webhooks, endpoints),
    }
    if settings.test_mode:  # also what was queued before: a copy of another installation's database, perhaps
        speakers = dict.fromkeys(speakers, simulator)
    return Voices(
        speakers=speakers,
        simulator=simulator,
        routes=Routes(pools, test_mode=settings.test_mode),
        gateways=gateways,
        endpoints=endpoints,
        edition=edition,
        opt_outs=opt_outs,
        offered=tuple(_offered(channel, p) for channel, given in providers.items() for p in given),
        http=(webhooks, *clients.values()),
    )


def tokens_of(settings: NotifierSettings) -> Mapping[str, str]:
    """The secret ends of the addresses where receipts come, by provider."""
    given = {p.name: p.receipt_token for p in settings.sms_providers} | {BOUNCES: settings.bounce_token}
    return {name: token.get_secret_value() for name, token in given.items() if token}


def mailbox_of(settings: NotifierSettings) -> Mailbox | None:
    """The mailbox where bounces come, if there is one."""
    if settings.imap_host is None:
        return None
    return Mailbox(
        host=settings.imap_host,
        port=settings.imap_port,
        tls=settings.imap_tls,
        ca_file=settings.imap_ca_file,
        username=settings.imap_username,
        password=settings.imap_password.get_secret_value(),
        folder=settings.imap_folder,
    )


def _account(provider: SmsProvider) -> Account:
    return Account(
        url=provider.url.rstrip("/"),
        key=provider.key.get_secret_value(),
        login=provider.login,
        sender=provider.sender,
        receipt_secret=provider.receipt_secret.get_secret_value(),
    )


def _sms_terms(settings: NotifierSettings, provider: SmsProvider, through: Gateway) -> Terms:
    schedule: Schedule = replace(
        SCHEDULES[Channel.SMS],
        waits=_waits(settings.sms_waits_seconds),
        repeats_unknown=through.in_doubt is not InDoubt.LEAVE,
        doubt=timedelta(seconds=2 * settings.provider_pause_seconds if through.in_doubt is InDoubt.ASK else 0),
    )
    # asking and sending are two calls
    return _terms(provider, schedule, calls=2)


def _terms(provider: Provider, schedule: Schedule, *, calls: int = 1) -> Terms:
    pace = Pace(provider.per_second) if provider.per_second else None
    return Terms(schedule, provider.connections, calls * provider.timeout_seconds, pace)


def _offered(channel: Channel, provider: MailProvider | SmsProvider) -> Mapping[str, Any]:
    return {
        "channel": channel.value,
        "name": provider.name,
        "kind": provider.kind,
        "weight": provider.weight,
        "slots": provider.connections,
        "per_second": provider.per_second,
    }


def _offices(settings: NotifierSettings) -> Mapping[Language, Office]:
    return {
        Language.KAZAKH: Office(settings.office_name_kk, settings.office_contacts_kk),
        Language.RUSSIAN: Office(settings.office_name_ru, settings.office_contacts_ru),
    }


def _email(settings: NotifierSettings, edition: Edition, opt_outs: OptOuts | None) -> EmailSpeaker:
    sender = MailSender(
        address=settings.mail_from,
        names={language: office.name for language, office in _offices(settings).items()},
        domain=settings.mail_domain or settings.mail_from.rpartition("@")[2],
    )
    waits = SCHEDULES[Channel.EMAIL].waits
    if len(settings.mail_servers) > 1:
        waits = (*waits[:1], timedelta(0), *waits[1:])  # the next server's turn comes at once
    schedule = replace(SCHEDULES[Channel.EMAIL], waits=waits, repeats_unknown=settings.email_repeats_unknown)
    return EmailSpeaker(
        edition,
        {p.name: EmailDriver(_mail_server(p), sender) for p in settings.mail_servers},
        {p.name: _terms(p, schedule) for p in settings.mail_servers},
        opt_out=opt_outs.url if opt_outs else None,
    )


def _mail_server(provider: MailProvider) -> MailServer:
    return MailServer(
        host=provider.host,
        port=provider.port,
        tls=provider.tls,
        ca_file=provider.ca_file,
        username=provider.username,
        password=provider.password.get_secret_value() if provider.password else None,
        timeout=provider.timeout_seconds,
        connections=provider.connections,
    )


def _webhook(settings: NotifierSettings, http: Outbound, endpoints: Endpoints) -> WebhookSpeaker:
    standard = SCHEDULES[Channel.WEBHOOK]
    schedule = replace(standard, waits=_waits(settings.webhook_waits_seconds) or standard.waits)
    terms = Terms(schedule, settings.webhook_connections, settings.webhook_timeout_seconds)
    return WebhookSpeaker(WebhookDriver(http), endpoints, terms)


def _waits(seconds: Iterable[float]) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=each) for each in seconds)
