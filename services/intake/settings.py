"""What intake needs to start; variables begin with ``JOLDAU_INTAKE_``."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings, WebAddress


class IntakeSettings(ServiceSettings):
    """Settings of intake."""

    model_config = SettingsConfigDict(env_prefix="JOLDAU_INTAKE_", frozen=True, extra="ignore")

    port: int = Field(default=8081, description="Port to listen on.", ge=0, le=65535)
    public_url: WebAddress = Field(
        default="http://127.0.0.1:8081", description="Where applicants reach the status page."
    )
    number_prefix: str = Field(default="JD", description="Beginning of registration numbers.", pattern=r"^\w{1,10}$")
    accepted_by_name: str = Field(default="Joldau", description="Who accepts electronic appeals (АППК art. 64(2)).")
    accepted_by_position: str = Field(default="registrar", description="Position of whoever accepts them.")
    attachments: Path = Field(default=Path("attachments"), description="Folder with the documents of appeals.")
    attachment_bytes: int = Field(
        default=20 * 1024 * 1024, description="How large a document may be.", ge=1, le=200 * 1024 * 1024
    )
    s3_bucket: str | None = Field(
        default=None, description="Bucket of an S3-compatible store, to keep documents there and not in the folder."
    )
    s3_endpoint: str | None = Field(default=None, description="Where the store is, if it is not AWS.")
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
