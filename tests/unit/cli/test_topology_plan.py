"""What `joldau topology plan` tells before anything is applied."""

from copy import deepcopy
from typing import Any

import pytest

from services.cli.topology import definitions
from services.cli.topology_plan import differences
from services.contracts.topology import topology

WANTED = definitions(topology(["akimat"]), "/")


@pytest.fixture
def present() -> dict[str, Any]:
    """A broker that has everything."""
    return deepcopy(WANTED)


def test_applied_topology_leaves_nothing_to_do(present) -> None:
    """No line, no change."""
    assert list(differences(WANTED, present)) == []


def test_empty_broker_lacks_everything() -> None:
    """A line for each exchange, queue, binding and policy."""
    nothing: dict[str, Any] = {kind: [] for kind in ("exchanges", "queues", "bindings", "policies")}
    plan = list(differences(WANTED, nothing))

    assert {line["change"] for line in plan} == {"missing"}
    assert len(plan) == sum(len(WANTED[kind]) for kind in nothing)


def test_other_arguments_are_a_difference(present) -> None:
    """`apply` would be refused there: arguments never change."""
    queue = next(queue for queue in present["queues"] if queue["name"] == "referrals.akimat")
    queue["arguments"] = {"x-queue-type": "classic"}

    assert list(differences(WANTED, present)) == [{"change": "different", "kind": "queues", "name": "referrals.akimat"}]


def test_policy_that_an_operator_changed_is_a_difference(present) -> None:
    """`apply` would set it back."""
    present["policies"][0]["definition"] = {"max-length": 1}

    assert [line["change"] for line in differences(WANTED, present)] == ["different"]


def test_strangers_are_told_and_left_alone(present) -> None:
    """An agency that has left the directory keeps its queue until somebody deletes it."""
    present["queues"].append({"name": "referrals.old", "durable": True, "auto_delete": False, "arguments": {}})
    present["bindings"].append({"source": "referrals", "routing_key": "x", "destination": "referrals.old"})

    assert [(line["change"], line["name"]) for line in differences(WANTED, present)] == [
        ("unknown", "referrals.old"),
        ("unknown", "referrals -x-> referrals.old"),
    ]
