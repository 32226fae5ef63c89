"""How much of a recipient operators see."""

import pytest

from services.notifier.views import masked


@pytest.mark.parametrize(
    ("channel", "recipient", "shown"),
    [
        ("email", "aigul@post.example", "a•••@post.example"),
        ("email", '"a@b"@post.example', '"•••@post.example'),
        ("email", "", ""),
        ("webhook", "portal", "portal"),
    ],
)
def test_a_recipient_is_masked(channel: str, recipient: str, shown: str) -> None:
    """An applicant's address keeps its first letter and its server; a posting system is nobody's secret."""
    assert masked(channel, recipient) == shown
