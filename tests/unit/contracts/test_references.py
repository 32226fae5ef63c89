"""References to documents: only the document's own key makes one, and nothing in it can be changed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.contracts.attachments import AttachedDocument, Grant, granted, referenced

ONE, OTHER = UUID(int=1), UUID(int=2)
KEY = "a1" * 32
UNTIL = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
DOCUMENT = AttachedDocument(
    id=ONE,
    name="план.pdf",
    media_type="application/pdf",
    size=5,
    sha256="0" * 64,
    url="http://intake/attachments/1",
    key=KEY,
)
GRANT = Grant("agency:land-relations", OTHER, UNTIL)


def token(grant: Grant = GRANT) -> str:
    return referenced(DOCUMENT, grant).reference.removeprefix(f"{DOCUMENT.url}/")


@pytest.mark.parametrize(
    "grant", [GRANT, Grant("operator:Айгүл", None, UNTIL, sealed=True)], ids=["agency", "operator"]
)
def test_a_reference_says_who_for_what_and_until_when(grant):
    """And the document goes with it as it was told, without its key."""
    document = referenced(DOCUMENT, grant)

    assert granted(token(grant), document_id=ONE, key=KEY) == grant
    assert document.good_until == UNTIL
    assert KEY not in document.model_dump_json()
    assert (document.name, document.sha256) == (DOCUMENT.name, DOCUMENT.sha256)


def test_a_reference_opens_no_other_document():
    """Not with the same key, and not with another's."""
    assert granted(token(), document_id=OTHER, key=KEY) is None
    assert granted(token(), document_id=ONE, key="b2" * 32) is None


def test_nothing_in_a_reference_can_be_changed():
    """Every byte of it is signed, or the signature."""
    raw = urlsafe_b64decode(token() + "==")
    changed = [raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :] for n in range(len(raw))]

    assert not any(granted(urlsafe_b64encode(one).decode(), document_id=ONE, key=KEY) for one in changed)


@pytest.mark.parametrize("nonsense", ["", "x", "я", "====", "a" * 1000, token()[:20]])
def test_nonsense_is_no_reference(nonsense):
    """Never an error."""
    assert granted(nonsense, document_id=ONE, key=KEY) is None


def test_a_longer_life_is_another_reference():
    """Whoever wants more time must ask."""
    longer = replace(GRANT, until=datetime(2027, 1, 1, tzinfo=UTC))

    assert token() != token(longer)
