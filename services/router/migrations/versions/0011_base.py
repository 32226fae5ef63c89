"""What a proposed rule set was made from, so that its changes alone come into force."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("rule_set", sa.Column("base", sa.String(64)))


def downgrade() -> None:
    op.drop_column("rule_set", "base")
