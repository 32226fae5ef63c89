"""Providers, ladders of channels, suppressions, edited templates."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, Serial, UtcDateTime

revision = "0002"
down_revision = "0001"

_NEW = {
    "notification": ("in_doubt", "reference", "fallback", "sensitive", "referral_id", "addressee"),
    "attempt": ("destination", "segments"),
    "endpoint": ("owner_email", "owner_language", "warned_at"),
}


def upgrade() -> None:
    for column in (
        sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reference", sa.String(200)),
        sa.Column("fallback", Json),
        sa.Column("sensitive", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("referral_id", sa.Uuid()),
        sa.Column("addressee", sa.Text()),
    ):
        op.add_column("notification", column)
    referenced = sa.text("reference IS NOT NULL")
    op.create_index(
        "ix_notification_reference",
        "notification",
        ["destination", "reference"],
        postgresql_where=referenced,
        sqlite_where=referenced,
    )
    op.add_column("attempt", sa.Column("destination", sa.String(200)))
    op.add_column("attempt", sa.Column("segments", sa.Integer()))
    op.add_column("endpoint", sa.Column("owner_email", sa.String(320)))
    op.add_column("endpoint", sa.Column("owner_language", sa.String(2)))
    op.add_column("endpoint", sa.Column("warned_at", UtcDateTime()))
    _resize(400)
    _create_tables()


def _create_tables() -> None:
    op.create_table(
        "destination",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("resting_until", UtcDateTime()),
        sa.Column("probing_until_ms", sa.BigInteger()),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name="pk_destination"),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("masked", sa.String(320), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppression"),
        sa.UniqueConstraint("channel", "digest", name="uq_suppression_channel_digest"),
    )
    op.create_table(
        "template",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("because", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_template"),
        sa.UniqueConstraint("name", "version", name="uq_template_name_version"),
    )


def _resize(length: int) -> None:
    with op.batch_alter_table("endpoint") as table:
        table.alter_column("secret", type_=sa.String(length), existing_nullable=False)
        table.alter_column("previous_secret", type_=sa.String(length))


def downgrade() -> None:
    for table in ("template", "suppression", "destination"):
        op.drop_table(table)
    op.drop_index("ix_notification_reference", "notification")
    for table, columns in _NEW.items():
        for column in columns:
            op.drop_column(table, column)
    _resize(128)
