"""What waits at the desk, as its list narrows and counts it, on both databases."""

from typing import Any

import pytest

from services.contracts.appeals import Language
from services.router import triage
from services.router.rules import Policy
from services.router.triage import Wanted, Whose
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND

WHY = "так решил специалист"


@pytest.fixture
def policy() -> Policy:
    return Policy.ALWAYS


async def found(office, **wanted: Any) -> list[str]:
    given = Wanted(**{"viewer": "operator:aigul", "reads_sealed": True, **wanted})
    async with office.database.reading() as tx:
        rows = await triage.waiting(tx, given, at=office.clock(), limit=50)
    return [row.registration_number for row in rows]


async def test_the_oldest_due_come_first_and_pages_follow(office):
    """A page begins behind the last item of the one before."""
    await office.register(GREETING, registration_number="late")
    office.clock.advance(days=-7)
    await office.register(GREETING, registration_number="early")
    office.clock.advance(days=7)
    wanted = Wanted(viewer="x", reads_sealed=True)
    async with office.database.reading() as tx:
        (first,) = await triage.waiting(tx, wanted, at=office.clock(), limit=1)
        (second,) = await triage.waiting(tx, wanted, at=office.clock(), after=(first.due_on, first.id), limit=5)

    assert [first.registration_number, second.registration_number] == ["early", "late"]


async def test_the_list_is_narrowed_by_what_operators_look_for(office):
    """Question, agency proposed, language, and the day."""
    await office.register(GREETING, registration_number="unclear", language=Language.KAZAKH)
    await office.register(KINDERGARTEN, registration_number="school")
    await office.register(LAND, registration_number="land")
    day = (await office.got("/v1/tasks"))["items"][0]["due_on"]

    assert await found(office, question="approval") == ["school", "land"]
    assert await found(office, agency="education") == ["school"]
    assert await found(office, language="kk") == ["unclear"]
    assert await found(office, overdue_by=office.clock().date()) == []
    assert len(day) == len("2026-11-30")


async def test_mine_and_free_are_told_apart(office):
    """Of three cases one is mine, one somebody else's, one nobody's."""
    tasks = {}
    for number in ("mine", "theirs", "nobodys"):
        appeal_id = await office.register(GREETING, registration_number=number)
        tasks[number] = (await office.task(appeal_id=str(appeal_id)))["id"]
    await office.posted_by("aigul", f"/v1/tasks/{tasks['mine']}/claim")
    await office.posted_by("bolat", f"/v1/tasks/{tasks['theirs']}/claim")

    assert await found(office, whose=Whose.MINE) == ["mine"]
    assert await found(office, whose=Whose.FREE) == ["mine", "nobodys"]
    office.clock.advance(minutes=11)
    assert await found(office, whose=Whose.FREE) == ["mine", "theirs", "nobodys"]


async def test_counts_are_of_each_question_whichever_is_wanted(office):
    """They are tabs: the other ones keep their numbers."""
    await office.register(GREETING)
    await office.register(KINDERGARTEN)
    await office.register(LAND)
    wanted = Wanted(viewer="x", reads_sealed=True, question="approval")
    async with office.database.reading() as tx:
        counts = await triage.counted(tx, wanted, at=office.clock())

    assert counts == {"nothing_found": 1, "approval": 2}


async def test_what_is_filtered_by_tells_nothing_of_a_sealed_appeal(office):
    """R-SEC-1: without the scope it is on the whole list alone."""
    appeal_id = await office.register(BRIBE, registration_number="sealed")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)

    assert await found(office, reads_sealed=False) == ["sealed"]
    assert await found(office, reads_sealed=False, language="ru") == []
    assert await found(office, language="ru") == ["sealed"]


async def test_what_is_asked_of_a_sealed_appeal_is_not_counted_by_its_question(office):
    """R-SEC-1: the tab of a question would tell how many more there are than its list shows."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    await office.register(GREETING)
    async with office.database.reading() as tx:
        counts = await triage.counted(tx, Wanted(viewer="x", reads_sealed=False), at=office.clock())

    assert counts == {triage.VEILED: 1, "nothing_found": 1}
