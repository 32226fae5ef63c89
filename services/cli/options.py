"""Options that several commands have."""

from typing import Annotated

import typer

from services.cli.client import Service

Limit = Annotated[int, typer.Option(min=1, help="How many at most.")]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason, which stays on record.")]
Reason = Annotated[
    str, typer.Option("--reason", "--because", metavar="TEXT", help="The reason, which stays on record.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Of = Annotated[Service, typer.Option("--service", help="Which service.", show_default=False)]
Number = Annotated[str | None, typer.Option("--number", help="Registration number of the appeal.")]
Overdue = Annotated[bool, typer.Option("--overdue", help="Only what is late.")]
Revision = Annotated[
    int | None, typer.Option(min=1, help="Do it only if the referral is still at this revision.", show_default=False)
]
Seed = Annotated[int, typer.Option(help="The same seed, the same year and the same replies.")]
