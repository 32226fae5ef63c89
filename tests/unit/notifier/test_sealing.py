"""Secrets in the database: sealed under a key, still readable when the key is changed, plain without one."""

import pytest
from cryptography.fernet import Fernet, InvalidToken

from services.notifier.sealing import Sealer

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = "whsec_c2VjcmV0"


def test_a_sealed_secret_does_not_show_and_fits_its_column() -> None:
    kept = Sealer([OLD]).sealed("whsec_" + "A" * 44)

    assert "whsec_" not in kept
    assert len(kept) <= 400
    assert Sealer([OLD]).opened(kept) == "whsec_" + "A" * 44


def test_a_former_key_still_opens_and_what_was_kept_plain_is_read() -> None:
    """Until each endpoint has been rotated."""
    both = Sealer([NEW, OLD])

    assert both.opened(Sealer([OLD]).sealed(SECRET)) == SECRET
    assert both.opened(SECRET) == SECRET
    assert Sealer([NEW]).opened(both.sealed(SECRET)) == SECRET


@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_without_its_key_a_secret_is_lost(keys: tuple[str, ...]) -> None:
    with pytest.raises(InvalidToken):
        Sealer(keys).opened(Sealer([OLD]).sealed(SECRET))


def test_without_a_key_secrets_are_kept_as_they_are() -> None:
    assert Sealer().sealed(SECRET) == SECRET
