"""Where an appeal comes from or is about: the territories as data, and recognising them in what people write."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from services.router.lexicon import POINTS, Lexicon, Pattern
from services.router.naming import NO_WORDING, STRICT, Names, Wording
from services.router.reading import evidence

_ANYWHERE: Final = "strong"
_IN_FORM: Final = "weak"
_NEVER: Final = "exclude"


@dataclass(frozen=True, kw_only=True)
class Territory:
    """A district, a city or the whole oblast."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    code: str
    name: Names
    within: str | None = None
    """Code of the territory around it; None for the widest one."""
    kato: str | None = None
    """Code in the state classifier of territories (ГК РК 11), where it has been verified."""
    anywhere: Wording = NO_WORDING
    """Words that mean it wherever they stand."""
    in_form: Wording = NO_WORDING
    """Words that mean it only where a place is asked for: Есик is a town, есік is a door."""
    never: Wording = NO_WORDING
    """Words that look like it and mean something else."""

    def patterns(self) -> Iterator[Pattern]:
        """All its wordings as lines of a lexicon. Raises PatternError."""
        yield from self.anywhere.patterns(self.code, _ANYWHERE)
        yield from self.in_form.patterns(self.code, _IN_FORM)
        yield from self.never.patterns(self.code, _NEVER)


class Gazetteer:
    """The territories of one directory: a tree with one root. Immutable."""

    def __init__(self, territories: Iterable[Territory]) -> None:
        """Raises ValueError unless they are a tree, and PatternError for wording that cannot be read."""
        listed = tuple(territories)
        self.territories: Final = MappingProxyType({territory.code: territory for territory in listed})
        if len(self.territories) < len(listed):
            raise ValueError("a territory is listed twice")
        roots = [territory.code for territory in listed if territory.within is None]
        if len(roots) != 1:
            raise ValueError(f"one territory is within no other, not {len(roots)}")
        self.root: Final = roots[0]
        for code in self.territories:
            self.lineage(code)
        patterns = tuple(pattern for territory in listed for pattern in territory.patterns())
        self._lexicon: Final = Lexicon("territories", {}, patterns)
        self._codes: Final = {t.kato: t.code for t in listed if t.kato} | {code: code for code in self.territories}

    def lineage(self, code: str | None) -> tuple[str, ...]:
        """The territory and those around it, the smallest first. An unknown one, or None, is the root."""
        line: list[str] = []
        place = code if code in self.territories else self.root
        while place is not None:
            if place in line:
                raise ValueError(f"territory {place} is within itself")
            line.append(place)
            around = self.territories[place].within
            if around is not None and around not in self.territories:
                raise ValueError(f"territory {place} is within {around}, which is not listed")
            place = around
        return tuple(line)

    def of_form(self, value: str | None) -> str | None:
        """The territory that a form's value means: a code, a KATO code or words in any case; None if it is not one."""
        if value is None:
            return None
        if code := self._codes.get(value.strip()):
            return code
        smallest = self._smallest(item.topic for item in evidence(value, self._lexicon))
        return smallest[0] if len(smallest) == 1 else None

    def mentioned_in(self, text: str) -> tuple[str, ...]:
        """The territories that a free text surely names, in order; not those around another one it names."""
        found = [item for item in evidence(text, self._lexicon) if item.points == POINTS[_ANYWHERE]]
        return self._smallest(item.topic for item in sorted(found, key=lambda item: item.start))

    def _smallest(self, codes: Iterable[str]) -> tuple[str, ...]:
        named = tuple(dict.fromkeys(codes))
        around = {wide for code in named for wide in self.lineage(code)[1:]}
        return tuple(code for code in named if code not in around)
