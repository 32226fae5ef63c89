"""Links to opt out by, and the words of their page."""

from uuid import UUID

import pytest

from services.contracts.appeals import Language
from services.contracts.notifications import Notice
from services.notifier.optout_texts import NOTICES, OPT_OUT
from services.notifier.optouts import OptOuts

ID = UUID("01890000-0000-7000-8000-000000000001")
LINKS = OptOuts.under("a-secret", page="https://joldau.example")


def test_a_link_names_its_notification_and_is_read_by_its_key_alone() -> None:
    """A changed byte, or another key, and it is nobody's."""
    page, _, token = LINKS.url(ID).rpartition("/")

    assert page == "https://joldau.example/opt-out"
    assert LINKS.read(token) == ID
    assert OptOuts.under("another", page="https://joldau.example").read(token) is None
    assert all(LINKS.read(token[:n] + ("B" if token[n] == "A" else "A") + token[n + 1 :]) is None for n in range(44))


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "қ", "====", "\x00"])
def test_what_is_no_token_is_nobody_s(token: str) -> None:
    assert LINKS.read(token) is None


@pytest.mark.parametrize("language", Language)
def test_the_page_has_its_words_for_every_notice(language: Language) -> None:
    """A notice that is added must be told of there, too."""
    assert set(NOTICES[language]) == set(Notice)
    assert OPT_OUT[language].keys() == OPT_OUT[Language.RUSSIAN].keys()
