"""What statistics count by: an appeal's category and territory, and when an agency first said what it did."""

import sqlalchemy as sa
from alembic import op

from services.chassis.database import Json, UtcDateTime

revision = "0012"
down_revision = "0011"

_COUNTED = ["registered_on", "territory_code", "channel", "language", "outcome", "category", "id"]
_SAID = {
    "accepted_at": ("accepted", "accepted_in_part", "answered"),
    "declined_at": ("declined", "disputed"),
    "answered_at": ("answered",),
}


def upgrade() -> None:
    for name in ("category", "territory_code"):
        op.add_column("appeal", sa.Column(name, sa.String(200)))
    for name in _SAID:
        op.add_column("referral", sa.Column(name, UtcDateTime()))
    _fill_appeals()
    _fill_referrals()
    op.create_index("ix_appeal_counted", "appeal", _COUNTED)


def _fill_appeals() -> None:
    """By the first decision on each: what persons have decided since does not tell of a category."""
    appeal = sa.table("appeal", sa.column("id"), sa.column("category"), sa.column("territory_code"))
    decision = sa.table("decision", sa.column("id"), sa.column("appeal_id"), sa.column("record", Json))
    first = (
        sa.select(decision.c.id)
        .where(decision.c.appeal_id == appeal.c.id)
        .order_by(decision.c.id)
        .limit(1)
        .correlate(appeal)
        .scalar_subquery()
    )
    record = decision.c.record
    found = {
        "category": record[("candidates", 0, "category")].as_string(),
        "territory_code": record[("facts", "territory")].as_string(),
    }
    of_first = {
        name: sa.select(value).where(decision.c.id == first).scalar_subquery().correlate(appeal)
        for name, value in found.items()
    }
    op.execute(sa.update(appeal).values(of_first))


def _fill_referrals() -> None:
    referral = sa.table("referral", sa.column("id"), *(sa.column(name) for name in _SAID))
    event = sa.table("referral_event", *map(sa.column, ("referral_id", "kind", "at")))
    said = {
        name: sa.select(sa.func.min(event.c.at))
        .where(event.c.referral_id == referral.c.id, event.c.kind.in_(kinds))
        .scalar_subquery()
        for name, kinds in _SAID.items()
    }
    op.execute(sa.update(referral).values(said))


def downgrade() -> None:
    op.drop_index("ix_appeal_counted", "appeal")
    for name in _SAID:
        op.drop_column("referral", name)
    for name in ("category", "territory_code"):
        op.drop_column("appeal", name)
