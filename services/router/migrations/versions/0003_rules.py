"""Rule sets, their documents, and which one is in force."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, Serial, UtcDateTime

revision = "0003"
down_revision = "0002"

_DOCUMENTS = ("lexicon", "directory", "model")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
    )
    op.create_table(
        "rule_set",
        sa.Column("number", Serial, primary_key=True, autoincrement=True),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("lexicon", sa.String(64), nullable=False),
        sa.Column("directory", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64)),
        sa.Column("overrides", Json, nullable=False),
        sa.Column("margins", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rule_set"),
        sa.UniqueConstraint("version", name="uq_rule_set_version"),
        *(sa.ForeignKeyConstraint([name], ["document.sha256"], name=f"fk_rule_set_{name}") for name in _DOCUMENTS),
    )
    op.create_table(
        "activation",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_activation"),
        sa.ForeignKeyConstraint(["version"], ["rule_set.version"], name="fk_activation_version"),
    )


def downgrade() -> None:
    for table in ("activation", "rule_set", "document"):
        op.drop_table(table)
