"""`joldau import`: what is asked of intake, what the person is told, and the exit code."""

import io
from pathlib import Path

import httpx
import pytest

from services.cli.failure import Exit
from services.cli.main import run
from services.cli.output import Output
from services.cli.session import Session

ID = "01a209eb-0906-770b-9bd2-477d4e3de26a"
PATH = f"/v1/imports/{ID}"
ERROR = {"row": 3, "column": "ФИО", "pointer": "#/applicant/name", "code": "missing", "detail": "A required field."}


def job(state="finished", **changes) -> dict:
    links = {"self": PATH, "cancel": f"{PATH}/cancel", "errors": f"{PATH}/errors", "errors.csv": f"{PATH}/errors.csv"}
    whole = {
        "id": ID, "state": state, "rows": 20, "done": 20, "registered": 20, "replayed": 0, "failed": 0,
        "unknown_columns": [], "links": {**links, "registrations.csv": f"{PATH}/registrations.csv"},
    }  # fmt: skip
    return {**whole, **changes}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "appeals.csv"
    path.write_bytes("вид;текст".encode())
    return path


def in_turn(*answers):
    """Each request gets the next answer; the last one stays."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, BaseException) or (isinstance(now, type) and issubclass(now, BaseException)):
            raise now
        return httpx.Response(200, json=now)

    return answer


def test_file_is_sent_and_watched_to_its_end(joldau, file) -> None:
    """Its kind follows from its name; 0 says that every row is registered."""
    joldau.answer = in_turn(job("waiting", done=0), job("running", done=10), job())

    assert joldau("import", str(file)) == Exit.OK
    assert joldau.asked[0].headers["content-type"] == "text/csv"
    assert joldau.asked[0].headers["content-length"] == str(file.stat().st_size)
    assert joldau.asked[0].read() == file.read_bytes()
    assert [(one.method, one.url.path) for one in joldau.asked[1:]] == [("GET", PATH)] * 2
    assert "registered\t20" in joldau.out
    assert joldau.err.splitlines() == [
        "sent, 17 bytes",
        "0 of 20 rows, 0 failed",
        "10 of 20 rows, 0 failed",
        "20 of 20 rows, 0 failed",
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.ndjson", "application/x-ndjson"),
        ("a.jsonl", "application/x-ndjson"),
        ("a.XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_kind_follows_from_the_name(joldau, tmp_path, name, kind) -> None:
    """Whatever its case."""
    (tmp_path / name).write_bytes(b"x")
    joldau.answer = in_turn(job())

    assert joldau("import", str(tmp_path / name)) == Exit.OK
    assert joldau.asked[0].headers["content-type"] == kind


def test_failed_rows_are_told_and_exit_with_1(joldau, file) -> None:
    """Where, and what is wrong; columns without a field once."""
    failed = job(registered=19, failed=1, unknown_columns=["Примечание"])
    joldau.answer = in_turn(failed, {"items": [ERROR], "next_cursor": None})

    assert joldau("import", str(file)) == Exit.FAILURE
    assert joldau.err.count("Примечание") == 1
    assert "row 3: ФИО, #/applicant/name: A required field." in joldau.err
    assert joldau.err.endswith("1 of 20 rows failed.\n")


def test_reports_are_written_where_they_are_wanted(joldau, file, tmp_path) -> None:
    """As they came: intake guards their cells."""
    reports = {f"{PATH}/errors.csv": b"\xef\xbb\xbfrow;column\r\n", f"{PATH}/registrations.csv": b"row;id\r\n"}
    joldau.answer = lambda request: (
        httpx.Response(200, content=reports[request.url.path])
        if request.url.path in reports
        else httpx.Response(202, json=job(failed=1))
    )
    errors, registrations = tmp_path / "errors.csv", tmp_path / "numbers.csv"

    assert joldau("import", str(file), "--errors", str(errors), "--registrations", str(registrations)) == Exit.FAILURE
    assert errors.read_bytes() == reports[f"{PATH}/errors.csv"]
    assert registrations.read_bytes() == reports[f"{PATH}/registrations.csv"]


def test_json_is_the_whole_import(joldau, file) -> None:
    """For scripts; the rest stays on stderr."""
    joldau.answer = in_turn(job())
    joldau("import", str(file), "--json")

    assert joldau.out.count("\n") == 1
    assert '"links"' in joldau.out


@pytest.mark.parametrize(("first", "left"), [([], "Nothing was imported."), ([job("running", done=5)], "--cancel`")])
def test_interrupt_says_what_goes_on_and_how(joldau, file, first, left) -> None:
    """Before the file has arrived, and after."""
    joldau.answer = in_turn(*first, KeyboardInterrupt)

    assert joldau("import", str(file)) == Exit.INTERRUPTED
    assert left in joldau.err
    assert "The same command goes on where it stopped" in joldau.err


def test_service_that_is_away_exits_with_5(joldau, file) -> None:
    """The same command again is all there is to do."""
    joldau.answer = in_turn(httpx.ConnectError("refused"))

    assert joldau("import", str(file)) == Exit.AWAY
    assert joldau.err.endswith("no row is registered twice.\n")


def test_service_that_comes_back_is_waited_for(joldau, file) -> None:
    """It was restarted in the middle and goes on by itself."""
    joldau.answer = in_turn(job("running", done=5), httpx.ConnectError("refused"), job())

    assert joldau("import", str(file)) == Exit.OK


def test_refused_file_exits_with_2_and_the_reason(joldau, file) -> None:
    """Nothing was done."""
    fault = {"pointer": "#/kind", "detail": "A required field."}
    joldau.answers(
        422, title="Required columns are missing.", code="import_columns_missing", trace_id="t", errors=[fault]
    )

    assert joldau("import", str(file)) == Exit.USAGE
    assert "Required columns are missing. #/kind: A required field." in joldau.err


@pytest.mark.parametrize("name", ["appeals.docx", "appeals"])
def test_other_files_are_not_even_sent(joldau, tmp_path, name) -> None:
    """The kinds are named."""
    (tmp_path / name).write_bytes(b"x")

    assert joldau("import", str(tmp_path / name)) == Exit.USAGE
    assert ".ndjson, .csv, .xlsx" in joldau.err
    assert joldau.asked == []


def test_missing_file_exits_with_2(joldau, tmp_path) -> None:
    """As any wrong call."""
    assert joldau("import", str(tmp_path / "nowhere.csv")) == Exit.USAGE


def test_too_large_file_is_not_even_sent(joldau, tmp_path) -> None:
    """Intake would refuse it."""
    large = tmp_path / "large.csv"
    with large.open("wb") as content:
        content.truncate(64 * 2**20 + 1)

    assert joldau("import", str(large)) == Exit.USAGE
    assert "64 MiB" in joldau.err
    assert joldau.asked == []


def test_import_of_a_file_can_be_cancelled(joldau, file) -> None:
    """It is found by the file's SHA-256."""
    joldau.answer = in_turn({"items": [job("running")], "next_cursor": None}, job("cancelled"))

    assert joldau("import", str(file), "--cancel") == Exit.OK
    assert len(joldau.asked[0].url.params["sha256"]) == 64
    assert (joldau.asked[1].method, joldau.asked[1].url.path) == ("POST", f"{PATH}/cancel")


def test_unknown_file_cannot_be_cancelled(joldau, file) -> None:
    """There is nothing to stop."""
    assert joldau("import", str(file), "--cancel") == Exit.NOT_FOUND


def test_import_cancelled_by_somebody_is_no_success(joldau, file) -> None:
    """The rest of the rows is not registered."""
    joldau.answer = in_turn(job("cancelled", done=5))

    assert joldau("import", str(file)) == Exit.FAILURE
    assert "cancelled" in joldau.err


class Terminal(io.StringIO):
    """Where a person looks."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_are_bars_on_stderr(file, tmp_path) -> None:
    """The other stream stays for data."""
    out, err = io.StringIO(), Terminal()
    transport = httpx.MockTransport(in_turn(job("running", done=5, failed=2), job(failed=2), {"items": [ERROR]}))
    session = Session({"JOLDAU_KEY": "k"}, Output(out, err), folder=tmp_path, transport=transport)

    assert run(["import", str(file)], session) == Exit.FAILURE
    assert "20 of 20 rows, 2 failed" in err.getvalue()
    assert out.getvalue().startswith("id\t")
