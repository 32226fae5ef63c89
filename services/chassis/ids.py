"""The one place that makes ids."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

_RANDOM_BITS: Final = 80
"""Behind the milliseconds, all that tells ids of one moment apart."""


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and later ones sort after earlier ones."""
    return uuid7()


def earlier(made: UUID, by: timedelta) -> UUID:
    """The first id that could have been made so long before this one."""
    moment = (made.int >> _RANDOM_BITS) - by // timedelta(milliseconds=1)
    return UUID(int=moment << _RANDOM_BITS)
