"""The router's first tables."""

import sqlalchemy as sa
from alembic import op

from services.chassis import first_tables
from services.chassis.database import Json, Serial, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    first_tables.create(op)
    _create_appeal()
    _create_decision()
    _create_referral()
    _create_referral_event()
    _create_task()
    _create_reply()


def _create_appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_number", sa.String(200), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("applicant", Json, nullable=False),
        sa.Column("addressed_to", sa.String(200)),
        sa.Column("complained_of", sa.String(200)),
        sa.Column("territory", sa.String(200)),
        sa.Column("corruption", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("assessed_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
    )
    op.create_index("ix_appeal_registration_number", "appeal", ["registration_number"])
    op.create_index("ix_appeal_outcome_registered_on", "appeal", ["outcome", "registered_on"])


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("rules", sa.String(64), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_decision_appeal_id"),
    )
    op.create_index("ix_decision_appeal_id", "decision", ["appeal_id"])


def _create_referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.String(63), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("part", sa.Text()),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("predecessor_id", sa.Uuid()),
        sa.Column("path", Json, nullable=False),
        sa.Column("forward_due_strict", sa.Date(), nullable=False),
        sa.Column("forward_due_lenient", sa.Date(), nullable=False),
        sa.Column("answer_due_on", sa.Date()),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("issued_at", UtcDateTime()),
        sa.Column("replied_at", UtcDateTime()),
        sa.Column("reissued_at", UtcDateTime()),
        sa.Column("silence_reported_at", UtcDateTime()),
        sa.Column("overdue_reported_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_referral_appeal_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_referral_decision_id"),
        sa.ForeignKeyConstraint(["predecessor_id"], ["referral.id"], name="fk_referral_predecessor_id"),
    )
    op.create_index("ix_referral_appeal_id", "referral", ["appeal_id"])
    op.create_index("ix_referral_due_on_id", "referral", ["due_on", "id"])
    op.create_index("ix_referral_agency_state", "referral", ["agency", "state"])
    op.create_index("ix_referral_state_issued_at", "referral", ["state", "issued_at"])


def _create_referral_event() -> None:
    op.create_table(
        "referral_event",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("message_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("seq", name="pk_referral_event"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_referral_event_referral_id"),
    )
    op.create_index("ix_referral_event_referral_id_seq", "referral_event", ["referral_id", "seq"])


def _create_task() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid()),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(200), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.Column("settled_by", sa.String(200)),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name="fk_task_appeal_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_task_decision_id"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_task_referral_id"),
    )
    op.create_index("ix_task_state_due_on_id", "task", ["state", "due_on", "id"])
    op.create_index("ix_task_appeal_id", "task", ["appeal_id"])


def _create_reply() -> None:
    op.create_table(
        "reply",
        sa.Column("seq", Serial, primary_key=True, autoincrement=True),
        sa.Column("agency", sa.String(63), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("registration_number", sa.String(200)),
        sa.Column("reason", sa.Text()),
        sa.Column("proposed_agency", sa.String(63)),
        sa.Column("text", sa.Text()),
        sa.PrimaryKeyConstraint("seq", name="pk_reply"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_reply_referral_id"),
        sa.UniqueConstraint("agency", "event_id", name="uq_reply_agency_event_id"),
    )
    op.create_index("ix_reply_referral_id", "reply", ["referral_id"])


def downgrade() -> None:
    for table in ("reply", "task", "referral_event", "referral", "decision", "appeal"):
        op.drop_table(table)
    first_tables.drop(op)
