"""Who works on a case, and what operators have said that can still be undone."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("appeal_id", name="pk_claim"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_claim_appeal_id"),
    )
    op.create_table(
        "held_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(20), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reads_sealed", sa.Boolean(), nullable=False),
        sa.Column("trace", sa.String(100)),
        sa.Column("bulk_id", sa.Uuid()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("refusal", sa.String(40)),
        sa.Column("seen_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_held_act"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_held_act_appeal_id"),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_held_act_task_id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_held_act_waiting",
        "held_act",
        ["appeal_id"],
        unique=True,
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.create_index("ix_held_act_state_due_at", "held_act", ["state", "due_at"])
    op.create_index("ix_held_act_by_state", "held_act", ["by", "state"])
    op.create_index("ix_held_act_bulk_id", "held_act", ["bulk_id"])


def downgrade() -> None:
    op.drop_table("held_act")
    op.drop_table("claim")
