"""`joldau operator`: who may sign in to the console, and as what."""

import secrets
from typing import Annotated, Any, Final

import typer

from services.cli.failure import Exit, Failed
from services.cli.session import Call, Session

app = typer.Typer(help="Make and change the console's accounts.", no_args_is_help=True)

COLUMNS: Final = ("login", "name", "roles", "language", "created_at", "disabled_at", "locked_until", "id")
ROLES: Final = "viewer, operator, approver, sealed_officer, administrator or auditor"

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="What they sign in with.", show_default=False)]
PasswordFile = Annotated[
    str | None,
    typer.Option("--password", metavar="FILE", help="File with the password, - for stdin; else one is made."),
]


@app.command()
def add(
    call: Call,
    login: Login,
    role: Annotated[list[str], typer.Option(help=f"{ROLES}; give it once for each.")],
    name: Annotated[str | None, typer.Option(help="How the console calls them; the login, if not given.")] = None,
    language: Annotated[str, typer.Option(help="kk, ru or en.")] = "kk",
    password: PasswordFile = None,
) -> None:
    """Make an account. A password that is made here is shown this once."""
    chosen = _password(call.obj, password)
    body = {"login": login, "name": name or login, "roles": role, "language": language, "password": chosen}
    made = call.obj.router.post("/v1/operators", body)
    _tell(call.obj, made, chosen, given=password is not None)


@app.command("list")
def listed(call: Call) -> None:
    """All accounts."""
    call.obj.output.rows(call.obj.router.get("/v1/operators")["items"], COLUMNS)


@app.command()
def change(
    call: Call,
    login: Login,
    role: Annotated[list[str] | None, typer.Option(help=f"{ROLES}: all that they are from now on.")] = None,
    name: Annotated[str | None, typer.Option(help="How the console calls them.")] = None,
) -> None:
    """Change what somebody is, or is called. With other roles they sign in again."""
    _change(call.obj, login, roles=role or None, name=name)
    call.obj.output.note("Changed.")


@app.command("password")
def password_(call: Call, login: Login, password: PasswordFile = None) -> None:
    """Give somebody a new password, and open an account that wrong ones have closed."""
    chosen = _password(call.obj, password)
    _change(call.obj, login, password=chosen)
    _tell(call.obj, {"login": login}, chosen, given=password is not None)


@app.command()
def disable(call: Call, login: Login) -> None:
    """Let somebody in no more. The account stays on record."""
    _change(call.obj, login, disabled=True)
    call.obj.output.note("Disabled.")


@app.command()
def enable(call: Call, login: Login) -> None:
    """Let somebody in again."""
    _change(call.obj, login, disabled=False)
    call.obj.output.note("Enabled.")


def _change(session: Session, login: str, **changes: Any) -> None:
    found = [one for one in session.router.get("/v1/operators")["items"] if one["login"] == login]
    if not found:
        raise Failed(Exit.NOT_FOUND, f"There is no account {login}: see joldau operator list.")
    told = {name: value for name, value in changes.items() if value is not None}
    session.router.call("PATCH", f"/v1/operators/{found[0]['id']}", json=told)


def _password(session: Session, source: str | None) -> str:
    return session.read(source).strip() if source is not None else secrets.token_urlsafe(15)


def _tell(session: Session, made: dict[str, Any], password: str, *, given: bool) -> None:
    session.output.record(made if given else {**made, "password": password})
    if not given:
        session.output.note("Keep the password now: it is not shown again.")
