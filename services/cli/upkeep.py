"""`joldau migrate` and `joldau schemas`: what a deployment and a release need."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.client import Service
from services.cli.failure import Exit, Failed
from services.cli.session import Call, Session


def migrate(call: Call) -> None:
    """Bring the databases that the environment names up to date: JOLDAU_INTAKE_DATABASE_URL and so on."""
    urls = {service: call.obj.environ.get(f"JOLDAU_{service.upper()}_DATABASE_URL") for service in Service}
    if not any(urls.values()):
        raise Failed(Exit.USAGE, "Name a database: JOLDAU_INTAKE_DATABASE_URL, …_ROUTER_… or …_NOTIFIER_….")
    for service, url in urls.items():
        if url:
            asyncio.run(_migrate(call.obj, service, url))


async def _migrate(session: Session, service: Service, url: str) -> None:
    from services.chassis import migrations  # noqa: PLC0415 - heavy: `joldau --help` does without
    from services.chassis.database import Database  # noqa: PLC0415
    from services.chassis.errors import DatabaseUnavailable  # noqa: PLC0415

    database = Database(url, service=service)
    try:
        await migrations.upgrade(database)
        revision = await migrations.revision_of(database)
    except DatabaseUnavailable as error:
        raise Failed(Exit.AWAY, f"The database of {service} is away ({error}); try again.") from error
    finally:
        await database.close()
    session.output.record({"service": service.value, "revision": revision})


def schemas(
    call: Call,
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="Where they go.")] = Path("docs/messages"),
) -> None:
    """Write the messages' JSON Schemas, AsyncAPI and the list of notices; prints the files that changed."""
    from services.cli.schemas import write  # noqa: PLC0415 - heavy, likewise

    call.obj.output.rows(({"file": str(path)} for path in write(directory)), ("file",))
