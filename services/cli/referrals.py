"""`joldau referral`: what an operator does with referrals."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer

from services.cli.options import Because, Limit, Number, Overdue, Revision, Yes
from services.cli.session import Call

app = typer.Typer(help="See referrals; approve, reject, recall and reissue them.", no_args_is_help=True)

Referral = Annotated[UUID, typer.Argument(metavar="REFERRAL", help="Id of the referral.", show_default=False)]

COLUMNS: Final = ("registration_number", "agency", "state", "due_on", "overdue", "scope", "changed_at", "id")


@app.command("list")
def listed(
    call: Call,
    state: Annotated[str | None, typer.Option(help="Such as issued or declined.")] = None,
    agency: Annotated[str | None, typer.Option(help="Code of the agency.")] = None,
    number: Number = None,
    overdue: Overdue = False,
    limit: Limit = 50,
) -> None:
    """Referrals, the most urgent first."""
    items = call.obj.router.pages(
        "/v1/referrals",
        limit=limit,
        state=state,
        agency=agency,
        registration_number=number,
        overdue=overdue or None,
    )
    call.obj.output.rows(items, COLUMNS)


@app.command()
def show(call: Call, referral: Referral) -> None:
    """A referral with its history, its agency's replies, and the decision behind it."""
    call.obj.output.record(call.obj.router.get(f"/v1/referrals/{referral}"))


@app.command()
def approve(call: Call, referral: Referral, revision: Revision = None) -> None:
    """Issue a referral that the rules propose."""
    _act(call, referral, "approval", {"revision": revision})


@app.command()
def reject(call: Call, referral: Referral, because: Because, revision: Revision = None) -> None:
    """Refuse a referral that the rules propose; an operator says who is competent instead."""
    _act(call, referral, "rejection", {"revision": revision, "reason": because})


@app.command()
def recall(call: Call, referral: Referral, because: Because, revision: Revision = None, yes: Yes = False) -> None:
    """Take a referral back; its agency is told to stop. This cannot be undone."""
    call.obj.confirm(f"Take referral {referral} back?", yes=yes)
    _act(call, referral, "recall", {"revision": revision, "reason": because})


@app.command()
def reissue(call: Call, referral: Referral, revision: Revision = None) -> None:
    """Send a referral again that was undeliverable, or of which its agency says nothing."""
    _act(call, referral, "reissue", {"revision": revision})


def _act(call: Call, referral: UUID, verb: str, body: dict[str, Any]) -> None:
    call.obj.output.record(call.obj.router.post(f"/v1/referrals/{referral}/{verb}", body))
