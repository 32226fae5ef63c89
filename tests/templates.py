"""Databases that are migrated once and copied for each test, which takes a fifth of the time.

A copy costs PostgreSQL's kernel hundreds of files. So one that a test is done with is emptied and lent again, unless
the test has changed more than rows.
"""

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url

from services.chassis import migrations
from services.chassis.database import Database
from services.cli.local.postgres import PostgresCluster

_EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%' LOOP
        EXECUTE format('DELETE FROM %I', one);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one);
    END LOOP;
END $$
"""
_SHAPE = """
SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_constraint),
    (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc)
"""


async def migrated(url: str, service: str, *, to: str = "head") -> None:
    """Bring a database to a revision."""
    database = Database(url, service=service)
    await migrations.upgrade(database, to=to)
    await database.close()


@dataclass
class Templates:
    """A migrated database of each service, of each kind, made by the first that asks for a copy."""

    directory: Path
    """Where those of SQLite lie."""
    cluster: PostgresCluster | None = None
    """Where those of PostgreSQL are, once it is there."""
    _names: dict[str, str] = field(default_factory=dict)
    """Of those in the cluster, by service; another process has its own there."""
    _shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """What is in those of the cluster beside rows, by service."""
    _lent: dict[str, str] = field(default_factory=dict)
    """The service of each copy in the cluster that a test has."""
    _free: dict[str, list[str]] = field(default_factory=dict)
    """Emptied copies in the cluster, by service."""

    async def copies(self, urls: Mapping[str, str]) -> Mapping[str, str]:
        """A copy at each service's URL."""
        for service, url in urls.items():
            await self.copy(url, service)
        return urls

    async def copy(self, url: str, service: str) -> None:
        """Put a migrated database where `url` says and where none is."""
        given = make_url(url)
        if given.get_backend_name() == "sqlite":
            shutil.copyfile(await self._file(service), given.database or "")
        else:
            assert self.cluster is not None
            await self._lend(self.cluster, given.database or "", service)

    async def give_back(self, name: str) -> None:
        """Take a database of the cluster from whoever is connected to it: it is lent again, or dropped."""
        assert self.cluster is not None
        service = self._lent.pop(name, None)
        if service and await self._emptied(self.cluster, name) == self._shapes[service]:
            self._free.setdefault(service, []).append(name)
        else:
            await self.cluster.drop_database(name)

    async def _lend(self, cluster: PostgresCluster, name: str, service: str) -> None:
        if free := self._free.get(service):
            await cluster.rename_database(free.pop(), name)
        else:
            await cluster.create_database(name, template=await self._name(cluster, service))
        self._lent[name] = service

    async def _emptied(self, cluster: PostgresCluster, name: str) -> tuple[int, ...]:
        """Delete all rows, and let all numbers begin anew; what else is in the database."""
        await cluster.close_connections(name)
        connection = await cluster.connect(name)
        await connection.execute(_EMPTY)
        shape = tuple(await connection.fetchrow(_SHAPE))
        await connection.close()
        return shape

    async def _file(self, service: str) -> Path:
        file = self.directory / f"{service}.db"
        if not file.exists():
            await migrated(f"sqlite+aiosqlite:///{file}", service)
        return file

    async def _name(self, cluster: PostgresCluster, service: str) -> str:
        if service not in self._names:
            name = f"{service}_{secrets.token_hex(4)}"
            await migrated(await cluster.create_database(name), service)
            self._names[service], self._shapes[service] = name, await self._emptied(cluster, name)
        return self._names[service]
