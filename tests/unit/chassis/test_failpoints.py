"""Failpoints do what a test asked for at the place and time it asked for, and nothing without it."""

import subprocess
import sys

import pytest

from services.chassis.failpoints import parsed

SCRIPT = "\n".join(  # noqa: FLY002 - a script reads better line by line
    ("from services.chassis.failpoints import reach", "for n in range(3):", " print(n, flush=True)", " reach('here')")
)


def test_the_variable_is_read_by_place_action_and_time():
    """place=action@time, separated by commas."""
    points = parsed("a.b=kill9@3, c=stall:10")

    assert (points["a.b"].action, points["a.b"].at) == ("kill9", 3)
    assert (points["c"].action, points["c"].at) == ("stall:10", 1)


@pytest.mark.parametrize(
    ("setting", "code", "printed"),
    [("", 0, "0\n1\n2\n"), ("here=kill9@2", -9, "0\n1\n"), ("here=error@1", 1, "0\n"), ("there=kill9", 0, "0\n1\n2\n")],
)
def test_a_process_dies_at_its_failpoint(setting, code, printed):
    """A real process, really killed."""
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={"JOLDAU_FAILPOINTS": setting}, capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout) == (code, printed)
