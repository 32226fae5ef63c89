"""Webhooks by the posting system that they are for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_WHERE = sa.text("channel = 'webhook'")


def upgrade() -> None:
    op.create_index(
        "ix_notification_system",
        "notification",
        ["recipient", "id"],
        postgresql_where=_WHERE,
        sqlite_where=_WHERE,
    )


def downgrade() -> None:
    op.drop_index("ix_notification_system", "notification")
