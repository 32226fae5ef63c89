"""What a notice says: templates into subject, plain text, HTML, SMS and printed letter, in the applicant's language.

A template is one text file per notice and language: its first line is the subject, the rest the letter. The HTML is
made from the same rendered letter, so the two can never differ, and whoever edits a template writes no markup:
an empty line ends a paragraph, ``- `` begins an item of a list. Templates run in a sandbox, as operators may edit them.
An SMS is the subject with what must not be missing; of a sensitive appeal every text but the neutral ones is replaced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from jinja2 import BaseLoader, PackageLoader, StrictUndefined, meta, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier.notices import NEUTRAL, Own, date_in_words, in_words

LAYOUT: Final = "layout.html"
PAPER: Final = "paper.html"
SMS: Final = "sms"
SMS_VARIABLES: Final = ("agency_name", "agency_contacts", "answer_due_on", "status_url")
"""What an SMS may show beside the subject, empty where the notice has it not."""
NEWS: Final = "news"
"""What a sensitive appeal's applicant is told of anything that its own text would give away (R-SEC-5)."""
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
        self._versions: dict[tuple[str, ...], str] = {}
        self._environment = ImmutableSandboxedEnvironment(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=select_autoescape(["html"], default=False),
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def rendered(
        self, notice: Notice | Own, language: Language, variables: Mapping[str, str], *, sensitive: bool = False
    ) -> Text:
        """The notice in `language`. Raises UnusableVariables when a variable is missing or not of its kind."""
        shown = in_words(notice, language, variables)
        name = template_name(told(notice, sensitive=sensitive), language)
        subject, plain = self._letter(name, language, shown)
        html = self._environment.get_template(LAYOUT).render(
            language=language, subject=subject, blocks=blocks(plain), link=shown.get("status_url")
        )
        return Text(subject, plain, html, self._version(name, LAYOUT))

    def short(
        self, notice: Notice | Own, language: Language, variables: Mapping[str, str], *, sensitive: bool = False
    ) -> Text:
        """The notice as an SMS: all on one line, in `plain`."""
        text = self.rendered(notice, language, variables, sensitive=sensitive)
        shown = dict.fromkeys(SMS_VARIABLES, "") | in_words(notice, language, variables)
        if hides(notice, sensitive=sensitive):
            shown = dict.fromkeys(SMS_VARIABLES, "") | {"status_url": shown["status_url"]}
        template = self._environment.get_template(name := template_name(SMS, language))
        plain = template.render(shown, subject=text.subject, office=self._offices[language])
        told_by = template_name(told(notice, sensitive=sensitive), language)
        return Text(text.subject, " ".join(plain.split()), "", self._version(name, told_by))

    def on_paper(
        self,
        notice: Notice,
        language: Language,
        variables: Mapping[str, str],
        *,
        addressee: str,
        on: date,
        sensitive: bool = False,
    ) -> Text:
        """The notice as a letter to be printed, as HTML; `addressee` is name and postal address, `on` its day."""
        shown = in_words(notice, language, variables)
        name = template_name(told(notice, sensitive=sensitive), language)
        subject, plain = self._letter(name, language, shown)
        html = self._environment.get_template(PAPER).render(
            language=language,
            subject=subject,
            blocks=blocks(plain),
            office=self._offices[language],
            addressee=[line for line in addressee.split("\n") if line],
            day=date_in_words(on, language),
        )
        return Text(subject, plain, html, self._version(name, PAPER))

    def _letter(self, name: str, language: Language, shown: Mapping[str, str]) -> tuple[str, str]:
        template = self._environment.get_template(name)
        subject, _, letter = template.render(shown, office=self._offices[language]).partition("\n")
        return subject.strip(), letter.strip() + "\n"

    def version(self, notice: Notice | Own | str, language: Language) -> str:
        """Hash of all sources that make the notice: its template, what that includes, and the layout."""
        return self._version(template_name(notice, language), LAYOUT)

    def _version(self, *names: str) -> str:
        if names not in self._versions:
            digest = sha256()
            for name in names:
                for source in self._sources(name):
                    digest.update(source.encode() + b"\0")
            self._versions[names] = digest.hexdigest()[:16]
        return self._versions[names]

    def used_variables(self, notice: Notice | Own | str, language: Language) -> set[str]:
        """Names that the template and what it includes ask for."""
        sources = self._sources(template_name(notice, language))
        return set().union(*(meta.find_undeclared_variables(self._environment.parse(source)) for source in sources))

    def source(self, name: str) -> str:
        """A template as it stands. Raises TemplateNotFound."""
        return self._loader.get_source(self._environment, name)[0]

    def _sources(self, name: str) -> Iterator[str]:
        source = self._loader.get_source(self._environment, name)[0]
        yield source
        for included in meta.find_referenced_templates(self._environment.parse(source)):
            if included is None:
                raise ValueError(f"{name} includes a template whose name is computed")
            yield from self._sources(included)


def hides(notice: Notice | Own, *, sensitive: bool) -> bool:
    """Whether the notice's own text would tell too much."""
    return sensitive and notice not in NEUTRAL


def told(notice: Notice | Own, *, sensitive: bool) -> str:
    """What stands in the template's name: the notice, or the neutral text in its place."""
    return NEWS if hides(notice, sensitive=sensitive) else notice.value


def template_name(notice: Notice | Own | str, language: Language) -> str:
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
