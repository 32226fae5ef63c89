"""Rows become submissions by the form of posted appeals, or faults that hold no value."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest

from services.intake.imports import delimited, ndjson
from services.intake.imports.files import Row
from services.intake.imports.rows import Origin, prepared

ORIGIN = Origin(
    UUID(int=1), "portal", tell_system=True, sha256="ab" * 32, arrived_at=datetime(2026, 11, 23, tzinfo=UTC)
)
FORM = {"kind": "request", "channel": "post", "language": "kk", "text": "Мәтін", "applicant": {"name": "А"}}


EXAMPLES = Path(__file__).parents[3] / "examples"


def test_a_row_becomes_what_a_posted_appeal_would():
    """Its key is its place in this very file; without a time it arrived with the file."""
    row = prepared(Row(7, FORM), ORIGIN)
    submission = row.submission

    assert not row.faults
    assert submission.key == f"import:{'ab' * 32}:7"
    assert submission.received_at == ORIGIN.arrived_at
    assert (submission.posting_system, submission.tell_system) == ("portal", True)
    assert submission.cause.correlation_id == str(UUID(int=1))


def test_a_row_may_bring_its_own_key():
    """So that a corrected file can be sent whole."""
    assert prepared(Row(7, FORM, "k-1"), ORIGIN).submission.key == "k-1"


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (Row(1, fault="row_not_json"), {("#/", "row_not_json")}),
        (Row(1, None), {("#/", "wrong_type")}),
        (Row(1, [FORM]), {("#/", "wrong_type")}),
        (Row(1, {**FORM, "kind": "ода", "text": " "}), {("#/kind", "not_in_list"), ("#/text", "malformed")}),
        (
            Row(1, {**FORM, "applicant": {"name": "", "email": "х"}}),
            {("#/applicant/name", "too_short"), ("#/applicant/email", "malformed")},
        ),
        (Row(1, {**FORM, "received_at": "вчера"}), {("#/received_at", "not_a_time")}),
        (Row(1, {**FORM, "received_at": "2026-11-24T00:00:00Z"}), {("#/received_at", "received_at_impossible")}),
        (Row(1, {**FORM, "a/b~": 1}), {("#/a~1b~0", "extra_forbidden")}),
        (Row(1, {**FORM, "a\x00\nб": 1}), {("#/a��б", "extra_forbidden")}),
        (Row(1, FORM, ""), {("#/idempotency_key", "idempotency_key_invalid")}),
        (Row(1, FORM, "ключ"), {("#/idempotency_key", "idempotency_key_invalid")}),
        (Row(1, FORM, 5), {("#/idempotency_key", "wrong_type")}),
    ],
)
def test_what_is_wrong_is_pointed_at(row, faults):
    """All that is wrong, by pointer and code."""
    found = prepared(row, ORIGIN)

    assert found.submission is None
    assert {(fault["pointer"], fault["code"]) for fault in found.faults} == faults


def test_a_pointer_is_never_longer_than_its_column():
    """A field's name comes from the file."""
    (fault,) = prepared(Row(1, {**FORM, "x" * 1000: 1}), ORIGIN).faults

    assert len(fault["pointer"]) == 200


@pytest.mark.parametrize(("name", "reader", "count"), [("appeals.csv", delimited, 5), ("appeals.ndjson", ndjson, 3)])
def test_the_examples_can_be_imported(name, reader, count):
    """Whoever copies them begins with something that works."""
    content = reader.read(BytesIO((EXAMPLES / name).read_bytes()))
    rows = [prepared(row, ORIGIN) for row in content.rows]

    assert len(rows) == count
    assert [row.faults for row in rows if row.submission is None] == []
    assert len({row.submission.key for row in rows}) == count
