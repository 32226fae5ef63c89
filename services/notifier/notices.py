"""Which variables each notice needs: what intake must put into `NotifyApplicant.variables`, and how each is shown.

On the wire a variable is a string that does not depend on the language (ISO 8601 for dates); here it becomes words.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from services.contracts.appeals import Language
from services.contracts.notifications import Notice

ALMATY: Final = ZoneInfo("Asia/Almaty")
_MONTHS_KK = "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан"
_MONTHS_RU = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
MONTHS: Final[Mapping[Language, list[str]]] = MappingProxyType(
    {Language.KAZAKH: _MONTHS_KK.split(), Language.RUSSIAN: _MONTHS_RU.split()}
)


class Own(StrEnum):
    """What is told by e-mail to others than applicants: the owners of posting systems, and agencies."""

    ENDPOINT_FAILING = "endpoint_failing"
    ENDPOINT_DISABLED = "endpoint_disabled"
    REFERRAL_READY = "referral_ready"
    AGENCY_SILENT = "agency_silent"


def notice_of(name: str) -> Notice | Own:
    """The notice of that name."""
    return Own(name) if name in frozenset(Own) else Notice(name)


OPTIONAL: Final = frozenset({Notice.ACCEPTED})
REQUIRED: Final = frozenset(Notice) - OPTIONAL
"""Notices that the law does not ask for: an applicant may opt out of them, and a newer one may replace them.

Every other is required (АППК arts. 64(2), 65, 66, 69, 70, 89): it cannot be opted out of, and ends on paper if need be.
"""

NEUTRAL: Final = frozenset({Notice.REGISTERED, Notice.RETAINED})
"""Notices whose own text tells no topic and no other body (R-SEC-5)."""


class Kind(StrEnum):
    """How a variable is written on the wire; `KINDS` says it in words."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    SCOPE = "scope"
    URL = "url"


KINDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.LINE: "one line, in the notice's language",
        Kind.TEXT: "any number of lines, in the language they were written in",
        Kind.DATE: "`2026-11-23`",
        Kind.TIME: "`2026-11-23T05:00:00+00:00`, with an offset; shown as Almaty time",
        Kind.SCOPE: "`full` or `part`, as in `referral.changed.v1`",
        Kind.URL: "absolute, `https://` or `http://`",
    }
)


@dataclass(frozen=True)
class Variable:
    """One variable of a notice. An optional one may be empty when it is not known; it is present all the same."""

    name: str
    kind: Kind
    meaning: str
    optional: bool = False


class UnusableVariables(ValueError):
    """Variables are missing or not of their kind. Says which, never their values."""

    def __init__(self, notice: Notice | Own, names: tuple[str, ...]) -> None:
        super().__init__(f"{notice}: {', '.join(names)}")
        self.notice = notice
        self.names = names


_NUMBER = Variable("registration_number", Kind.LINE, "the appeal's registration number")
_REGISTERED = Variable("registered_on", Kind.DATE, "day of registration (АППК art. 64(3))")
_STATUS = Variable("status_url", Kind.URL, "page where the applicant sees the appeal's status")
_AGENCY = Variable("agency_name", Kind.LINE, "the agency's name in the notice's language")
_CONTACTS = Variable("agency_contacts", Kind.LINE, "the agency's address and telephone", optional=True)
_SCOPE = Variable("scope", Kind.SCOPE, "whether the whole appeal is referred or a part (АППК art. 65(1), 65(2))")
_DUE = Variable("answer_due_on", Kind.DATE, "last day of the term (АППК arts. 76, 99); empty if unknown", optional=True)

_SYSTEM: Final = (
    Variable("system", Kind.LINE, "code of the posting system"),
    Variable("failing_since", Kind.TIME, "since when its endpoint takes no webhook"),
    Variable("because", Kind.LINE, "code of the last failure"),
)

NOTICES: Final[Mapping[Notice | Own, tuple[Variable, ...]]] = MappingProxyType(
    {
        Own.ENDPOINT_FAILING: _SYSTEM,
        Own.ENDPOINT_DISABLED: _SYSTEM,
        Own.REFERRAL_READY: (
            _AGENCY,
            Variable("link", Kind.URL, "page where the agency sees this one referral, and answers"),
            Variable("good_until", Kind.TIME, "until when the link is good"),
        ),
        Own.AGENCY_SILENT: (
            _AGENCY,
            Variable("silent_agency_name", Kind.LINE, "an agency below it that is silent about a referral"),
            Variable("link", Kind.URL, "page where it sees which referral, and until when an answer is due"),
            Variable("good_until", Kind.TIME, "until when the link is good"),
        ),
        Notice.REGISTERED: (
            _NUMBER,
            _REGISTERED,
            Variable("received_at", Kind.TIME, "when the appeal arrived (АППК art. 64(2))"),
            Variable("accepted_by", Kind.LINE, "who accepted it: surname, initials and position (АППК art. 64(2))"),
            _STATUS,
        ),
        Notice.RETAINED: (_NUMBER, _REGISTERED, _DUE, _STATUS),
        Notice.REFERRED: (
            _NUMBER,
            _REGISTERED,
            Variable("referred_on", Kind.DATE, "day on which the referral left for the agency"),
            _AGENCY,
            _CONTACTS,
            _SCOPE,
            _DUE,
            _STATUS,
        ),
        Notice.ACCEPTED: (_NUMBER, _REGISTERED, _AGENCY, _CONTACTS, _DUE, _STATUS),
        Notice.EXTENDED: (
            _NUMBER,
            _REGISTERED,
            Variable("extended_on", Kind.DATE, "day of the decision to extend (АППК art. 76(3))"),
            _AGENCY,
            _CONTACTS,
            Variable("reason", Kind.TEXT, "why, as the agency wrote it", optional=True),
            _DUE,
            _STATUS,
        ),
        Notice.ANSWERED: (
            _NUMBER,
            _REGISTERED,
            _AGENCY,
            _CONTACTS,
            Variable("answer", Kind.TEXT, "the agency's answer, as it wrote it"),
            _STATUS,
        ),
        Notice.DECLINED: (
            _NUMBER,
            _REGISTERED,
            _AGENCY,
            Variable("reason", Kind.TEXT, "why the agency says it is not competent, as it wrote it", optional=True),
            _STATUS,
        ),
        Notice.TO_FIX: (
            _NUMBER,
            _REGISTERED,
            Variable("lacking", Kind.TEXT, "what the appeal lacks, a list in the notice's language (АППК art. 64(6))"),
            Variable("fix_by", Kind.DATE, "last day to add it"),
            Variable("reason", Kind.TEXT, "what the official adds", optional=True),
            _STATUS,
        ),
        **{
            notice: (
                _NUMBER,
                _REGISTERED,
                Variable("closed_on", Kind.DATE, "day of the decision"),
                Variable("ground", Kind.TEXT, "why, with the article, in the notice's language"),
                Variable("reason", Kind.TEXT, "what the official adds", optional=True),
                _STATUS,
            )
            for notice in (Notice.RETURNED, Notice.TERMINATED, Notice.COURT_ROUTE)
        },
        Notice.WITHDRAWN: (
            _NUMBER,
            _REGISTERED,
            Variable("withdrawn_on", Kind.DATE, "day of the withdrawal (АППК art. 64(9))"),
            _STATUS,
        ),
    }
)
"""What each notice says (R-NOT-3). Registered and retained have nothing that could name the topic (R-SEC-5)."""


def in_words(notice: Notice | Own, language: Language, variables: Mapping[str, str]) -> dict[str, str]:
    """The notice's variables as its text shows them.

    A variable that the notice does not know is left out, so that a newer intake may send more. Raises
    UnusableVariables for one that is missing or not of its kind.
    """
    shown: dict[str, str] = {}
    unusable: list[str] = []
    for variable in NOTICES[notice]:
        try:
            shown[variable.name] = _shown(variable, language, variables[variable.name])
        except (KeyError, ValueError):
            unusable.append(variable.name)
    if unusable:
        raise UnusableVariables(notice, tuple(unusable))
    return shown


def date_in_words(day: date, language: Language) -> str:
    """``2026 жылғы 23 қараша``, ``23 ноября 2026 года``: forms that need no case endings around them."""
    month = MONTHS[language][day.month - 1]
    if language is Language.KAZAKH:
        return f"{day.year} жылғы {day.day} {month}"
    return f"{day.day} {month} {day.year} года"


def _shown(variable: Variable, language: Language, value: str) -> str:
    value = _clean(value)
    if not value:
        if variable.optional:
            return ""
        raise ValueError(variable.name)
    match variable.kind:
        case Kind.DATE:
            return date_in_words(date.fromisoformat(value), language)
        case Kind.TIME:
            return _time_in_words(datetime.fromisoformat(value), language)
        case Kind.LINE:
            return re.sub(r"\s+", " ", value)
        case Kind.SCOPE if value not in {"full", "part"}:
            raise ValueError(variable.name)
        case Kind.URL if not _is_url(value):
            raise ValueError(variable.name)
    return value


def _time_in_words(moment: datetime, language: Language) -> str:
    if moment.tzinfo is None:
        raise ValueError("no offset")
    local = moment.astimezone(ALMATY)
    return f"{date_in_words(local.date(), language)}, {local:%H:%M}"


def _is_url(value: str) -> bool:
    url = urlsplit(value)
    return url.scheme in {"http", "https"} and bool(url.hostname) and not re.search(r"\s", value)


def _clean(value: str) -> str:
    """Without control characters, with plain line ends."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


def as_markdown() -> str:
    """The table for whoever sends notices: `docs/messages/notices.md`."""
    lines = [
        "# Variables of the notices",
        "",
        "What `variables` of `applicant.notify.v1` holds for each `notice`. All values are strings; an optional one",
        "may be empty, and is present all the same. Written by `services.notifier.notices.as_markdown`.",
        "",
        *(f"- `{kind}`: {meaning}" for kind, meaning in KINDS.items()),
    ]
    for notice in Notice:
        variables = NOTICES[notice]
        lines += ["", f"## {notice}", "", "| variable | kind | meaning |", "|---|---|---|"]
        for variable in variables:
            kind = f"{variable.kind}, optional" if variable.optional else str(variable.kind)
            lines.append(f"| `{variable.name}` | {kind} | {variable.meaning} |")
    return "\n".join(lines) + "\n"
