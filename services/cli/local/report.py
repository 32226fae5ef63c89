"""The demo's report: for people as tables, for machines as one JSON object."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from services.cli.local.demo import Report
from services.cli.local.state import Facts
from services.contracts.calendar import ALMATY

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PERCENT: Final = 100


def as_data(report: Report, facts: Facts) -> dict[str, Any]:
    """The whole report. Its first words tell whether the accounting is whole."""
    return {
        "whole": report.whole,
        "at_rest": report.at_rest,
        "account": asdict(report.account),
        "count": asdict(report.count),
        "times": asdict(report.times),
        "example": {
            "registration_number": report.example.registration_number,
            "status_url": report.example.status_url,
            "events": list(report.way),
        },
        "addresses": {"intake": facts.intake, "router": facts.router, "notifier": facts.notifier},
    }


def show(console: "Console", report: Report) -> None:
    """Print it for people."""
    console.print(_comparison(report))
    for lines in ([_judged(report)], _accounting(report), _times(report), _way(report)):
        console.print()
        console.print("\n".join(lines), soft_wrap=True)


def _comparison(report: Report) -> "Table":
    from rich.table import Table  # noqa: PLC0415 - only where people look

    table = Table("Appeals of the year", box=None, pad_edge=False, header_style="bold")
    for heading in ("article", "this year", "Joldau counted", "difference"):
        table.add_column(heading, justify="right")
    for row in report.count.rows:
        numbers = (
            str(row.article),
            str(row.truth),
            str(row.counted),
            f"{row.difference:+d}" if row.difference else "0",
        )
        table.add_row("  " * row.level + row.label, *numbers)
    return table


def _judged(report: Report) -> str:
    count, total = report.count, report.account.accepted
    decided = count.right + count.wrong
    return (
        f"By the text alone {decided} of {total} were decided, {_share(count.right, decided)} of them rightly "
        f"({count.wrong} wrongly), and {count.undecided} left to a person. "
        f"{count.corruption_missed} that tell of corruption were taken for another body's matter."
    )


def _accounting(report: Report) -> Iterator[str]:
    a = report.account
    yield (
        f"Accepted {a.accepted} = {a.retained} retained + {a.referred} referred and answered "
        f"+ {a.with_operator} with an operator"
    )
    yield f"Lost {a.lost}, doubled {a.doubled}, unknown {a.unknown}, posting system not told {a.untold}"
    yield f"Referrals that came again and were dropped by their agency: {a.redelivered}"
    for name, told in (("E-mails", a.mail), ("Webhooks", a.webhooks)):
        yield (
            f"{name}: {told.arrived} arrived of {told.expected}, {told.missing} missing, {told.doubled} doubled, "
            f"{told.repeated} repeated under the same id"
        )
    yield "The accounting is whole." if report.whole else "THE ACCOUNTING IS NOT WHOLE."


def _times(report: Report) -> Iterator[str]:
    t = report.times
    yield f"Accepted {t.accepted_per_second} appeals/s; POST p50 {t.post_p50_ms} ms, p99 {t.post_p99_ms} ms"
    yield (
        f"Settled {t.settled_per_second} appeals/s ({t.seconds} s in all): decided, referred, answered, all told; "
        f"from POST to word of who has it p50 {t.decided_p50_ms / 1000:.1f} s, p99 {t.decided_p99_ms / 1000:.1f} s"
    )
    if t.sent_again:
        yield f"The posting system had to repeat {t.sent_again} requests"


def _way(report: Report) -> Iterator[str]:
    yield f"The way of {report.example.registration_number}:"
    for event in report.way:
        at = datetime.fromisoformat(event["at"]).astimezone(ALMATY)
        agency = event["facts"].get("agency", "")
        yield f"  {at:%H:%M:%S}.{at.microsecond // 1000:03}  {event['kind']:<20} {agency}".rstrip()


def _share(part: int, whole: int) -> str:
    return f"{part / whole * _PERCENT:.1f} %" if whole else "none"
