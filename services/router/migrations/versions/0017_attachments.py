"""What is attached to an appeal; the documents themselves are intake's."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    # the default stays: SQLite would have to make the table anew to drop it, and others' rows point at it
    op.add_column("appeal", sa.Column("attachments", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("appeal", "attachments")
