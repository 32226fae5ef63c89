"""The channels on which an applicant is told, one after the other, until one of them has done it (АППК art. 66).

What the law requires ends on paper at the last: as a letter that a person prints and posts, also where no contact is
known. The person finds an address then (art. 66(3)).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from services.contracts.notifications import NotifyApplicant, Road
from services.notifier.channels.sms import takes_sms
from services.notifier.notices import OPTIONAL
from services.notifier.notification import Channel, Rung, Suppression
from services.notifier.providers import Routes

PREFERRED: Final = (Road.EMAIL, Road.SMS)
"""Unless the applicant says otherwise."""


@dataclass(frozen=True)
class Ladder:
    """The rungs to be tried, in their order; or why there is none, and the contact that would have been."""

    rungs: tuple[Rung, ...]
    silent: Suppression | None = None


def contacts(order: NotifyApplicant) -> list[Rung]:
    """The electronic contacts that an applicant gave, the preferred ones first."""
    given = {Road.EMAIL: order.email, Road.SMS: order.phone if order.phone and takes_sms(order.phone) else None}
    preferred = order.channels or PREFERRED
    roads = [road for road in dict.fromkeys((*preferred, *PREFERRED)) if road is not Road.LETTER]
    return [(Channel(road.value), str(contact)) for road in roads if (contact := given[road])]


def ladder(
    order: NotifyApplicant, routes: Routes, *, dead: Collection[Rung] = (), opted_out: Collection[Rung] = ()
) -> Ladder:
    """How an applicant is told. `dead`: contacts known not to work; `opted_out`: contacts that want the law's only."""
    known = contacts(order)
    required = order.notice not in OPTIONAL
    if not required and any(rung in opted_out for rung in known):
        return Ladder(tuple(known[:1]), Suppression.OPTED_OUT)
    rungs = [rung for rung in known if routes.has(rung[0]) and rung not in dead]
    if required:
        letter = (Channel.LETTER, "")
        first = order.channels is not None and order.channels[:1] == (Road.LETTER,)
        rungs = [letter, *rungs] if first and order.postal_address else [*rungs, letter]
    if rungs:
        return Ladder(tuple(rungs))
    return Ladder(
        tuple(known[:1]), Suppression.UNREACHABLE if any(r in dead for r in known) else Suppression.NO_CONTACT
    )


def addressee(order: NotifyApplicant) -> str | None:
    """Name and postal address, a line each. Without an address a person has to find one (АППК art. 66(3))."""
    return "\n".join(filter(None, (order.applicant_name, order.postal_address))) or None
