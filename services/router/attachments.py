"""References to the documents of an appeal: to whom they are given, and how long they are good. Pure.

The bytes are intake's. It looks at a reference anew each time it is used, and keeps who fetched what.
"""

from datetime import datetime, timedelta
from typing import Final

from services.contracts.attachments import Grant, ReferencedDocument, referenced
from services.contracts.referrals import Scope
from services.router.appeal import Appeal
from services.router.referral import Referral

LIFE: Final = timedelta(days=7)
"""How long a reference is good that an agency was sent, or has asked for."""
VISIT: Final = timedelta(hours=1)
"""How long one is good that stands on a page."""


def to_agency(referral: Referral, at: datetime) -> Grant:
    """What is granted to the agency that has a referral."""
    return Grant(f"agency:{referral.agency}", referral.id, at + LIFE)


def by_link(referral: Referral, at: datetime) -> Grant:
    """What is granted to whoever has opened the link that the agency was mailed."""
    return Grant(f"link:{referral.agency}", referral.id, at + VISIT)


def of_referral(appeal: Appeal, referral: Referral, grant: Grant) -> tuple[ReferencedDocument, ...]:
    """What goes with a referral: with that of a sealed appeal nothing (R-SEC-2), and with a part nothing either.

    Nobody can tell whose a scan is, and an agency is shown nothing that is another's.
    """
    if appeal.sealed or referral.scope is Scope.PART:
        return ()
    return tuple(referenced(document, grant) for document in appeal.attachments)


def for_operator(appeal: Appeal, *, name: str, at: datetime) -> tuple[ReferencedDocument, ...]:
    """For a person who may read the appeal as it is now: once it is sealed, what was given before opens no more."""
    grant = Grant(f"operator:{name}", None, at + VISIT, sealed=appeal.sealed)
    return tuple(referenced(document, grant) for document in appeal.attachments)
