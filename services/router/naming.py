"""What bodies and places are called, and how people write it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from services.contracts.appeals import Language
from services.contracts.referrals import LocalName
from services.router.lexicon import Pattern
from services.router.patterns import phrases

STRICT: Final[dict[str, Any]] = {"extra": "forbid"}
"""For the dataclasses that are read from a file: an unknown field is an error. pydantic looks for it."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The official name in each language."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kk: str
    ru: str
    en: str

    def local(self) -> LocalName:
        """The name as applicants are told it."""
        return LocalName(kk=self.kk, ru=self.ru)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How people write a name, in the lexicon's pattern language (`services.router.patterns`)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kk: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()

    def patterns(self, topic: str, level: str) -> Iterator[Pattern]:
        """The patterns as lines of a lexicon. Raises PatternError for a line that cannot be read."""
        for language, lines in ((Language.KAZAKH, self.kk), (Language.RUSSIAN, self.ru)):
            for line in lines:
                yield Pattern(topic, level, line, phrases(line, language=language, classes={}))


NO_WORDING: Final = Wording()
