"""Intake's first tables."""

import sqlalchemy as sa
from alembic import op

from services.chassis import first_tables
from services.chassis.database import Json, Serial, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    first_tables.create(op)
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_number", sa.String(40), nullable=False),
        sa.Column("posting_system", sa.String(200), nullable=False),
        sa.Column("tell_system", sa.Boolean(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("applicant", Json, nullable=False),
        sa.Column("addressed_to", sa.String(200)),
        sa.Column("complained_of", sa.String(200)),
        sa.Column("territory", sa.String(200)),
        sa.Column("warnings", Json, nullable=False),
        sa.Column("status_token", sa.String(43), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("status_since", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("assessment", sa.String(20)),
        sa.Column("assessment_revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
        sa.UniqueConstraint("registration_number", name="uq_appeal_registration_number"),
        sa.UniqueConstraint("status_token", name="uq_appeal_status_token"),
    )
    op.create_index("ix_appeal_posting_system_id", "appeal", ["posting_system", "id"])
    op.create_index("ix_appeal_status_id", "appeal", ["status", "id"])
    op.create_index("ix_appeal_registered_on_id", "appeal", ["registered_on", "id"])
    _create_referral()
    _create_timeline()
    _create_keys()


def _create_referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(63), nullable=False),
        sa.Column("agency_name", Json, nullable=False),
        sa.Column("agency_contacts", sa.String(500)),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("answer_due_on", sa.Date()),
        sa.Column("reason", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.Column("predecessor_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_referral_appeal_id"),
    )
    op.create_index("ix_referral_appeal_id", "referral", ["appeal_id"])
    op.create_index("ix_referral_agency_state", "referral", ["agency", "state"])


def _create_timeline() -> None:
    op.create_table(
        "appeal_event",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_appeal_event"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_appeal_event_appeal_id"),
    )
    op.create_index("ix_appeal_event_appeal_id_seq", "appeal_event", ["appeal_id", "seq"])


def _create_keys() -> None:
    op.create_table(
        "idempotency",
        sa.Column("posting_system", sa.String(200), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("posting_system", "key", name="pk_idempotency"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_idempotency_appeal_id"),
    )
    op.create_table(
        "registration_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_registration_counter"),
    )


def downgrade() -> None:
    for table in ("registration_counter", "idempotency", "appeal_event", "referral", "appeal"):
        op.drop_table(table)
    first_tables.drop(op)
