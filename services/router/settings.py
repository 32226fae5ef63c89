"""What the router needs to start; variables begin with ``JOLDAU_ROUTER_``."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings, WebAddress
from services.chassis.tokens import Algorithm, TokenServer
from services.contracts.appeals import AppealKind
from services.contracts.terms import Term
from services.router.claiming import LEASE
from services.router.report import SMALL
from services.router.rules import Policy
from services.router.silence import Limits


class RouterSettings(ServiceSettings):
    """Settings of the router."""

    model_config = SettingsConfigDict(env_prefix="JOLDAU_ROUTER_", frozen=True, extra="ignore")

    port: int = Field(default=8082, description="Port to listen on.", ge=0, le=65535)
    approval: Policy = Field(default=Policy.UNSURE, description="When a person must approve a referral.")
    directory_file: Path | None = Field(default=None, description="The first directory; the demo's without it.")
    lexicon_file: Path | None = Field(default=None, description="The first lexicon; the one that ships without it.")
    terms: dict[AppealKind, Term] = Field(
        default_factory=dict, description="Terms that differ from the Code's, by kind (R-TRM-6), as JSON."
    )
    fix_days: int = Field(
        default=10, ge=1, description="Working days to add what an appeal lacks; the Code says: a reasonable time."
    )
    undo_seconds: int = Field(
        default=8, ge=0, le=300, description="Seconds in which an operator can undo an act of the console; 0 for none."
    )
    claim_lease: timedelta = Field(
        default=LEASE, gt=timedelta(0), description="How long a case stays an operator's who does nothing with it."
    )
    silent_after: timedelta = Field(
        default=Limits.again, description="How long an agency may say nothing before it is sent the same again."
    )
    receipt_within: timedelta = Field(
        default=Limits.receipt, description="Working time until an agency is reminded to say that it has a referral."
    )
    receipt_desk_after: timedelta = Field(
        default=Limits.receipt_desk, description="Working time until a person is told that it has not."
    )
    acceptance_days: int = Field(
        default=Limits.acceptance_days, ge=1, description="Working days until it is reminded to accept or decline."
    )
    acceptance_desk_days: int = Field(
        default=Limits.acceptance_desk_days, ge=1, description="Working days until a person is told that it has not."
    )
    term_days: int = Field(
        default=Limits.term_days, ge=1, description="Working days before the end of its term when it is reminded."
    )
    signing_key: SecretStr | None = Field(
        default=None,
        description="Ed25519 key in 64 hexadecimal digits, to sign proofs of hand-over with; none without.",
    )
    arbiter_days: int = Field(default=Limits.arbiter_days, ge=1, description="Working days to decide a dispute.")
    oauth_issuer: str | None = Field(default=None, description="Whose access tokens agencies may call with (OAuth2).")
    oauth_audience: str = Field(default="joldau", description="For whom such a token must be made.")
    oauth_jwks_url: str | None = Field(default=None, description="Where the issuer's public keys are.")
    oauth_algorithm: Algorithm = Field(default="RS256", description="The one signature that is taken.")
    shadow_every: timedelta = Field(
        default=timedelta(seconds=10),
        description="How often rules in the shadow are asked what they would have decided.",
    )
    small_cell: int = Field(
        default=SMALL, ge=1, description="Statistics leave counts below this out, and what would tell them; 1: none."
    )
    public_url: WebAddress = Field(
        default="http://127.0.0.1:8082", description="Where agencies without a system open links."
    )
    intake_url: WebAddress = Field(default="http://127.0.0.1:8081", description="Where the console asks intake.")
    notifier_url: WebAddress = Field(
        default="http://127.0.0.1:8083", description="Where the console asks the notifier."
    )
    intake_key: SecretStr | None = Field(default=None, description="Key that intake knows the console by.")
    notifier_key: SecretStr | None = Field(default=None, description="Key that the notifier knows the console by.")
    oidc_issuer: str | None = Field(default=None, description="Sign-in service of the console's operators (OIDC).")
    oidc_client_id: str = Field(default="joldau", description="Who the console is to the sign-in service.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="What the console proves that with.")
    oidc_login_claim: str = Field(
        default="preferred_username", description="What the sign-in service calls an operator's login."
    )
    console_url: WebAddress = Field(
        default="http://localhost:8082", description="Where operators' browsers open the console; without its path."
    )
    watch_every: timedelta = Field(default=timedelta(minutes=1), description="How often clocks are looked at.")

    def limits(self) -> Limits:
        """How long silence may last."""
        return Limits(
            receipt=self.receipt_within,
            receipt_desk=self.receipt_desk_after,
            again=self.silent_after,
            acceptance_days=self.acceptance_days,
            acceptance_desk_days=self.acceptance_desk_days,
            term_days=self.term_days,
            arbiter_days=self.arbiter_days,
        )

    @property
    def token_server(self) -> TokenServer | None:
        """Whose access tokens are taken, if any."""
        if not (self.oauth_issuer and self.oauth_jwks_url):
            return None
        return TokenServer(self.oauth_issuer, self.oauth_audience, self.oauth_jwks_url, self.oauth_algorithm)

    @model_validator(mode="after")
    def _names_the_issuer_whole(self) -> "RouterSettings":
        if bool(self.oauth_issuer) is not bool(self.oauth_jwks_url):
            raise ValueError("oauth_issuer and oauth_jwks_url go together")
        return self
