"""Each service's migrations are one chain."""

import pytest
from alembic.script import ScriptDirectory

from services.chassis.migrations import config_for


@pytest.mark.parametrize("service", ["intake", "router", "notifier"])
def test_revisions_are_numbered_one_after_the_other(service):
    """Two that were made beside each other under one number are found before any database is (alembic only warns)."""
    chain = ScriptDirectory.from_config(config_for(service)).walk_revisions()
    revisions = sorted(one.revision for one in chain)

    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
