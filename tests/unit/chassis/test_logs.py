"""No personal data in any log line, whatever field or sentence it hides in."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.logs import MASK, configure, masked, without_personal_data

digits = st.text("0123456789", min_size=7, max_size=7)
words = st.text("abcxyz абв,.;:()", max_size=20)


@given(words, digits, words)
def test_a_telephone_is_masked_anywhere(before, number, after):
    """Kazakhstan's numbers, in the ways people write them."""
    for prefix in ("+7 7", "8 7", "+77", "87"):
        phone = f"{prefix}{number[:2]} {number[2:5]} {number[5:]}00"
        assert phone not in masked(f"{before} {phone} {after}")


@given(words, st.text("0123456789", min_size=12, max_size=12), words)
def test_an_iin_is_masked_anywhere(before, iin, after):
    """Twelve digits are an IIN or BIN until proven otherwise."""
    assert iin not in masked(f"{before} {iin} {after}")


def test_fields_that_hold_personal_data_are_masked_by_name():
    """Names cannot be found by a pattern, so the field decides."""
    event = {"event": "x", "name": "Сынақбаев", "text": "жалоба", "nested": {"applicant": {"name": "С"}, "code": "a"}}
    line = without_personal_data(None, "info", event)

    assert line == {"event": "x", "name": MASK, "text": MASK, "nested": {"applicant": MASK, "code": "a"}}


@pytest.mark.parametrize("harmless", ["01a209c8-1695-718f-9485-0ed124827831", "JD-2026-000001", "2026-11-23T05:00:00Z"])
def test_ids_numbers_and_times_stay_readable(harmless):
    """A log without ids helps nobody."""
    assert masked(harmless) == harmless


@pytest.fixture
def own_loggers() -> Iterator[None]:
    """What is configured is taken back: the test's stdout is closed when the next one logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("own_loggers")
def test_a_configured_logger_writes_one_masked_json_line(capsys):
    """The standard library's loggers go through the same chain."""
    configure(service="intake")
    structlog.get_logger().info("appeal.registered", appeal_id="a", email="a@b.kz", note="call +7 700 000 00 01")
    lines = capsys.readouterr().out.splitlines()

    line = json.loads(lines[0])
    assert (line["service"], line["event"], line["level"]) == ("intake", "appeal.registered", "info")
    assert line["email"] == MASK
    assert line["note"] == f"call {MASK}"
