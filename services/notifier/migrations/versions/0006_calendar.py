"""Tables of days that differ from the published holidays."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("overrides", Json, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_calendar"),
    )


def downgrade() -> None:
    op.drop_table("calendar")
