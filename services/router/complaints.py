"""Nobody decides about himself: who may not receive an appeal that complains of a body, and who should (R-CMP-8).

The Code lets the body complained of only pass a complaint up (АППК arts. 91(4), 97(2)); we send it up ourselves.
"""

from collections.abc import Collection, Sequence
from datetime import date

from services.contracts.appeals import AppealKind
from services.router.agency import Agency
from services.router.directory import Directory


def may_receive(directory: Directory, agency: str, *, complained_of: Collection[str], on: date) -> bool:
    """Whether the agency is none of the bodies complained of, nor in the place of one, nor below one."""
    return not any(directory.is_at_or_below(agency, body, on) for body in complained_of)


def superior(directory: Directory, complained_of: Collection[str], on: date) -> Agency | None:
    """The one body that stands above all the bodies complained of; None where a person must decide.

    There is none above the oblast's akimat: the Government is no complaint body (arts. 91(3), 91(6)).
    """
    above = {directory.superior_of(body, on) for body in complained_of}
    return above.pop() if len(above) == 1 else None


def addressee(
    directory: Directory,
    candidates: Sequence[Agency],
    *,
    kind: AppealKind,
    complained_of: Collection[str] | None,
    on: date,
) -> Agency | None:
    """Who is to receive an appeal for which these candidates are competent, the best first; None: a person decides.

    `complained_of` is empty when it complains of nobody, and None when we cannot tell of whom. A complaint goes to the
    superior; another appeal to the first candidate that may receive it, else to the superior.
    """
    if complained_of is None:
        return None
    if kind is not AppealKind.COMPLAINT:
        for candidate in candidates:
            if may_receive(directory, candidate.code, complained_of=complained_of, on=on):
                return candidate
    return superior(directory, complained_of, on)
