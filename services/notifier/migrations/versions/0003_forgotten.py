"""Appeals whose applicants are forgotten."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("forgotten_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("appeal_id", name="pk_forgotten"),
    )


def downgrade() -> None:
    op.drop_table("forgotten")
