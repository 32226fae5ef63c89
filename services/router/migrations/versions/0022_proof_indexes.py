"""What is not proved yet is found without a look at all that ever happened: links opened, orders acknowledged."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_OPENED = sa.text("kind IN ('opened', 'expired_opened')")


def upgrade() -> None:
    op.create_index(
        "ix_referral_event_opened", "referral_event", ["at"], postgresql_where=_OPENED, sqlite_where=_OPENED
    )
    op.create_index("ix_agency_order_acknowledged_at", "agency_order", ["acknowledged_at"])


def downgrade() -> None:
    op.drop_index("ix_agency_order_acknowledged_at", "agency_order")
    op.drop_index("ix_referral_event_opened", "referral_event")
