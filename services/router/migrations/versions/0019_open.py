"""An index of open referrals alone, by the day due: lists of what is overdue begin there."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_OPEN = sa.text(
    "state IN ('proposed', 'issued', 'received', 'accepted', 'accepted_in_part', 'disputed', 'undeliverable')"
)


def upgrade() -> None:
    op.create_index("ix_referral_open", "referral", ["due_on", "appeal_id"], postgresql_where=_OPEN, sqlite_where=_OPEN)


def downgrade() -> None:
    op.drop_index("ix_referral_open", "referral")
