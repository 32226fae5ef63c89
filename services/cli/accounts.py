"""The broker's users, through its management API: who is there, and how those that are missing are let in."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from services.cli.failure import Exit, Failed
from services.contracts.access import Account

STAFF: Final = frozenset({"topology", "operator"})
"""Users of the people who run the broker (deploy/rabbitmq/users.json): not ours to make or to take away."""

_BYTES: Final = 24
_NOT_FOUND: Final = 404


def wanted(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    """Accounts as a plan compares them."""
    return [{"name": one.name, **one.rights, "limits": one.limits} for one in accounts]


async def present(api: httpx.AsyncClient, vhost: str) -> list[dict[str, Any]]:
    """Who has any right in the virtual host, but for the staff and whoever asks. Only an administrator may ask."""
    asking = (await _got(api, "/whoami"))["name"]
    limits = {one["user"]: one["value"] for one in await _got(api, "/user-limits")}
    rights = await _got(api, f"/vhosts/{_path(vhost)}/permissions")
    return [
        {
            "name": right["user"],
            **{name: right[name] for name in ("configure", "write", "read")},
            "limits": limits.get(right["user"], {}),
        }
        for right in rights
        if right["user"] not in STAFF | {asking}
    ]


@dataclass(frozen=True)
class Passwords:
    """Where passwords come from: files named after the users in `folder`, else they are made and told once."""

    folder: Path | None

    def given(self, user: str) -> str | None:
        """The user's password, if there is a file with it."""
        if self.folder is None or not (file := self.folder / user).exists():
            return None
        with _told(file):
            return file.read_text(encoding="utf-8").strip()

    def made(self, user: str) -> str:
        """A new password, kept in the folder if there is one, for its owner's eyes."""
        password = secrets.token_hex(_BYTES)
        if self.folder is not None:
            file = self.folder / user
            with _told(file):
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                file.touch(mode=0o600)
                file.write_text(f"{password}\n", encoding="utf-8")
        return password


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Failed(Exit.USAGE, f"{file} cannot be used: {error.strerror}.") from error


async def let_in(
    api: httpx.AsyncClient, vhost: str, account: Account, passwords: Passwords, *, renew: bool = False
) -> str | None:
    """Give the account its rights and limits; make its user if there is none. The password, if it was made now.

    A password in a file is set each time, so a changed file changes it; without a file, `renew` makes a new one.
    """
    path = f"/users/{_path(account.name)}"
    there = (await api.get(path)).status_code != _NOT_FOUND
    made, password = None, passwords.given(account.name)
    if renew or (password is None and not there):
        made = password = passwords.made(account.name)
    if password is not None:
        await _put(api, path, {"password_hash": hashed(password), **_HASHING, "tags": ""})
    await _put(api, f"/permissions/{_path(vhost)}/{_path(account.name)}", account.rights)
    for name, value in account.limits.items():
        await _put(api, f"/user-limits/{_path(account.name)}/{name}", {"value": value})
    return made


async def shut_out(api: httpx.AsyncClient, vhost: str, user: str) -> None:
    """Take a user's rights in the virtual host; one that has none elsewhere is deleted, which ends its connections."""
    (await api.delete(f"/permissions/{_path(vhost)}/{_path(user)}")).raise_for_status()
    if not await _got(api, f"/users/{_path(user)}/permissions"):
        (await api.delete(f"/users/{_path(user)}")).raise_for_status()


def definitions(accounts: Iterable[Account], vhost: str, passwords: Passwords) -> Mapping[str, Any]:
    """Users and permissions for a definitions file; the passwords' hashes alone. Raises KeyError: no password."""
    users, permissions = [], []
    for one in accounts:
        if (password := passwords.given(one.name)) is None:
            raise KeyError(one.name)
        users.append(
            {"name": one.name, "password_hash": hashed(password), **_HASHING, "tags": "", "limits": one.limits}
        )
        permissions.append({"user": one.name, "vhost": vhost, **one.rights})
    return {"users": users, "permissions": permissions}


_HASHING: Final = {"hashing_algorithm": "rabbit_password_hashing_sha256"}


def hashed(password: str) -> str:
    """RabbitMQ's salted hash (its documentation, "Passwords"): no password goes over the wire or into a file."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


async def _got(api: httpx.AsyncClient, path: str) -> Any:
    return (await api.get(path)).raise_for_status().json()


async def _put(api: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> None:
    (await api.put(path, json=body)).raise_for_status()


def _path(name: str) -> str:
    return quote(name, safe="")
