"""What a decision depends on beside the appeal: lexicon, directory, calendar and policy, under one version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from services.chassis import yaml_documents
from services.contracts.appeals import AppealKind
from services.contracts.calendar import Override, WorkingCalendar
from services.contracts.terms import ANSWER, Term
from services.router.directory import Directory
from services.router.directory_file import DEMO, parse_directory
from services.router.judgement import Margins
from services.router.lexicon import Lexicon, parse
from services.router.model import START, Model, parse_model

LEXICON: Final[Traversable] = files(__package__) / "lexicon.yaml"
"""The lexicon that the service ships with."""

_VERSION_LENGTH: Final = 16
_PARSED_KEPT: Final = 4
"""So many documents of each kind are kept parsed: a new directory costs no second reading of the words beside it."""


class Policy(StrEnum):
    """When a person must approve a referral."""

    ALWAYS = "always"
    """Each referral, as art. 19-1 of the law on personal data may ask."""
    UNSURE = "unsure"
    """Where the decision is unsure or sensitive."""
    NEVER = "never"
    """Where no rule can decide: with nothing to go by, a possible sign of corruption, or a ban in the way."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One set of rules. The same appeal on the same day gets the same decision from it."""

    lexicon: Lexicon
    directory: Directory
    calendar: WorkingCalendar
    policy: Policy
    margins: Margins
    version: str
    """Of the rule set that they were read from."""
    terms: Mapping[AppealKind, Term] = field(default_factory=lambda: ANSWER)
    """Terms of the agencies' answers. A changed one holds for what is issued from then on."""
    model: Model | None = None
    """The second reader; without it the lexicon reads alone."""


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The documents that rules are read from. Immutable: an edited one is another set, under another version."""

    lexicon: str
    directory: str
    overrides: tuple[Override, ...] = ()
    """Days that differ from the published holidays, in order."""
    margins: Margins = field(default_factory=Margins)
    model: bytes | None = None
    """The second reader's document; without it the lexicon reads alone."""

    @cached_property
    def version(self) -> str:
        """Hash of all of it: the same documents are the same version, wherever they lie."""
        days = [(override.day.isoformat(), override.kind.value, override.source) for override in self.overrides]
        settings = json.dumps({"margins": asdict(self.margins), "overrides": days}, sort_keys=True)
        parts = (self.lexicon.encode(), self.directory.encode(), settings.encode(), self.model or b"")
        digests = "".join(hashlib.sha256(part).hexdigest() for part in parts)
        return hashlib.sha256(digests.encode()).hexdigest()[:_VERSION_LENGTH]

    def differs(self, other: "RuleSet") -> frozenset[str]:
        """Names of the documents that are not the same in `other`."""
        names = (one.name for one in fields(self))
        return frozenset(name for name in names if getattr(self, name) != getattr(other, name))

    def rules(self, policy: Policy, *, terms: Mapping[AppealKind, Term] = ANSWER, source: str = "directory") -> Rules:
        """The rules that these documents mean; `source` names the directory in errors.

        Raises PatternError or DirectoryError, and ValueError for a day overridden twice or a model that is none.
        """
        return Rules(
            lexicon=_lexicon(self.lexicon),
            directory=_directory(self.directory, source),
            calendar=WorkingCalendar(self.overrides),
            policy=policy,
            margins=self.margins,
            version=self.version,
            terms=terms,
            model=_model(self.model) if self.model else None,
        )


def read_set(
    *,
    lexicon: Path | Traversable = LEXICON,
    directory: Path | Traversable = DEMO,
    model: Path | Traversable | None = START,
) -> RuleSet:
    """The rule set in these files. Raises OSError."""
    return RuleSet(
        lexicon=lexicon.read_text("utf-8"),
        directory=directory.read_text("utf-8"),
        model=model.read_bytes() if model else None,
    )


def read_rules(
    *,
    lexicon: Path | Traversable = LEXICON,
    directory: Path | Traversable = DEMO,
    model: Path | Traversable | None = START,
    policy: Policy = Policy.UNSURE,
    terms: Mapping[AppealKind, Term] = ANSWER,
) -> Rules:
    """Read the rules from their files. Raises PatternError, DirectoryError, ValueError or OSError."""
    documents = read_set(lexicon=lexicon, directory=directory, model=model)
    return documents.rules(policy, terms=terms, source=directory.name)


@lru_cache(_PARSED_KEPT)
def _lexicon(text: str) -> Lexicon:
    return parse(yaml_documents.read(text))


@lru_cache(_PARSED_KEPT)
def _directory(text: str, source: str) -> Directory:
    return parse_directory(text, source=source)


@lru_cache(_PARSED_KEPT)
def _model(document: bytes) -> Model:
    return parse_model(document)
