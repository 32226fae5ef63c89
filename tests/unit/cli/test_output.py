"""What commands print, and where."""

import io
import json
from datetime import UTC, datetime

from services.cli.output import Output, flattened

ITEMS = [{"id": 1, "name": "first\tand\nforemost", "facts": {"agency": "akimat"}}, {"id": 2, "late": True}]
COLUMNS = ("id", "name", "facts.agency", "late")


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        return True


def printed(*, terminal: bool = False, as_json: bool = False) -> tuple[Output, io.StringIO]:
    out = Terminal() if terminal else io.StringIO()
    return Output(out, io.StringIO(), as_json=as_json, no_color=True), out


def test_a_pipe_gets_a_line_an_item() -> None:
    """Values keep to their columns: tabs and line breaks in them are escaped."""
    output, out = printed()
    output.rows(ITEMS, COLUMNS)

    assert out.getvalue() == "1\tfirst\\tand\\nforemost\takimat\t\n2\t\t\tyes\n"


def test_a_terminal_gets_a_table_with_headings() -> None:
    """People are told what stands in a column."""
    output, out = printed(terminal=True)
    output.rows(ITEMS, COLUMNS)

    assert out.getvalue().splitlines() == [
        "ID  NAME                AGENCY  LATE",
        "1   first and foremost  akimat",
        "2                               yes",
    ]


def test_a_table_tells_the_time_to_the_minute() -> None:
    """In the terminal's own zone; a day stays a day."""
    output, out = printed(terminal=True)
    at = datetime(2026, 11, 23, 19, 38, 47, 929767, tzinfo=UTC)
    output.rows([{"at": at.isoformat().replace("+00:00", "Z"), "on": "2026-11-23"}], ("at", "on"))

    assert out.getvalue().splitlines()[1] == f"{at.astimezone():%Y-%m-%d %H:%M}  2026-11-23"


def test_an_empty_list_is_only_its_headings() -> None:
    """On a terminal; elsewhere it is nothing."""
    output, out = printed(terminal=True)
    output.rows([], COLUMNS)

    assert out.getvalue() == "ID  NAME  AGENCY  LATE\n"


def test_a_machine_gets_whole_items() -> None:
    """JSON holds more than the columns, an item a line, readable in Kazakh and Russian."""
    output, out = printed(as_json=True, terminal=True)
    output.rows([*ITEMS, {"name": "Әкімдік"}], COLUMNS)

    lines = out.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [*ITEMS, {"name": "Әкімдік"}]
    assert "Әкімдік" in lines[2]


def test_a_record_is_its_facts_with_their_paths() -> None:
    """Nested things are reached by dots; what is empty is left out."""
    record = {"id": 7, "referrals": [{"agency": "akimat", "reason": None}], "scopes": ["a", "b"], "none": []}

    assert list(flattened(record)) == [("id", 7), ("referrals.0.agency", "akimat"), ("scopes", ["a", "b"])]


def test_a_record_in_each_form() -> None:
    """Lines for people, tabs for shells, one object for machines."""
    forms = {}
    for name, form in {"person": {"terminal": True}, "shell": {}, "machine": {"as_json": True}}.items():
        output, out = printed(**form)
        output.record({"id": 7, "state": {"now": "open"}})
        forms[name] = out.getvalue()

    assert forms == {
        "person": "id         7\nstate.now  open\n",
        "shell": "id\t7\nstate.now\topen\n",
        "machine": '{"id":7,"state":{"now":"open"}}\n',
    }


def test_an_appeal_cannot_command_the_terminal() -> None:
    """Control characters in what people wrote are not obeyed, markup is not read."""
    output, out = printed(terminal=True)
    output.record({"text": "\x1b[2J[red]look\x9b"})
    output.rows([{"text": "\x1b[2J[red]look"}], ("text",))

    assert "\x1b[2J" not in out.getvalue()
    assert "\x9b" not in out.getvalue()
    assert out.getvalue().count("[red]look") == 2


def test_notes_never_reach_the_data() -> None:
    """What is for the person goes to stderr."""
    output, out = printed()
    output.note("Starting")

    assert out.getvalue() == ""
    assert output.err.getvalue() == "Starting\n"
