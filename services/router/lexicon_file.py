"""The lexicon as a file: YAML, looked through line by line, so that each mistake is told with its line."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import yaml

from services.contracts.appeals import Language
from services.router.lexicon import POINTS, Pattern
from services.router.patterns import PatternError, Step, phrases, step

_SECTIONS: Final = ("version", "classes", "topics")
_BODY: Final = "body"
_CLASS: Final = re.compile(r"\{(\w+)\}")


class Mistake(NamedTuple):
    """Why a line cannot be read."""

    line: int
    what: str


class Lines:
    """What stands on which line of a lexicon, and what is wrong with it."""

    def __init__(self, text: str) -> None:
        self.mistakes: Final[list[Mistake]] = []
        self.classes: Final[dict[str, Step]] = {}
        self.class_lines: Final[dict[str, int]] = {}
        self.classes_used: Final[set[str]] = set()
        self.topic_lines: Final[dict[str, int]] = {}
        self.patterns: Final[list[tuple[int, Pattern]]] = []
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as wrong:
            mark = getattr(wrong, "context_mark", None) or getattr(wrong, "problem_mark", None)
            self._wrong(mark.line + 1 if mark else 1, " ".join(str(wrong).split()))
            return
        sections = self._mapping(root, "the lexicon")
        for name in _SECTIONS:
            if name not in sections:
                self._wrong(1, f"the section {name!r} is missing")
        for name, node in self._mapping(sections.get("classes"), "classes").items():
            self._read_class(name, node)
        for name, node in self._mapping(sections.get("topics"), "topics").items():
            self._read_topic(name, node)

    def _read_class(self, name: str, node: yaml.Node) -> None:
        self.class_lines[name] = _line(node)
        literals: Step = frozenset()
        for language, line, words in self._worded(node, f"class {name!r}"):
            for word in words.split():
                try:
                    literals |= step(word, language=language, classes=self.classes)
                except PatternError as wrong:
                    self._wrong(line, str(wrong))
        self.classes[name] = literals
        if not literals:
            self._wrong(_line(node), f"class {name!r} has no words: no line that uses it can match")

    def _read_topic(self, topic: str, node: yaml.Node) -> None:
        self.topic_lines[topic] = _line(node)
        levels = self._mapping(node, f"topic {topic!r}")
        if _BODY not in levels:
            self._wrong(_line(node), f"topic {topic!r} names no body")
        for level, described in levels.items():
            if level == _BODY:
                continue
            if level not in POINTS:
                self._wrong(_line(described), f"no level {level!r} in topic {topic!r}, only {', '.join(POINTS)}")
                continue
            for language, line, words in self._worded(described, f"topic {topic!r}, {level}"):
                try:
                    read = phrases(words, language=language, classes=self.classes)
                except PatternError as wrong:
                    self._wrong(line, str(wrong))
                else:
                    self.patterns.append((line, Pattern(topic, level, words, read)))

    def _worded(self, node: yaml.Node, where: str) -> Iterator[tuple[Language, int, str]]:
        """Lines by language, each with its number in the file, without its comment."""
        for name, text in self._mapping(node, where).items():
            if name not in set(Language):
                self._wrong(_line(text), f"no language {name!r} in {where}, only {', '.join(Language)}")
            elif not isinstance(text, yaml.ScalarNode):
                self._wrong(_line(text), f"{where}: a text is needed")
            else:
                for offset, line in enumerate(text.value.splitlines()):
                    if words := line.partition("//")[0].strip():
                        self.classes_used.update(_CLASS.findall(words))
                        yield Language(name), _line(text) + (offset + 1 if text.style == "|" else 0), words

    def _mapping(self, node: yaml.Node | None, where: str) -> Mapping[str, yaml.Node]:
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._wrong(_line(node), f"{where}: names with their values are needed")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in found:
                self._wrong(_line(key), f"{key.value!r} is given twice in {where}")
            found[key.value] = value
        return found

    def _wrong(self, line: int, what: str) -> None:
        self.mistakes.append(Mistake(line, what))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
