"""Days that an act moves: counted by from then on, told to intake, and no stored day moved, on both databases."""

import pytest

from services.contracts.referrals import ReplyKind
from services.contracts.working_days import CalendarChanged
from tests.integration.router.parts import KINDERGARTEN, LAND

ACT = "Постановление № 7"
SATURDAY, TUESDAY = "2026-11-28", "2026-12-01"


async def put(office, day: str, kind: str, **more):
    answer = await office.api.put(f"/v1/calendar/{day}", json={"kind": kind, "source": ACT, **more})
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_changed_day_counts_from_then_on(office):
    """The term of what is issued later is shorter by the Saturday that is worked."""
    await office.register(LAND)
    before = await office.order()
    await put(office, SATURDAY, "working")
    await office.register(KINDERGARTEN)
    after = await office.order()

    assert (before["answer_due_on"], after["answer_due_on"]) == ("2026-12-14", "2026-12-11")


async def test_stored_days_due_stay_and_those_that_would_differ_are_told(office):
    """A person sees to them."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(order, ReplyKind.ACCEPTED)
    preview = await put(office, SATURDAY, "working", preview=True)
    assert (await office.got("/v1/rules"))["items"] == []
    done = await put(office, SATURDAY, "working")
    (told,) = done["due_dates"]["items"]

    assert preview["due_dates"] == done["due_dates"]
    assert (told["id"], told["due_on"], told["would_be"]) == (order["referral_id"], "2026-12-14", "2026-12-11")
    assert (await office.referral(order))["due_on"] == "2026-12-14"


async def test_a_term_that_was_extended_is_its_own(office):
    """It was set by a decision and not counted."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(
        order, ReplyKind.EXTENDED, by="land-relations", extended_to="2027-01-20", reason="Нужна экспертиза."
    )
    done = await put(office, SATURDAY, "working")

    assert done["due_dates"] == {"differing": 0, "items": []}


async def test_intake_is_told_the_whole_table(office):
    """Under the number of the act, so that a late one is known to be stale."""
    await put(office, SATURDAY, "working")
    await put(office, TUESDAY, "off")
    await office.posted(f"/v1/calendar/{SATURDAY}/removal", reason="repealed")
    tables = [(data["revision"], [one["day"] for one in data["overrides"]]) for _, data in await office.said()]

    assert tables == [(1, [SATURDAY]), (2, [SATURDAY, TUESDAY]), (3, [TUESDAY])]


async def test_other_rules_leave_the_calendar_unsaid(office):
    """Going back to a set with other days says them again."""
    first = await put(office, SATURDAY, "working")
    await office.posted("/v1/agencies/land-relations/closure", on="2027-01-01", successor="akimat", reason=ACT)
    assert [kind for kind, _ in await office.said()] == [CalendarChanged.TYPE]
    second = await put(office, TUESDAY, "off")
    await office.said()
    await office.posted(f"/v1/rules/{first['version']}/activation", reason="back")

    assert second["number"] == 3
    assert [(d["revision"], len(d["overrides"])) for _, d in await office.said()] == [(4, 1)]


async def test_a_day_and_a_year_are_shown(office):
    """Those on which work is otherwise than the day of the week says, with the act if there is one."""
    await put(office, SATURDAY, "working")
    year = (await office.got("/v1/calendar", year=2026))["items"]
    worked = {"day": SATURDAY, "working": True, "weekday": 6, "source": ACT}

    assert worked in year
    assert {"day": "2026-12-16", "working": False, "weekday": 3, "source": None} in year
    assert all(item["weekday"] < 6 or item["working"] for item in year)
    assert await office.got(f"/v1/calendar/{SATURDAY}") == worked


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", SATURDAY, {"kind": "short", "source": ACT}, 422, "body_invalid"),
        ("PUT", "2026-13-01", {"kind": "off", "source": ACT}, 422, "body_invalid"),
        ("PUT", "2200-01-01", {"kind": "off", "source": ACT}, 422, "body_invalid"),
        ("POST", f"{SATURDAY}/removal", {"reason": ACT}, 404, "day_not_overridden"),
    ],
)
async def test_what_is_no_change_of_a_day_is_refused(office, method, path, body, status, code):
    """Nothing is kept."""
    answer = await office.api.request(method, f"/v1/calendar/{path}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
