"""Every word of the console is there in three languages, and every key that a page uses exists."""

import re
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, FileSystemLoader

import services
from services.router.console.pages import HERE
from services.router.console.words import FOLDER, all_words

SERVICES = Path(services.__path__[0])
BROKERS = {"rejected", "expired", "maxlen", "delivery_limit"}
"""Why the broker gives a message up, in its words."""

TEMPLATES = sorted(HERE.glob("templates/**/*.html"))
LITERAL = re.compile(r"""\bt\(\s*["']([a-z_]+\.[a-z0-9_]+)["']\s*[,)]""")
PREFIX = re.compile(r"""["']([a-z_]+\.[a-z0-9_]*_|[a-z_]+\.)(?:["']\s*~|\{)""")
"""A key that is put together from what precedes and a name."""
FORBIDDEN = re.compile(r"""\sstyle\s*=|\son[a-z]+\s*=\s*["']|<style|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)""")


def sources() -> str:
    files = [*TEMPLATES, *HERE.glob("*.py"), *HERE.glob("*/*.py")]
    return "\n".join(file.read_text("utf-8") for file in files)


def test_each_word_is_there_in_three_languages_with_the_same_places() -> None:
    for key, words in all_words().items():
        assert sorted(words) == ["en", "kk", "ru"], key
        assert all(isinstance(text, str) and text.strip() for text in words.values()), key
        places = {frozenset(name for _, name, _, _ in Formatter().parse(text) if name) for text in words.values()}
        assert len(places) == 1, key


def test_each_key_that_is_used_has_words() -> None:
    assert set(LITERAL.findall(sources())) <= set(all_words())


def test_no_words_are_left_over() -> None:
    """A key is used as it stands, or its beginning is put together with a name."""
    text = sources()
    beginnings = tuple(PREFIX.findall(text))
    unused = [key for key in all_words() if f'"{key}"' not in text and not key.startswith(beginnings)]
    assert unused == []


def test_each_reason_to_park_a_message_has_words() -> None:
    """Where a code says why; one of the broker's that is newer shows as it stands."""
    text = "\n".join(file.read_text("utf-8") for file in SERVICES.rglob("*.py"))
    codes = set(re.findall(r'Unreadable\("([a-z_]+)"', text)) | {"failed", "out_of_tries", "dead_lettered"} | BROKERS
    codes |= set(re.findall(r'Conflict\("(event_\w+)"', text))
    named = {key.removeprefix("admin_parked.reason_") for key in all_words() if key.startswith("admin_parked.reason_")}

    assert {"invalid", "not_json", "unknown_type"} <= codes
    assert codes == named


@pytest.mark.parametrize("file", TEMPLATES, ids=[str(file.relative_to(HERE / "templates")) for file in TEMPLATES])
def test_a_template_can_be_read_and_brings_nothing_that_the_policy_forbids(file) -> None:
    """No script or style in the page itself, and nothing from anywhere else."""
    text = file.read_text("utf-8")
    Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True).parse(text)
    assert not re.search(
        r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)", text
    )


def test_words_files_are_named_after_areas() -> None:
    assert all(re.fullmatch(r"[a-z_]+", file.stem) for file in FOLDER.glob("*.yaml"))
