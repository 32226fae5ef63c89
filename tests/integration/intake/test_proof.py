"""What became of notices stands in the appeal's timeline and on its page, on both databases."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.consumer import Received
from services.chassis.errors import RetryLater
from services.chassis.ids import new_id
from services.chassis.outbox import outbox
from services.contracts.envelope import Envelope
from services.contracts.notifications import ApplicantNotified, Notice, NoticeOutcome, Road
from services.intake import proof, store
from tests.integration.intake.parts import FORM, form, post, types_posted
from tests.locks import WITHIN


async def hear(service, appeal_id, outcome: NoticeOutcome, **more) -> None:
    """As if the notifier had said it."""
    said = ApplicantNotified(
        notification_id=new_id(),
        appeal_id=appeal_id,
        revision=1,
        notice=Notice.REGISTERED,
        channel=Road.SMS,
        outcome=outcome,
        recipient="+7•••01",
        provider="smsc",
        at=clock.now(),
        **more,
    )
    envelope = Envelope.of(said, id=new_id(), source="/notifier", at=clock.now(), correlation_id="t")
    async with service.database.transaction() as tx:
        await proof.notified(tx, [Received(said, envelope, "notices")])


async def test_a_notice_s_proof_is_in_the_timeline(api, service):
    """Channel, masked address, time and the provider's own name; the appeal's status and revision stay."""
    appeal_id = (await post(api, FORM)).json()["id"]
    before = (await api.get(f"/v1/appeals/{appeal_id}")).json()
    await hear(service, UUID(appeal_id), NoticeOutcome.SENT)
    await hear(service, UUID(appeal_id), NoticeOutcome.DELIVERED, reference="1047")

    events = (await api.get(f"/v1/appeals/{appeal_id}/events")).json()["items"]
    assert [one["kind"] for one in events] == ["appeal.registered", "notice.sent", "notice.delivered"]
    facts = events[-1]["facts"]
    assert (facts["channel"], facts["recipient"], facts["reference"]) == ("sms", "+7•••01", "1047")
    assert (await api.get(f"/v1/appeals/{appeal_id}")).json() == before


async def test_the_page_tells_that_the_applicant_was_told_and_no_address(api, service):
    coupon = (await post(api, FORM)).json()
    await hear(service, UUID(coupon["id"]), NoticeOutcome.FAILED, reason="smsc_status_20")
    page = (await api.get(coupon["status_url"].partition("8081")[2], params={"lang": "ru"})).text

    assert "Уведомление не доставлено: SMS" in page
    assert "+7" not in page
    assert "smsc" not in page


async def test_proof_of_an_appeal_that_is_not_known_yet_comes_again(service):
    with pytest.raises(RetryLater):
        await hear(service, new_id(), NoticeOutcome.SENT)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_proof_does_not_wait_for_who_changes_the_appeal(api, service):
    """They take appeals in differing orders: would each hold what the other waits for, neither could go on."""
    appeal_id = UUID((await post(api, FORM)).json()["id"])
    async with asyncio.timeout(WITHIN), service.database.transaction() as tx:
        await store.appeals(tx, {appeal_id}, to_change=True)
        await hear(service, appeal_id, NoticeOutcome.SENT)

    events = (await api.get(f"/v1/appeals/{appeal_id}/events")).json()["items"]
    assert [one["kind"] for one in events] == ["appeal.registered", "notice.sent"]


async def test_an_order_carries_how_the_applicant_prefers_to_be_told(api, service):
    """And what a letter needs."""
    applicant = {**FORM["applicant"], "notify_by": "sms", "postal_address": "Қонаев, Үлгі к., 1"}
    await post(api, form(applicant=applicant))
    async with service.database.reading() as tx:
        [order] = [one for one in await orders(tx) if one["notice"] == "registered"]

    assert "applicant.notify.v1" in await types_posted(service)
    assert (order["channels"], order["postal_address"]) == (["sms"], "Қонаев, Үлгі к., 1")
    assert order["applicant_name"] == FORM["applicant"]["name"]


async def orders(tx) -> list[dict]:
    rows = await tx.execute(select(outbox.c.body).order_by(outbox.c.seq))
    envelopes = [Envelope.model_validate_json(row.body) for row in rows]
    return [one.data for one in envelopes if one.type.endswith("applicant.notify.v1")]
