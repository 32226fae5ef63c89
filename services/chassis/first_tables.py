"""The chassis's tables as they were first: what each service's first migration creates. Never edited afterwards."""

from types import ModuleType

import sqlalchemy as sa

from services.chassis.database import Json, Serial, UtcDateTime

_PENDING = sa.text("published_at IS NULL")


def create(op: ModuleType) -> None:
    """Create outbox, inbox, parked and api_key."""
    op.create_table(
        "outbox",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("ordering_key", sa.String(64), nullable=False),
        sa.Column("exchange", sa.String(255), nullable=False),
        sa.Column("routing_key", sa.String(255), nullable=False),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.String(64)),
        sa.Column("published_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
    )
    op.create_index("ix_outbox_pending", "outbox", ["seq"], postgresql_where=_PENDING, sqlite_where=_PENDING)
    op.create_index(
        "ix_outbox_pending_key", "outbox", ["ordering_key", "seq"], postgresql_where=_PENDING, sqlite_where=_PENDING
    )
    op.create_index("ix_outbox_published", "outbox", ["published_at"])
    op.create_table(
        "inbox",
        sa.Column("queue", sa.String(255), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "message_id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    _create_parked(op)
    _create_api_key(op)


def _create_parked(op: ModuleType) -> None:
    op.create_table(
        "parked",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.String(255), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("type", sa.String(255)),
        sa.Column("exchange", sa.String(255)),
        sa.Column("routing_key", sa.String(255)),
        sa.Column("correlation_id", sa.String(200)),
        sa.Column("headers", Json, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("parked_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.Column("settled_by", sa.String(200)),
        sa.Column("settled_because", sa.String(1000)),
        sa.PrimaryKeyConstraint("id", name="pk_parked"),
    )
    op.create_index("ix_parked_state_queue", "parked", ["state", "queue"])


def _create_api_key(op: ModuleType) -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("sha256", name="uq_api_key_sha256"),
    )


def drop(op: ModuleType) -> None:
    """Reverse of `create`."""
    for table in ("api_key", "parked", "inbox", "outbox"):
        op.drop_table(table)
