"""`joldau referral`: what an operator does with referrals."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer
from pydantic import ValidationError

from services.cli.certificates import lines
from services.cli.failure import Exit, Failed
from services.cli.options import Because, Limit, Number, Overdue, Revision, Yes
from services.cli.session import Call
from services.contracts.proof import Certificate, faults

app = typer.Typer(
    help="See referrals; approve, reject, recall, correct and reissue them, remind of them.", no_args_is_help=True
)

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
def correct(
    call: Call,
    referral: Referral,
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="Code of the right agency.", show_default=False)],
    because: Because,
    revision: Revision = None,
    yes: Yes = False,
) -> None:
    """Give to the right agency what went to a wrong one, in one act; the term goes on. This cannot be undone."""
    call.obj.confirm(f"Take referral {referral} back and give it to {agency}?", yes=yes)
    _act(call, referral, "correction", {"revision": revision, "reason": because, "agency": agency})


@app.command()
def reissue(call: Call, referral: Referral, revision: Revision = None) -> None:
    """Send a referral again that was undeliverable, or of which its agency says nothing."""
    _act(call, referral, "reissue", {"revision": revision})


@app.command()
def remind(call: Call, referral: Referral, revision: Revision = None) -> None:
    """Remind an agency of what it owes next; not twice in an hour."""
    _act(call, referral, "reminder", {"revision": revision})


@app.command()
def certificate(call: Call, referral: Referral) -> None:
    """What proves that the agency was given the referral, and what it said. With --json, a file to be verified."""
    found = call.obj.router.get(f"/v1/referrals/{referral}/certificate")
    if call.obj.output.as_json:
        call.obj.output.record(found)
        return
    for line in lines(Certificate.model_validate(found), call.obj.language):
        call.obj.output.line(line)


@app.command()
def verify(
    call: Call,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A certificate as JSON; - for stdin.", show_default=False)
    ],
    key: Annotated[
        list[str] | None, typer.Option("--key", help="Public key that counts, repeatable; the router's, if not given.")
    ] = None,
) -> None:
    """Verify a certificate. With --key nothing else is needed, neither a service nor a network."""
    try:
        read = Certificate.model_validate_json(call.obj.read(file))
    except ValidationError as error:
        raise Failed(
            Exit.FAILURE, f"{file} is no certificate, or was changed: {error.error_count()} faults."
        ) from error
    found = faults(read, key or [call.obj.router.get("/v1/proof/key")["key"]])
    if found:
        raise Failed(Exit.FAILURE, "\n".join(("The certificate does not hold.", *found)))
    call.obj.output.record({"referral_id": str(read.referral_id), "entries": len(read.entries), "holds": True})


def _act(call: Call, referral: UUID, verb: str, body: dict[str, Any]) -> None:
    call.obj.output.record(call.obj.router.post(f"/v1/referrals/{referral}/{verb}", body))
