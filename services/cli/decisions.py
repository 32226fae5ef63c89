"""`joldau decision`: why an appeal went where it went, and whether the record holds."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer

from services.cli.failure import Exit, Failed
from services.cli.session import Call

app = typer.Typer(help="See why: explain, show and verify decisions.", no_args_is_help=True)

Decision = Annotated[UUID, typer.Argument(metavar="DECISION", help="Id of the decision.", show_default=False)]
Which = Annotated[
    str, typer.Argument(metavar="DECISION|NUMBER", help="Id, or the appeal's registration number.", show_default=False)
]

COLUMNS: Final = ("made_at", "part_number", "made_by", "verdict.outcome", "verdict.agency", "rules", "id")


@app.command("list")
def listed(call: Call, number: Annotated[str, typer.Argument(help="Registration number.", show_default=False)]) -> None:
    """The decisions on an appeal, the first one first."""
    call.obj.output.rows(_numbered(call, number), COLUMNS)


@app.command()
def show(call: Call, decision: Decision) -> None:
    """A decision's record, as it is stored."""
    call.obj.output.record(call.obj.router.get(f"/v1/decisions/{decision}"))


@app.command()
def explain(call: Call, which: Which) -> None:
    """Why an appeal went there, in plain words; --lang kk, ru or en."""
    for decision in _which(call, which):
        told = call.obj.router.get(f"/v1/decisions/{decision}/explanation")
        if call.obj.output.as_json:
            call.obj.output.record(told)
        else:
            call.obj.output.rows([{"sentence": sentence} for sentence in told["sentences"]], ("sentence",))


@app.command()
def verify(call: Call, which: Which) -> None:
    """Make the decision again from what is stored; exit code 1 when the record is another one."""
    found = [call.obj.router.get(f"/v1/decisions/{decision}/verification") for decision in _which(call, which)]
    call.obj.output.rows(found, ("decision_id", "same", "rules", "differences"))
    if not all(one["same"] for one in found):
        raise Failed(Exit.FAILURE, "A record is not what its inputs make: see the differences.")


def _which(call: Call, which: str) -> list[str]:
    try:
        return [str(UUID(which))]
    except ValueError:
        return [item["id"] for item in _numbered(call, which)]


def _numbered(call: Call, number: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = call.obj.router.get("/v1/decisions", registration_number=number)["items"]
    if not items:
        raise Failed(Exit.NOT_FOUND, f"No decision on an appeal {number}: see `joldau appeal list`.")
    return items
