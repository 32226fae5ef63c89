"""What the notifier needs to start; variables begin with ``JOLDAU_NOTIFIER_``."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any

from pydantic import EmailStr, Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from services.chassis.settings import ServiceSettings
from services.notifier.channels.email import Tls


class NotifierSettings(ServiceSettings):
    """Settings of the notifier."""

    model_config = SettingsConfigDict(env_prefix="JOLDAU_NOTIFIER_", frozen=True, extra="ignore")

    port: int = Field(default=8083, description="Port to listen on.", ge=0, le=65535)

    smtp_host: str = Field(description="Mail server that takes the notices.")
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
    webhook_allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Networks, separated by commas, to which webhooks may go although they are not public; "
        "only there is plain HTTP possible too.",
    )

    @field_validator("webhook_allowed_networks", mode="before")
    @classmethod
    def _separated(cls, given: Any) -> Any:
        return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given
