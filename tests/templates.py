"""Databases that are migrated once and copied for each test, which takes a fifth of the time."""

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url

from services.chassis import migrations
from services.chassis.database import Database
from services.cli.local.postgres import PostgresCluster


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
            await self.cluster.create_database(given.database or "", template=await self._name(self.cluster, service))

    async def _file(self, service: str) -> Path:
        file = self.directory / f"{service}.db"
        if not file.exists():
            await migrated(f"sqlite+aiosqlite:///{file}", service)
        return file

    async def _name(self, cluster: PostgresCluster, service: str) -> str:
        if service not in self._names:
            name = f"{service}_{secrets.token_hex(4)}"
            await migrated(await cluster.create_database(name), service)
            self._names[service] = name
        return self._names[service]
