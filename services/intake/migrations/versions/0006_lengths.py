"""How long a value of an import's row must be, or may be."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("import_error", sa.Column("limit", sa.Integer()))
    op.add_column("import_error", sa.Column("counted", sa.String(10)))


def downgrade() -> None:
    op.drop_column("import_error", "counted")
    op.drop_column("import_error", "limit")
