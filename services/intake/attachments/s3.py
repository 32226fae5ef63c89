"""A bucket of an S3-compatible store (AWS, MinIO, Ceph) that holds the bytes of documents."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.intake.attachments.storage import CHUNK, StorageAway

_ANSWER: Final = timedelta(seconds=60)
_TRIES: Final = 2


@dataclass(frozen=True)
class Bucket:
    """Which bucket, where, and with which key."""

    name: str
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = None


class S3:
    """A bucket. It must be there; an object is written whole or not at all."""

    def __init__(self, bucket: Bucket, *, spool: Path) -> None:
        self.spool = spool
        self._store = S3Store(
            bucket.name,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bool(bucket.endpoint and bucket.endpoint.startswith("http:")),
                "timeout": _ANSWER,
            },
            retry_config={"max_retries": _TRIES, "retry_timeout": _ANSWER},
        )

    async def keep(self, name: str, file: Path) -> None:
        try:
            await self._store.put_async(name, file)
        except (BaseError, OSError) as error:
            raise StorageAway from error

    async def read(self, name: str) -> AsyncIterator[bytes]:
        try:
            found = await self._store.get_async(name)
        except (BaseError, OSError) as error:
            raise StorageAway from error
        return (bytes(chunk) async for chunk in found.stream(CHUNK))

    async def remove(self, name: str) -> None:
        try:
            await self._store.delete_async(name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageAway from error
