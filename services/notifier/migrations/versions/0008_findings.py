"""What people find out about notices is kept, and what the law asks for and nobody could be told is found."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("notification", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("because", sa.String(200), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("found_by", sa.String(420), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification"], ["notification.id"], name=op.f("fk_finding_notification_notification")
        ),
        sa.PrimaryKeyConstraint("notification", "number", name=op.f("pk_finding")),
    )
    op.add_column("notification", sa.Column("dead_end", sa.Boolean(), nullable=False, server_default=sa.false()))
    dead_end = sa.text("dead_end")
    op.create_index(
        "ix_notification_dead_end", "notification", ["channel"], postgresql_where=dead_end, sqlite_where=dead_end
    )


def downgrade() -> None:
    op.drop_index("ix_notification_dead_end", "notification")
    op.drop_column("notification", "dead_end")
    op.drop_table("finding")
