"""An applicant takes an appeal back (АППК art. 64(9)), on both databases."""

import pytest

from services.chassis.errors import RetryLater
from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from services.router.rules import Policy
from tests.integration.router.parts import GREETING, KINDERGARTEN, LAND


async def test_r_wdr_1_the_agency_is_told_to_stop(office):
    """In the language of the appeal, by which article."""
    appeal_id = await office.register(KINDERGARTEN)
    await office.said()
    await office.withdraw(appeal_id)

    said = await office.said()
    found = await office.appeal(appeal_id)

    assert [kind for kind, _ in said] == ["referral.changed.v1", "referral.recalled.v1"]
    assert "статья 64" in said[1][1]["reason"]
    assert found["outcome"] == "withdrawn"
    assert found["withdrawn_at"] is not None


async def test_tasks_are_closed(office):
    """Nobody works on what has been taken back."""
    appeal_id = await office.register(GREETING)
    await office.withdraw(appeal_id)

    found = await office.appeal(appeal_id)

    assert [task["state"] for task in found["tasks"]] == ["overtaken"]
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_what_has_ended_stays_as_it_was(office):
    """A declined or answered referral is not recalled."""
    appeal_id = await office.register(LAND)
    await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше", proposed_agency="akimat")
    await office.reply(await office.order(), ReplyKind.ANSWERED, text="Ответ.")
    await office.said()
    await office.withdraw(appeal_id)

    found = await office.appeal(appeal_id)

    assert [referral["state"] for referral in found["referrals"]] == ["declined", "answered"]
    assert await office.said() == []


async def test_a_second_withdrawal_changes_nothing(office):
    """Another message of the same fact."""
    appeal_id = await office.register(KINDERGARTEN)
    await office.withdraw(appeal_id)
    before = await office.appeal(appeal_id)
    await office.said()
    await office.withdraw(appeal_id)

    assert await office.appeal(appeal_id) == before
    assert await office.said() == []


async def test_one_that_overtakes_the_appeal_is_tried_later(office):
    """Order is not promised."""
    with pytest.raises(RetryLater):
        await office.withdraw(new_id())


class TestProposed:
    """Under policy `always`."""

    @pytest.fixture
    def policy(self) -> Policy:
        return Policy.ALWAYS

    async def test_a_proposal_is_refused_in_silence(self, office):
        """Nobody outside has heard of it, so nobody is told."""
        appeal_id = await office.register(KINDERGARTEN)
        await office.said()
        await office.withdraw(appeal_id)

        found = await office.appeal(appeal_id)

        assert [referral["state"] for referral in found["referrals"]] == ["rejected"]
        assert await office.said() == []
