"""What a decision depends on beside the appeal: lexicon, directory, calendar and policy, under one version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import yaml

from services.contracts.appeals import AppealKind
from services.contracts.calendar import WorkingCalendar
from services.contracts.terms import ANSWER, Term
from services.router.directory import Directory
from services.router.directory_file import DEMO, parse_directory
from services.router.judgement import Margins
from services.router.lexicon import Lexicon, parse

LEXICON: Final[Traversable] = files(__package__) / "lexicon.yaml"
"""The lexicon that the service ships with."""

_VERSION_LENGTH: Final = 16


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
    """Hash of the lexicon, the directory and the margins."""
    terms: Mapping[AppealKind, Term] = field(default_factory=lambda: ANSWER)
    """Terms of the agencies' answers. A changed one holds for what is issued from then on."""

    @cached_property
    def queues(self) -> frozenset[str]:
        """Agencies that read a queue of their own. A queue outlives its agency, so closed ones are among them."""
        return frozenset(self.directory.queue_codes())


def read_rules(
    *,
    lexicon: Path | Traversable = LEXICON,
    directory: Path | Traversable = DEMO,
    policy: Policy = Policy.UNSURE,
    terms: Mapping[AppealKind, Term] = ANSWER,
) -> Rules:
    """Read the rules from their files. Raises PatternError, DirectoryError or OSError."""
    words, bodies, margins = lexicon.read_text("utf-8"), directory.read_text("utf-8"), Margins()
    digest = hashlib.sha256("\0".join((words, bodies, repr(margins))).encode())
    return Rules(
        lexicon=parse(yaml.safe_load(words)),
        directory=parse_directory(bodies, source=directory.name),
        calendar=WorkingCalendar(),
        policy=policy,
        margins=margins,
        version=digest.hexdigest()[:_VERSION_LENGTH],
        terms=terms,
    )
