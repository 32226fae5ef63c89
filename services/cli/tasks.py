"""`joldau task`: what waits for an operator."""

from typing import Annotated, Any, Final
from uuid import UUID

import typer

from services.cli.failure import Exit, Failed
from services.cli.options import Because, Limit, Number, Overdue, Yes
from services.cli.session import Call

app = typer.Typer(help="See what waits for a person, and settle it.", no_args_is_help=True)

Task = Annotated[UUID, typer.Argument(metavar="TASK", help="Id of the task.", show_default=False)]

Told = Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason, which the applicant is told.")]
Ground = Annotated[str, typer.Option("--ground", help="Such as repeated, obscene, not_fixed or court_act.")]

_OURS: Final = "ours"
COLUMNS: Final = ("registration_number", "question", "due_on", "overdue", "language", "kind", "question_text", "id")


@app.command("list")
def listed(
    call: Call,
    state: Annotated[str, typer.Option(help="open, or how it ended.")] = "open",
    question: Annotated[str | None, typer.Option(help="Such as disagreement or declined.")] = None,
    number: Number = None,
    overdue: Overdue = False,
    limit: Limit = 50,
) -> None:
    """Tasks, the most urgent first."""
    items = call.obj.router.pages(
        "/v1/tasks",
        limit=limit,
        state=state,
        question=question,
        registration_number=number,
        overdue=overdue or None,
    )
    call.obj.output.rows(items, COLUMNS)


@app.command()
def show(call: Call, task: Task) -> None:
    """A task with the appeal's text, the agencies that come into question, and the evidence for each."""
    call.obj.output.record(call.obj.router.get(f"/v1/tasks/{task}"))


@app.command()
def claim(
    call: Call,
    task: Task,
    take_over: Annotated[bool, typer.Option("--take-over", help="Also from somebody else.")] = False,
) -> None:
    """Say that you work on the task's appeal: nobody else's decision on it is taken for ten minutes."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/claim", {"take_over": take_over}))


@app.command()
def release(call: Call, task: Task) -> None:
    """Put the task's appeal back for others."""
    call.obj.router.call("DELETE", f"/v1/tasks/{task}/claim")


@app.command()
def assign(
    call: Call,
    task: Task,
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="Code of the agency.", show_default=False)],
    because: Because,
    part: Annotated[
        str | None, typer.Option(metavar="FILE", help="Refer only the part quoted in this file; - for stdin.")
    ] = None,
) -> None:
    """Refer the appeal to an agency."""
    body = {"agency": agency, "reason": because, "part": None if part is None else call.obj.read(part)}
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/assignment", body))


@app.command()
def divide(
    call: Call,
    task: Task,
    because: Because,
    part: Annotated[
        list[str],
        typer.Option(
            metavar="AGENCY=FILE",
            help="A part quoted from the appeal and who is to have it; ours=FILE keeps it, ours alone keeps the rest.",
        ),
    ],
    rewritten: Annotated[bool, typer.Option("--rewritten", help="The parts are extracts in your own words.")] = False,
) -> None:
    """Divide the appeal into parts, each for an agency or ours."""
    parts = [_part(call, one, rewritten=rewritten) for one in part]
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/division", {"reason": because, "parts": parts}))


def _part(call: Call, told: str, *, rewritten: bool) -> dict[str, Any]:
    agency, _, source = told.partition("=")
    text = call.obj.read(source) if source else None
    return {
        "agency": None if agency == _OURS else agency,
        "text": text,
        "rewritten": rewritten and text is not None,
    }


@app.command()
def retain(call: Call, task: Task, because: Because) -> None:
    """Say that the appeal is within our own competence."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/retention", {"reason": because}))


@app.command()
def arbitrate(
    call: Call,
    task: Task,
    because: Told,
    agency: Annotated[str | None, typer.Option("--agency", metavar="CODE", help="Who is to have it.")] = None,
    ours: Annotated[bool, typer.Option("--ours", help="We are to have it ourselves.")] = False,
) -> None:
    """Decide a dispute, for good: the agency named cannot decline. It takes the scope referrals:arbitrate."""
    if (agency is None) is not ours:
        raise Failed(Exit.USAGE, "Name the agency with --agency CODE, or say --ours.")
    body = {"agency": agency, "reason": because}
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/arbitration", body))


@app.command()
def dismiss(call: Call, task: Task, because: Because) -> None:
    """Close a task that only asks for a look."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/dismissal", {"reason": because}))


@app.command("ask-to-fix")
def ask_to_fix(
    call: Call,
    task: Task,
    lacking: Annotated[list[str], typer.Option("--lacks", help="Such as postal_address or signature; repeatable.")],
    because: Told,
    fix_by: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day to add it.")] = None,
) -> None:
    """Ask the applicant to add what the appeal lacks; when the day has passed, a task asks for its return."""
    body = {"lacking": lacking, "fix_by": fix_by, "reason": because}
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/fix-request", body))


@app.command("return")
def give_back(call: Call, task: Task, ground: Ground, because: Told) -> None:
    """Return the appeal to its applicant."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/return", {"ground": ground, "reason": because}))


@app.command()
def terminate(call: Call, task: Task, ground: Ground, because: Told) -> None:
    """Terminate the procedure."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/termination", {"ground": ground, "reason": because}))


@app.command("file")
def file_to(
    call: Call,
    task: Task,
    earlier: Annotated[str, typer.Option("--to", metavar="NUMBER", help="Registration number of the earlier appeal.")],
    because: Because,
) -> None:
    """File the appeal to an earlier one that was returned, without an answer."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/filing", {"earlier": earlier, "reason": because}))


@app.command("court-route")
def court_route(call: Call, task: Task, because: Told) -> None:
    """Tell the applicant that nobody but a court stands above the body complained of."""
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/court-route", {"reason": because}))


@app.command("open")
def open_(
    call: Call,
    appeal: Annotated[UUID, typer.Argument(metavar="APPEAL", help="Id of the appeal.", show_default=False)],
    because: Because,
) -> None:
    """Look again at an appeal that is considered ours, or whose applicant has added what it lacked."""
    call.obj.output.record(call.obj.router.post(f"/v1/appeals/{appeal}/review", {"reason": because}))


@app.command()
def protect(call: Call, task: Task, yes: Yes = False) -> None:
    """Move the appeal to a protected channel: its text and author are forgotten here. This cannot be undone."""
    call.obj.confirm(f"Forget text and author of the appeal of task {task} for good?", yes=yes)
    call.obj.output.record(call.obj.router.post(f"/v1/tasks/{task}/protection"))
