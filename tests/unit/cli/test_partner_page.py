"""docs/partners.md says what there is: scenarios, kinds of replies, limits, and an example that fits the schema."""

import json
import re
from pathlib import Path

from services.cli.conformance.judging import Heard, faults
from services.cli.conformance.over_http import WEBHOOKS
from services.cli.conformance.scenarios import SCENARIOS
from services.contracts.access import AGENCY_CHANNELS, AGENCY_CONNECTIONS
from services.contracts.envelope import CONTENT_TYPE
from services.contracts.referrals import ReferralReply, ReplyKind

PAGE = (Path(__file__).parents[3] / "docs" / "partners.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))


def test_every_scenario_and_every_kind_is_explained() -> None:
    """A line in a table for each; a new one brings its line."""
    assert {*SCENARIOS, *WEBHOOKS, *ReplyKind} <= NAMED


def test_limits_are_those_of_the_account() -> None:
    """What the broker holds an agency to."""
    assert f"{AGENCY_CONNECTIONS} connections, {AGENCY_CHANNELS} channels" in PAGE


def test_example_of_a_reply_passes_the_check() -> None:
    """Who copies it is right."""
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    document = json.loads(example)
    reply = ReferralReply.model_validate(document["data"])
    heard = Heard(example.encode(), CONTENT_TYPE, document["id"], 2, reply.occurred_at)
    appeals = {reply.referral_id: reply.appeal_id}

    assert list(faults([heard], agency="land-relations", appeals=appeals)) == []
