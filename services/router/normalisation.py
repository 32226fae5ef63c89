"""How people's spelling becomes one spelling: alphabets, Kazakh letters, accents, soft signs and doubled letters.

Texts and lexicon patterns pass through the same `fold`, so what is lost here is lost alike on both sides. The folding
of Kazakh letters to their Russian look-alikes is how people type without a Kazakh keyboard.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_MARKS: Final = "\u0300-\u036f\u00ad\u200b-\u200d"
"""Combining marks, soft hyphens and zero-width characters: inside a word they are not its end."""

_LETTER: Final = "a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0400-\u0481\u048a-\u04ff"

_TOKEN: Final = re.compile(
    rf"[{_LETTER}]+(?:[{_MARKS}]+[{_LETTER}]*)*"  # a word
    r"|\d+|%"  # a number, a percent sign
    r"|[!?;…\n]|(?<=\w[\w%])\.(?=\s*\Z|\s+[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ])"  # the end of a sentence, but not of "тыс. тенге"
)
SENTENCE_ENDS: Final = frozenset("!?;…\n.")
"""Tokens that close a sentence."""

_LATIN: Final = re.compile("[a-zA-Z\u00c0-\u02af]")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_DOUBLED: Final = re.compile(r"([бвгджзклмнпрстфхцчш])\1+")

_LOOKALIKES: Final = str.maketrans("AaBCcEeHhIiKkMmOoPpTXxYyəƏ", "аавссеенхииккммоорртххууаа")
_FOLDED: Final = str.maketrans("әғқңөұүһіщэ", "агкноуухише", "ьъ")
"""Applied after accents are gone, so ё and й are already е and и."""
_DIGRAPHS: Final = {
    "shch": "ш",
    "sch": "ш",
    "sh": "ш",
    "zh": "ж",
    "ch": "ч",
    "kh": "х",
    "gh": "г",
    "ts": "ц",
    "ya": "я",
    "yu": "ю",
    "yo": "е",
    "ye": "е",
    "ş": "ш",
    "ç": "ч",
    "ý": "у",
    "ı": "ы",
}
_DIGRAPH: Final = re.compile("|".join(_DIGRAPHS))
_GLIDE: Final = re.compile("(?<=[aeiouаеиоу])y")
_LETTERS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абсдефгхижклмнопкрстувухыз")


def tokens(text: str) -> Iterator[re.Match[str]]:
    """Words, numbers, percent signs and ends of sentences of `text`, in order, with their places in it."""
    return _TOKEN.finditer(text)


def fold(word: str) -> str:
    """One spelling for all the ways `word` may be typed; lower-case Cyrillic without Kazakh letters.

    A word of mixed alphabets is read by the look of its letters, a wholly Latin one by its sound.
    """
    if _LATIN.search(word):
        word = word.translate(_LOOKALIKES) if _CYRILLIC.search(word) else _transliterated(word)
    marked = unicodedata.normalize("NFD", word.lower())
    bare = "".join(letter for letter in marked if not unicodedata.combining(letter) and letter.isalpha())
    return _DOUBLED.sub(r"\1", bare.translate(_FOLDED))


def _transliterated(word: str) -> str:
    """A Kazakh or Russian word in Latin letters, in Cyrillic ones."""
    composed = unicodedata.normalize("NFC", word).lower()
    spelled = _GLIDE.sub("и", _DIGRAPH.sub(lambda found: _DIGRAPHS[found[0]], composed))
    bare = "".join(letter for letter in unicodedata.normalize("NFD", spelled) if not unicodedata.combining(letter))
    return bare.translate(_LETTERS)
