"""The one place that makes ids."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and later ones sort after earlier ones."""
    return uuid7()
