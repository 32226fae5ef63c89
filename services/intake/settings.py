"""What intake needs to start; variables begin with ``JOLDAU_INTAKE_``."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """Settings of intake."""

    model_config = SettingsConfigDict(env_prefix="JOLDAU_INTAKE_", frozen=True, extra="ignore")

    port: int = Field(default=8081, description="Port to listen on.", ge=0, le=65535)
    public_url: str = Field(default="http://127.0.0.1:8081", description="Where applicants reach the status page.")
    number_prefix: str = Field(default="JD", description="Beginning of registration numbers.", pattern=r"^\w{1,10}$")
    accepted_by_name: str = Field(default="Joldau", description="Who accepts electronic appeals (АППК art. 64(2)).")
    accepted_by_position: str = Field(default="registrar", description="Position of whoever accepts them.")
