"""Until when an applicant may add what the appeal lacks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("appeal", sa.Column("fix_by", sa.Date()))


def downgrade() -> None:
    op.drop_column("appeal", "fix_by")
