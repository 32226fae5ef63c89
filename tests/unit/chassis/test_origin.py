"""Who first said a message, however it comes back: the exchange of a reply is its agency's identity."""

from types import SimpleNamespace

import pytest

from services.chassis.consumer import origin


@pytest.mark.parametrize(
    ("exchange", "headers", "first"),
    [
        ("replies.akimat", {}, "replies.akimat"),
        ("replies.akimat", {"x-origin": "replies.education"}, "replies.akimat"),
        ("requeue", {"x-origin": "replies.akimat"}, "replies.akimat"),
        ("requeue", {"x-origin": "replies.akimat", "x-redriven-from": "replies.education"}, "replies.education"),
        ("parked", {"x-death": [{"exchange": "replies.akimat"}]}, "replies.akimat"),
        ("parked", {"x-death": [{"exchange": "requeue"}], "x-origin": "replies.akimat"}, "replies.akimat"),
        ("parked", {"x-death": [{"exchange": "replies.akimat"}], "x-origin": "replies.education"}, "replies.akimat"),
        ("parked", {"x-death": [{"exchange": "replies.akimat", "reason": "expired"}]}, ""),
        ("parked", {"x-death": [{"exchange": "requeue", "reason": "expired"}], "x-origin": "replies.akimat"}, ""),
        ("parked", {}, ""),
        ("parked", {"x-death": "nonsense"}, ""),
        ("requeue", {}, ""),
    ],
)
def test_the_first_exchange_is_found(exchange, headers, first):
    """Our own headers count only on messages that came through our own exchanges."""
    assert origin(SimpleNamespace(exchange=exchange, headers=headers)) == first
