"""Who works at the console, and the audit trail."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "trail",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_trail"),
    )
    op.create_index("ix_trail_by_number", "trail", ["by", "number"])
    op.create_index("ix_trail_subject_number", "trail", ["subject", "number"])
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(63), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("subject", sa.String(500)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("theme", sa.String(5), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_operator"),
        sa.UniqueConstraint("login", name="uq_operator_login"),
        sa.UniqueConstraint("subject", name="uq_operator_subject"),
    )
    op.create_table(
        "operator_session",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_operator_session"),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_operator_session_operator_id_operator"),
    )
    op.create_index("ix_operator_session_operator_id", "operator_session", ["operator_id"])


def downgrade() -> None:
    for table in ("operator_session", "operator", "trail"):
        op.drop_table(table)
