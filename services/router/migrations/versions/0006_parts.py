"""Parts of appeals, each with its decision; approvals; what may be open at a time."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, UtcDateTime

revision = "0006"
down_revision = "0005"

_OPEN = "state IN ('proposed', 'issued', 'received', 'accepted', 'undeliverable')"
_OPEN_WHOLE = f"scope = 'full' AND {_OPEN}"


def upgrade() -> None:
    op.add_column("decision", sa.Column("part_number", sa.Integer()))
    _create_part()
    for table in ("referral", "task"):
        of_part = sa.ForeignKey("part.id", name=f"fk_{table}_part_id")
        op.add_column(table, sa.Column("part_id", sa.Uuid(), of_part), inline_references=True)
    _create_approval()
    whole, part = sa.text(_OPEN_WHOLE), sa.text(_OPEN)
    op.create_index(
        "uq_referral_open_whole", "referral", ["appeal_id"], unique=True, postgresql_where=whole, sqlite_where=whole
    )
    op.create_index(
        "uq_referral_open_part_agency",
        "referral",
        ["part_id", "agency"],
        unique=True,
        postgresql_where=part,
        sqlite_where=part,
    )


def _create_part() -> None:
    op.create_table(
        "part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("spans", Json, nullable=False),
        sa.Column("extract", sa.Text()),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_part"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_part_appeal_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_part_decision_id"),
        sa.UniqueConstraint("appeal_id", "number", name="uq_part_appeal_id_number"),
    )


def _create_approval() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_approval_appeal_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_approval_decision_id"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_approval_referral_id"),
    )
    op.create_index("ix_approval_decision_id", "approval", ["decision_id"])


def downgrade() -> None:
    for index in ("uq_referral_open_part_agency", "uq_referral_open_whole"):
        op.drop_index(index, "referral")
    op.drop_table("approval")
    for table in ("task", "referral"):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("part_id")
    op.drop_table("part")
    op.drop_column("decision", "part_number")
