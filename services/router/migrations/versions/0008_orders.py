"""What lies ready for agencies that fetch it over HTTP."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Serial, UtcDateTime

revision = "0008"
down_revision = "0007"

_WAITING = sa.text("acknowledged_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "agency_order",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("agency", sa.String(63), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("laid_out_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("seq", name="pk_agency_order"),
        sa.UniqueConstraint("message_id", name="uq_agency_order_message_id"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_agency_order_referral_id"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_agency_order_appeal_id"),
    )
    op.create_index("ix_agency_order_appeal_id", "agency_order", ["appeal_id"])
    op.create_index(
        "ix_agency_order_waiting", "agency_order", ["agency", "seq"], postgresql_where=_WAITING, sqlite_where=_WAITING
    )


def downgrade() -> None:
    op.drop_table("agency_order")
