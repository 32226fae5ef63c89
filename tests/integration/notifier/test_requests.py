"""From orders to notifications, on both databases."""

import json
from datetime import timedelta

import pytest

from services.chassis import clock
from services.chassis.errors import Unreadable
from services.chassis.ids import new_id
from services.contracts.appeals import Language
from services.contracts.notifications import NotifyAgency
from services.notifier import endpoints
from tests.integration.notifier.parts import ENDPOINTS, Notifier, accepted, to_applicant, to_system


async def test_an_order_becomes_one_row_that_is_due_at_once(notifier: Notifier) -> None:
    """It keeps what is to be said, of which appeal and in which language."""
    order = to_applicant("aigul@post.example", language=Language.RUSSIAN)
    await notifier.ordered(order, correlation_id="posted-7")

    [row] = await notifier.rows()
    assert (row.notification_id, row.appeal_id, row.revision) == (order.notification_id, order.appeal_id, 1)
    assert (row.channel, row.recipient, row.destination) == ("email", "aigul@post.example", "smtp")
    assert (row.notice, row.language, json.loads(row.content)) == ("registered", "ru", order.variables)
    assert (row.state, row.attempts, row.correlation_id) == ("queued", 0, "posted-7")
    assert row.next_attempt_at <= clock.now()


async def test_the_same_order_twice_is_one_notification(notifier: Notifier) -> None:
    """Whether it comes in one batch or later, under another envelope."""
    order = to_applicant()
    await notifier.ordered(order, order)
    await notifier.ordered(order)

    assert len(await notifier.rows()) == 1


async def test_without_a_usable_channel_the_law_s_notice_waits_at_the_desk(notifier: Notifier) -> None:
    """Nobody's notice ends in silence: a person finds an address. What the law does not ask for is not sent."""
    await notifier.ordered(to_applicant(None), to_applicant(None, phone="+77000000001"))
    await notifier.ordered(accepted(None))

    rows = [(row.channel, row.destination, row.state, row.reason) for row in await notifier.rows()]
    assert rows == [("letter", "desk", "queued", None)] * 2 + [("email", "", "suppressed", "no_contact")]


async def test_orders_that_came_together_are_judged_one_by_one(notifier: Notifier) -> None:
    """Of three posting systems one has an endpoint, one has none, one's is disabled."""
    for system in ("portal", "kiosk"):
        await notifier.endpoint(system, "https://portal.example/hook")
    async with notifier.database.transaction() as tx:
        await endpoints.disable(tx, "kiosk", because="http_410", at=clock.now())
    await notifier.ordered(to_system("portal"), to_system("hotline"), to_system("kiosk"))

    found = {row.recipient: (row.state, row.reason) for row in await notifier.rows()}
    assert found == {
        "portal": ("queued", None),
        "hotline": ("suppressed", "no_endpoint"),
        "kiosk": ("suppressed", "endpoint_disabled"),
    }


def to_agency(**changes) -> NotifyAgency:
    """An order to write to an agency."""
    fields = {
        "notification_id": new_id(),
        "appeal_id": new_id(),
        "referral_id": new_id(),
        "revision": 2,
        "agency": "archive",
        "agency_name": "Управление архивов",
        "email": "archive@example.kz",
        "language": Language.RUSSIAN,
        "link": "https://joldau.example/referral/AAA",
        "good_until": clock.now(),
        "requested_at": clock.now(),
    }
    return NotifyAgency(**{**fields, **changes})


async def test_an_agency_is_mailed_a_link_and_intake_hears_nothing_of_it(notifier: Notifier) -> None:
    """The router's order takes the channel of every other mail; it is no notice to an applicant."""
    order = to_agency()
    await notifier.ordered(order)
    await notifier.ordered(order)

    [row] = await notifier.rows()
    assert (row.channel, row.recipient, row.notice, row.state) == (
        "email",
        "archive@example.kz",
        "referral_ready",
        "queued",
    )
    assert json.loads(row.content)["link"] == order.link
    assert row.fallback is None


async def test_a_superior_body_is_mailed_who_is_silent(notifier: Notifier) -> None:
    """Another letter: it is not asked to answer."""
    order = to_agency(language=Language.KAZAKH, silent_agency_name="Білім басқармасы")
    await notifier.ordered(order)

    [row] = await notifier.rows()
    assert (row.notice, json.loads(row.content)["silent_agency_name"]) == ("agency_silent", "Білім басқармасы")


async def test_a_webhook_s_body_is_made_once(notifier: Notifier) -> None:
    """What is stored is what will be signed and sent, byte for byte."""
    order = to_system()
    await notifier.ordered(order)

    [row] = await notifier.rows()
    assert json.loads(row.content) == {
        "type": "appeal.status_changed",
        "timestamp": order.requested_at.isoformat(),
        "data": {"status": "referred", "note": "Қарасай"},
    }


async def test_an_order_whose_variables_do_not_fit_is_unreadable(notifier: Notifier) -> None:
    """It is parked for a person; what it said is in no error."""
    broken = to_applicant(variables={**to_applicant().variables, "registered_on": "yesterday at noon"})

    with pytest.raises(Unreadable) as parked:
        await notifier.ordered(to_applicant(), broken)
    assert (parked.value.reason, parked.value.detail) == ("variables_unusable", "registered: registered_on")
    assert await notifier.rows() == []


async def test_the_endpoint_s_former_secret_signs_until_its_time_is_over(notifier: Notifier) -> None:
    first = await notifier.endpoint("portal", "https://portal.example/hook")
    at = clock.now()
    async with notifier.database.transaction() as tx:
        second = await ENDPOINTS.rotate(tx, "portal", overlap=timedelta(hours=2), at=at)
        during = await ENDPOINTS.usable(tx, {"portal"}, at=at + timedelta(hours=1, minutes=59))
        afterwards = await ENDPOINTS.usable(tx, {"portal"}, at=at + timedelta(hours=2))

    assert isinstance(during["portal"], endpoints.Endpoint)
    assert isinstance(afterwards["portal"], endpoints.Endpoint)
    assert during["portal"].secrets == (second, first)
    assert afterwards["portal"].secrets == (second,)
