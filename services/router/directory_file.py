"""The directory as a file: YAML, refused with the line of each mistake."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from services.chassis import yaml_documents
from services.router.agency import Agency, Category
from services.router.directory import Directory
from services.router.directory_check import DirectoryError, Problem
from services.router.naming import Wording
from services.router.territories import Gazetteer, Territory

DEMO: Final[Traversable] = files(__package__) / "directory.demo.yaml"
"""The directory that the service ships with: invented contacts, names unverified."""

_SECTIONS: Final = ("version", "categories", "territories", "unlisted", "agencies")
_Value = TypeVar("_Value")


def read_directory(path: Path | Traversable = DEMO) -> Directory:
    """Read the directory's file. Raises DirectoryError with all that is wrong, OSError if it cannot be read."""
    return parse_directory(path.read_text("utf-8"), source=path.name)


def parse_directory(text: str, *, source: str) -> Directory:
    """Make the directory that `text` describes; `source` names it in errors. Raises DirectoryError."""
    document = _document(text, source)
    document.refuse_unknown_sections()
    version = document.value("version", TypeAdapter(str))
    unlisted = document.value("unlisted", TypeAdapter(Wording), default={})
    categories = document.records("categories", TypeAdapter(Category))
    territories = document.records("territories", TypeAdapter(Territory))
    agencies = document.records("agencies", TypeAdapter(Agency))
    if document.problems or version is None or unlisted is None:
        raise DirectoryError(document.problems)
    try:
        return Directory(
            version=version,
            territories=Gazetteer(territories),
            categories=categories,
            agencies=agencies,
            unlisted=unlisted,
        )
    except DirectoryError as wrong:
        raise DirectoryError([document.located(problem) for problem in wrong.problems]) from None
    except ValueError as wrong:
        raise DirectoryError([Problem(source, str(wrong))]) from None


class Loader(yaml_documents.Loader):
    """Refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys: set[Any] = set()
        for key, _ in node.value:
            if key.value in keys:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass
class _Document:
    """The file's sections, the line on which each of their records begins, and what is wrong so far."""

    source: str
    sections: dict[str, Any]
    lines: dict[str, list[int]]
    problems: list[Problem] = field(default_factory=list)

    def refuse_unknown_sections(self) -> None:
        for name in self.sections:
            if name not in _SECTIONS:
                self.problems.append(Problem(self.source, f"there is no section {name!r}, only {', '.join(_SECTIONS)}"))

    def records(self, section: str, type_: TypeAdapter[_Value]) -> list[_Value]:
        """The section's records that are right; the others become problems."""
        listed = self.sections.get(section)
        if not isinstance(listed, list):
            self.problems.append(Problem(self.source, f"{section}: a list of records is needed"))
            return []
        read = [self._read(type_, record, self._where(section, place)) for place, record in enumerate(listed)]
        return [record for record in read if record is not None]

    def value(self, section: str, type_: TypeAdapter[_Value], default: object = None) -> _Value | None:
        """The section's one value, or what `default` means; None, and a problem, when it is wrong."""
        return self._read(type_, self.sections.get(section, default), f"{self.source}: {section}")

    def located(self, problem: Problem) -> Problem:
        """The problem of an agency with its line in the file."""
        return problem if problem.place is None else replace(problem, where=self._where("agencies", problem.place))

    def _where(self, section: str, place: int) -> str:
        record = self.sections[section][place]
        name = record.get("code", place + 1) if isinstance(record, dict) else place + 1
        return f"{self.source}:{self.lines[section][place]}: {section}: {name}"

    def _read(self, type_: TypeAdapter[_Value], raw: Any, where: str) -> _Value | None:
        try:
            return type_.validate_python(raw)
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                path = ".".join(map(str, error["loc"]))
                self.problems.append(Problem(where, f"{path}: {error['msg']}" if path else error["msg"]))
            return None


def _document(text: str, source: str) -> _Document:
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        sections = loader.construct_document(node) if node else None
    except yaml.YAMLError as wrong:
        raise DirectoryError([Problem(source, " ".join(str(wrong).split()))]) from None
    if not isinstance(node, yaml.MappingNode) or not isinstance(sections, dict):
        raise DirectoryError([Problem(source, f"sections are needed: {', '.join(_SECTIONS)}")])
    lines = {
        key.value: [record.start_mark.line + 1 for record in value.value]
        for key, value in node.value
        if isinstance(value, yaml.SequenceNode)
    }
    return _Document(source, sections, lines)
