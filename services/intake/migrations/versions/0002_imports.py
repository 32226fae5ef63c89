"""Imports."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, Serial, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "import_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("posting_system", sa.String(200), nullable=False),
        sa.Column("tell_system", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("unknown_columns", Json, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("replayed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_job"),
        sa.UniqueConstraint("posting_system", "sha256", name="uq_import_job_posting_system_sha256"),
    )
    op.create_index("ix_import_job_state_changed_at", "import_job", ["state", "changed_at"])
    op.create_table(
        "import_batch",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number", name="pk_import_batch"),
        _of_job("import_batch"),
    )
    _create_outcomes()


def _create_outcomes() -> None:
    op.create_table(
        "import_registration",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("replayed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "row", name="pk_import_registration"),
        _of_job("import_registration"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_import_registration_appeal_id"),
    )
    op.create_table(
        "import_error",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("pointer", sa.String(200), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_import_error"),
        _of_job("import_error"),
    )
    op.create_index("ix_import_error_import_id_seq", "import_error", ["import_id", "seq"])


def _of_job(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_import_id"
    return sa.ForeignKeyConstraint(["import_id"], ["import_job.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in ("import_error", "import_registration", "import_batch", "import_job"):
        op.drop_table(table)
