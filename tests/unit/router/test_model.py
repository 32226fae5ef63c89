"""The small text model: what it sums up, and that it does so as it was fitted."""

import base64
import json
import math
from array import array
from collections import Counter
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.model import UNCLEAR, Blend, features, pair, parse_model, pieces
from tests.small_model import BLEND, document, model

SENTENCE = st.lists(
    st.sampled_from(["участок", "Школа", "жер", "жерді", "2024", "%", "дал", "конверт", "."]), max_size=12
)


def test_a_word_brings_itself_and_its_pieces() -> None:
    """Its beginning and end count as letters, so a prefix differs from the same letters inside."""
    assert {"=жер", "_же", "жер", "_жер_"} <= pieces("жер")
    assert max(map(len, pieces("участковый") - {"=участковый"})) == 5


def test_pairs_stay_within_a_sentence() -> None:
    """Neighbours, or with one word between; never over a full stop."""
    found = set(features("Дал конверт за подпись. Вчера"))

    assert {pair("дал", "конвер"), pair("дал", "за")} <= found
    assert pair("дал", "подпис") not in found
    assert pair("подпис", "вчера") not in found


def test_every_spelling_of_a_word_is_one_word() -> None:
    """Kazakh without its letters, capitals and Latin look-alikes: the same features."""
    assert set(features("Қонақ үй")) == set(features("конак УЙ"))


@given(SENTENCE)
def test_it_reads_as_it_was_fitted(words: list[str]) -> None:
    """A logit is the bias and the weighed features over the text's length: what fitting saw, reading sees."""
    text = " ".join(words)
    weights = {"участок": 0, "=жер": 1.5, "=школа": -1.0, "_уч": 2.0, "0": 0, pair("дал", "конвер"): 3.0}
    counts = {name: 2 + number for number, name in enumerate(weights)}
    read = model({"land": weights, UNCLEAR: {}}, counts=counts, bias={"land": 0.25}).read(text)

    idf = {name: math.log((1 + 10) / (1 + count)) + 1 for name, count in counts.items()}
    seen = Counter(name for name in features(text) if name in weights)
    length = math.sqrt(sum(times * idf[name] ** 2 for name, times in seen.items())) or 1.0
    expected = 0.25 + sum(times * idf[name] * weights[name] for name, times in seen.items()) / length
    assert read.logits["land"] == pytest.approx(expected, abs=0.05)
    assert read.logits[UNCLEAR] == 0


def test_clues_say_which_words_and_where() -> None:
    """An operator sees the words in the appeal, the heaviest first, each once."""
    text = "Прошу: дал конверт, конверт взяли."
    opinion = model({"corruption": {"=конверт": 1.0, pair("дал", "конвер"): 2.0}, UNCLEAR: {}}).read(text)

    clues = opinion.clues("corruption")

    assert [clue.words for clue in clues] == ["дал конверт", "конверт"]
    assert [text[clue.start : clue.end] for clue in clues] == ["дал конверт", "конверт"]
    assert opinion.clues(UNCLEAR) == ()


@pytest.mark.parametrize(
    "broken",
    [b"", b"[]", b"{}", b"\xff", json.dumps({**document({"land": {"=a": 1}}), "weights": {"land": "?"}}).encode()],
)
def test_what_is_no_model_is_refused(broken: bytes) -> None:
    """A rule set with a document that cannot be read is never kept."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_model(broken)


def test_a_document_with_too_few_weights_is_refused() -> None:
    """Every feature has its weight for every label."""
    short = document({"land": {"=a": 1, "=b": 1}})
    short["weights"]["land"] = base64.b64encode(array("b", [1]).tobytes()).decode()

    with pytest.raises(ValueError, match="not as many"):
        parse_model(json.dumps(short).encode())


@pytest.mark.parametrize(("field", "wrong"), [("counts", [1, -1]), ("counts", [1, "2"]), ("features", ["=a", 2])])
def test_a_document_with_what_cannot_be_reckoned_is_refused(field, wrong) -> None:
    """Whatever is in it: a proposal is answered, not an error of ours."""
    broken = {**document({"land": {"=a": 1, "=b": 1}}), field: wrong}

    with pytest.raises(ValueError, match="model"):
        parse_model(json.dumps(broken).encode())


def test_weights_of_both_readers_travel_with_it() -> None:
    """The blend is part of the document."""
    assert model({"land": {}, UNCLEAR: {}}).blend == Blend(**asdict(BLEND))
