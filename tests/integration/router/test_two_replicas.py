"""What two routers do at the same moment over one database. PostgreSQL alone lets them."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from services.chassis import clock
from services.chassis.errors import Conflict
from services.chassis.ids import new_id
from services.chassis.outbox import Cause
from services.contracts.calendar import ALMATY
from services.contracts.referrals import ReferralReply, ReplyKind
from services.router import act_store, claims, operators, proof_store, store, tables
from services.router.act import Verb
from services.router.draft import Actor
from services.router.hearing import Said
from services.router.operators import Role
from services.router.protocol import ReplyOutcome
from services.router.replies import Replies
from services.router.requests import Act, Reasoned
from tests.integration.router.office import Office
from tests.integration.router.parts import GREETING, KINDERGARTEN
from tests.integration.router.test_console_frame import PASSWORD, account, browser, sign_in  # noqa: F401 - a fixture
from tests.integration.router.test_disputes import disputed, questions
from tests.locks import WITHIN, until_waiting
from tests.plans import by_indexes, rows_read

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def two_looks(office: Office) -> None:
    """Two routers look at the clocks; each has found what is to be done before the other has done it."""
    async with office.database.transaction() as tx:
        await tx.execute(select(tables.appeal).with_for_update())
        looks = [asyncio.create_task(office.look()) for _ in range(2)]
        await until_waiting(office.database, len(looks))
    async with asyncio.timeout(WITHIN):
        await asyncio.gather(*looks)


async def test_an_overdue_referral_is_reported_once_by_two(office):
    """Whoever waited for the other finds it reported."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    office.clock.at = datetime(2027, 1, 15, 10, tzinfo=ALMATY)
    await two_looks(office)

    assert [event["kind"] for event in (await office.referral(order))["timeline"]].count("overdue") == 1


async def test_a_late_arbiter_is_told_of_once_by_two(office):
    await disputed(office)
    office.clock.advance(days=7)
    await two_looks(office)

    assert (await questions(office)).count("arbiter_late") == 1


async def test_a_lapse_is_asked_about_once_by_two(office):
    await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/fix-request", lacking=["substance"], reason="так решил специалист")
    office.clock.advance(days=21)
    await two_looks(office)

    assert await questions(office) == ["fix_lapsed"]


async def test_a_password_given_while_its_owner_signs_in_ends_that_session_too(office, browser):  # noqa: F811
    """A password is given anew because the old one has leaked: nobody may be in by it afterwards."""
    await account(office, Role.AUDITOR)
    async with office.database.transaction() as tx:
        row = await operators.by_login(tx, "aru")
        await operators.set_password(tx, row.id, PASSWORD[::-1])
        leaked = asyncio.create_task(sign_in(browser))
        await until_waiting(office.database, 1)
    async with asyncio.timeout(WITHIN):
        refused = await leaked
    async with office.database.reading() as tx:
        sessions = (await tx.execute(select(tables.operator_session))).all()

    assert (refused.status_code, sessions) == (401, [])
    assert await operators.checked(office.database, "aru", PASSWORD[::-1], at=clock.now())


async def test_who_claims_a_case_does_not_wait_for_who_changes_it_nor_they_for_each_other(office):
    """They take them in differing orders: an act on many cases, and replies that came together."""
    first, second = [await office.register(GREETING) for _ in range(2)]
    at = clock.now()
    async with asyncio.timeout(WITHIN), office.database.transaction() as tx:
        async with office.database.transaction() as other:
            await store.locked_appeals(tx, {first})
            await claims.take(other, {second}, by="operator:aru", at=at, until=at + timedelta(minutes=1))
            await claims.take(other, {first}, by="operator:aru", at=at, until=at + timedelta(minutes=1))
        assert await store.locked_appeals(tx, {second})


async def test_who_takes_many_cases_takes_them_in_one_order(office):
    """Who waits for the first of them holds up nobody who wants the last alone."""
    first, _, last = sorted([await office.register(GREETING) for _ in range(3)])
    at, until = clock.now(), clock.now() + timedelta(minutes=1)

    async def taken(*appeals: UUID, by: str) -> set[UUID]:
        async with office.database.transaction() as tx:
            return await claims.take(tx, appeals, by=by, at=at, until=until)

    async with asyncio.timeout(WITHIN), office.database.transaction() as tx:
        await claims.take(tx, [first], by="operator:aru", at=at, until=until)
        many = asyncio.create_task(taken(last, first, by="operator:dana"))
        await until_waiting(office.database, 1)
        assert await taken(last, by="operator:berik") == {last}
    assert await many == set()


async def test_a_rehearsal_needs_no_connection_beside_its_own(office, frame):
    """As many operators as there are connections may say something at the same moment."""
    await office.register(KINDERGARTEN)
    await office.refuse(await office.order())
    task = await office.task()
    async with asyncio.timeout(WITHIN), AsyncExitStack() as stack:
        for _ in range(2 * office.database.engine.pool.size() - 1):
            await stack.enter_async_context(office.database.reading())
        assert await frame.holding.say(Verb.REISSUE, UUID(task["id"]), Act(), Actor("operator:aru", Cause("t")))


@pytest.mark.parametrize(("second", "code"), [("aru", "login_taken"), ("dana", "subject_taken")])
async def test_of_two_accounts_made_at_once_the_later_is_refused(office, second, code):
    """Whichever of the two they have in common."""
    first = operators.NewOperator("aru", "Ару", [Role.VIEWER], subject="https://id.example 7")

    async def admitted() -> UUID:
        other = operators.NewOperator(second, "Дана", [Role.VIEWER], subject=first.subject)
        return await operators.admit(office.database, other, by="operator:admin", at=clock.now())

    async with office.database.transaction() as tx:
        await operators.add(tx, first, at=clock.now())
        later = asyncio.create_task(admitted())
        await until_waiting(office.database, 1)
    for _ in range(2):  # also once it is no news
        with pytest.raises(Conflict, match=code):
            await later
        later = asyncio.create_task(admitted())
    with pytest.raises(Conflict, match=code):
        await later


async def test_what_is_not_proved_yet_is_found_without_reading_all_that_ever_happened(office):
    """The notary asks every few seconds."""
    await office.register(KINDERGARTEN)
    order, at = await office.order(), office.clock()
    old = {"message_id": new_id(), "body_sha256": "0", "laid_out_at": at, "acknowledged_at": at - timedelta(days=2)}
    of = {name: order[name] for name in ("agency", "referral_id", "appeal_id")}
    async with office.database.transaction() as tx:
        await tx.execute(insert(tables.agency_order).values(**of, **old))
    async with office.database.reading() as tx:
        await by_indexes(tx)
        await proof_store.unproven_openings(tx, since=at - timedelta(hours=1), limit=200)
        await proof_store.unproven_orders(tx, since=at - timedelta(hours=1), limit=200)

        assert [await rows_read(tx, table) for table in ("referral_event", "agency_order")] == [0, 0]


async def test_an_event_id_used_twice_at_once_is_refused_as_one_after_the_other(office):
    """By one agency, of two referrals: it is the agency's mistake, and no error of ours."""
    orders = []
    for _ in range(2):
        await office.register(KINDERGARTEN)
        orders.append(await office.order())
    replies, event = Replies(office.router), new_id()

    def said(order: dict[str, str]) -> Said:
        about = {name: order[name] for name in ("referral_id", "appeal_id")}
        reply = ReferralReply(**about, kind=ReplyKind.ACCEPTED, occurred_at=office.clock())
        return Said(reply, event, order["agency"], Actor(f"agency:{order['agency']}", Cause("t")))

    async def heard() -> list[ReplyOutcome]:
        async with office.database.transaction() as tx:
            return await replies.hear(tx, [said(orders[1])])

    async with office.database.transaction() as tx:
        await replies.hear(tx, [said(orders[0])])
        later = asyncio.create_task(heard())
        await until_waiting(office.database, 1)
    for _ in range(2):  # also once it is no news
        with pytest.raises(Conflict, match="event_id_reused"):
            await later
        later = asyncio.create_task(heard())
    with pytest.raises(Conflict, match="event_id_reused"):
        await later

    assert [(await office.referral(order))["state"] for order in orders] == ["accepted", "issued"]


async def test_who_keeps_an_act_and_who_carries_one_out_do_not_wait_for_each_other(office, frame):
    """An operator says a second thing of a case at the moment at which the first is done."""
    appeal, by, ours = await office.register(GREETING), Actor("operator:aru", Cause("t")), Reasoned(reason="наше")
    task = UUID((await office.task())["id"])
    first = await frame.holding.say(Verb.RETAIN, task, ours, by)

    async def kept() -> set[UUID]:
        async with office.database.transaction() as tx:
            return await frame.holding.keep(tx, {task: (new_id(), appeal)}, Verb.RETAIN, ours, by)

    async with asyncio.timeout(WITHIN), office.database.transaction() as tx:
        await act_store.settle(tx, first, at=office.clock())
        second = asyncio.create_task(kept())
        await until_waiting(office.database, 1)
        await claims.release(tx, appeal, by=by.name)
    assert await second == {appeal}
