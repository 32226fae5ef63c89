"""What of each provider's pace is used."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("used_until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name="pk_pace"),
    )


def downgrade() -> None:
    op.drop_table("pace")
