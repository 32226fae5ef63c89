"""What an operator's roles let them do, in the scopes that API keys have too."""

from collections.abc import Iterable
from typing import Final

from services.router.operators import Role
from services.router.requests import ADMINISTER, ARBITRATE, AUDIT, OPERATE, READ, RULES, SEALED

_SCOPES: Final = {
    Role.VIEWER: {READ},
    Role.OPERATOR: {READ, OPERATE},
    Role.APPROVER: {READ, OPERATE, ARBITRATE},
    Role.SEALED_OFFICER: {READ, OPERATE, SEALED},
    Role.ADMINISTRATOR: {READ, RULES, ADMINISTER},
    Role.AUDITOR: {READ, AUDIT},
}


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """All that these roles give together; a role that nobody knows gives nothing."""
    known = [_SCOPES[Role(role)] for role in roles if role in set(Role)]
    return frozenset().union(*known)
