"""What operators decide, over HTTP, on both databases."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from services.router import store, tables
from services.router.rules import Policy
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND

WHY = "так решил специалист"
TWO_MATTERS = "Нужен участок, и нужна школа."


async def test_a_task_shows_all_that_is_needed_to_settle_it(office):
    """The text, the facts and the candidates with their evidence, and not the applicant."""
    await office.register(TWO_MATTERS)
    task = await office.task()

    found = await office.got(f"/v1/tasks/{task['id']}")

    assert "участок" in found["appeal"]["text"]
    assert {candidate["addressee"] for candidate in found["candidates"]} == {"education", "land-relations"}
    assert all(candidate["evidence"] for candidate in found["candidates"])
    assert "Сынақбаев" not in str(found)


async def test_an_assigned_appeal_is_referred_like_any_other(office):
    """A person's choice has its record, and the same messages follow as of a rule's."""
    appeal_id = await office.register(GREETING)
    task = await office.task()
    await office.said()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="education", reason=WHY)

    said = await office.said()
    found = await office.appeal(appeal_id)

    assert [kind for kind, _ in said] == ["referral.issued.v1", "referral.changed.v1"]
    assert found["outcome"] == "referred"
    assert found["decisions"][-1]["made_by"] == "operator:admin"
    assert found["decisions"][-1]["verdict"]["because"] == "operator"
    assert [(t["state"], t["reason"]) for t in found["tasks"]] == [("assigned", WHY)]


async def test_a_part_is_referred_by_its_own_article(office):
    """АППК art. 65(2): the agency reads the extract and nothing else of the appeal."""
    await office.register(TWO_MATTERS)
    task = await office.task()
    await office.posted(
        f"/v1/tasks/{task['id']}/assignment", agency="education", reason=WHY, part="Нет места в детском саду."
    )

    order = await office.order()

    assert (order["scope"], order["text"]) == ("part", "Нет места в детском саду.")
    assert order["legal_basis"] == "АППК 65(2)"


async def test_a_retained_appeal_is_told_to_intake(office):
    """A person says that it is ours."""
    appeal_id = await office.register(GREETING)
    task = await office.task()
    await office.said()
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason=WHY)

    ((kind, data),) = await office.said()

    assert (kind, data["assessment"], data["revision"]) == ("appeal.assessed.v1", "retained", 2)
    assert (await office.appeal(appeal_id))["outcome"] == "retained"


async def test_a_task_is_settled_once(office):
    """The second of two operators is told so."""
    await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason=WHY)

    refused = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY)

    assert refused["code"] == "task_settled"


@pytest.mark.parametrize(
    ("agency", "status", "code"),
    [
        ("nobody", 422, "agency_unknown"),
        ("education", 409, "agency_barred"),
        ("education-talgar", 409, "agency_barred"),
    ],
)
async def test_an_operator_is_held_by_directory_and_guard(office, agency, status, code):
    """R-CMP-8: no person either sends a complaint to the body complained of, or below it."""
    await office.register(GREETING, complained_of="Управление образования Алматинской области")
    task = await office.task()

    refused = await office.posted(f"/v1/tasks/{task['id']}/assignment", status, agency=agency, reason=WHY)

    assert refused["code"] == code
    assert (await office.task())["id"] == task["id"]


class TestCorruption:
    """R-SEC-2: of an appeal that tells of corruption only an extract goes out, and its author is named to nobody."""

    async def test_it_is_never_referred_as_a_whole(self, office):
        """Not even by a person."""
        appeal_id = await office.register(BRIBE)
        await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
        task = await office.task()

        refused = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY)

        assert refused["code"] == "corruption_never_whole"

    async def test_an_extract_goes_without_its_author(self, office):
        """The agency learns the other matter, and neither who wrote nor of whom."""
        appeal_id = await office.register(BRIBE, complained_of="Отдел полиции")
        await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
        task = await office.task()
        await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY, part="Не убирают снег.")
        await office.approve(appeal_id)

        order = await office.order()

        assert order["text"] == "Не убирают снег."
        assert "Сынақбаев" not in str(order)
        assert "взятк" not in str(order)
        assert order["complained_of"] is None
        assert order["applicant"]["email"] is None

    async def test_only_what_is_ours_can_be_reviewed(self, office):
        """A referred appeal is recalled, not reviewed."""
        appeal_id = await office.register(KINDERGARTEN)

        refused = await office.posted(f"/v1/appeals/{appeal_id}/review", 409, reason=WHY)

        assert refused["code"] == "appeal_not_retained"


class TestApproval:
    """Policy `always`: a person approves each referral."""

    @pytest.fixture
    def policy(self) -> Policy:
        return Policy.ALWAYS

    async def test_nothing_goes_out_before_it_is_approved(self, office):
        """Intake hears that it is in review, the agency hears nothing."""
        await office.register(KINDERGARTEN)

        said = await office.said()
        task = await office.task()

        assert [kind for kind, _ in said] == ["appeal.assessed.v1"]
        assert task["question"] == "approval"

    async def test_an_approved_referral_is_issued(self, office):
        """The task is done with it."""
        appeal_id = await office.register(KINDERGARTEN)
        task = await office.task()
        await office.said()
        await office.posted(f"/v1/referrals/{task['referral_id']}/approval", revision=1)

        said = await office.said()
        found = await office.appeal(appeal_id)

        assert [kind for kind, _ in said] == ["referral.issued.v1", "referral.changed.v1"]
        assert found["outcome"] == "referred"
        assert [task["state"] for task in found["tasks"]] == ["approved"]

    async def test_a_rejected_one_asks_who_is_competent_instead(self, office):
        """The refusal is never the end; nobody outside hears of the proposal."""
        appeal_id = await office.register(KINDERGARTEN)
        task = await office.task()
        await office.said()
        await office.posted(f"/v1/referrals/{task['referral_id']}/rejection", reason=WHY)

        following = await office.task()
        await office.posted(f"/v1/tasks/{following['id']}/assignment", agency="akimat", reason=WHY)

        assert (following["question"], following["note"]) == ("rejected", WHY)
        assert [kind for kind, _ in await office.said()] == ["referral.issued.v1", "referral.changed.v1"]
        assert [r["state"] for r in (await office.appeal(appeal_id))["referrals"]] == ["rejected", "issued"]

    async def test_another_agency_may_be_named_instead_of_approving(self, office):
        """The proposal is refused with it."""
        appeal_id = await office.register(KINDERGARTEN)
        task = await office.task()
        await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY)

        found = await office.appeal(appeal_id)

        assert [(r["agency"], r["state"]) for r in found["referrals"]] == [
            ("education", "rejected"),
            ("akimat", "issued"),
        ]

    async def test_a_stale_revision_is_a_conflict(self, office):
        """Who has read an older state is told to read again."""
        await office.register(KINDERGARTEN)
        task = await office.task()

        refused = await office.posted(f"/v1/referrals/{task['referral_id']}/approval", 409, revision=7)

        assert refused["code"] == "referral_changed"


class TestRecall:
    """We take a referral back."""

    async def test_the_agency_is_told_and_a_person_decides_anew(self, office):
        """The order to stop, intake's word, and a task."""
        await office.register(KINDERGARTEN)
        order = await office.order()
        await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason=WHY)

        said = await office.said()
        task = await office.task()

        assert [kind for kind, _ in said] == [
            "referral.changed.v1",
            "referral.recalled.v1",
            "appeal.assessed.v1",
        ]
        assert said[1][1]["reason"] == WHY
        assert (task["question"], task["note"]) == ("recalled", WHY)

    async def test_what_is_recalled_is_answered_no_more(self, office):
        """A reply that crosses the recall is noted."""
        await office.register(KINDERGARTEN)
        order = await office.order()
        await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason=WHY)
        await office.reply(order, ReplyKind.ANSWERED, text="Место выделено.")

        assert (await office.referral(order))["state"] == "recalled"

    async def test_what_is_answered_is_not_recalled(self, office):
        """A terminal state is the end."""
        await office.register(KINDERGARTEN)
        order = await office.order()
        await office.reply(order, ReplyKind.ANSWERED, text="Место выделено.")

        refused = await office.posted(f"/v1/referrals/{order['referral_id']}/recall", 409, reason=WHY)

        assert refused["code"] == "transition_not_allowed"


class TestByHand:
    """An agency without a system: a person sends the referral, and enters what it says."""

    @pytest.fixture
    async def referral(self, office) -> dict:
        appeal_id = await office.register("Прокурор молчит.")
        task = await office.task()
        await office.said()
        await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason=WHY)
        (referral,) = (await office.appeal(appeal_id))["referrals"]
        return referral

    @pytest.mark.usefixtures("referral")
    async def test_its_referral_is_told_to_intake_alone(self, office):
        """There is no queue to publish to; the applicant is told all the same (АППК art. 65(1))."""
        assert [(kind, data["state"]) for kind, data in await office.said()] == [("referral.changed.v1", "issued")]

    async def test_what_it_says_counts_as_its_own_word(self, office, referral):
        """An answer by letter ends the referral; the operator's name is on it."""
        said = {"kind": "answered", "occurred_at": office.clock().isoformat(), "text": "Проверка проведена."}
        await office.posted(f"/v1/referrals/{referral['id']}/replies", 201, **said, revision=referral["revision"])

        found = await office.got(f"/v1/referrals/{referral['id']}")

        assert (found["state"], found["replies"][0]["text"]) == ("answered", "Проверка проведена.")
        assert found["timeline"][-1]["by"] == "operator:admin"

    async def test_what_it_declines_comes_back(self, office, referral):
        """To the operators' list, with its reason."""
        said = {"kind": "declined", "occurred_at": office.clock().isoformat(), "reason": "не наше"}
        await office.posted(f"/v1/referrals/{referral['id']}/replies", 201, **said)

        assert (await office.task())["question"] == "declined"

    @pytest.mark.parametrize(("kind", "pointer"), [("declined", "#/reason"), ("answered", "#/text")])
    async def test_a_reply_needs_its_words(self, office, referral, kind, pointer):
        """A refusal its reason, an answer its text."""
        said = {"kind": kind, "occurred_at": office.clock().isoformat()}

        refused = await office.posted(f"/v1/referrals/{referral['id']}/replies", 422, **said)

        assert refused["errors"][0]["pointer"] == pointer

    async def test_an_agency_with_a_system_speaks_itself(self, office):
        """Nobody puts words into its mouth."""
        await office.register(KINDERGARTEN)
        said = {"kind": "accepted", "occurred_at": office.clock().isoformat()}
        order = await office.order()

        refused = await office.posted(f"/v1/referrals/{order['referral_id']}/replies", 409, **said)

        assert refused["code"] == "agency_speaks_itself"


async def test_of_two_operators_at_once_one_is_told_that_it_is_done(office):
    """The appeal is locked while one of them decides."""
    appeal_id = await office.register(GREETING)
    task = await office.task()
    body = {"agency": "akimat", "reason": WHY}
    answers = await asyncio.gather(
        *(office.api.post(f"/v1/tasks/{task['id']}/assignment", json=body) for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len((await office.appeal(appeal_id))["referrals"]) == 1


async def test_a_recall_and_a_reply_at_once_leave_one_of_two_true_stories(office):
    """Whichever comes second finds the other's state, whatever the order."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    answer, _ = await asyncio.gather(
        office.api.post(f"/v1/referrals/{order['referral_id']}/recall", json={"reason": WHY}),
        office.reply(order, ReplyKind.ANSWERED, text="Место выделено."),
    )

    found = await office.referral(order)

    assert (answer.status_code, found["state"], found["replies"][0]["outcome"]) in {
        (200, "recalled", "noted"),
        (409, "answered", "applied"),
    }


async def test_no_agency_has_an_appeal_twice(office):
    """At most one open referral per appeal and agency."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(order, ReplyKind.DECLINED, reason="не наше", proposed_agency="akimat")
    await office.posted(f"/v1/referrals/{(await office.order())['referral_id']}/recall", reason=WHY)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY)

    found = await office.appeal(order["appeal_id"])

    assert [(r["agency"], r["state"]) for r in found["referrals"]] == [
        ("land-relations", "declined"),
        ("akimat", "recalled"),
        ("akimat", "issued"),
    ]


async def test_a_declined_referral_that_is_assigned_has_a_successor(office):
    """The chain is kept when a person chooses."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(order, ReplyKind.DECLINED, reason="не наше")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="education", reason=WHY)
    await office.approve(order["appeal_id"])

    assert (await office.order())["predecessor_id"] == order["referral_id"]


async def test_the_database_refuses_a_referral_without_a_decision(office):
    """No record, no publish."""
    appeal_id = await office.register(GREETING)
    row = {
        "id": new_id(),
        "appeal_id": appeal_id,
        "agency": "akimat",
        "scope": "full",
        "state": "issued",
        "revision": 1,
        "changed_at": office.clock(),
        "path": [],
        "forward_due_strict": office.clock().date(),
        "forward_due_lenient": office.clock().date(),
        "due_on": office.clock().date(),
        "created_at": office.clock(),
    }

    for decision_id in (None, new_id()):
        with pytest.raises(IntegrityError):
            async with office.database.transaction() as tx:
                await tx.execute(insert(tables.referral).values(**row, decision_id=decision_id))


async def test_a_row_that_changed_meanwhile_is_not_overwritten(office):
    """The net below the locks: an update names the revision it has read."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    async with office.database.reading() as tx:
        (row,) = (await store.referrals(tx, {UUID(order["referral_id"])})).values()
    async with office.database.transaction() as tx:
        await tx.execute(update(tables.referral).values(revision=tables.referral.c.revision + 1))

    with pytest.raises(store.Stale):
        async with office.database.transaction() as tx:
            await store.save_referrals(tx, [{**row._asdict(), "read": row.revision}])
