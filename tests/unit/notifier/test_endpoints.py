"""What can be an endpoint's address, and what its secrets look like."""

import base64

import pytest
from standardwebhooks import Webhook

from services.notifier.endpoints import is_usable_url, new_secret


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://portal.example/hook?from=joldau", True),
        ("https://portal.example:8443/", True),
        ("https://[2001:db8::1]/hook", True),
        ("http://portal.example/", False),
        ("https://user:secret@portal.example/", False),
        ("https://portal.example/#part", False),
        ("https://portal.example/a b", False),
        ("https://портал.example/", False),
        ("https://portal.example:port/", False),
        ("https:///hook", False),
        ("//portal.example/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_an_address_is_usable(url: str, *, usable: bool) -> None:
    """Https, a host, nothing secret in it; a name in other letters is given as punycode."""
    assert is_usable_url(url, plain_http=False) is usable


def test_plain_http_is_usable_where_private_networks_are_allowed() -> None:
    assert is_usable_url("http://127.0.0.1:9000/", plain_http=True)


def test_a_secret_is_one_of_standard_webhooks() -> None:
    """32 random bytes, in a form the reference library takes; no two are the same."""
    first, second = new_secret(), new_secret()
    Webhook(first)

    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
