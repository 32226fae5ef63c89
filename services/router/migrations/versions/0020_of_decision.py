"""An index by which a decision finds the referrals that it made: each explanation asks for them."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index("ix_referral_decision_id", "referral", ["decision_id"])


def downgrade() -> None:
    op.drop_index("ix_referral_decision_id", "referral")
