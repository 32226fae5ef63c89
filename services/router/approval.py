"""When a person's decision needs a second person: where a mistake could not be undone. Pure."""

from collections.abc import Iterator
from enum import StrEnum

from services.contracts.appeals import AppealKind
from services.router.appeal import Appeal
from services.router.referral import Referral
from services.router.rules import Policy


class Risk(StrEnum):
    """Why a referral is not for one person to send."""

    CORRUPTION = "corruption"
    """The appeal is sealed: it tells of corruption, may do so, or is ours. An extract of it, or all of it (R-SEC-2)."""
    COMPLAINT = "complaint"
    """It complains of a body or an official (R-CMP-8)."""
    PASSED_ON = "passed_on"
    """An agency has declined it already (R-REF-5)."""


def risks_of(appeal: Appeal, referral: Referral) -> Iterator[Risk]:
    """What could go badly wrong with this referral."""
    if appeal.sealed:
        yield Risk.CORRUPTION
    if appeal.kind is AppealKind.COMPLAINT or appeal.complained_of is not None:
        yield Risk.COMPLAINT
    if referral.hops and not referral.binding:  # an arbiter is the second person
        yield Risk.PASSED_ON


def waits_for_approval(appeal: Appeal, referral: Referral, policy: Policy, *, by_rule: bool) -> bool:
    """Whether a referral is only proposed until a person, another one than who proposed it, has approved it.

    What tells of corruption always is; policy `never` asks for nothing else, `always` for each one that a rule makes.
    """
    if by_rule:
        return policy is Policy.ALWAYS
    risks = set(risks_of(appeal, referral))
    return Risk.CORRUPTION in risks or (bool(risks) and policy is not Policy.NEVER)
