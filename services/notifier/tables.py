"""The notifier's tables: notifications, their attempts, and the endpoints of posting systems."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from services.chassis.database import UtcDateTime, new_metadata

metadata = new_metadata()

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
    UniqueConstraint("notification_id", "channel", "recipient", "resend"),
    Index("ix_notification_state_channel_id", "state", "channel", "id"),
    Index("ix_notification_appeal_id", "appeal_id"),
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
)

endpoint = Table(
    "endpoint",
    metadata,
    Column("system", String(200), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("description", String(500), nullable=False),
    Column("secret", String(128), nullable=False),
    Column("previous_secret", String(128)),
    Column("previous_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("disabled_because", String(64)),
)
