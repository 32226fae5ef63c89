"""What operators say in the console waits, can be undone, and is then done once, on both databases."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis.errors import Conflict
from services.chassis.ids import new_id
from services.chassis.outbox import Cause
from services.router import act_store, claims, operators, trail
from services.router.act import Verb
from services.router.bulk import AT_MOST, Bulk
from services.router.desk import Desk
from services.router.draft import Actor
from services.router.holding import Holding
from services.router.operators import Role
from services.router.requests import Act, Assignment, Reasoned
from services.router.rules import Policy
from services.router.tables import held_act
from services.router.verbs import Verbs
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND

WHY = "так решил специалист"
AIGUL = Actor("operator:aigul", Cause("trace-1"), reads_sealed=True)
OURS = Reasoned(reason=WHY)


@pytest.fixture
async def holding(office) -> Holding:
    """Acts wait eight seconds; Aigul has an account."""
    async with office.database.transaction() as tx:
        new = operators.NewOperator("aigul", "Айгүл", [Role.SEALED_OFFICER])
        await operators.add(tx, new, at=office.clock())
    return Holding(Verbs(Desk(office.database, office.router)), timedelta(seconds=8))


async def a_task(office, text: str = GREETING, **changes: object) -> tuple[UUID, UUID]:
    appeal_id = await office.register(text, **changes)
    return appeal_id, UUID((await office.task(appeal_id=str(appeal_id)))["id"])


async def test_an_act_is_done_when_its_time_has_come(office, holding):
    """Not before; then by the verb that the API has, with the operator's name and the reason."""
    appeal_id, task_id = await a_task(office)
    await office.said()
    await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    office.clock.advance(seconds=7)
    await holding.look()
    before = await office.said()
    office.clock.advance(seconds=1)
    await holding.look()
    found = await office.appeal(appeal_id)

    assert before == []
    assert [kind for kind, _ in await office.said()] == ["appeal.assessed.v1"]
    assert (found["outcome"], found["tasks"][0]["settled_by"]) == ("retained", "operator:aigul")
    assert found["tasks"][0]["reason"] == WHY


async def test_an_act_is_undone_and_leaves_nothing(office, holding):
    """Nobody hears of it, and the task waits as it did; its words are gone."""
    appeal_id, task_id = await a_task(office)
    await office.said()
    act_id = await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    await holding.undo(act_id, by=AIGUL.name)
    office.clock.advance(seconds=9)
    await holding.look()
    async with office.database.reading() as tx:
        kept = (await tx.execute(select(held_act.c.arguments, held_act.c.state))).one()

    assert await office.said() == []
    assert (await office.task(appeal_id=str(appeal_id)))["id"] == str(task_id)
    assert (kept.arguments, kept.state) == ({}, "undone")


async def test_an_act_is_undone_by_its_operator_alone_and_in_time(office, holding):
    """Too late is said, not passed over."""
    _, task_id = await a_task(office)
    act_id = await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    with pytest.raises(Conflict, match="act_ended"):
        await holding.undo(act_id, by="operator:bolat")
    office.clock.advance(seconds=8)
    await holding.look()

    with pytest.raises(Conflict, match="act_ended"):
        await holding.undo(act_id, by=AIGUL.name)


async def test_a_mistake_is_said_before_the_act_is_kept(office, holding):
    """The verb is rehearsed: what it would raise it raises now, and it does nothing."""
    appeal_id, task_id = await a_task(office, complained_of="Управление образования Алматинской области")
    await office.said()

    with pytest.raises(Conflict, match="agency_barred"):
        await holding.say(Verb.ASSIGN, task_id, Assignment(agency="education", reason=WHY), AIGUL)
    assert await holding.told_to(AIGUL.name) == []
    assert await office.said() == []
    assert (await office.appeal(appeal_id))["outcome"] == "in_review"


async def test_what_no_longer_fits_comes_back_to_its_operator(office, holding):
    """Meanwhile the applicant has withdrawn the appeal: the operator is told until they have seen it."""
    appeal_id, task_id = await a_task(office)
    act_id = await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    await office.withdraw(appeal_id)
    office.clock.advance(seconds=8)
    await holding.look()
    (told,) = await holding.told_to(AIGUL.name)
    await holding.saw([act_id], by=AIGUL.name)

    noted = [(row.act, row.by) async for row in trail.entries(office.database)]

    assert (told.state, told.refusal, told.arguments) == ("refused", "task_settled", {})
    assert noted == [("act.hold", AIGUL.name), ("act.refused", AIGUL.name)]
    assert await holding.told_to(AIGUL.name) == []


async def test_an_act_in_waiting_keeps_the_case(office, holding):
    """Nobody else decides it meanwhile, nor takes it over, and a second act is refused."""
    _, task_id = await a_task(office)
    await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    task = f"/v1/tasks/{task_id}"

    assert (await office.posted_by("bolat", f"{task}/retention", 409, reason=WHY))["code"] == "case_claimed"
    assert (await office.posted_by("bolat", f"{task}/claim", 409, take_over=True))["code"] == "act_waiting"
    with pytest.raises(Conflict, match="act_waiting"):
        await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)


async def test_an_act_on_a_case_that_somebody_else_works_on_is_not_kept(office, holding):
    """They decide it undisturbed."""
    appeal_id, task_id = await a_task(office)
    await office.posted_by("bolat", f"/v1/tasks/{task_id}/claim")
    async with office.database.transaction() as tx:
        kept = await holding.keep(tx, {task_id: (new_id(), appeal_id)}, Verb.RETAIN, OURS, AIGUL)
    async with office.database.reading() as tx:
        waiting = await act_store.waiting_on(tx, appeal_id)

    assert (kept, waiting) == (set(), None)
    assert await holding.told_to(AIGUL.name) == []


async def test_an_act_is_done_once_by_several_replicas(office, holding):
    """Two look at the same moment: one does it, and the other finds it done."""
    appeal_id, task_id = await a_task(office)
    await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    await office.said()
    office.clock.advance(seconds=8)
    await asyncio.gather(holding.look(), Holding(holding.verbs, holding.pause).look())

    assert [kind for kind, _ in await office.said()] == ["appeal.assessed.v1"]
    assert await holding.told_to(AIGUL.name) == []
    assert (await office.appeal(appeal_id))["outcome"] == "retained"


async def test_no_clock_begins_with_the_wait(office, holding):
    """What follows from an act is dated when it is done; days due are counted from the appeal's arrival as ever."""
    _, at_once = await a_task(office)
    _, held = await a_task(office)
    await office.posted(f"/v1/tasks/{at_once}/assignment", agency="education", reason=WHY)
    first = await office.order()
    await holding.say(Verb.ASSIGN, held, Assignment(agency="education", reason=WHY), AIGUL)
    office.clock.advance(seconds=8)
    await holding.look()
    second = await office.order()

    assert second["answer_due_on"] == first["answer_due_on"]
    assert second["issued_at"] > first["issued_at"]


async def test_without_a_pause_it_is_done_at_once(office, holding):
    """Nothing is kept."""
    appeal_id, task_id = await a_task(office)
    at_once = Holding(holding.verbs, timedelta(0))

    assert await at_once.say(Verb.RETAIN, task_id, OURS, AIGUL) is None
    assert (await office.appeal(appeal_id))["outcome"] == "retained"


async def test_the_worker_does_it_and_stops(office, holding):
    """It wakes when an act is kept, and waits no longer than it must."""
    appeal_id, task_id = await a_task(office)
    stopping = asyncio.Event()
    work = asyncio.create_task(holding.run(stopping))
    await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    office.clock.advance(seconds=8)
    holding.new.set()
    async with asyncio.timeout(10):
        while (await office.appeal(appeal_id))["outcome"] != "retained":  # noqa: ASYNC110 - it is in the database
            await asyncio.sleep(0.02)
    stopping.set()
    await asyncio.wait_for(work, 5)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (operators.Changes(disabled=True), "act_not_allowed"),
        (operators.Changes(roles=[Role.VIEWER]), "act_not_allowed"),
        (operators.Changes(roles=[Role.OPERATOR]), "appeal_sealed"),
    ],
)
async def test_r_sec_1_what_its_operator_may_not_do_any_more_is_not_done(office, holding, to, why):
    """Disabled, or without the role, while it waited: the case is on the desk for others, and the trail says why."""
    appeal_id, task_id = await a_task(office, "Говорят про откат.")
    await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    async with office.database.reading() as tx:
        account = await operators.by_login(tx, "aigul")
    await operators.administer(office.database, account.id, to, by="operator:admin", at=office.clock())
    office.clock.advance(seconds=8)
    await holding.look()
    async with office.database.reading() as tx:
        (last, *_) = await trail.listed(tx, trail.Filters(), before=None, limit=1)
        claimed = await claims.standing(tx, {appeal_id}, at=office.clock())

    assert (await office.task(appeal_id=str(appeal_id)))["id"] == str(task_id)
    assert (last.by, last.act, last.subject) == ("operator:aigul", "act.refused", str(appeal_id))
    assert last.facts["code"] == why
    assert claimed == {}


async def test_what_ended_long_ago_is_forgotten(office, holding):
    """After a month; what it did is on record elsewhere."""
    _, task_id = await a_task(office)
    act_id = await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    await holding.undo(act_id, by=AIGUL.name)
    office.clock.advance(days=31)
    await holding.prune()
    async with office.database.reading() as tx:
        assert (await tx.execute(select(held_act))).all() == []


class TestBulk:
    """One act on many tasks."""

    async def test_it_is_told_before_what_would_be_done_and_what_not(self, office, holding):
        """A task that is settled, one of a barred agency, and one that somebody else has; nothing is written."""
        tasks = [(await a_task(office))[1] for _ in range(3)]
        _, barred = await a_task(office, complained_of="Управление образования Алматинской области")
        await office.posted(f"/v1/tasks/{tasks[0]}/retention", reason=WHY)
        await office.posted_by("bolat", f"/v1/tasks/{tasks[1]}/claim")
        await office.said()
        found = await Bulk(holding).preview(
            Verb.ASSIGN, [*tasks, barred], Assignment(agency="education", reason=WHY), AIGUL
        )

        assert list(found.would) == [tasks[2]]
        assert found.refused == {tasks[0]: "task_settled", tasks[1]: "case_claimed", barred: "agency_barred"}
        assert await office.said() == []

    async def test_it_is_done_task_by_task_and_tells_how_it_went(self, office, holding):
        """What no longer fits is told with its number; the rest is done."""
        made = [await a_task(office) for _ in range(3)]
        bulk = Bulk(holding)
        bulk_id = await bulk.start(Verb.RETAIN, [task for _, task in made], OURS, AIGUL)
        await office.withdraw(made[1][0])
        before = await bulk.progress(bulk_id, by=AIGUL.name)
        office.clock.advance(seconds=8)
        await holding.look()
        after = await bulk.progress(bulk_id, by=AIGUL.name)
        outcomes = [(await office.appeal(appeal_id))["outcome"] for appeal_id, _ in made]

        assert (before.total, before.waiting) == (3, 3)
        assert after.counts == {"done": 2, "refused": 1}
        assert [row.appeal_id for row in after.failed] == [made[1][0]]
        assert outcomes == ["retained", "withdrawn", "retained"]

    async def test_all_of_it_is_undone_at_once(self, office, holding):
        """By its one id."""
        tasks = [(await a_task(office))[1] for _ in range(3)]
        bulk_id = await Bulk(holding).start(Verb.RETAIN, tasks, OURS, AIGUL)

        assert len(await holding.undo(bulk_id, by=AIGUL.name)) == 3

    async def test_two_tasks_of_one_appeal_are_one_act(self, office, holding):
        """What is done on the first may settle the second."""
        appeal_id = await office.register(KINDERGARTEN + " " + LAND)
        tasks = [UUID(task["id"]) for task in (await office.got("/v1/tasks", appeal_id=str(appeal_id)))["items"]]
        found = await Bulk(holding).preview(Verb.RETAIN, tasks * 2, OURS, AIGUL)

        assert len(found.would) <= 1

    async def test_it_is_bounded_and_knows_few_verbs(self, office, holding):
        """Nobody ends appeals by the hundred."""
        _, task_id = await a_task(office)
        bulk = Bulk(holding)

        for verb, tasks in ((Verb.COURT_ROUTE, [task_id]), (Verb.RETAIN, [task_id] * (AT_MOST + 1))):
            with pytest.raises(Conflict, match="bulk_not_allowed"):
                await bulk.preview(verb, tasks, OURS, AIGUL)
        with pytest.raises(Conflict, match="bulk_empty"):
            await bulk.start(Verb.DISMISS, [task_id], OURS, AIGUL)


class TestProposals:
    """Under policy `always`."""

    @pytest.fixture
    def policy(self) -> Policy:
        return Policy.ALWAYS

    async def test_proposals_are_approved_together(self, office, holding):
        """Each as if alone; one that another person has approved meanwhile is told."""
        appeals = [await office.register(KINDERGARTEN) for _ in range(3)]
        tasks = [UUID((await office.task(appeal_id=str(one)))["id"]) for one in appeals]
        bulk_id = await Bulk(holding).start(Verb.APPROVE, tasks, Act(), AIGUL)
        office.clock.advance(seconds=8)
        await holding.look()

        assert (await Bulk(holding).progress(bulk_id, by=AIGUL.name)).counts == {"done": 3}
        assert [(await office.appeal(one))["outcome"] for one in appeals] == ["referred"] * 3


async def test_words_in_waiting_are_forgotten_with_the_appeal(office, holding):
    """R-SEC-3: a protected appeal leaves no reason behind."""
    appeal_id = await office.register(BRIBE)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    task_id = UUID((await office.task())["id"])
    await holding.say(Verb.RETAIN, task_id, OURS, AIGUL)
    await office.posted_by("aigul", f"/v1/tasks/{task_id}/protection")
    async with office.database.reading() as tx:
        waiting = await act_store.waiting_on(tx, appeal_id)

    assert waiting is not None
    assert waiting.arguments == {}
