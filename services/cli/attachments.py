"""Documents of appeals, from files on this machine to intake and back."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from services.cli.client import Client
from services.cli.failure import Exit, Failed


def uploaded(intake: Client, files: Iterable[Path], *, key: str) -> list[dict[str, str]]:
    """Upload files, and how an appeal names them. The same files for the same `key` are the same documents."""
    named = []
    for number, file in enumerate(files):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise Failed(Exit.USAGE, f"{file} cannot be read: {error.strerror}.") from error
        headers = {
            "idempotency-key": f"{key[:120]}/{number}/{hashlib.sha256(content).hexdigest()}",
            "content-type": "application/octet-stream",
        }
        answer = intake.call("POST", "/v1/attachments", content=content, headers=headers)
        named.append({"id": answer.json()["id"], "name": file.name})
    return named


def file_names(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each document that is kept with the name of its file: one that has been taken gets its place in front."""
    taken: set[str] = set()
    for number, item in enumerate(items, 1):
        if item["removed_at"] is None:
            name = Path(str(item["name"])).name
            name = f"{number}-{name}" if name in taken else name
            taken.add(name)
            yield item, name


def saved(intake: Client, appeal_id: str, item: Mapping[str, Any], file: Path) -> Path:
    """Fetch a document into a file, where nothing is overwritten. The access is put on record."""
    if file.exists():
        raise Failed(Exit.USAGE, f"{file} is there already: name another folder.")
    content = intake.call("GET", f"/v1/appeals/{appeal_id}/attachments/{item['id']}").content
    if hashlib.sha256(content).hexdigest() != item["sha256"]:
        raise Failed(Exit.FAILURE, f"{item['name']} has come damaged: fetch it again.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
