"""Keys by which appeals with the same text, or the same text of the same applicant, are found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "likeness",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "appeal_id", name="pk_likeness"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_likeness_appeal_id"),
    )


def downgrade() -> None:
    op.drop_table("likeness")
