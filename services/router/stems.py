"""By which keys an appeal is found: the stems of its words, in our one spelling, as hashes. No word is kept.

A stem is what is left when Kazakh or Russian endings are taken off again and again. Which language a word is in nobody
knows: each text has its words' stems of both, and a query is answered by either.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from services.contracts.appeals import Language
from services.router.endings import is_ending
from services.router.normalisation import fold, tokens

ASKED: Final = 8
"""So many words of a query count."""

_SHORTEST: Final = 3
_SHORTER: Final = frozenset({"су", "уи", "ел", "ет", "ат", "ас", "от", "аи", "ис", "ит", "ун", "ми"})
"""Kazakh nouns of two letters that people write about, folded; of any other word two letters say nothing."""
_ADJECTIVE: Final = frozenset({"ыи", "ии"})
"""Endings of Russian adjectives that the lexicon leaves to its patterns."""
_HARDENED: Final = str.maketrans("бг", "пк")
"""A Kazakh stem's last letter before a vowel, and at its end: мектебі and мектеп."""
_FLEETING: Final = re.compile(r"(?<=..[бвгджзклмнпрстфхцчш])[ео](?=[бвгджзклмнпрстфхцчш]$)")
"""A vowel that comes and goes before the last letter of a Russian stem: участок and участка."""
_NAMED: Final = "name:"


def keys_of(text: str) -> set[int]:
    """The keys that a text is found by."""
    return {_hash(stem) for word in _words(text) for stem in stems(word)}


def keys_of_name(name: str) -> set[int]:
    """The keys that an applicant's name is found by; no text has them."""
    return {_hash(_NAMED + stem) for word in _words(name) for stem in stems(word)}


def asked(query: str) -> list[frozenset[int]]:
    """For each word of a query, the keys of which a text has at least one; without words, none."""
    return _asked(query, "")


def asked_name(query: str) -> list[frozenset[int]]:
    """As `asked`, of an applicant's name."""
    return _asked(query, _NAMED)


@lru_cache(65_536)
def stems(word: str) -> frozenset[str]:
    """The stems that a folded word may have."""
    kazakh, russian = (_stem(word, language) for language in (Language.KAZAKH, Language.RUSSIAN))
    return frozenset({kazakh[:-1] + kazakh[-1:].translate(_HARDENED), _FLEETING.sub("", russian)})


def _asked(query: str, before: str) -> list[frozenset[int]]:
    words = list(dict.fromkeys(_words(query)))[:ASKED]
    return [frozenset(_hash(before + stem) for stem in stems(word)) for word in words]


def _words(text: str) -> Iterator[str]:
    """Words and numbers of a text, in our spelling; a single letter says nothing."""
    for match in tokens(text):
        word = match[0] if match[0].isdigit() else _folded(match[0])
        if len(word) > 1:
            yield word


def _stem(word: str, language: Language) -> str:
    """What is left of a word without its endings, of which one may stand behind another."""
    for length in range(2, len(word)):
        if length < _SHORTEST and (language is Language.RUSSIAN or word[:length] not in _SHORTER):
            continue
        rest = word[length:]
        if is_ending(rest, language) or (language is Language.RUSSIAN and rest in _ADJECTIVE):
            return _stem(word[:length], language)
    return word


_folded = lru_cache(65_536)(fold)


def _hash(stem: str) -> int:
    return int.from_bytes(blake2b(stem.encode(), digest_size=8).digest(), "big", signed=True)
