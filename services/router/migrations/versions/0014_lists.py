"""What appeals are found and listed by: their words' stems; orders of lists; saved views."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import UtcDateTime

revision = "0014"
down_revision = "0013"

_TO_WORD = sa.text("worded = sealed")
_WAITING = sa.text("state = 'open'")
_NARROWED = ("id", "outcome", "channel", "kind", "language", "category", "territory_code", "sealed")
_ORDERS = {"received": "received_at", "number": "registration_number", "changed": "assessed_at"}


def upgrade() -> None:
    op.create_table(
        "appeal_word",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "appeal_id", name="pk_appeal_word"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_appeal_word_appeal_id"),
    )
    op.create_index("ix_appeal_word_appeal_id", "appeal_word", ["appeal_id"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("query", sa.String(2000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("owner", "area", "name", name="uq_saved_view_owner_area_name"),
    )
    # the words of what is there already are taken in by the router, a few at a time
    op.add_column("appeal", sa.Column("worded", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_appeal_registration_number", "appeal")
    for name, column in _ORDERS.items():
        op.create_index(f"ix_appeal_{name}", "appeal", [column, *_NARROWED])
    op.create_index("ix_appeal_to_word", "appeal", ["id"], postgresql_where=_TO_WORD, sqlite_where=_TO_WORD)
    op.create_index(
        "ix_task_waiting", "task", ["due_on", "appeal_id"], postgresql_where=_WAITING, sqlite_where=_WAITING
    )
    op.create_index("ix_referral_created_at_id", "referral", ["created_at", "id"])
    op.create_index("ix_referral_changed_at_id", "referral", ["changed_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_task_waiting", "task")
    for name in ("changed_at", "created_at"):
        op.drop_index(f"ix_referral_{name}_id", "referral")
    for name in ("to_word", *_ORDERS):
        op.drop_index(f"ix_appeal_{name}", "appeal")
    op.create_index("ix_appeal_registration_number", "appeal", ["registration_number"])
    op.drop_column("appeal", "worded")
    op.drop_table("saved_view")
    op.drop_table("appeal_word")
