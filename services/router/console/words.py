"""The console's words in Kazakh, Russian and English, read once from `words/*.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.chassis import yaml_documents
from services.chassis.problems import LANGUAGES

FOLDER: Final = Path(__file__).parent / "words"


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Key → words by language. A key is its file's name, a dot, and its name in it."""
    found = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for name, told in yaml_documents.read(file.read_text(encoding="utf-8")).items():
            found[f"{file.stem}.{name}"] = told
    return found


def speak(language: str) -> "Speech":
    """Words in one of `LANGUAGES`."""
    return _SPEECHES[language]


class Speech:
    """The words of one language. A key that has none raises `KeyError`: a test finds it before anybody reads it."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: Any) -> str:
        words = all_words()[key][self.language]
        return words.format_map(values) if values else words

    def has(self, key: str) -> bool:
        return key in all_words()


_SPEECHES: Final = {language: Speech(language) for language in LANGUAGES}
