"""Whom a text complains of, where its own words say so (R-CMP-8). A mere mention of a body is no complaint. Pure.

In Russian the body follows («жалоба на …»), in Kazakh it stands before («… үстінен шағым»). Who is only asked for help,
or has the complaint («жалоба на … в прокуратуру»), is not complained of.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from services.router.directory import Directory

_REACH: Final = 12
"""So many words beside the complaint can name the body."""

_PLAIN: Final = str.maketrans("әғқңөұүһіёӘҒҚҢӨҰҮҺІЁ", "агкноуухиеАГКНОУУХИЕ")
_SENTENCE: Final = re.compile(r"(?:[^.!?;:…\n]|(?<=\b[гГ])\.)+")
_WORD: Final = re.compile(r"\w+")

_SAYS_RU: Final = re.compile(
    r"(?<!\bне )\b(?:жалоб\w{0,3}|жалу(?:юсь|емся)|жаловаться|пожаловаться)\s+на\b"
    r"(?!\s+(?:имя|рассмотрени\w+|сайт\w*|портал\w*|почт\w*|адрес\w*|электронн\w+|\d|\w+языке|(?:казах|рус)ском|меня|нас)\b)",
    re.IGNORECASE,
)
_HINTS_RU: Final = re.compile(
    r"\bбездействи\w+|\bобжал\w+|\bпретензи\w+ к\b"
    r"|\b(?:незаконн|неправомерн|противоправн)\w+\s+(?:действи|решени|отказ)\w*",
    re.IGNORECASE,
)
_ELSEWHERE_RU: Final = re.compile(
    r"\b(?:про(?:шу|сим)|требу(?:ю|ем)|обра(?:ща|ти)\w+|помогите|примите|через|чтобы|котор\w+|потому|так как)\b"
    r"|,\s+(?:что|не|а|но)\b"
    r"|\bво?\s+(?!\w+о[йм]\s+(?:район|област|город|округ)|(?:район|област|город|г|сел)\w*\b)",
    re.IGNORECASE,
)
_SAYS_KK: Final = re.compile(
    r"\b(?:устинен|арекетин\w*|арекеттерин\w*|арекетсиздигине|шешимине|шешимдерине|бас тартуына)"
    r"\s+(?:\w+\s+){0,2}?(?:шагым|арыз)\w*",
    re.IGNORECASE,
)
_HINTS_KK: Final = re.compile(r"\bарекетсизди\w+|\bкатысты шагым\w*|\bзансыз (?:арекет|шешим)\w*", re.IGNORECASE)


class _Stretch(NamedTuple):
    """Words that may name the body, and whether the text surely says that it complains."""

    words: str
    sure: bool


def complained_of_in(text: str, directory: Directory, *, near: str | None, on: date) -> frozenset[str] | None:
    """Bodies that the text complains of; empty when of none, None when it says that it complains and none is clear.

    `near` is the territory of the appeal: a body that has no other place is meant there.
    """
    named: set[str] = set()
    unclear = False
    for words, sure in _stretches(text):
        bodies = directory.named_in(words, on, near=near)
        named |= bodies or set()
        unclear |= sure and not bodies
    return frozenset(named) if named or not unclear else None


def _stretches(text: str) -> Iterator[_Stretch]:
    for sentence in _SENTENCE.finditer(text.translate(_PLAIN)):
        for pattern, sure in ((_SAYS_RU, True), (_HINTS_RU, False)):
            for found in pattern.finditer(sentence[0]):
                after = sentence[0][found.end() :]
                if not sure:
                    after = after.partition(",")[0]
                elsewhere = _ELSEWHERE_RU.search(after)
                yield _Stretch(_words(after[: elsewhere.start() if elsewhere else None], slice(_REACH)), sure)
        for pattern, sure in ((_SAYS_KK, True), (_HINTS_KK, False)):
            for found in pattern.finditer(sentence[0]):
                before = sentence[0][: found.start()]
                yield _Stretch(_words(before if sure else before.rpartition(",")[2], slice(-_REACH, None)), sure)


def _words(text: str, taken: slice) -> str:
    return " ".join(_WORD.findall(text)[taken])
