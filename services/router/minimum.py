"""Minimum data: what of an appeal an agency is told, by the purpose for which it gets it. Pure.

What a referral cannot be without, its text, numbers and days, is told to each. The rest is an allow-list in the
directory (law on personal data, arts. 7, 8); an agency that lists nothing for a purpose is told all of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from services.contracts.appeals import AppealKind, Applicant
from services.contracts.referrals import ReferralIssued
from services.router.naming import STRICT


class Field(StrEnum):
    """What may be withheld, by its place in `referral.issued.v1`."""

    NAME = "applicant.name"
    EMAIL = "applicant.email"
    PHONE = "applicant.phone"
    POSTAL_ADDRESS = "applicant.postal_address"
    COMPLAINED_OF = "complained_of"
    TERRITORY = "territory"
    ATTACHMENTS = "attachments"


EVERYTHING: Final = frozenset(Field)


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an agency needs for one purpose: to consider appeals of one kind."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    purpose: AppealKind
    fields: tuple[Field, ...]


def needed(needs: Collection[Need], purpose: AppealKind) -> frozenset[Field]:
    """What the needs allow for a purpose."""
    return next((frozenset(need.fields) for need in needs if need.purpose is purpose), EVERYTHING)


def reduced(order: ReferralIssued, allowed: frozenset[Field], *, nobody: Applicant) -> ReferralIssued:
    """The order with what is allowed and no more; `nobody` stands where the name may not."""
    given = {place: order.applicant.model_dump().get(place.removeprefix("applicant.")) for place in allowed}
    applicant = Applicant(
        name=given.get(Field.NAME) or nobody.name,
        email=given.get(Field.EMAIL),
        phone=given.get(Field.PHONE),
        postal_address=given.get(Field.POSTAL_ADDRESS),
    )
    kept = {name: getattr(order, name) if name in allowed else None for name in ("complained_of", "territory")}
    documents = order.attachments if Field.ATTACHMENTS in allowed else ()
    return order.model_copy(update={"applicant": applicant, "attachments": documents, **kept})
