"""What the notifier needs to start; variables begin with ``JOLDAU_NOTIFIER_``."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from services.chassis.settings import ServiceSettings, WebAddress
from services.notifier.channels.email import Tls

RESERVED: Final = ("bounces", "desk", "test")
"""Names that no provider may have."""
SMTP: Final = "smtp"
"""Name of the mail server that ``JOLDAU_NOTIFIER_SMTP_*`` describe."""


class Provider(BaseModel):
    """What all providers of a channel share the notices by, whichever channel it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    weight: int = Field(default=1, ge=1, le=1000, description="Its share of the notices, beside the others' weights.")
    connections: int = Field(default=4, ge=1, le=100, description="Attempts under way at the same time.")
    per_second: float | None = Field(default=None, gt=0, description="Attempts a second, all our processes together.")
    timeout_seconds: float = Field(default=20.0, gt=0)


class MailProvider(Provider):
    """A mail server, as ``JOLDAU_NOTIFIER_EMAIL_PROVIDERS`` lists them in JSON."""

    kind: Literal["smtp"] = "smtp"
    host: str
    port: int = Field(default=587, ge=1, le=65535)
    tls: Tls = Tls.STARTTLS
    ca_file: str | None = None
    username: str | None = None
    password: SecretStr | None = None
    connections: int = Field(default=8, ge=1, le=100)
    timeout_seconds: float = Field(default=60.0, gt=0)


class SmsProvider(Provider):
    """A provider of SMS, as ``JOLDAU_NOTIFIER_SMS_PROVIDERS`` lists them in JSON."""

    kind: Literal["smsc", "mobizon", "http"]
    url: str
    key: SecretStr
    login: str = ""
    sender: str = ""
    receipt_token: SecretStr | None = Field(default=None, description="Last part of the address for its receipts.")
    receipt_secret: SecretStr = SecretStr("")


class NotifierSettings(ServiceSettings):
    """Settings of the notifier."""

    model_config = SettingsConfigDict(env_prefix="JOLDAU_NOTIFIER_", frozen=True, extra="ignore")

    port: int = Field(default=8083, description="Port to listen on.", ge=0, le=65535)

    email_providers: tuple[MailProvider, ...] = Field(
        default=(), description="Mail servers that take the notices, as JSON; in place of the one of SMTP_HOST."
    )
    smtp_host: str | None = Field(default=None, description="Mail server that takes the notices, where it is one.")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Tls = Field(default=Tls.STARTTLS, description="none, starttls or implicit.")
    smtp_ca_file: str | None = Field(default=None, description="Roots for its certificate, if not the system's.")
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_seconds: float = Field(default=60.0, description="For one attempt, connecting included.", gt=0)
    smtp_connections: int = Field(default=8, description="E-mails under way at the same time.", ge=1, le=100)

    mail_from: EmailStr = Field(description="Sender's address. It must not tell what an appeal is about.")
    mail_domain: str | None = Field(
        default=None, description="Our name in EHLO and in each Message-ID; if not given, the sender's domain."
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="Where applicants open the link to opt out; https, or mail programs offer none. No such links, if "
        "not given.",
    )
    email_repeats_unknown: bool = Field(
        default=False,
        description="Whether an e-mail that may have arrived is sent again, with the same Message-ID, by itself. "
        "If not, it waits for an operator.",
    )

    office_name_kk: str = Field(default="Joldau", description="Who writes to applicants, in Kazakh.")
    office_name_ru: str = Field(default="Joldau", description="Who writes to applicants, in Russian.")
    office_contacts_kk: str = Field(default="", description="Its address and telephone, in Kazakh.")
    office_contacts_ru: str = Field(default="", description="Its address and telephone, in Russian.")

    webhook_timeout_seconds: float = Field(default=20.0, description="For one attempt, name resolution included.", gt=0)
    webhook_connections: int = Field(default=8, description="Webhooks under way to one posting system.", ge=1, le=100)
    webhook_waits_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        default=(),
        description="Waits before each attempt, separated by commas; if not given, those of Standard Webhooks.",
    )
    webhook_allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Networks, separated by commas, to which webhooks may go although they are not public; "
        "only there is plain HTTP possible too.",
    )

    sms_providers: tuple[SmsProvider, ...] = Field(default=(), description="Providers of SMS, as JSON.")
    sms_waits_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        default=(0, 0, 30, 120, 600, 3600, 14400), description="Waits before each attempt, separated by commas."
    )
    sms_proof_days: int = Field(
        default=3,
        description="Working days after which an SMS of the law's that nobody has confirmed is asked after, or listed.",
        ge=1,
        le=30,
    )
    letter_post_days: int = Field(
        default=2, description="Working days after which a letter that nobody has posted is listed.", ge=1, le=30
    )
    letter_proof_days: int = Field(
        default=15,
        description="Working days after which a letter of the law's that was posted and not confirmed is listed.",
        ge=1,
        le=60,
    )
    provider_pause_seconds: float = Field(
        default=30.0, description="How long a destination is left alone after failures in a row, at first.", gt=0
    )

    bounce_token: SecretStr | None = Field(default=None, description="Last part of the address for bounces.")
    imap_host: str | None = Field(default=None, description="Where bounces come as mail; not read, if not given.")
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_tls: bool = True
    imap_ca_file: str | None = None
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"

    secrets_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys that seal webhook secrets in the database, separated by commas; the first one seals.",
    )
    test_mode: bool = Field(default=False, description="Nothing leaves: a simulator stands in for every provider.")

    @field_validator("sms_waits_seconds", "webhook_waits_seconds", mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        return [float(part) for part in given.split(",")] if isinstance(given, str) else given

    @property
    def mail_servers(self) -> tuple[MailProvider, ...]:
        """All mail servers, however they are given."""
        if self.smtp_host is None:
            return self.email_providers
        only = MailProvider(
            name=SMTP,
            host=self.smtp_host,
            port=self.smtp_port,
            tls=self.smtp_tls,
            ca_file=self.smtp_ca_file,
            username=self.smtp_username,
            password=self.smtp_password,
            connections=self.smtp_connections,
            timeout_seconds=self.smtp_timeout_seconds,
        )
        return (only,)

    @model_validator(mode="after")
    def _one_list_of_mail_servers(self) -> Self:
        if (self.smtp_host is None) == (not self.email_providers):
            raise ValueError("give either smtp_host or email_providers")
        return self

    @model_validator(mode="after")
    def _different_names(self) -> Self:
        names = [provider.name for provider in (*self.mail_servers, *self.sms_providers)]
        if len({*names, *RESERVED}) < len(names) + len(RESERVED):
            raise ValueError("email_providers, sms_providers: two of one name, or a name of ours")
        return self

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _separated(cls, given: Any) -> Any:
        return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given
