"""`joldau agency replay`: batch by batch, one end for all, and progress for the person alone."""

import json

import httpx
import pytest

from services.cli.failure import Exit

ID = "01a209eb-0906-770b-9bd2-477d4e3de26a"


def bodies(joldau) -> list[dict]:
    return [json.loads(request.content) for request in joldau.asked]


def test_everything_since_a_moment_goes_batch_by_batch(joldau):
    """The cursor leads from one to the next; times are those of the terminal."""
    answers = [
        {"agency": "land", "sent": 200, "recalled": 0, "next_cursor": "abc"},
        {"agency": "land", "sent": 3, "recalled": 1, "next_cursor": None},
    ]
    joldau.answer = lambda _: httpx.Response(200, json=answers[len(joldau.asked) - 1])

    assert joldau("agency", "replay", "land", "--since", "2026-11-20T09:00+05:00", "--json") == 0
    first, second = bodies(joldau)
    assert first.items() >= {"since": first["since"], "limit": 200}.items()
    assert second == {**first, "cursor": "abc"}
    assert json.loads(joldau.out) == {"agency": "land", "sent": 203, "recalled": 1}
    assert joldau.err.splitlines() == ["200 sent again", "204 sent again"]


def test_referrals_are_sent_again_by_their_ids(joldau):
    """At most as many in a request as the router takes."""
    joldau.answers(agency="land", sent=1, recalled=0, next_cursor=None)

    assert joldau("agency", "replay", "land", *(["--referral", ID] * 201)) == 0
    assert [len(body["referral_ids"]) for body in bodies(joldau)] == [200, 1]


@pytest.mark.parametrize(
    "options", ["", f"--since 2026-11-20 --referral {ID}", "--since yesterday", f"--referral {ID} --until 2026-11-20"]
)
def test_replay_asks_for_one_clear_choice(joldau, options):
    """Nothing is sent by mistake."""
    assert joldau("agency", "replay", "land", *options.split()) == Exit.USAGE
    assert joldau.asked == []
