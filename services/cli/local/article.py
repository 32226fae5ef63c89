"""The source article's figures, and the table that sets Joldau's own count beside them.

tinfo.kz, 14 November 2022: the year of appeals of one regional anti-corruption service.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Category(StrEnum):
    """A row of the article: what an appeal of the year is really about."""

    CORRUPTION = "corruption"
    """Within the service's competence."""
    AKIMAT_DECISIONS = "akimat_decisions"
    """Disagreement with decisions of akimats."""
    LAND = "land"
    EDUCATION = "education"
    CONSTRUCTION_UTILITIES = "construction_utilities"
    OTHER_LEB = "other_leb"
    """Other matters of local executive bodies: the part that the article leaves unexplained."""
    OTHER_BODIES = "other_bodies"
    """Police, courts, health, banks, central bodies: the article does not name them."""


ARTICLE: Final[Mapping[Category, int]] = MappingProxyType(
    {
        Category.CORRUPTION: 1189,
        Category.AKIMAT_DECISIONS: 164,
        Category.LAND: 59,
        Category.EDUCATION: 21,
        Category.CONSTRUCTION_UTILITIES: 23,
        Category.OTHER_LEB: 58,
        Category.OTHER_BODIES: 201,
    }
)
"""Appeals of the year by row. The article gives 1715, 526, 325 and the four named rows; the rest follows from them."""

RECEIVED: Final = 1715
OUTSIDE: Final = 526
LOCAL_EXECUTIVE: Final = 325

_LOCAL_EXECUTIVE_ROWS: Final = (
    Category.AKIMAT_DECISIONS,
    Category.LAND,
    Category.EDUCATION,
    Category.CONSTRUCTION_UTILITIES,
    Category.OTHER_LEB,
)
_OUTSIDE_ROWS: Final = (*_LOCAL_EXECUTIVE_ROWS, Category.OTHER_BODIES)
_LABELS: Final = MappingProxyType(
    {
        Category.CORRUPTION: "within competence",
        Category.AKIMAT_DECISIONS: "decisions of akimats",
        Category.LAND: "land",
        Category.EDUCATION: "education",
        Category.CONSTRUCTION_UTILITIES: "construction and utilities",
        Category.OTHER_LEB: "other local matters",
        Category.OTHER_BODIES: "about other bodies",
    }
)


@dataclass(frozen=True)
class Row:
    """One line of the comparison. `level` is the depth of the line: 0 is the whole."""

    label: str
    level: int
    article: int
    truth: int
    counted: int

    @property
    def difference(self) -> int:
        """How many more Joldau counted than there are."""
        return self.counted - self.truth


def comparison(
    *, truth: Mapping[Category, int], counted: Mapping[Category, int], undecided: int = 0
) -> tuple[Row, ...]:
    """The article's table beside the `truth` of the year and what Joldau `counted` from the text alone.

    A category that is missing counts as none. `undecided` appeals wait for a person; their line stands last, if any.
    """

    def row(label: str, level: int, categories: tuple[Category, ...], *, waiting: int = 0) -> Row:
        article, true, seen = (sum(of.get(c, 0) for c in categories) for of in (ARTICLE, truth, counted))
        return Row(label, level, article, true, seen + waiting)

    def single(category: Category, level: int) -> Row:
        return row(_LABELS[category], level, (category,))

    rows = (
        row("received", 0, tuple(Category), waiting=undecided),
        single(Category.CORRUPTION, 1),
        row("outside competence", 1, _OUTSIDE_ROWS),
        row("about local executive bodies", 2, _LOCAL_EXECUTIVE_ROWS),
        *(single(category, 3) for category in _LOCAL_EXECUTIVE_ROWS),
        single(Category.OTHER_BODIES, 2),
    )
    return (*rows, Row("left to an operator", 1, 0, 0, undecided)) if undecided else rows
