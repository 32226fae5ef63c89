"""Which appeals are spoken of neutrally, and which person accepted one."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # defaults stay: SQLite would have to make the table anew to drop them, and others' rows point at it
    op.add_column("appeal", sa.Column("accepted_by", Json))
    op.add_column("appeal", sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE appeal SET sealed = true WHERE assessment = 'retained'")


def downgrade() -> None:
    op.drop_column("appeal", "sealed")
    op.drop_column("appeal", "accepted_by")
