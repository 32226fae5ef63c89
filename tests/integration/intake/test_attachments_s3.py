"""Documents in a bucket: intake against a server that speaks S3 (moto), and against none."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from services.chassis import clock
from services.chassis.ids import new_id
from services.cli.local.ports import free_ports
from services.intake.attachments.cabinet import Cabinet
from services.intake.attachments.s3 import S3, Bucket
from services.intake.attachments.storage import StorageAway

PDF = b"%PDF-1.7\n" + b"x" * 9_000_000
"""Long enough for a multipart upload."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server with an empty bucket."""
    (port,) = free_ports(1)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{port}"
    client(url).create_bucket(Bucket="documents")
    yield url
    server.stop()


def client(url: str):
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)


def names(url: str) -> list[str]:
    return [one["Key"] for one in client(url).list_objects_v2(Bucket="documents").get("Contents", [])]


def bucket(url: str, tmp_path: Path) -> S3:
    return S3(Bucket("documents", url, access_key="k", secret_key="s"), spool=tmp_path / "spool")


async def parts(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


async def test_a_bucket_keeps_reads_and_removes(endpoint, tmp_path):
    """To keep twice is the same, to remove what is not there no error, to read what is not there the store's fault."""
    storage = bucket(endpoint, tmp_path)
    file = tmp_path / "one"
    file.write_bytes(PDF)
    await storage.keep("one", file)
    await storage.keep("one", file)
    read = b"".join([chunk async for chunk in await storage.read("one")])
    kept = await asyncio.to_thread(names, endpoint)
    await storage.remove("one")
    await storage.remove("one")

    assert read == PDF
    assert kept == ["one"]
    assert await asyncio.to_thread(names, endpoint) == []
    with pytest.raises(StorageAway):
        await storage.read("one")


async def test_a_document_goes_into_the_bucket_and_out_of_it(endpoint, open_database, sqlite_url, tmp_path):
    """The same cabinet, with another store: nothing stays in the spool."""
    database = await open_database(sqlite_url, "intake")
    storage = bucket(endpoint, tmp_path)
    cabinet = Cabinet(database, storage, new_id=new_id, now=clock.now)
    row, new = await cabinet.take(parts(PDF), posting_system="site", key="k")

    assert new
    assert await asyncio.to_thread(names, endpoint) == [f"{row.sha256}-{row.id.hex}"]
    assert not list(storage.spool.iterdir())


async def test_a_store_that_is_away_is_told_and_the_upload_can_be_said_again(
    endpoint, open_database, sqlite_url, tmp_path
):
    """503 to the client; the same key finds the same document once the store is back."""
    database = await open_database(sqlite_url, "intake")
    (nowhere,) = free_ports(1)
    away = bucket(f"http://127.0.0.1:{nowhere}", tmp_path)
    back = bucket(endpoint, tmp_path)
    with pytest.raises(StorageAway):
        await Cabinet(database, away, new_id=new_id, now=clock.now).take(parts(PDF), posting_system="a", key="k")
    row, new = await Cabinet(database, back, new_id=new_id, now=clock.now).take(parts(PDF), posting_system="a", key="k")

    assert not new
    assert f"{row.sha256}-{row.id.hex}" in await asyncio.to_thread(names, endpoint)
