"""What is wrong with a rule set: what makes it unusable, and what in it can never have an effect."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.router.directory_check import DirectoryError, Problem
from services.router.directory_file import parse_directory
from services.router.lexicon import CORRUPTION
from services.router.lexicon_file import Lines
from services.router.model import UNCLEAR, parse_model
from services.router.overlaps import overlaps
from services.router.rules import Policy, RuleSet

LEXICON: Final = "lexicon"
DIRECTORY: Final = "directory"
MODEL: Final = "model"
NEEDED: Final = (CORRUPTION, UNCLEAR)
"""Labels without which a model cannot be weighed."""


def unusable(
    rules: RuleSet, *, lexicon: str = LEXICON, directory: str = DIRECTORY, model: str = MODEL
) -> list[Problem]:
    """Why these documents are no rules, each with its place; `lexicon`, `directory` and `model` name them."""
    found = [Problem(f"{lexicon}:{line}", what) for line, what in Lines(rules.lexicon).mistakes]
    try:
        parse_directory(rules.directory, source=directory)
    except DirectoryError as wrong:
        found += wrong.problems
    found += [Problem(model, what) for what in _in_model(rules.model)]
    if not found:
        try:
            rules.rules(Policy.UNSURE)
        except (ValueError, KeyError, TypeError) as wrong:
            found.append(Problem(lexicon, str(wrong)))
    return found


def _in_model(document: bytes | None) -> Iterator[str]:
    try:
        labels = parse_model(document).labels if document else NEEDED
    except ValueError as wrong:
        yield str(wrong)
        return
    yield from (f"label {label!r} is missing" for label in NEEDED if label not in labels)


def questionable(rules: RuleSet, *, on: date, lexicon: str = LEXICON, directory: str = DIRECTORY) -> list[Problem]:
    """What has no effect on the day `on`, or is surely not meant so, in a rule set that can be used."""
    lines = Lines(rules.lexicon)
    return [
        *(Problem(f"{lexicon}:{line}", what) for line, what in sorted(_in_lexicon(lines))),
        *_between(rules, lines, on, lexicon, directory),
    ]


def _in_lexicon(lines: Lines) -> Iterator[tuple[int, str]]:
    numbers, patterns = [line for line, _ in lines.patterns], [pattern for _, pattern in lines.patterns]
    for covered, covering in overlaps(patterns):
        one, other = patterns[covered], patterns[covering]
        if not one.points or other.points:
            how = f"{other.level} line {numbers[covering]} ({other.line}) matches wherever it does"
        else:
            how = f"line {numbers[covering]} ({other.line}) excludes whatever it matches"
        yield numbers[covered], f"{one.line}: adds nothing in {one.topic}: {how}"
    for name, line in lines.class_lines.items():
        if name not in lines.classes_used:
            yield line, f"class {name!r} is used by no line"


def _between(rules: RuleSet, lines: Lines, on: date, lexicon: str, directory: str) -> Iterator[Problem]:
    known = parse_directory(rules.directory, source=directory)
    for topic, line in lines.topic_lines.items():
        if topic not in known.categories and topic != CORRUPTION:
            yield Problem(f"{lexicon}:{line}", f"topic {topic!r} is no category of the directory")
    for code in known.categories:
        if code not in lines.topic_lines:
            yield Problem(directory, f"category {code!r} has no line in the lexicon")
        if not any(code in agency.categories and agency.is_valid(on) for agency in known.agencies):
            yield Problem(directory, f"category {code!r} is answered for by nobody on {on}")
