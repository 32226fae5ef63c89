"""What a notice says: templates into subject, plain text and HTML, in the applicant's language.

A template is one text file per notice and language: its first line is the subject, the rest the letter. The HTML is
made from the same rendered letter, so the two can never differ, and whoever edits a template writes no markup:
an empty line ends a paragraph, ``- `` begins an item of a list. Templates run in a sandbox, as operators may edit them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from jinja2 import BaseLoader, PackageLoader, StrictUndefined, meta, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier.notices import in_words

LAYOUT: Final = "layout.html"
TEMPLATES: Final = PackageLoader("services.notifier")
ITEM: Final = "- "


@dataclass(frozen=True)
class Office:
    """Who writes, in one language. For sensitive appeals the name must not tell what they are about (R-SEC-5)."""

    name: str
    contacts: str


@dataclass(frozen=True)
class Text:
    """A rendered notice. `version` names the exact templates it was made from."""

    subject: str
    plain: str
    html: str
    version: str


@dataclass(frozen=True)
class Block:
    """A paragraph of the letter, or a list."""

    lines: tuple[str, ...]
    is_list: bool


class Texts:
    """Renders notices. One for the process: templates are compiled, and their versions reckoned, once."""

    def __init__(self, offices: Mapping[Language, Office], *, loader: BaseLoader = TEMPLATES) -> None:
        """`loader` is where templates come from; missing variables and files are errors, never blanks."""
        self._offices = offices
        self._loader = loader
        self._versions: dict[str, str] = {}
        self._environment = ImmutableSandboxedEnvironment(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=select_autoescape(["html"], default=False),
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def rendered(self, notice: Notice, language: Language, variables: Mapping[str, str]) -> Text:
        """The notice in `language`. Raises UnusableVariables when a variable is missing or not of its kind."""
        shown = in_words(notice, language, variables)
        template = self._environment.get_template(template_name(notice, language))
        subject, _, letter = template.render(shown, office=self._offices[language]).partition("\n")
        plain = letter.strip() + "\n"
        html = self._environment.get_template(LAYOUT).render(
            language=language, subject=subject.strip(), blocks=blocks(plain), link=shown["status_url"]
        )
        return Text(subject.strip(), plain, html, self.version(notice, language))

    def version(self, notice: Notice, language: Language) -> str:
        """Hash of all sources that make the notice: its template, what that includes, and the layout."""
        name = template_name(notice, language)
        if name not in self._versions:
            digest = sha256()
            for source in (*self._sources(name), *self._sources(LAYOUT)):
                digest.update(source.encode() + b"\0")
            self._versions[name] = digest.hexdigest()[:16]
        return self._versions[name]

    def used_variables(self, notice: Notice, language: Language) -> set[str]:
        """Names that the template and what it includes ask for."""
        sources = self._sources(template_name(notice, language))
        return set().union(*(meta.find_undeclared_variables(self._environment.parse(source)) for source in sources))

    def _sources(self, name: str) -> Iterator[str]:
        source = self._loader.get_source(self._environment, name)[0]
        yield source
        for included in meta.find_referenced_templates(self._environment.parse(source)):
            if included is None:
                raise ValueError(f"{name} includes a template whose name is computed")
            yield from self._sources(included)


def template_name(notice: Notice, language: Language) -> str:
    """File of the template, below `templates/`."""
    return f"{language}/{notice}.txt"


def blocks(letter: str) -> list[Block]:
    """The letter's paragraphs and lists, in order."""
    found: list[Block] = []
    for paragraph in filter(None, (part.strip("\n") for part in letter.split("\n\n"))):
        lines = paragraph.split("\n")
        is_list = all(line.startswith(ITEM) for line in lines)
        found.append(Block(tuple(line.removeprefix(ITEM) if is_list else line for line in lines), is_list))
    return found
