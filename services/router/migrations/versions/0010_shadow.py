"""Which rule set decides beside that in force, and what it would have decided."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "shadow",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(64)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_shadow"),
        sa.ForeignKeyConstraint(["version"], ["rule_set.version"], name="fk_shadow_version"),
    )
    op.create_table(
        "shadow_decision",
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("was", sa.String(1400), nullable=False),
        sa.Column("would_be", sa.String(1400), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", "appeal_id", name="pk_shadow_decision"),
        sa.ForeignKeyConstraint(["version"], ["rule_set.version"], name="fk_shadow_decision_version"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_shadow_decision_appeal_id"),
    )


def downgrade() -> None:
    op.drop_table("shadow_decision")
    op.drop_table("shadow")
