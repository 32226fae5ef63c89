"""How often somebody may try to sign in from one address."""

from datetime import UTC, datetime, timedelta

from services.router.console.doorstep import AT_ONCE, EVERY, Doorstep

NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def tried(step: Doorstep, times: int, address: str = "10.0.0.1", at: datetime = NOON) -> list[int]:
    return [step.wait(address, at=at) for _ in range(times)]


def test_after_many_tries_at_once_one_goes_on_each_few_seconds() -> None:
    """It is said how long to wait; who asks while waiting does not wait longer; another address does not wait."""
    step = Doorstep()

    assert tried(step, AT_ONCE) == [0] * AT_ONCE
    assert tried(step, 3) == [3, 3, 3]
    assert tried(step, 1, "10.0.0.2") == [0]
    assert tried(step, 2, at=NOON + EVERY) == [0, 3]
    assert tried(step, AT_ONCE + 1, at=NOON + timedelta(hours=1)) == [0] * AT_ONCE + [3]


def test_who_comes_in_has_not_tried() -> None:
    """An office behind one address signs in as often as it likes."""
    step = Doorstep()
    for _ in range(3 * AT_ONCE):
        assert tried(step, 1) == [0]
        step.give_back("10.0.0.1")


def test_addresses_of_one_ipv6_customer_are_one() -> None:
    step = Doorstep()
    waits = [tried(step, 1, f"2001:db8::{n:x}")[0] for n in range(AT_ONCE + 1)]

    assert waits == [0] * AT_ONCE + [3]
    assert tried(step, 1, "2001:db8:0:1::1") == [0]


def test_memory_is_bounded() -> None:
    """Who has not tried longest is forgotten."""
    step = Doorstep(most=2)
    tried(step, AT_ONCE, "10.0.0.1")
    for number in (2, 3):
        tried(step, 1, f"10.0.0.{number}")

    assert tried(step, 1, "10.0.0.1") == [0]
