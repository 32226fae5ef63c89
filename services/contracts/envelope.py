"""The envelope around every message: CloudEvents 1.0, JSON structured mode (cloudevents/spec, json-format.md)."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
TYPE_PREFIX: Final = "kz.joldau."
MAX_BODY_BYTES: Final = 256 * 1024

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
AgencyCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


class Message(BaseModel):
    """Anything on the broker. Frozen; unknown fields are ignored, so that version N reads N+1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    """Type without the prefix, which is also the routing key's beginning, such as ``appeal.registered.v1``."""

    def subject(self) -> UUID:
        """The appeal this message is about; messages of one appeal keep their order."""
        raise NotImplementedError

    def routing_key(self) -> str:
        return self.TYPE


class Envelope(BaseModel):
    """One message with its identity. The attribute names are those of CloudEvents."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9./-]+$", max_length=200)]
    type: Annotated[str, StringConstraints(pattern=r"^kz\.joldau\.[a-z]+(\.[a-z]+)*\.v[0-9]+$")]
    time: AwareDatetime
    subject: Name
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="The request that started it all; the same through every message that follows."
    )
    causationid: UUID | None = Field(default=None, description="Id of the message this one was caused by.")
    data: dict[str, Any]

    @classmethod
    def of(
        cls,
        message: Message,
        *,
        id: UUID,  # noqa: A002 - the attribute's name in CloudEvents
        source: str,
        at: datetime,
        correlation_id: str | None,
        causation_id: UUID | None = None,
    ) -> Self:
        """Wrap `message`. `source` is the sending service (``/intake``), `at` an aware time."""
        return cls(
            id=id,
            source=source,
            type=TYPE_PREFIX + message.TYPE,
            time=at,
            subject=str(message.subject()),
            correlationid=correlation_id,
            causationid=causation_id,
            data=message.model_dump(mode="json"),
        )

    def to_json(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()
