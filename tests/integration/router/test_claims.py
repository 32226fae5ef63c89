"""Who works on a case: claims of operators, on both databases."""

from services.router.requests import OPERATE, READ
from tests.integration.router.parts import BRIBE, GREETING

WHY = "так решил специалист"


async def test_a_case_is_one_persons_at_a_time(office):
    """Nobody else claims it or decides it; whose it is decides it, and the claim ends with that."""
    appeal_id = await office.register(GREETING)
    task = f"/v1/tasks/{(await office.task())['id']}"
    claimed = await office.posted_by("aigul", f"{task}/claim")
    shown = await office.got(task)
    refused = [
        await office.posted_by("bolat", f"{task}/claim", 409),
        await office.posted_by("bolat", f"{task}/retention", 409, reason=WHY),
    ]
    await office.posted_by("aigul", f"{task}/retention", reason=WHY)
    await office.posted_by("bolat", f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)

    assert claimed["by"] == "operator:aigul"
    assert shown["claim"]["by"] == "operator:aigul"
    assert [one["code"] for one in refused] == ["case_claimed"] * 2


async def test_a_case_is_taken_over_knowingly(office):
    """Who has lost it is told at the next verb."""
    await office.register(GREETING)
    task = f"/v1/tasks/{(await office.task())['id']}"
    await office.posted_by("aigul", f"{task}/claim")
    taken = await office.posted_by("bolat", f"{task}/claim", take_over=True)
    refused = await office.posted_by("aigul", f"{task}/retention", 409, reason=WHY)

    assert taken["by"] == "operator:bolat"
    assert refused["code"] == "case_claimed"


async def test_a_claim_lapses_and_can_be_put_back(office):
    """A forgotten case is free after the lease; one that is put back at once. Renewing keeps it."""
    await office.register(GREETING)
    task = f"/v1/tasks/{(await office.task())['id']}"
    await office.posted_by("aigul", f"{task}/claim")
    office.clock.advance(minutes=9)
    await office.posted_by("aigul", f"{task}/claim")
    office.clock.advance(minutes=9)
    await office.posted_by("bolat", f"{task}/claim", 409)
    office.clock.advance(minutes=2)
    await office.posted_by("bolat", f"{task}/claim")
    answer = await office.api.delete(f"{task}/claim", headers={"authorization": f"Bearer {office.keys['bolat']}"})

    assert answer.status_code == 204
    await office.posted_by("aigul", f"{task}/claim")


async def test_nobody_else_puts_a_case_back(office):
    """A claim ends by its holder, by a takeover or by time."""
    await office.register(GREETING)
    task = f"/v1/tasks/{(await office.task())['id']}"
    await office.posted_by("aigul", f"{task}/claim")
    await office.api.delete(f"{task}/claim")

    assert (await office.posted(f"{task}/claim", 409))["code"] == "case_claimed"


async def test_a_claim_on_one_task_holds_the_whole_case(office):
    """A verb on one question of an appeal may take back what the others ask about."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()
    await office.posted_by("aigul", f"/v1/tasks/{task['id']}/claim")

    refused = await office.posted_by("bolat", f"/v1/appeals/{appeal_id}/review", 409, reason=WHY)

    assert refused["code"] == "case_claimed"


async def test_a_sealed_case_is_not_claimed_without_the_scope(office):
    """A claim tells that one may decide."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task = await office.task()
    made = await office.posted("/v1/keys", 201, owner="bolat", scopes=[OPERATE, READ])
    office.keys["bolat"] = made["key"]

    assert (await office.posted_by("bolat", f"/v1/tasks/{task['id']}/claim", 403))["code"] == "appeal_sealed"
    await office.posted("/v1/tasks/00000000-0000-7000-8000-000000000000/claim", 404)
