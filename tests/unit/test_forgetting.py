"""Nothing of an appeal is forgotten to be forgotten: each column that can hold words of it is named (R-SEC-3)."""

import pytest
from sqlalchemy import Table, Text

from services.chassis.database import Json
from services.intake import forgetting as of_intake
from services.intake import store as intake
from services.notifier import forgetting as of_notifier
from services.notifier import tables as notifier
from services.router import forgetting as of_router
from services.router import tables as router

WORDLESS = {"referral.path", "referral.agency_name", "appeal.accepted_by", "proof.facts"}
"""Columns that look as if they could, and hold codes, a body's name, the registrar's, or hashes and numbers."""


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        pytest.param(router.metadata, of_router.WORDS, id="router"),
        pytest.param(intake.metadata, of_intake.WORDS, id="intake"),
        pytest.param(notifier.metadata, of_notifier.WORDS, id="notifier"),
    ],
)
def test_r_sec_3_every_column_that_can_hold_words_of_an_appeal_is_wiped(metadata, words):
    """A table or column that is added must be wiped too, or be named here with the reason."""
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        if _belongs_to_an_appeal(table)
        for column in table.c
        if isinstance(column.type, Text) or column.type is Json or type(column.type) is type(Json)
    }
    wiped = {f"{table.name}.{name}" for table, columns in words.items() for name in columns}

    assert found - wiped - WORDLESS == set()


def _belongs_to_an_appeal(table: Table) -> bool:
    return table.name == "appeal" or bool({"appeal_id", "referral_id"} & {column.name for column in table.c})
