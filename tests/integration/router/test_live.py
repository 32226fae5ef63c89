"""The live channel: who listens is told of each change, for as long as they are signed in, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from sqlalchemy import insert

from services.chassis import clock
from services.chassis.outbox import outbox
from services.router import operators
from services.router.console.live import Live
from services.router.operators import Role

PATIENCE = 10.0


@pytest.fixture
async def live(office) -> AsyncIterator[Live]:
    """The channel at work."""
    stopping, channel = asyncio.Event(), Live(office.database)
    work = asyncio.create_task(channel.run(stopping))
    yield channel
    stopping.set()
    await asyncio.wait_for(work, PATIENCE)


@pytest.fixture
async def session(office) -> str:
    """Somebody who is signed in."""
    async with office.database.transaction() as tx:
        new = operators.NewOperator("aru", "Ару", [Role.AUDITOR], "kk")
        return await operators.begin_session(tx, await operators.add(tx, new, at=clock.now()), at=clock.now())


async def said(office, number: int) -> None:
    """A message with this number is written to the outbox."""
    row: dict[str, Any] = {"seq": number, "message_id": office.router.new_id(), "ordering_key": "", "exchange": "e"}
    row |= {"routing_key": "k", "type": "t", "body": b"", "headers": {}, "created_at": clock.now()}
    async with office.database.transaction() as tx:
        await tx.execute(insert(outbox).values(row))


async def test_a_change_with_a_lower_number_is_told_too(office, live, session) -> None:
    """A transaction may end after one that took its number later."""
    async with aclosing(live.changes(None, session=session)) as changes, asyncio.timeout(PATIENCE):
        first = await anext(changes)
        await said(office, 9)
        second = await anext(changes)
        await said(office, 8)
        third = await anext(changes)

    assert len({one["data"] for one in (first, second, third)}) == 3


@pytest.mark.parametrize("how", ["signed out", "disabled", "roles"])
async def test_r_sec_3_who_is_signed_out_is_told_nothing_more(office, live, session, how) -> None:
    """Signed out, disabled, or with other roles: the channel ends within seconds, whether anything happens or not."""
    async with aclosing(live.changes(None, session=session)) as changes, asyncio.timeout(PATIENCE):
        await anext(changes)
        if how == "signed out":
            async with office.database.transaction() as tx:
                await operators.end_session(tx, session)
        else:
            async with office.database.reading() as tx:
                account = await operators.by_login(tx, "aru")
            to = operators.Changes(disabled=True) if how == "disabled" else operators.Changes(roles=[Role.VIEWER])
            await operators.administer(office.database, account.id, to, by="operator:admin", at=clock.now())
        left = [one async for one in changes]

    assert len(left) <= 1  # the trail's entry of it may have come first


async def test_others_go_on(office, live, session) -> None:
    """One's signing out lets nobody else go."""
    async with office.database.transaction() as tx:
        account = await operators.by_login(tx, "aru")
        other = await operators.begin_session(tx, account.id, at=clock.now())
    async with (
        aclosing(live.changes(None, session=session)) as gone,
        aclosing(live.changes(None, session=other)) as stays,
        asyncio.timeout(PATIENCE),
    ):
        await asyncio.gather(anext(gone), anext(stays))
        async with office.database.transaction() as tx:
            await operators.end_session(tx, session)
        assert [one async for one in gone] == []
        await said(office, 9)
        assert (await anext(stays))["event"] == "changed"
