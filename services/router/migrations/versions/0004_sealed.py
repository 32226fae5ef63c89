"""Which appeals are anonymous, and which only persons with the scope for it may read: what is ours."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("sealed", "anonymous"):
        op.add_column("appeal", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE appeal SET sealed = true WHERE corruption OR outcome = 'retained'")
    with op.batch_alter_table("appeal") as table:
        table.alter_column("sealed", server_default=None)
        table.alter_column("anonymous", server_default=None)


def downgrade() -> None:
    op.drop_column("appeal", "anonymous")
    op.drop_column("appeal", "sealed")
