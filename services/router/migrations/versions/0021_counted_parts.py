"""What statistics and the flow ask of an appeal and a referral, in their indexes: secrecy, and the part."""

from alembic import op

revision = "0021"
down_revision = "0020"

_OF_APPEAL = ["registered_on", "territory_code", "channel", "language", "outcome", "category", "id"]
_OF_REFERRAL = [
    *("appeal_id", "agency", "state", "issued_at", "accepted_at", "declined_at", "answered_at", "predecessor_id")
]


def upgrade() -> None:
    _set([*_OF_APPEAL, "sealed"], [*_OF_REFERRAL, "part_id"])


def downgrade() -> None:
    _set(_OF_APPEAL, _OF_REFERRAL)


def _set(of_appeal: list[str], of_referral: list[str]) -> None:
    for table, columns in (("appeal", of_appeal), ("referral", of_referral)):
        op.drop_index(f"ix_{table}_counted", table)
        op.create_index(f"ix_{table}_counted", table, columns)
