"""How operators end appeals by law: fix, return, terminate, file, explain the way to court; on both databases."""

import pytest

from services.router.rules import Policy
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN

WHY = "так решил специалист"
DOUBTFUL = "Говорят про откат."
THREAT = " Сосед хранит дома оружие и угрожает взорвать дом."


async def closed(office, task, verb, status=200, **body):
    return await office.posted(f"/v1/tasks/{task['id']}/{verb}", status, reason=WHY, **body)


async def assessed(office) -> list[dict]:
    return [data for kind, data in await office.said() if kind == "appeal.assessed.v1"]


async def test_r_int_6_a_defective_appeal_is_sent_to_be_fixed_until_a_day(office):
    """Intake hears what it lacks and until when: ten working days where the operator names no day."""
    appeal_id = await office.register(GREETING)
    await office.said()
    await closed(office, await office.task(), "fix-request", lacking=["signature", "postal_address"])

    (said,) = await assessed(office)
    found = await office.appeal(appeal_id)

    assert (said["assessment"], said["lacking"]) == ("to_fix", ["postal_address", "signature"])
    assert (said["fix_by"], found["fix_by"], found["outcome"]) == ("2026-12-07", "2026-12-07", "to_fix")
    assert found["decisions"][-1]["verdict"]["legal_basis"] == "АППК 64(6)"
    assert [task["state"] for task in found["tasks"]] == ["closed"]


async def test_r_int_6_what_is_not_fixed_in_time_is_returned_within_three_days(office):
    """A task asks for it once, due three working days after the lapse; before the lapse nothing may be returned."""
    appeal_id = await office.register(GREETING)
    await closed(office, await office.task(), "fix-request", lacking=["substance"], fix_by="2026-12-04")
    await office.look()
    early = await office.got("/v1/tasks")
    office.clock.advance(days=14)
    for _ in range(2):
        await office.look()
    task = await office.task()
    await office.said()
    await closed(office, task, "return", ground="not_fixed")

    (said,) = await assessed(office)

    assert early["items"] == []
    assert (task["question"], task["due_on"]) == ("fix_lapsed", "2026-12-09")
    assert (said["assessment"], said["ground"], said["reason"]) == ("returned", "not_fixed", WHY)
    assert (await office.appeal(appeal_id))["outcome"] == "returned"


async def test_r_int_6_what_is_fixed_in_time_is_decided_by_a_person(office):
    """The task has three working days from the day on which it was fixed."""
    appeal_id = await office.register(GREETING)
    await closed(office, await office.task(), "fix-request", lacking=["substance"])
    office.clock.advance(days=3)
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="прислал уточнение")

    task = await office.task()

    assert (task["question"], task["due_on"]) == ("fixed", "2026-12-01")
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY)
    assert (await office.appeal(appeal_id))["outcome"] == "referred"


async def test_r_int_6_a_day_that_has_passed_is_refused(office):
    """The applicant needs time."""
    await office.register(GREETING)

    refused = await closed(office, await office.task(), "fix-request", 422, lacking=["date"], fix_by="2026-11-23")

    assert refused["errors"][0]["pointer"] == "#/fix_by"


async def test_r_ret_1_a_return_is_in_time_for_three_days_after_registration(office):
    """Registered on Monday: the last day is Thursday; on Friday it must be considered."""
    await office.register(GREETING)
    await office.register(GREETING)
    first, second = (await office.got("/v1/tasks"))["items"]
    office.clock.advance(days=3)
    await closed(office, first, "return", ground="obscene")
    office.clock.advance(days=1)

    refused = await closed(office, second, "return", 409, ground="obscene")

    assert refused["code"] == "return_out_of_time"


@pytest.mark.parametrize(
    ("verb", "ground", "kind"),
    [
        pytest.param("termination", "anonymous", "application", id="R-SIM-1 is for the simplified procedure"),
        pytest.param("termination", "court_act", "message", id="R-TER-1 is for the ordinary one"),
        pytest.param("return", "court_act", "application", id="no ground of a return"),
    ],
)
async def test_r_ter_1_a_ground_must_fit_the_kind(office, verb, ground, kind):
    """The two procedures end on different grounds."""
    await office.register(GREETING, kind=kind)

    refused = await closed(office, await office.task(), verb, 422, ground=ground)

    assert refused["code"] == "ground_does_not_fit"


@pytest.mark.parametrize(
    ("kind", "ground", "basis"), [("application", "court_act", "70"), ("message", "repeated", "88")]
)
async def test_r_ter_1_r_sim_1_a_termination_is_told_with_its_ground(office, kind, ground, basis):
    """Told in the transaction of the decision, so within three working days of it."""
    await office.register(GREETING, kind=kind)
    await office.said()
    await closed(office, await office.task(), "termination", ground=ground)

    (said,) = await assessed(office)

    assert (said["assessment"], said["ground"], said["legal_basis"]) == ("terminated", ground, f"АППК {basis}")


@pytest.mark.parametrize("verb", ["return", "termination"])
async def test_r_ret_2_r_sim_2_what_tells_of_a_crime_is_neither_returned_nor_terminated(office, verb):
    """It is ours at once, whatever the language, the repetition or the missing name."""
    appeal_id = await office.register(BRIBE, kind="message")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason=WHY)
    ground = "repeated"

    refused = await closed(office, await office.task(), verb, 409, ground=ground)

    assert refused["code"] == "crime_is_forwarded"


@pytest.mark.parametrize(("verb", "ground"), [("return", "repeated"), ("termination", "anonymous")])
@pytest.mark.parametrize(("text", "question"), [(DOUBTFUL, "possible_corruption"), (GREETING + THREAT, "alarm")])
async def test_r_ret_2_r_sim_2_what_may_tell_of_a_crime_is_neither(office, verb, ground, text, question):
    """While a person has yet to say that it does not: sealed for a doubt, or an alarm."""
    await office.register(text, kind="message", anonymous=True)
    task = await office.task()

    refused = await closed(office, task, verb, 409, ground=ground)

    assert (task["question"], refused["code"]) == (question, "crime_is_forwarded")


async def test_r_ret_3_what_was_returned_and_comes_again_is_filed_without_an_answer(office):
    """Only to an appeal that was returned."""
    first = await office.register(GREETING)
    task = await office.task()
    again = await office.register(GREETING)
    number = (await office.appeal(first))["registration_number"]
    later = await office.task(appeal_id=str(again))

    early = await closed(office, later, "filing", 409, earlier=number)
    unknown = await closed(office, later, "filing", 422, earlier="JD-0")
    await closed(office, task, "return", ground="repeated")
    await closed(office, later, "filing", earlier=number)

    assert (early["code"], unknown["code"]) == ("earlier_not_returned", "earlier_unknown")
    assert (await office.appeal(again))["outcome"] == "filed"
    assert (await office.appeal(again))["decisions"][-1]["verdict"]["earlier"] == number


async def test_r_cmp_4_a_complaint_about_the_oblasts_akimat_is_told_the_way_to_court(office):
    """Nobody stands above it: no rule invents one, a person explains (АППК art. 91(6))."""
    await office.register(KINDERGARTEN, kind="complaint", complained_of="Акимат области")
    task = await office.task()
    await office.said()
    await closed(office, task, "court-route")

    (said,) = await assessed(office)

    assert task["question"] == "no_superior"
    assert (said["assessment"], said["ground"]) == ("court_route", "no_superior")


async def test_r_cmp_4_where_a_superior_exists_the_way_is_not_to_court(office):
    """A complaint with a superior on record goes to it."""
    appeal_id = await office.register(GREETING, kind="complaint", complained_of="Управление образования области")

    refused = await closed(office, await office.task(), "court-route", 409)

    assert refused["code"] == "superior_exists"
    assert (await office.appeal(appeal_id))["outcome"] == "in_review"


@pytest.mark.parametrize("policy", [Policy.ALWAYS])
async def test_an_appeal_whose_referral_is_only_proposed_can_be_ended(office):
    """The proposal is refused with it, and nobody outside hears of it."""
    appeal_id = await office.register(KINDERGARTEN)
    await office.said()
    await closed(office, await office.task(), "return", ground="repeated")

    found = await office.appeal(appeal_id)

    assert (found["outcome"], found["referrals"][0]["state"]) == ("returned", "rejected")
    assert [kind for kind, _ in await office.said()] == ["appeal.assessed.v1"]


async def test_an_appeal_that_was_recalled_can_be_ended(office):
    """What an agency has is recalled first: the task that this leaves ends the appeal."""
    appeal_id = await office.register(GREETING)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY, part="прошу помочь")
    order = await office.order()
    await office.posted(f"/v1/referrals/{order['referral_id']}/recall", reason=WHY)
    await closed(office, await office.task(), "termination", ground="court_act")

    assert (await office.appeal(appeal_id))["outcome"] == "terminated"
