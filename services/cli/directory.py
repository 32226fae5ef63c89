"""`joldau directory`: the directory of agencies as one file."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.agencies import told
from services.cli.options import Reason
from services.cli.session import Call

app = typer.Typer(help="Export the directory of agencies in force, and import an edited one.", no_args_is_help=True)


@app.command()
def export(call: Call) -> None:
    """Print the directory in force as a file."""
    call.obj.output.out.write(call.obj.router.call("GET", "/v1/directory").text)


@app.command("import")
def import_file(
    call: Call,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The whole directory; - for stdin.")],
    reason: Reason,
) -> None:
    """Put a whole directory in the place of that in force. It is checked first; a mistake is told with its line."""
    body = {"directory": call.obj.read(str(file)), "reason": reason}
    told(call.obj, call.obj.router.call("PUT", "/v1/directory", json=body).json())
