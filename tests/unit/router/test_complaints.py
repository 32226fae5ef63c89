"""Nobody decides about himself (R-CMP-8): checked on the demo directory and on generated trees of bodies."""

from collections.abc import Collection
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.appeals import AppealKind
from services.router.agency import Agency, Level
from services.router.complaints import addressee, may_receive, superior
from services.router.directory import UNLISTED, Directory
from services.router.directory_file import read_directory
from services.router.naming import Names
from services.router.territories import Gazetteer, Territory

ON = date(2026, 11, 23)
DEMO = read_directory()
NAMES = Names(kk="x", ru="x", en="x")
PLACES = Gazetteer([Territory(code="oblast", name=NAMES)])


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """Bodies in up to eight records; each may report or be subordinate to earlier ones, and be merged into any."""
    codes = [f"b{n}" for n in range(draw(st.integers(1, 8)))]
    bodies = []
    for n, code in enumerate(codes):
        earlier = st.none() | st.sampled_from(codes[:n]) if n else st.none()
        closed = draw(st.booleans()) and draw(st.booleans())
        others = [other for other in codes if other != code]
        bodies.append(
            Agency(
                code=code,
                name=NAMES,
                level=Level.DISTRICT,
                valid_from=date(2021, 7, 1),
                valid_to=ON - timedelta(days=1) if closed else None,
                successor=draw(st.sampled_from(others)) if closed and others else None,
                parent=draw(earlier),
                superior=draw(earlier),
                source="generated",
            )
        )
    return Directory(version="1", territories=PLACES, categories=[], agencies=bodies)


def heir(directory: Directory, code: str) -> str | None:
    """Who stands in the place of a body on the day, found by walking the records."""
    records = {record.code: record for record in directory.agencies}
    for _ in records:
        record = records[code]
        if record.valid_to is None:
            return code
        if record.successor is None:
            return None
        code = record.successor
    return None


def at_or_below(directory: Directory, bodies: Collection[str]) -> set[str]:
    """The bodies, who stand in their places, and all below, found from above by repetition."""
    found = set(bodies) | {code for body in bodies if (code := heir(directory, body))}
    for _ in directory.agencies:
        for record in directory.agencies:
            above = {body for body in (record.parent, record.superior) if body}
            if found & (above | {code for body in above if (code := heir(directory, body))}):
                found.add(record.code)
    return found


@given(st.data())
def test_r_cmp_8_no_body_complained_of_nor_any_below_it_ever_receives(data: st.DataObject) -> None:
    """Whatever the tree, the mergers and the kind, with every body a candidate, the addressee stands outside."""
    directory = data.draw(directories())
    known = st.sampled_from([record.code for record in directory.agencies])
    complained_of = data.draw(st.sets(known, min_size=1, max_size=3))
    candidates = [record for record in directory.agencies if record.is_valid(ON)]
    kind = data.draw(st.sampled_from(AppealKind))
    barred = at_or_below(directory, complained_of)

    found = addressee(directory, candidates, kind=kind, complained_of=complained_of, on=ON)

    assert {
        r.code for r in directory.agencies if not may_receive(directory, r.code, complained_of=complained_of, on=ON)
    } == barred
    assert found is None or (found.code not in barred and found.is_valid(ON))


@given(directories())
def test_r_cmp_8_the_superior_is_the_one_on_record_where_nothing_bars_it(directory: Directory) -> None:
    """The guard loses no superior: it is who stands in the recorded one's place, unless that is at or below."""
    for record in directory.agencies:
        body = next((r for r in directory.agencies if r.code == heir(directory, record.code)), None)
        expected = heir(directory, body.superior) if body and body.superior else None
        found = superior(directory, [record.code], ON)

        assert (found.code if found else None) == (
            None if expected in at_or_below(directory, [record.code]) else expected
        )


@pytest.mark.parametrize(
    ("complained_of", "above"),
    [
        pytest.param({"akimat-karasai"}, "akimat", id="district akimat: the oblast's"),
        pytest.param({"education-karasai"}, "education", id="district education office: the oblast's department"),
        pytest.param({"land-relations-karasai"}, "akimat-karasai", id="district office: the district's akimat"),
        pytest.param({"education"}, "akimat", id="oblast department: the oblast's akimat"),
        pytest.param({"police"}, "interior-ministry", id="territorial body: its upper one"),
        pytest.param({"police-karasai"}, "police", id="district police: the oblast's"),
        pytest.param({"akimat"}, None, id="R-CMP-4 oblast akimat: the court, so a person"),
        pytest.param({"education-karasai", "education-talgar"}, "education", id="two under one"),
        pytest.param({"education-karasai", "akimat-karasai"}, None, id="two under different ones"),
        pytest.param({"education-karasai", "education"}, None, id="its superior too"),
        pytest.param({UNLISTED}, None, id="a school"),
        pytest.param({UNLISTED, "akimat-karasai"}, None, id="a rural akim of the district"),
        pytest.param(set(), None, id="nobody"),
    ],
)
def test_r_cmp_8_the_superior_to_propose(complained_of: set[str], above: str | None) -> None:
    """One body above all those complained of, or a person."""
    found = superior(DEMO, complained_of, ON)

    assert (found.code if found else None) == above


@pytest.mark.parametrize(
    ("kind", "complained_of", "receiver"),
    [
        pytest.param(AppealKind.APPLICATION, set(), "land-relations", id="neutral: the competent body"),
        pytest.param(AppealKind.MESSAGE, {"police"}, "land-relations", id="of another body: the competent one"),
        pytest.param(AppealKind.MESSAGE, {UNLISTED}, "land-relations", id="of a school: the competent one"),
        pytest.param(AppealKind.MESSAGE, {"land-relations"}, "akimat", id="of the competent body: its superior"),
        pytest.param(AppealKind.MESSAGE, {"akimat"}, None, id="of the body above all: a person"),
        pytest.param(AppealKind.MESSAGE, None, None, id="of somebody unclear: a person"),
        pytest.param(AppealKind.COMPLAINT, {"land-relations-karasai"}, "akimat-karasai", id="complaint: the superior"),
        pytest.param(AppealKind.COMPLAINT, {"police"}, "interior-ministry", id="complaint: never the competent one"),
        pytest.param(AppealKind.COMPLAINT, {"akimat"}, None, id="complaint without superior: a person"),
        pytest.param(AppealKind.COMPLAINT, set(), None, id="complaint of nobody: a person"),
    ],
)
def test_r_cmp_8_who_receives_an_appeal_about_land(
    kind: AppealKind, complained_of: set[str] | None, receiver: str | None
) -> None:
    """A complaint goes up; another appeal goes to the competent body unless it is complained of."""
    candidates = DEMO.candidates("land", "karasai", ON)

    found = addressee(DEMO, candidates, kind=kind, complained_of=complained_of, on=ON)

    assert (found.code if found else None) == receiver
