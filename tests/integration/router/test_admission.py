"""What a person must look at before it goes anywhere, in the order of the law; on both databases."""

from itertools import pairwise

import pytest

from services.contracts.appeals import Applicant
from tests.integration.router.parts import BRIBE, KINDERGARTEN

WHY = "так решил специалист"
LETTER = (
    "Прошу дать место в детском саду для моей дочери. Очередь в детский сад стоит третий год, ответа нет ни от кого. "
    "Мы писали уже дважды, ходили на приём, оставляли копии всех справок, и каждый раз нам говорят ждать до осени."
)
ALMOST = LETTER.replace("осени", "весны").upper()
OBSCENITY = " Вы там все мудаки!"
THREAT = " Сосед хранит дома оружие и угрожает взорвать дом."


async def ended(office, text=LETTER, **changes):
    """An appeal that we have considered and returned."""
    appeal_id = await office.register(text + OBSCENITY, **changes)
    task = await office.task(appeal_id=str(appeal_id))
    await office.posted(f"/v1/tasks/{task['id']}/return", reason=WHY, ground="obscene")
    return await office.appeal(appeal_id)


async def question(office, text, **changes) -> str | None:
    appeal_id = await office.register(text, **changes)
    tasks = (await office.got("/v1/tasks", appeal_id=str(appeal_id)))["items"]
    return tasks[0]["question"] if tasks else None


async def test_r_ret_1_what_repeats_a_considered_appeal_is_put_before_a_person_with_links(office):
    """The same applicant, almost the same words: nothing is returned by itself, the earlier one is linked."""
    earlier = await ended(office)
    again = await office.register(ALMOST)

    task = await office.got(f"/v1/tasks/{(await office.task(appeal_id=str(again)))['id']}")

    assert task["question"] == "repeated"
    assert task["held"]["repeats"] == [earlier["registration_number"]]
    assert [(one["registration_number"], one["same_applicant"], one["outcome"]) for one in task["alike"]] == [
        (earlier["registration_number"], True, "returned")
    ]
    assert task["alike"][0]["links"]["self"] == f"/v1/appeals/{earlier['id']}"


async def test_r_ret_1_another_applicants_or_another_text_is_no_repeat(office):
    """Nor is one whose earlier appeal an agency has: that agency tells what it has considered."""
    await ended(office)
    other = Applicant(name="Другой Человек")

    assert await question(office, LETTER, applicant=other) is None
    assert await question(office, KINDERGARTEN) is None
    assert await question(office, KINDERGARTEN) is None


async def test_a_campaign_is_linked_and_each_of_it_goes_its_own_way(office):
    """The same text of many people: each is referred, so each applicant is told, and each shows the others."""
    names = ("Первый Тест", "Второй Тест", "Третий Тест")
    ids = [await office.register(LETTER, applicant=Applicant(name=name)) for name in names]

    said = [data["appeal_id"] for kind, data in await office.said() if kind == "referral.changed.v1"]
    shown = [await office.appeal(appeal_id) for appeal_id in ids]

    assert said == [str(appeal_id) for appeal_id in ids]
    for one, other in pairwise(shown):
        assert other["registration_number"] in {alike["registration_number"] for alike in one["alike"]}
    assert {alike["same_applicant"] for one in shown for alike in one["alike"]} == {False}


async def test_r_ret_2_r_sim_2_corruption_comes_before_repetition_language_and_a_missing_name(office):
    """An anonymous, foul-mouthed tip that has been sent before is ours at once, and never a task of return."""
    for _ in range(2):
        appeal_id = await office.register(BRIBE + OBSCENITY, anonymous=True, kind="message")

        assert (await office.appeal(appeal_id))["outcome"] == "retained"


@pytest.mark.parametrize("anonymous", [False, True])
async def test_r_ret_2_a_threat_is_put_before_a_person_today(office, anonymous):
    """With a name or without, and though it asks for what an agency has: an alarm, due on the same day."""
    appeal_id = await office.register(KINDERGARTEN + THREAT, anonymous=anonymous)

    task = await office.task(appeal_id=str(appeal_id))

    assert (task["question"], task["due_on"]) == ("alarm", "2026-11-23")


async def test_r_sim_1_an_anonymous_appeal_that_tells_of_no_crime_waits_for_a_person(office):
    """Even where the rules know whose matter it is: it may be terminated, or its author asked to fix it."""
    appeal_id = await office.register(KINDERGARTEN, anonymous=True, kind="message")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/termination", reason=WHY, ground="anonymous")

    found = await office.appeal(appeal_id)

    assert (task["question"], found["outcome"]) == ("anonymous", "terminated")


async def test_r_ret_1_obscene_language_is_put_before_a_person(office):
    """The rules' own verdict stays on record beside it."""
    appeal_id = await office.register(KINDERGARTEN + OBSCENITY)

    decision = (await office.appeal(appeal_id))["decisions"][0]
    record = (await office.got(f"/v1/decisions/{decision['id']}"))["record"]

    assert (await office.task())["question"] == "obscene"
    assert (record["verdict"]["agency"], record["held"]["words"]) == ("education", ["мудаки"])
