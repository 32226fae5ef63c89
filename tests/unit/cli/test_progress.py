"""What the demo says on its way, off a terminal."""

import io
from dataclasses import replace

from services.cli.local.progress import shown
from services.cli.local.rest import Snapshot
from services.cli.output import Output

START = Snapshot(
    registered=0, heard=0, decided=0, referrals=0, open_referrals=0, notices=0, notices_under_way=0, waiting=0, away=()
)


def said(*snapshots: Snapshot) -> list[str]:
    output = Output(io.StringIO(), io.StringIO())
    with shown(output, 100) as see:
        for snapshot in snapshots:
            see(snapshot)
    return output.err.getvalue().splitlines()


def test_a_line_for_each_tenth() -> None:
    """However often one looks."""
    lines = said(*(replace(START, registered=100, heard=n) for n in range(101)))

    assert len(lines) == 10
    assert lines[0].startswith("100 of 100 appeals accepted, 10 decided")


def test_outage_is_told_once_while_it_lasts() -> None:
    """And again when it comes again."""
    away = replace(START, away=("router: broker",))

    assert said(START, away, away, START, away) == ["Away: router: broker. Nothing is lost, it only takes longer."] * 2
