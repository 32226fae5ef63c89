"""The notifier's first tables."""

import sqlalchemy as sa
from alembic import op

from services.chassis import first_tables
from services.chassis.database import UtcDateTime

revision = "0001"
down_revision = None

_WAITING = sa.text("next_attempt_at IS NOT NULL")
_LEASED = sa.text("lease_until_ms IS NOT NULL")


def upgrade() -> None:
    first_tables.create(op)
    _create_notification()
    op.create_table(
        "attempt",
        sa.Column("notification", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("code", sa.String(64)),
        sa.Column("reference", sa.String(200)),
        sa.Column("text_version", sa.String(16)),
        sa.PrimaryKeyConstraint("notification", "number", name="pk_attempt"),
        sa.ForeignKeyConstraint(["notification"], ["notification.id"], name="fk_attempt_notification"),
    )
    op.create_table(
        "endpoint",
        sa.Column("system", sa.String(200), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("secret", sa.String(128), nullable=False),
        sa.Column("previous_secret", sa.String(128)),
        sa.Column("previous_until", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime()),
        sa.Column("disabled_because", sa.String(64)),
        sa.PrimaryKeyConstraint("system", name="pk_endpoint"),
    )


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("resend", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(200), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.String(200)),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime()),
        sa.Column("lease_until_ms", sa.BigInteger()),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("resent_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint(
            "notification_id",
            "channel",
            "recipient",
            "resend",
            name="uq_notification_notification_id_channel_recipient_resend",
        ),
    )
    op.create_index("ix_notification_state_channel_id", "notification", ["state", "channel", "id"])
    op.create_index("ix_notification_appeal_id", "notification", ["appeal_id"])
    op.create_index(
        "ix_notification_waiting",
        "notification",
        ["channel", "destination", "next_attempt_at"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index(
        "ix_notification_leased", "notification", ["lease_until_ms"], postgresql_where=_LEASED, sqlite_where=_LEASED
    )


def downgrade() -> None:
    for table in ("endpoint", "attempt", "notification"):
        op.drop_table(table)
    first_tables.drop(op)
