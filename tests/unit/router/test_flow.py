"""The flow picture's layout."""

import re
from itertools import combinations
from random import Random

import pytest

from services.router.flow import OTHERS, Box, Picture, Plane, folded, laid_out

PATHS = {
    ("web", "rule", "akimat", "answered"): 30,
    ("web", "person", "education", "issued"): 10,
    ("post", "rule", "education", "answered"): 5,
    ("post", "rule", "akimat", "issued"): 55,
}


def boxes(picture: Picture, column: int) -> list[Box]:
    return [box for box in picture.boxes if box.column == column]


def test_a_box_is_as_high_as_its_count() -> None:
    """All columns by one measure, so that they can be compared."""
    picture = laid_out(PATHS, Plane(least=0))
    heights = {box.name: box.height / box.count for box in picture.boxes}

    assert max(heights.values()) == pytest.approx(min(heights.values()), rel=0.01)
    assert {box.name: box.count for box in boxes(picture, 0)} == {"web": 40, "post": 60}


def test_what_enters_a_box_leaves_it() -> None:
    """Nothing is lost on the way."""
    picture = laid_out(PATHS)
    for box in picture.boxes:
        before = sum(one.count for one in picture.bands if (one.column + 1, one.target) == (box.column, box.name))
        after = sum(one.count for one in picture.bands if (one.column, one.source) == (box.column, box.name))

        assert box.column == 0 or before == box.count
        assert box.column == 3 or after == box.count


@pytest.mark.parametrize("seed", range(20))
def test_everything_lies_in_the_plane_and_no_box_on_another(seed: int) -> None:
    """However many there are, and however unequal."""
    random, plane = Random(seed), Plane()  # noqa: S311 - nothing secret
    names = [[f"{column}-{n}" for n in range(random.randint(1, 30))] for column in range(4)]
    paths = {tuple(map(random.choice, names)): random.choice([1, 2, 50, 4000]) for _ in range(60)}
    picture = laid_out(paths, plane)

    for box in picture.boxes:
        assert box.y >= -0.2
        assert box.y + box.height <= plane.height + 0.2
        assert box.x + box.width <= plane.width
        assert box.height >= plane.least - 0.1
    for column in range(4):
        for one, other in combinations(boxes(picture, column), 2):
            assert one.y + one.height <= other.y + 0.2 or other.y + other.height <= one.y + 0.2
    for band in picture.bands:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", band.outline)]
        assert min(numbers) >= -0.2


def test_boxes_stand_in_the_order_asked_for() -> None:
    """What is not named comes after, the largest first; the rest of a column is always the last."""
    paths = {("a",): 1, ("b",): 9, ("c",): 5, (OTHERS,): 100}
    picture = laid_out(paths, orders={0: ("c",)})

    assert [box.name for box in picture.boxes] == ["c", "b", "a", OTHERS]


def test_a_column_too_full_is_folded() -> None:
    """The smallest become one box, and no count changes."""
    paths = {("web", str(n), "x"): n for n in range(1, 11)}
    few = folded(paths, 1, 4)

    assert {path[1] for path in few} == {"10", "9", "8", OTHERS}
    assert few["web", OTHERS, "x"] == sum(range(1, 8))
    assert folded(paths, 1, 10) == paths


def test_nothing_is_an_empty_picture() -> None:
    """No division by nothing."""
    assert laid_out({}).boxes == laid_out({("a", "b"): 0}).boxes == ()
