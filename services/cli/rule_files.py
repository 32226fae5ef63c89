"""Rules as files on this machine: which document a file is, what is wrong with it, and a trial on an archive."""

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from services.chassis import clock
from services.cli.failure import Exit, Failed
from services.cli.session import Session

if TYPE_CHECKING:
    from services.router.rules import RuleSet
    from services.router.trial import Past

IN_FORCE: Final = "in-force"
SHIPPED: Final = "shipped"
MODEL: Final = "model"
DOCUMENTS: Final = ("lexicon", "directory", MODEL)
_WORDS: Final = DOCUMENTS[:2]
_SECTION_OF: Final = {"topics:": "lexicon", "agencies:": "directory"}
_SECTIONS_OF_MODEL: Final = ('"features"', '"blend"')
_AT_ONCE: Final = 200


def documents(session: Session, files: Sequence[Path]) -> dict[str, tuple[str, str]]:
    """The files' names and texts by what they are, told by a section that only that kind has."""
    found: dict[str, tuple[str, str]] = {}
    for file in files:
        text = session.read(str(file))
        kinds = _kinds(text)
        if len(kinds) != 1:
            raise Failed(Exit.USAGE, f"{file} is neither a lexicon (topics:), a directory (agencies:) nor a model.")
        if kinds[0] in found:
            raise Failed(Exit.USAGE, f"{file} is a second {kinds[0]}: give one of each.")
        found[kinds[0]] = str(file), text
    return found


def _kinds(text: str) -> list[str]:
    if text.startswith("{"):
        return [MODEL] if all(section in text for section in _SECTIONS_OF_MODEL) else []
    lines = [line.rstrip() for line in text.splitlines()]
    return [kind for section, kind in _SECTION_OF.items() if section in lines]


def packed(model: str) -> str:
    """A model's document as the router takes it: it is long."""
    return base64.b64encode(gzip.compress(model.encode())).decode()


def rule_documents(session: Session, files: Sequence[Path]) -> dict[str, Any]:
    """The files' documents as a rule set has them."""
    found: dict[str, Any] = {kind: text for kind, (_, text) in documents(session, files).items()}
    return found | ({MODEL: found[MODEL].encode()} if MODEL in found else {})


def text_of(session: Session, version: str, document: str) -> str:
    """A document of a rule set that the router keeps."""
    return session.router.call("GET", f"/v1/rules/{version}/{document}").text


def base_set(session: Session, version: str) -> "RuleSet":
    """The rule set of this version: kept by the router, or `SHIPPED` with these programs."""
    from services.router.rules import RuleSet, read_set  # noqa: PLC0415 - heavy: `joldau --help` does without

    if version == SHIPPED:
        return read_set()
    lexicon, directory = (text_of(session, version, document) for document in _WORDS)
    has_model = session.router.get(f"/v1/rules/{version}")[MODEL]
    model = text_of(session, version, MODEL).encode() if has_model else None
    return RuleSet(lexicon=lexicon, directory=directory, model=model)


def problems(session: Session, files: Sequence[Path]) -> Iterator[dict[str, str]]:
    """What is wrong with these files, or with the rules in force; a document that is not given is that in force."""
    from dataclasses import replace  # noqa: PLC0415 - likewise

    from services.router.rule_check import questionable, unusable  # noqa: PLC0415

    given = documents(session, files)
    version = IN_FORCE if session.router.has_key else SHIPPED
    names = {kind: given[kind][0] if kind in given else f"{kind} ({version})" for kind in DOCUMENTS}
    is_whole = given.keys() >= set(_WORDS)
    if not is_whole and version == SHIPPED:
        session.output.note("No key to the router: what is not given is taken from what ships.")
    rules = replace(base_set(session, SHIPPED if is_whole else version), **rule_documents(session, files))
    found = unusable(rules, **names)
    for problem in found:
        yield {"severity": "error", "where": problem.where, "what": problem.what}
    if not found:
        for problem in questionable(rules, on=_today(), **{kind: names[kind] for kind in _WORDS}):
            yield {"severity": "warning", "where": problem.where, "what": problem.what}


def _today() -> date:
    from services.contracts.calendar import ALMATY  # noqa: PLC0415 - likewise

    return clock.now().astimezone(ALMATY).date()


def tried(session: Session, archive: str, before: "RuleSet", after: "RuleSet") -> Iterator[dict[str, Any]]:
    """A trial on an archive: how far it is, again and again, and at last the report."""
    from services.router.directory_check import DirectoryError  # noqa: PLC0415 - likewise
    from services.router.patterns import PatternError  # noqa: PLC0415
    from services.router.rules import Policy  # noqa: PLC0415
    from services.router.trial import Trial  # noqa: PLC0415

    past = [_past(line, place) for place, line in enumerate(session.read(archive).splitlines(), 1) if line.strip()]
    try:
        trial = Trial(before.rules(Policy.UNSURE), after.rules(Policy.UNSURE))
    except (PatternError, DirectoryError) as error:
        raise Failed(Exit.USAGE, f"The rules cannot be used; `joldau rules check` says more. {error}") from error
    for start in range(0, len(past), _AT_ONCE):
        trial.take(past[start : start + _AT_ONCE])
        yield {"done": trial.compared.tried, "of": len(past)}
    yield {"report": trial.compared.report()}


def _past(line: str, place: int) -> "Past":
    """An appeal of an archive: its text, and whatever else is known of it."""
    from services.contracts.appeals import AppealKind, Applicant, Channel, Language  # noqa: PLC0415 - likewise
    from services.router.appeal import Appeal  # noqa: PLC0415
    from services.router.trial import Past  # noqa: PLC0415

    try:
        told = json.loads(line)
        at = datetime.fromisoformat(told["received_at"]) if "received_at" in told else clock.now()
        appeal = Appeal(
            id=UUID(int=place),
            registration_number=str(place),
            received_at=at,
            registered_on=at.date(),
            language=Language(told.get("language") or told.get("lang") or Language.RUSSIAN),
            kind=AppealKind(told.get("kind") or AppealKind.APPLICATION),
            channel=Channel.WEB,
            text=told["text"],
            applicant=Applicant(name="-"),
            addressed_to=told.get("addressed_to"),
            complained_of=told.get("complained_of"),
            territory=told.get("territory"),
        )
        return Past(str(told.get("id", place)), appeal, at, told.get("outcome") or told.get("expected"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(Exit.USAGE, f"Line {place} of the archive is no appeal ({error}): give JSON with text.") from error
