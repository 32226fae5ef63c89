"""Numbers of persons (IIN) and of organisations (BIN)."""

from typing import Final

from idnumbers.nationalid import KAZ

DIGITS: Final = 12


def plausible_iin_bin(number: str) -> bool:
    """Whether the check digit fits. The date within is no reason to doubt: the rules dropped it in 2013."""
    if len(number) != DIGITS or not number.isascii() or not number.isdigit():
        return False
    return bool(KAZ.IndividualIDNumber.checksum(number) == int(number[-1]))


def with_lost_zeros(number: str) -> str:
    """`number` with the zeros in front that a spreadsheet took away, if its check digit then fits."""
    whole = number.zfill(DIGITS)
    return whole if plausible_iin_bin(whole) else number
