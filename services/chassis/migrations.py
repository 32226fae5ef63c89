"""Migrations: one Alembic environment per service, run explicitly, never by a service that starts."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from services.chassis import inbox, keys, outbox, parked
from services.chassis.database import Database

SERVICES = Path(__file__).parent.parent
CHASSIS_METADATA = (outbox.metadata, inbox.metadata, parked.metadata, keys.metadata)


def config_for(service: str) -> Config:
    """Alembic's configuration for a service; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_of(service: str) -> str | None:
    """The newest revision that the code knows."""
    return ScriptDirectory.from_config(config_for(service)).get_current_head()


async def revision_of(database: Database) -> str | None:
    """The revision that the database is at; None when it is empty. Raises `DatabaseUnavailable`."""
    async with database.reading() as tx:
        return await tx.connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())


async def upgrade(database: Database, *, to: str = "head") -> None:
    """Bring the database to a revision."""
    await _run(database, lambda config: command.upgrade(config, to))


async def downgrade(database: Database, *, to: str) -> None:
    """Bring the database back to a revision."""
    await _run(database, lambda config: command.downgrade(config, to))


async def check(database: Database) -> None:
    """Raise when tables and migrations differ."""
    await _run(database, command.check)


async def _run(database: Database, what: Callable[[Config], None]) -> None:
    def run(connection: Connection) -> None:
        config = config_for(database.service)
        config.attributes["connection"] = connection
        what(config)

    async with database.transaction() as tx:
        if not database.is_sqlite:  # one migration at a time; SQLite's BEGIN IMMEDIATE sees to it by itself
            await tx.execute(text("SELECT pg_advisory_xact_lock(7310)"))
        await tx.connection.run_sync(run)


def run_environment(*own: MetaData) -> None:
    """Body of every service's ``migrations/env.py``."""
    from alembic import context  # noqa: PLC0415 - exists only while Alembic runs

    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=[*CHASSIS_METADATA, *own],
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=False,  # the transaction is the caller's
    )
    context.run_migrations()
