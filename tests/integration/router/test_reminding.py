"""An operator reminds an agency of what it owes next, on both databases."""

import pytest

from services.contracts.referrals import ReferralReminder, ReplyKind
from tests.integration.router.parts import KINDERGARTEN


async def reminded(office, order, status=200):
    return await office.posted(f"/v1/referrals/{order['referral_id']}/reminder", status)


@pytest.mark.parametrize(
    ("said", "days", "awaited"),
    [
        ((), 0, "receipt"),
        ((ReplyKind.RECEIVED,), 0, "acceptance"),
        ((ReplyKind.ACCEPTED,), 0, "term"),
        ((ReplyKind.ACCEPTED,), 60, "overdue"),
    ],
)
async def test_the_agency_is_told_what_is_awaited(office, said, days, awaited):
    """What comes next, by how far it is and whether its term has passed; it is on the history."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, *said)
    office.clock.advance(days=days, hours=1)
    await office.said()

    assert (await reminded(office, order))["awaited"] == awaited
    told = [data for kind, data in await office.said() if kind == ReferralReminder.TYPE]
    assert [(one["referral_id"], one["awaited"]) for one in told] == [(order["referral_id"], awaited)]
    last = (await office.referral(order))["timeline"][-1]
    assert (last["kind"], last["note"], last["by"]) == ("reminded", awaited, "operator:admin")


async def test_nobody_is_reminded_twice_in_an_hour_nor_of_what_has_been_done(office):
    """Each is refused with what to do."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await reminded(office, order)
    office.clock.advance(minutes=59)
    assert (await reminded(office, order, 409))["code"] == "reminded_lately"
    office.clock.advance(minutes=2)
    await reminded(office, order)
    office.clock.advance(hours=2)
    await office.reply(order, ReplyKind.ANSWERED, text="готово")

    assert (await reminded(office, order, 409))["code"] == "transition_not_allowed"
