"""Documents of appeals, and the record of who has fetched them, which can only be added to."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Serial, UtcDateTime

revision = "0005"
down_revision = "0004"

_SQLITE = """
CREATE TRIGGER attachment_access_{verb} BEFORE {verb} ON attachment_access
BEGIN SELECT RAISE(ABORT, 'attachment_access is only added to'); END
"""
_FUNCTION = """
CREATE FUNCTION attachment_access_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'attachment_access is only added to'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER attachment_access_stays BEFORE UPDATE OR DELETE ON attachment_access
FOR EACH ROW EXECUTE FUNCTION attachment_access_stays()
"""


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("posting_system", sa.String(200), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("stored_at", UtcDateTime()),
        sa.Column("appeal_id", sa.Uuid()),
        sa.Column("place", sa.Integer()),
        sa.Column("name", sa.String(200)),
        sa.Column("removed_at", UtcDateTime()),
        sa.Column("wiped_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_attachment_appeal_id_appeal"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("posting_system", "key", name="uq_attachment_posting_system_key"),
    )
    op.create_index("ix_attachment_appeal_id_uploaded_at", "attachment", ["appeal_id", "uploaded_at"])
    op.create_index("ix_attachment_wiped_at_removed_at", "attachment", ["wiped_at", "removed_at"])
    op.create_table(
        "attachment_access",
        sa.Column("seq", Serial, autoincrement=True, nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(220), nullable=False),
        sa.Column("referral_id", sa.Uuid()),
        sa.Column("address", sa.String(45)),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name="fk_attachment_access_attachment_id_attachment"
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_attachment_access_appeal_id_appeal"),
        sa.PrimaryKeyConstraint("seq", name="pk_attachment_access"),
    )
    op.create_index("ix_attachment_access_appeal_id_seq", "attachment_access", ["appeal_id", "seq"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(verb=verb))
    else:
        op.execute(_FUNCTION)
        op.execute(_POSTGRESQL)


def downgrade() -> None:
    op.drop_table("attachment_access")
    op.drop_table("attachment")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION attachment_access_stays")
