"""What is attached to an appeal; the documents themselves are intake's."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("appeal", sa.Column("attachments", Json, nullable=False, server_default="[]"))
    with op.batch_alter_table("appeal") as table:
        table.alter_column("attachments", server_default=None)


def downgrade() -> None:
    op.drop_column("appeal", "attachments")
