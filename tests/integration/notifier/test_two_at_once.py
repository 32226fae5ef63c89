"""What two do at the same moment over one database, and how PostgreSQL finds what is asked for every few seconds."""

import asyncio

import pytest

from services.chassis import clock
from services.chassis.errors import Conflict
from services.notifier import edition, store
from tests.integration.notifier.parts import Notifier, to_applicant
from tests.locks import until_waiting
from tests.plans import by_indexes, rows_read

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NAME = "ru/referred.txt"


async def edited(notifier: Notifier, source: str) -> int:
    async with notifier.database.transaction() as tx:
        return await edition.edit(tx, NAME, source, by="aru", because="опечатка", at=clock.now())


async def test_of_two_who_edit_a_template_the_later_is_told(notifier: Notifier) -> None:
    """What the other has put in force is not overwritten unseen, and it is no error of ours."""
    async with notifier.database.transaction() as tx:
        await edition.edit(tx, NAME, "первый", by="dana", because="уточнение", at=clock.now())
        later = asyncio.create_task(edited(notifier, "второй"))
        await until_waiting(notifier.database, 1)
    with pytest.raises(Conflict, match="template_changed"):
        await later

    async with notifier.database.reading() as tx:
        assert await edition.edited(tx) == {NAME: "первый"}
    assert await edited(notifier, "второй") == 2


async def test_what_waits_for_a_person_is_counted_without_reading_all_notices(notifier: Notifier) -> None:
    """It is asked for every few seconds, and most of what was ever sent waits for nobody."""
    await notifier.ordered(to_applicant("a@post.example"))
    async with notifier.database.transaction() as tx:
        await by_indexes(tx)
        await store.on_desk(tx)

        assert await rows_read(tx, "notification") == 0
