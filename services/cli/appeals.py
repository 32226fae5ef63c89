"""`joldau appeal`: what a posting system does with appeals."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from services.cli.attachments import file_names, saved, uploaded
from services.cli.client import Client
from services.cli.failure import Exit, Failed
from services.cli.options import Limit, Yes
from services.cli.session import Call

app = typer.Typer(help="Post appeals, see where they are, withdraw them.", no_args_is_help=True)

Appeal = Annotated[str, typer.Argument(metavar="APPEAL", help="Id or registration number.", show_default=False)]

COLUMNS: Final = ("registration_number", "status", "since", "language", "kind", "channel", "territory")
EVENTS: Final = ("seq", "at", "kind", "facts.agency", "facts.answer_due_on", "facts.reason")

DOCUMENTS: Final = ("name", "media_type", "size", "accesses", "uploaded_at", "removed_at", "id")
ACCESSES: Final = ("at", "by", "attachment_id", "referral_id", "address")

EXAMPLE: Final = {
    "kind": "application",
    "channel": "web",
    "language": "ru",
    "text": "На нашей улице третий месяц не горят фонари. Прошу принять меры.",
    "applicant": {"name": "Сериков Нурлан", "email": "nurlan@example.kz"},
    "territory": "Карасайский район",
}


@app.command()
def submit(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Appeal as JSON; - for stdin.", show_default=False)] = "",
    key: Annotated[str, typer.Option(help="Idempotency key; of the content, if not given.")] = "",
    attach: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Document to go with it; give it once for each.")
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Print an appeal to begin from.")] = False,
) -> None:
    """Post an appeal and print its coupon. Posting the same again makes no second appeal."""
    session = call.obj
    if example:
        session.output.out.write(json.dumps(EXAMPLE, ensure_ascii=False, indent=2) + "\n")
        return
    if not file:
        raise Failed(Exit.USAGE, "Name a file with the appeal as JSON; --example prints one.")
    body = _parsed(session.read(file), file)
    if attach:
        body = {**body, "attachments": uploaded(session.intake, attach, key=key or _key_of(body))}
    headers = {"idempotency-key": key or _key_of(body)}
    answer = session.intake.call("POST", "/v1/appeals", json=body, headers=headers)
    if answer.headers.get("idempotency-replayed"):
        session.output.note("It was registered before under this idempotency key: this is its coupon.")
    session.output.record(answer.json())


@app.command("list")
def listed(
    call: Call,
    status: Annotated[str | None, typer.Option(help="Such as referred or in_review.")] = None,
    agency: Annotated[str | None, typer.Option(help="Code of an agency that has it.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the appeal.")] = None,
    channel: Annotated[str | None, typer.Option(help="How it came.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Registered on this day or later.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Registered on this day or before.")] = None,
    limit: Limit = 50,
) -> None:
    """Appeals, newest first."""
    narrowed: dict[str, Any] = {"status": status, "agency": agency, "language": language, "channel": channel}
    days = {"registered_from": since, "registered_to": until}
    call.obj.output.rows(call.obj.intake.pages("/v1/appeals", limit=limit, **narrowed, **days), COLUMNS)


@app.command()
def show(call: Call, appeal: Appeal) -> None:
    """Where an appeal is, since when, why and until when."""
    intake = call.obj.intake
    call.obj.output.record(intake.get(f"/v1/appeals/{found(intake, appeal)}"))


@app.command()
def events(call: Call, appeal: Appeal, limit: Limit = 1000) -> None:
    """What has happened to an appeal, oldest first."""
    intake = call.obj.intake
    items = intake.pages(f"/v1/appeals/{found(intake, appeal)}/events", limit=limit)
    call.obj.output.rows(items, EVENTS)


@app.command()
def attachments(
    call: Call,
    appeal: Appeal,
    accesses: Annotated[bool, typer.Option("--accesses", help="Who has fetched them, when and from where.")] = False,
    save: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Fetch them into this folder; it is put on record.")
    ] = None,
    limit: Limit = 1000,
) -> None:
    """Documents of an appeal, and how often each was fetched."""
    intake, output = call.obj.intake, call.obj.output
    appeal_id = found(intake, appeal)
    if accesses:
        output.rows(intake.pages(f"/v1/appeals/{appeal_id}/attachments/accesses", limit=limit), ACCESSES)
        return
    items = intake.get(f"/v1/appeals/{appeal_id}/attachments")["items"]
    output.rows(items, DOCUMENTS)
    if save is not None:
        for item, name in file_names(items):
            output.note(f"Saved {saved(intake, appeal_id, item, save / name)}.")


@app.command()
def withdraw(call: Call, appeal: Appeal, yes: Yes = False) -> None:
    """The applicant takes the appeal back. This cannot be undone."""
    intake = call.obj.intake
    appeal_id = found(intake, appeal)
    call.obj.confirm(f"Withdraw appeal {appeal} for good?", yes=yes)
    call.obj.output.record(intake.post(f"/v1/appeals/{appeal_id}/withdrawal"))


def found(intake: Client, appeal: str) -> str:
    """Id of the appeal that is named by its id or its registration number. Raises `Failed`."""
    try:
        return str(UUID(appeal))
    except ValueError:
        for item in intake.pages("/v1/appeals", limit=1, registration_number=appeal):
            return str(item["id"])
    raise Failed(Exit.NOT_FOUND, f"There is no appeal {appeal} that you may see.")


def _parsed(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(Exit.USAGE, f"{source} is not JSON: {error}.") from error


def _key_of(body: Any) -> str:
    """The same content, the same key: whoever is unsure whether a call arrived just calls again."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
