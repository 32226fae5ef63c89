"""The proof of hand-over."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("agency_order", sa.Column("type", sa.String(255)))
    op.add_column("agency_order", sa.Column("body_sha256", sa.String(64)))
    op.create_table(
        "proof",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("reply_seq", sa.BigInteger()),
        sa.PrimaryKeyConstraint("referral_id", "number", name="pk_proof"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_proof_referral_id"),
        sa.UniqueConstraint("message_id", name="uq_proof_message_id"),
        sa.UniqueConstraint("reply_seq", name="uq_proof_reply_seq"),
    )


def downgrade() -> None:
    op.drop_table("proof")
    for name in ("body_sha256", "type"):
        op.drop_column("agency_order", name)
