"""What two routers do at the same moment over one database. PostgreSQL alone lets them."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.contracts.calendar import ALMATY
from services.router import operators, tables
from services.router.operators import Role
from tests.integration.router.office import Office
from tests.integration.router.parts import GREETING, KINDERGARTEN
from tests.integration.router.test_console_frame import PASSWORD, account, browser, sign_in  # noqa: F401 - a fixture
from tests.integration.router.test_disputes import disputed, questions
from tests.locks import WITHIN, until_waiting

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
