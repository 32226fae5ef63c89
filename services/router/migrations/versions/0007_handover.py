"""The reply protocol, what an arbiter has decided, and when silence is looked at next."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, UtcDateTime

revision = "0007"
down_revision = "0006"

_REPLY = (
    ("sequence", sa.Integer()),
    ("registered_on", sa.Date()),
    ("reason_code", sa.String(40)),
    ("legal_basis", sa.String(200)),
    ("extended_to", sa.Date()),
    ("language", sa.String(2)),
    ("returned", Json),
    ("documents", Json),
    ("sha256", sa.String(64)),
)
_WITH_AGENCY = "state IN ('issued', 'received', 'accepted')"
_OPEN_BEFORE = "state IN ('proposed', 'issued', 'received', 'accepted', 'undeliverable')"
_OPEN = "state IN ('proposed', 'issued', 'received', 'accepted', 'accepted_in_part', 'disputed', 'undeliverable')"


def upgrade() -> None:
    for name, type_ in _REPLY:
        op.add_column("reply", sa.Column(name, type_))
    op.add_column("referral", sa.Column("binding", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("referral", sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("referral", sa.Column("sent_at", UtcDateTime()))
    op.add_column("referral", sa.Column("look_at", UtcDateTime()))
    op.execute("UPDATE referral SET sent_at = issued_at")
    # what is open is looked at once, which says when it is looked at next; what has passed by then is not made up for
    op.execute(f"UPDATE referral SET look_at = CURRENT_TIMESTAMP WHERE {_WITH_AGENCY}")  # noqa: S608 - a constant
    op.create_index("ix_referral_look_at", "referral", ["look_at"])
    op.drop_column("referral", "silence_reported_at")
    _index_open(_OPEN)


def _index_open(state: str) -> None:
    """R-REF-4, for what is open in these states."""
    for index, columns, where in (
        ("uq_referral_open_whole", ["appeal_id"], f"scope = 'full' AND {state}"),
        ("uq_referral_open_part_agency", ["part_id", "agency"], state),
    ):
        op.drop_index(index, "referral")
        found = sa.text(where)
        op.create_index(index, "referral", columns, unique=True, postgresql_where=found, sqlite_where=found)


def downgrade() -> None:
    _index_open(_OPEN_BEFORE)
    op.add_column("referral", sa.Column("silence_reported_at", UtcDateTime()))
    op.drop_index("ix_referral_look_at", "referral")
    for name in ("look_at", "sent_at", "sequence", "binding"):
        op.drop_column("referral", name)
    for name, _ in reversed(_REPLY):
        op.drop_column("reply", name)
