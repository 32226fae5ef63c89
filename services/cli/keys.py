"""`joldau key`: who may call a service, and what for."""

from typing import Annotated, Final
from uuid import UUID

import typer

from services.cli.options import Of, Yes
from services.cli.session import Call

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

COLUMNS: Final = ("owner", "scopes", "prefix", "created_at", "expires_at", "revoked_at", "id")


@app.command()
def create(
    call: Call,
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="System or person that gets it.", show_default=False)],
    service: Of,
    scope: Annotated[list[str], typer.Option(help="A right, such as appeals:write; give it once for each.")],
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until when it is good, such as 2027-01-01T00:00:00Z.")
    ] = None,
) -> None:
    """Make a key. Its secret is shown this once."""
    body = {"owner": owner, "scopes": scope, "expires_at": expires}
    call.obj.output.record(call.obj.service(service).post("/v1/keys", body))
    call.obj.output.note("Keep the key now: it is not shown again.")


@app.command("list")
def listed(call: Call, service: Of) -> None:
    """All keys, without their secrets."""
    call.obj.output.rows(call.obj.service(service).get("/v1/keys")["items"], COLUMNS)


@app.command()
def rotate(
    call: Call,
    key: Annotated[UUID, typer.Argument(metavar="KEY", help="Id of the key.", show_default=False)],
    service: Of,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=2160, help="How long the old one is still good; 0 when it has leaked.")
    ] = 168,
) -> None:
    """Make a key in the place of another. Its secret is shown this once."""
    body = {"overlap_hours": overlap_hours}
    call.obj.output.record(call.obj.service(service).post(f"/v1/keys/{key}/rotate", body))
    call.obj.output.note("Keep the key now: it is not shown again.")


@app.command()
def revoke(
    call: Call,
    key: Annotated[UUID, typer.Argument(metavar="KEY", help="Id of the key.", show_default=False)],
    service: Of,
    yes: Yes = False,
) -> None:
    """Make a key useless. It stays on record."""
    call.obj.confirm(f"Revoke key {key} of {service}?", yes=yes)
    call.obj.service(service).call("DELETE", f"/v1/keys/{key}")
    call.obj.output.note("Revoked.")
