"""How an agency parts what it was sent: what it keeps, and what it returns, quoted from it. Pure."""

from collections.abc import Sequence
from typing import Final

from services.router.appeal import Appeal, Part
from services.router.parts import located, rest_of
from services.router.referral import Referral

PUNCTUATION: Final = " \t\r\n.,;:!?-–—•*()\"'«»"


def parted(appeal: Appeal, referral: Referral, quotes: Sequence[str]) -> tuple[Part, Part] | None:
    """The part that the agency keeps and the one that it returns, new to the appeal.

    None where the quotes do not stand in what the agency was sent, or leave nothing of it. Nothing else of the appeal
    is in either part.
    """
    own = appeal.part(referral.part_id) or (Part(number=0, extract=referral.part) if referral.part else None)
    text = own.alone_in(appeal.text) if own else appeal.text
    found = located(text, "\n".join(quotes))
    others = rest_of(text, own.spans) if own and not own.extract else ()
    kept = rest_of(text, (*found, *others)) if found else ()
    if not any(text[start:end].strip(PUNCTUATION) for start, end in kept):
        return None
    returned = rest_of(text, (*kept, *others))
    first = appeal.next_number
    if own and own.extract:
        texts = ["\n".join(text[start:end].strip() for start, end in spans) for spans in (kept, returned)]
        return Part(number=first, extract=texts[0]), Part(number=first + 1, extract=texts[1])
    return Part(number=first, spans=kept), Part(number=first + 1, spans=returned)
