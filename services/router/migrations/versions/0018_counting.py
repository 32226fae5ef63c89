"""Indexes that hold all that the overview and the statistics count."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_COUNTED = [
    *("appeal_id", "agency", "state", "issued_at", "accepted_at", "declined_at", "answered_at"),
    "predecessor_id",
]
_DONE = {"referral": "answered_at", "task": "settled_at"}


def upgrade() -> None:
    op.create_index("ix_referral_counted", "referral", _COUNTED)
    op.create_index("ix_referral_state_due_on", "referral", ["state", "due_on"])
    op.create_index("ix_task_counted", "task", ["appeal_id", "question"])
    for table, column in _DONE.items():
        done = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=done, sqlite_where=done)
        op.drop_index(f"ix_{table}_appeal_id", table)


def downgrade() -> None:
    for table, column in _DONE.items():
        op.create_index(f"ix_{table}_appeal_id", table, ["appeal_id"])
        op.drop_index(f"ix_{table}_{column}", table)
        op.drop_index(f"ix_{table}_counted", table)
    op.drop_index("ix_referral_state_due_on", "referral")
