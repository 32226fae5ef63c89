"""How both readers are weighed together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.model import UNCLEAR
from services.router.reading import Evidence, Reading
from services.router.weighing import Odds, weigh
from tests.small_model import BLEND, model

BODIES = {"corruption": "retained", "land": "land-relations", "roads": "akimat", "water": "akimat"}
WEIGHTS = {
    "corruption": {"=конверт": 2.0},
    "land": {"=сотки": 2.0},
    "roads": {"=ямы": 2.0},
    "water": {},
    UNCLEAR: {},
}
TEXT = st.lists(st.sampled_from(["конверт", "сотки", "ямы", "здравствуйте"]), max_size=6).map(" ".join)
POINTS = st.fixed_dictionaries({}, optional={topic: st.floats(0.5, 20) for topic in BODIES})


def weighed(text: str, points: dict[str, float] | None = None, blend=BLEND) -> Odds:
    found = (Evidence(topic, worth, topic, topic, 0, 1) for topic, worth in (points or {}).items())
    opinion = model(WEIGHTS, blend=blend).read(text)
    return weigh(opinion, Reading.of("1", found, opinion), BODIES)


@given(TEXT, POINTS)
def test_they_are_probabilities(text: str, points: dict[str, float]) -> None:
    """Whatever is found: bodies and the unclear share one whole; corruption stands beside it."""
    odds = weighed(text, points)

    assert set(odds.bodies) == {"land-relations", "akimat", UNCLEAR}
    assert sum(odds.bodies.values()) == pytest.approx(1)
    assert 0 <= odds.corruption <= 1
    assert sum(odds.sent_to(body) for body in odds.bodies) == pytest.approx(1 - odds.corruption)


@given(TEXT, POINTS, st.sampled_from(sorted(BODIES)))
def test_what_it_is_about_says_nothing_of_corruption(text: str, points: dict[str, float], topic: str) -> None:
    """Corruption and topics are separate predictions: more evidence of one leaves the other as it is."""
    more = {**points, topic: points.get(topic, 0) + 1}
    before, after = weighed(text, points), weighed(text, more)

    if topic == "corruption":
        assert after.corruption >= before.corruption
        assert after.bodies == before.bodies
    else:
        assert after.corruption == before.corruption
        assert after.bodies[BODIES[topic]] >= before.bodies[BODIES[topic]]


def test_either_reader_is_heard_where_the_other_is_silent() -> None:
    """A word of the lexicon's, or a scene that only the model knows."""
    assert weighed("сотки").likeliest_body == "land-relations"
    assert weighed("здравствуйте", {"roads": 2}).likeliest_body == "akimat"
    assert weighed("конверт").corruption > weighed("здравствуйте").corruption


def test_too_much_evidence_is_no_more_than_enough() -> None:
    """A hundred matching words are not a hundred times as sure."""
    assert weighed("ямы", {"roads": 8}) == weighed("ямы", {"roads": 100})


def test_a_close_race_makes_it_unclear() -> None:
    """Two bodies about equally likely: the gap between them speaks."""
    blend = replace(BLEND, unclear_gap=-1.0, unclear_bias=1.0)

    close = weighed("сотки", {"roads": 1.5}, blend)
    clear = weighed("сотки", {"roads": 0.0}, blend)
    assert close.bodies[UNCLEAR] > clear.bodies[UNCLEAR]


def test_a_category_that_the_model_has_not_learnt_is_the_lexicons() -> None:
    """A clerk may add one: the words for it decide, until the model has seen texts of it."""
    found = (Evidence("space", 4, "космодром", "космодром", 0, 9),)
    opinion = model(WEIGHTS).read("космодром")

    odds = weigh(opinion, Reading.of("1", found, opinion), {**BODIES, "space": "space"})
    assert "space" in odds.bodies
    assert (
        odds.bodies["space"]
        > weigh(opinion, Reading.of("1", (), opinion), {**BODIES, "space": "space"}).bodies["space"]
    )
