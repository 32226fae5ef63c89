"""Which appeals are anonymous, and which only persons with the scope for it may read: what is ours."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # defaults stay: SQLite would have to make the table anew to drop them, and others' rows point at it
    for name in ("sealed", "anonymous"):
        op.add_column("appeal", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE appeal SET sealed = true WHERE corruption OR outcome = 'retained'")


def downgrade() -> None:
    op.drop_column("appeal", "anonymous")
    op.drop_column("appeal", "sealed")
