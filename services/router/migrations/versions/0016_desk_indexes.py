"""What the desk counts and narrows by, in indexes of its own."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("ix_task_desk", "task", ["state", "question", "due_on", "id", "appeal_id", "referral_id"])
    op.create_index("ix_appeal_desk", "appeal", ["id", "language", "territory_code", "sealed"])


def downgrade() -> None:
    op.drop_index("ix_appeal_desk", "appeal")
    op.drop_index("ix_task_desk", "task")
