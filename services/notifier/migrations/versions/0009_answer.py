"""What the receiver of a test webhook answered."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("attempt", sa.Column("answer", sa.String(500)))


def downgrade() -> None:
    op.drop_column("attempt", "answer")
