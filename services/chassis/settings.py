"""Settings that every service has; each service adds its own. Read once, in `__main__`, and passed down."""

import sys
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = Path("/run/secrets")
WebAddress = Annotated[
    str, StringConstraints(pattern=r"^https?://[^/]"), AfterValidator(lambda given: given.rstrip("/"))
]
"""Where something is seen from outside; paths are put behind it, so it ends with no slash."""


class ServiceSettings(BaseSettings):
    """What a service process needs to start. Secrets may come as files named like the variable, in ``/run/secrets``."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(description="SQLAlchemy URL: sqlite+aiosqlite:///file or postgresql+asyncpg://…")
    amqp_url: SecretStr = Field(description="amqp(s)://user:password@host:port/vhost")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(description="Port to listen on.", ge=0, le=65535)
    admin_key: SecretStr = Field(description="Key with every scope, at least 24 characters.", min_length=24)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    drain_seconds: float = Field(default=20.0, description="How long work in hand may take at a stop.", gt=0)


Settings = TypeVar("Settings", bound=ServiceSettings)


def read(kind: type[Settings]) -> Settings:
    """Read settings, or say all that is wrong with them at once and exit with 2."""
    secrets = SECRETS if SECRETS.is_dir() else None
    try:
        return kind(_secrets_dir=secrets)
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        for item in error.errors(include_input=False, include_url=False):
            variable = prefix + "_".join(map(str, item["loc"])).upper()
            sys.stderr.write(f"{variable}: {item['msg']}\n")
        sys.exit(2)
