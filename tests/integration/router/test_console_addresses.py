"""Whatever somebody types into an address of the console, or a form, is answered by a page; on both databases."""

from base64 import urlsafe_b64encode

import pytest

from services.chassis.ids import new_id
from services.router.operators import Role
from tests.integration.router.parts import GREETING
from tests.integration.router.visits import post

HUGE = 10**30
SOME = new_id()


def cursor(told: str) -> str:
    """A cursor that says this of the last item."""
    return urlsafe_b64encode(f"{SOME}/{told}".encode()).decode()


ADDRESSES = [
    *(f"/?days={days}" for days in (0, HUGE, "x", "%00")),
    *(f"/trail?{name}=%00" for name in ("by", "act", "subject", "since", "cursor")),
    *(f"/trail?cursor={number}" for number in (-1, HUGE)),
    *(f"/trail?{name}={day}" for name in ("since", "until") for day in ("0001-01-01", "9999-12-31")),
    f"/trail/check?after={HUGE}",
    *(
        f"/{area}?{name}={day}"
        for area in ("appeals", "referrals")
        for name in ("since", "until", "due_since", "due_until", "answered_since", "settled_since")
        for day in ("0001-01-01", "9999-12-31")
    ),
    *(f"/appeals?sort=number&cursor={cursor(told)}" for told in ("\x00", "ә", "x" * 200)),
    *(f"/appeals?cursor={cursor(told)}" for told in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")),
    *(f"/appeals?{name}=%00" for name in ("q", "person", "agency", "category", "columns", "sort")),
    *(f"/statistics?{name}={day}" for name in ("since", "until") for day in ("0001-01-01", "0001-02-01", "9999-12-31")),
    *(f"/statistics/rows.csv?{name}={day}" for name in ("since", "until") for day in ("0001-01-01", "9999-12-31")),
    *(f"/desk?{name}=%00" for name in ("question", "agency", "territory", "cursor", "whose")),
    *(f"/desk/bulk?verb=assign&task={SOME}&to_agency={agency}" for agency in ("-", "9", "x" * 63, "%00")),
    *(f"/desk/{SOME}{rest}" for rest in ("", "/divide", "?card=-", "?card=%00")),
    *(f"/appeals/{SOME}{rest}" for rest in ("", "/review", "?group=x", "?order=x")),
    *(f"/referrals/{SOME}/{verb}" for verb in ("remind", "recall", "certificate", "x")),
    *(f"/notices{rest}" for rest in ("?cursor=x", "?cursor=%00", "?awaited=x", f"/{SOME}", "/x")),
    *(f"/administration/parked?{query}" for query in ("queue=%00", "cursor=router/x", "cursor=%00", "state=x")),
    *(f"/administration/parked/{place}" for place in (f"router/{SOME}", f"nobody/{SOME}", "router/%00")),
    *(f"/administration/rules{rest}" for rest in (f"?cursor={HUGE}", "/%00", "/x", "/x/lexicon", "/x/%00")),
    *(f"/administration/calendar{rest}" for rest in ("?year=0000", "?year=9999", "/0001-01-01", "/9999-12-31", "/%00")),
    *(f"/administration/directory{rest}" for rest in ("?on=0001-01-01", "?on=9999-12-31", "?q=%00", "/%00", "/-/edit")),
    *(f"/administration/keys/router/{place}" for place in (SOME, "%00")),
    *(f"/administration/webhooks/%00{rest}" for rest in ("", f"/{SOME}")),
    f"/administration/accounts/{SOME}",
    f"/exports/{SOME}/file",
]


async def test_no_address_breaks_a_page(office, enter):
    """Ids that are nobody's, days at the ends of time, numbers without end, NUL: each is told in words."""
    await office.register(GREETING)
    browser = await enter(*Role)
    answers = [(await browser.get(address), address) for address in ADDRESSES]

    assert [(one.status_code, address) for one, address in answers if one.status_code not in {200, 403, 404, 422}] == []
    assert all("<h1>" in one.text for one, _ in answers if one.status_code != 200)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/administration/keys/router/new", {"owner": "portal", "scopes": "referrals:read", "expires": "9999-12-31"}),
        ("/administration/keys/router/new", {"owner": "portal", "scopes": "referrals:read", "expires": "0001-01-01"}),
        ("/administration/directory/akimat/close", {"on": "0001-01-01", "reason": "так надо", "act": "apply"}),
        ("/administration/directory/akimat/edit", {"on": "9999-12-31", "reason": "так надо", "act": "apply"}),
        ("/desk/bulk", {"verb": "assign", "agency": "-", "reason": "так надо", "task": str(SOME)}),
    ],
)
async def test_no_form_breaks_a_page(enter, path, form):
    """What can be typed there and cannot be is told above the form."""
    answer = await post(await enter(*Role), path, **form)

    assert (answer.status_code, 'id="faults"' in answer.text) == (422, True)


async def test_the_api_refuses_them_too(office):
    """With the place, as it does whatever cannot be."""
    for path in ("/v1/trail?since=0001-01-01", "/v1/trail?until=9999-12-31", "/v1/statistics?from=0001-01-01"):
        assert (await office.api.get(path)).status_code == 422, path
    assert (await office.api.get("/v1/trail", params={"by": "\x00"})).status_code == 422


async def test_a_reply_was_said_on_a_day_that_can_be(office):
    """A year of two digits is soon typed, and no calendar reckons with it."""
    await office.register("Прошу прокурора проверить.")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="prosecution", reason="так надо")
    (referral,) = (await office.got("/v1/referrals"))["items"]
    said = {"kind": "declined", "reason": "не наше", "occurred_at": "0026-11-23T12:00:00Z"}
    answer = await office.api.post(f"/v1/referrals/{referral['id']}/replies", json=said)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/occurred_at")
