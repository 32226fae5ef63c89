"""The lock files: fresh, hashed, and silent on where packages were fetched from."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
EXTRAS = [line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra]
ENTRY = re.compile(
    r"^([\w.-]+)==([\w.]+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def lock(name: str) -> str:
    return (ROOT / "requirements" / name).read_text()


@pytest.mark.parametrize(("name", "wanted"), [("runtime.lock", RUNTIME), ("dev.lock", RUNTIME + EXTRAS)])
def test_lock_holds_what_the_project_asks_for(name: str, wanted: list[str]) -> None:
    """A changed requirement needs `make lock`."""
    locked = {canonicalize_name(package): version for package, version, _ in ENTRY.findall(lock(name))}

    for requirement in map(Requirement, wanted):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("name", ["runtime.lock", "dev.lock"])
def test_every_package_is_pinned_and_hashed_and_no_host_is_named(name: str) -> None:
    """Only hashes and versions stand there, so that any mirror serves and none can deceive."""
    left = "".join(line for line in ENTRY.sub("", lock(name)).splitlines() if not line.lstrip().startswith("#"))

    assert left == ""
    assert "://" not in lock(name)


def test_packages_of_node_are_hashed_likewise() -> None:
    """tests/node: what partners' tools are made with, exact versions, and no host."""
    wanted = json.loads((ROOT / "tests" / "node" / "package.json").read_text())["dependencies"]
    text = (ROOT / "tests" / "node" / "package-lock.json").read_text()
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}

    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
