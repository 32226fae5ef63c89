"""The two verbs of a service's process: serve, and migrate its database."""

import asyncio
import sys
from collections.abc import Callable

from services.chassis import logs, migrations, settings
from services.chassis.database import Database
from services.chassis.errors import DatabaseUnavailable
from services.chassis.service import Service
from services.chassis.settings import ServiceSettings, Settings


def run(name: str, kind: type[Settings], assemble: Callable[[Settings], Service]) -> None:
    """Do what the command line says. Exit codes: 0 done, 1 failed, 2 used wrongly, 5 a dependency is away."""
    verb = sys.argv[1] if len(sys.argv) == 2 else ""  # noqa: PLR2004 - the program and its verb
    if verb not in {"serve", "migrate"}:
        sys.stderr.write(f"usage: python -m services.{name} serve|migrate\n")
        sys.exit(2)
    given = settings.read(kind)
    logs.configure(service=name, level=given.log_level)
    if verb == "serve":
        assemble(given).run()
    else:
        asyncio.run(_migrate(name, given))


async def _migrate(name: str, given: ServiceSettings) -> None:
    database = Database(given.database_url, service=name)
    try:
        await migrations.upgrade(database)
    except DatabaseUnavailable as error:
        sys.stderr.write(f"the database is away ({error}); try again\n")
        sys.exit(5)
    finally:
        await database.close()
