"""The notifier's tables: notifications and attempts, destinations and endpoints, suppressions, edited templates."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    literal_column,
)

from services.chassis.calendars import calendar_table
from services.chassis.database import Json, Serial, UtcDateTime, new_metadata

metadata = new_metadata()

UNCONFIRMED: Final = "unconfirmed"
"""Reason of what was sent long ago, and never confirmed."""
UNPOSTED: Final = "unposted"
"""Reason of a letter that has waited for its post too long."""

GONE: Final = ""
"""What is left of a notice's content once its appeal's applicant is forgotten."""

notification = Table(
    "notification",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notification_id", Uuid, nullable=False),  # the order's; receivers know a repetition by it
    Column("channel", String(16), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("resend", Integer, nullable=False),  # 0: as ordered; then one more for each time a finished one is sent anew
    Column("destination", String(200), nullable=False),
    Column("appeal_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("notice", String(200), nullable=False),
    Column("language", String(2)),
    Column("content", Text, nullable=False),  # e-mail: the notice's variables as JSON; webhook: its body, byte for byte
    Column("correlation_id", String(200)),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("lease_until_ms", BigInteger),  # while sending: when the attempt counts as cut off
    Column("changed_at", UtcDateTime, nullable=False),
    Column("resent_by", String(200)),
    Column("in_doubt", Boolean, nullable=False, server_default=false()),
    Column("reference", String(200)),  # the provider's own name for what it took
    Column("fallback", Json),  # channels and recipients to be tried when this one fails, in their order
    Column("sensitive", Boolean, nullable=False, server_default=false()),
    Column("referral_id", Uuid),
    Column("addressee", Text),  # name and postal address, should it come to a letter
    Column("dead_end", Boolean, nullable=False, server_default=false()),  # failed, the law's, and no channel is left
    UniqueConstraint("notification_id", "channel", "recipient", "resend"),
    Index("ix_notification_state_channel_id", "state", "channel", "id"),
    Index("ix_notification_appeal_id", "appeal_id"),
)
TO_SYSTEMS: Final = notification.c.channel == "webhook"
Index(
    "ix_notification_system",
    notification.c.recipient,
    notification.c.id,
    postgresql_where=TO_SYSTEMS,
    sqlite_where=TO_SYSTEMS,
)
WAITING: Final = notification.c.next_attempt_at.is_not(None)
LEASED: Final = notification.c.lease_until_ms.is_not(None)
Index(
    "ix_notification_waiting",
    notification.c.channel,
    notification.c.destination,
    notification.c.next_attempt_at,
    postgresql_where=WAITING,
    sqlite_where=WAITING,
)
Index("ix_notification_leased", notification.c.lease_until_ms, postgresql_where=LEASED, sqlite_where=LEASED)
_SILENT: Final = notification.c.reason == UNCONFIRMED
Index("ix_notification_unconfirmed", notification.c.channel, postgresql_where=_SILENT, sqlite_where=_SILENT)
DEAD_END: Final[ColumnElement[bool]] = literal_column("dead_end")
"""Literally as the index says it, or no database would use that."""
Index("ix_notification_dead_end", notification.c.channel, postgresql_where=DEAD_END, sqlite_where=DEAD_END)
REFERENCED: Final = notification.c.reference.is_not(None)
Index(
    "ix_notification_reference",
    notification.c.destination,
    notification.c.reference,
    postgresql_where=REFERENCED,
    sqlite_where=REFERENCED,
)

calendar = calendar_table(metadata)

forgotten = Table(  # appeals of whose applicants nothing may be kept
    "forgotten",
    metadata,
    Column("appeal_id", Uuid, primary_key=True),
    Column("forgotten_at", UtcDateTime, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("notification", Uuid, ForeignKey("notification.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("duration_ms", Integer),  # unknown for an attempt that a crash cut off
    Column("outcome", String(20), nullable=False),
    Column("code", String(64)),
    Column("reference", String(200)),  # the provider's own name for it
    Column("text_version", String(16)),
    Column("destination", String(200)),
    Column("segments", Integer),  # of an SMS
    Column("answer", String(500)),  # to a test webhook alone: any other could quote what it was told
)

finding = Table(  # what people have found out about notices
    "finding",
    metadata,
    Column("notification", Uuid, ForeignKey("notification.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(20), nullable=False),
    Column("because", String(200), nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("found_by", String(420), nullable=False),
)

destination = Table(
    "destination",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("pauses", Integer, nullable=False),
    Column("resting_until", UtcDateTime),
    Column("probing_until_ms", BigInteger),  # while the one attempt of a probation is under way
    Column("changed_at", UtcDateTime, nullable=False),
)

pace = Table(
    "pace",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("used_until_ms", BigInteger, nullable=False),
)

suppression = Table(
    "suppression",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256: the address itself is not kept
    Column("masked", String(320), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    UniqueConstraint("channel", "digest"),
)

template = Table(
    "template",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Text),  # none: as shipped again
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("because", String(500), nullable=False),
    UniqueConstraint("name", "version"),
)

endpoint = Table(
    "endpoint",
    metadata,
    Column("system", String(200), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("description", String(500), nullable=False),
    Column("secret", String(400), nullable=False),
    Column("previous_secret", String(400)),
    Column("previous_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("disabled_because", String(64)),
    Column("owner_email", String(320)),
    Column("owner_language", String(2)),
    Column("warned_at", UtcDateTime),  # when the owner was told that it fails
)
