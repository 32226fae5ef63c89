"""Each value that the administration's pages show by its name has words: a new one is found here, not by a reader."""

import pytest

from services.contracts.appeals import AppealKind
from services.router.agency import Level, Transport
from services.router.console.administration.parked_pages import STATES
from services.router.console.administration.section import SECTIONS
from services.router.console.words import all_words
from services.router.minimum import Field
from services.router.operators import Role
from services.router.requests import AGENCY, SCOPES

NAMED = {
    "admin_directory.field_": [field.replace(".", "_") for field in Field],
    "admin_directory.kind_": AppealKind,
    "admin_directory.level_": Level,
    "admin_directory.by_": Transport,
    "admin_accounts.role_": Role,
    "admin_accounts.may_": Role,
    "admin_parked.state_": STATES,
    "admin.section_": SECTIONS,
    "admin.about_": SECTIONS,
    "admin_keys.scope_": SCOPES - {AGENCY},
}


@pytest.mark.parametrize("beginning", NAMED)
def test_each_value_has_words(beginning: str) -> None:
    written = {f"{beginning}{value}".translate(str.maketrans("-:", "__")) for value in NAMED[beginning]}
    assert written <= set(all_words())
