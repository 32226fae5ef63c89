"""Which appeals are spoken of neutrally, and which person accepted one."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("appeal", sa.Column("accepted_by", Json))
    op.add_column("appeal", sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE appeal SET sealed = true WHERE assessment = 'retained'")
    with op.batch_alter_table("appeal") as table:
        table.alter_column("sealed", server_default=None)


def downgrade() -> None:
    op.drop_column("appeal", "sealed")
    op.drop_column("appeal", "accepted_by")
