"""The topology is data: consistent in itself, and made only of what RabbitMQ 3.10 and 4.x both accept."""

import re

from services.cli.topology import definitions
from services.contracts.topology import (
    EXCHANGE_OF,
    RETRY_STEPS_SECONDS,
    WORK_QUEUES,
    agency_of_reply_exchange,
    parked_queue,
    reply_exchange,
    retry_name,
    topology,
)

WHOLE = topology(["akimat", "education", "land-relations"])

ARGUMENTS_3_10_TO_4 = {
    "x-queue-type", "x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-strategy", "x-overflow"
}  # fmt: skip
POLICIES_3_10_TO_4 = {
    "delivery-limit", "max-length", "overflow",
    "dead-letter-exchange", "dead-letter-routing-key", "dead-letter-strategy",
}  # fmt: skip


def test_bindings_join_what_is_declared():
    """No binding to an exchange or queue that nobody declares, and no queue that nothing reaches."""
    exchanges = {exchange.name for exchange in WHOLE.exchanges}
    queues = {queue.name for queue in WHOLE.queues}

    assert {binding.exchange for binding in WHOLE.bindings} <= exchanges
    assert {binding.queue for binding in WHOLE.bindings} == queues
    assert set(EXCHANGE_OF.values()) <= exchanges


def test_every_queue_is_a_quorum_queue_with_arguments_that_both_versions_know():
    """Arguments cannot change once declared, so they are few; an unknown key would be accepted silently by 3.10."""
    for queue in WHOLE.queues:
        assert queue.declaration()["x-queue-type"] == "quorum"
        assert set(queue.declaration()) <= ARGUMENTS_3_10_TO_4


def test_policies_hold_only_keys_that_3_10_accepts():
    """One unknown key makes a 3.10 broker refuse the whole definitions file."""
    for policy in WHOLE.policies:
        assert set(policy.definition) <= POLICIES_3_10_TO_4
        assert policy.pattern.startswith("^")


def test_dead_letters_are_never_dropped():
    """At-least-once needs reject-publish, or it silently is at-most-once; a limit is never -1 nor 0."""
    for policy in WHOLE.policies:
        definition = policy.definition
        assert definition["overflow"] == "reject-publish"
        assert definition["max-length"] > 0
        if policy.name != "retry":  # its queues have it in their arguments
            assert definition["dead-letter-strategy"] == "at-least-once"
            assert definition["delivery-limit"] >= 20
    for queue in WHOLE.queues:
        if "x-dead-letter-exchange" in queue.arguments:
            assert queue.arguments["x-overflow"] == "reject-publish"


def test_each_queue_that_grows_by_what_others_say_has_a_cap():
    """Work queues, agencies' queues and the steps of the ladder: full, they refuse, and nothing is dropped."""
    capped = [policy.pattern for policy in WHOLE.policies if policy.definition["max-length"]]
    steps = {retry_name(seconds) for seconds in RETRY_STEPS_SECONDS}
    grows = {*WORK_QUEUES, *steps, *(queue.name for queue in WHOLE.queues if queue.name.startswith("referrals."))}

    assert {name for name in grows if any(re.search(pattern, name) for pattern in capped)} == grows


def test_the_ladder_leads_back_to_each_work_queue():
    """retry.<n>s keeps the routing key, which is the queue's name; the delivery limit leads to parking only."""
    back = {binding.queue for binding in WHOLE.bindings if binding.exchange == "requeue"}
    steps = {binding.queue for binding in WHOLE.bindings if binding.exchange.startswith("retry.")}

    assert back == set(WORK_QUEUES)
    assert steps == {retry_name(seconds) for seconds in RETRY_STEPS_SECONDS}
    assert {policy.definition.get("dead-letter-exchange", "requeue") for policy in WHOLE.policies} == {
        "parked",
        "requeue",
    }
    assert {parked_queue(queue) for queue in WORK_QUEUES} <= {queue.name for queue in WHOLE.queues}


def test_each_agency_speaks_on_an_exchange_of_its_own():
    """Who replied is the exchange the reply came by; a fanout ignores keys, CC and BCC."""
    kinds = {exchange.name: exchange.kind for exchange in WHOLE.exchanges}

    assert kinds[reply_exchange("akimat")] == "fanout"
    assert agency_of_reply_exchange("replies.land-relations") == "land-relations"
    assert agency_of_reply_exchange("referrals") is None
    assert agency_of_reply_exchange("replies.") is None


def test_a_missing_agency_queue_is_noticed():
    """What is issued to an agency goes to its queue alone: with a second queue, `mandatory` would see nothing amiss."""
    for code in ("akimat", "education", "land-relations"):
        reached = [b.queue for b in WHOLE.bindings if b.exchange == "referrals" and b.routing_key.endswith(f".{code}")]
        assert set(reached) == {f"referrals.{code}"}


def test_the_definitions_file_says_the_same():
    """For brokers that load definitions at their start."""
    document = definitions(WHOLE, "joldau")

    assert len(document["queues"]) == len(WHOLE.queues)
    assert len(document["bindings"]) == len(WHOLE.bindings)
    assert {queue["vhost"] for queue in document["queues"]} == {"joldau"}
