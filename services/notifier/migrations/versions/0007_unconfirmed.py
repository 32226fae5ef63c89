"""What nobody has confirmed is found without a look at all that was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    silent = sa.text("reason = 'unconfirmed'")
    op.create_index(
        "ix_notification_unconfirmed", "notification", ["channel"], postgresql_where=silent, sqlite_where=silent
    )


def downgrade() -> None:
    op.drop_index("ix_notification_unconfirmed", "notification")
