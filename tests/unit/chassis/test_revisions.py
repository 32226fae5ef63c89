"""The migrations of each service are one chain."""

import pytest

from services.chassis.migrations import SERVICES


@pytest.mark.parametrize("service", ["intake", "router", "notifier"])
def test_revisions_are_numbered_one_after_the_other(service: str) -> None:
    """Two changes that were made at the same time may both come next: one of them must give way."""
    files = sorted((SERVICES / service / "migrations" / "versions").glob("[0-9]*.py"))
    told = [[line for line in one.read_text("utf-8").splitlines() if "revision = " in line] for one in files]

    names = [f'"{number:04}"' for number in range(1, len(files) + 1)]
    before = ["None", *names[:-1]]
    assert told == [[f"revision = {new}", f"down_revision = {old}"] for new, old in zip(names, before, strict=True)]
