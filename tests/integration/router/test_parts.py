"""Appeals that ask several questions: each part goes its own way, on both databases."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from services.router import tables
from services.router.requests import OPERATE
from services.router.rules import Policy

SCHOOL = "1) В школе холодно, прошу затопить."
PLOT = "2) Прошу выделить участок."
TWO = f"Живу в Талгаре, нас трое.\n{SCHOOL}\n{PLOT}"
BRIBE_AND_ROAD = "Первое: специалист требует взятку. Второе: прошу починить дорогу."
WHY = "так решил специалист"


async def orders(office) -> dict[str, dict]:
    """The orders among what has been said, by agency."""
    return {data["agency"]: data for kind, data in await office.said() if kind == "referral.issued.v1"}


async def test_each_part_goes_to_its_own_agency_and_no_word_of_the_other(office):
    """АППК art. 65(2): each is told its part, by its article; intake hears that nothing remains with us."""
    appeal_id = await office.register(TWO, complained_of="Водоканал")

    said = await office.said()
    by_agency = {data["agency"]: data for kind, data in said if kind == "referral.issued.v1"}
    found = await office.appeal(appeal_id)

    assert {agency: order["text"] for agency, order in by_agency.items()} == {
        "education-talgar": f"Живу в Талгаре, нас трое.\n{SCHOOL}",
        "land-relations": f"Живу в Талгаре, нас трое.\n{PLOT}",
    }
    assert {(order["scope"], order["legal_basis"]) for order in by_agency.values()} == {("part", "АППК 65(2)")}
    assert "школ" not in str(by_agency["land-relations"])
    assert "участок" not in str(by_agency["education-talgar"])
    assert "Водоканал" not in str(by_agency)
    assert [data["assessment"] for kind, data in said if kind == "appeal.assessed.v1"] == ["referred"]
    assert found["outcome"] == "referred"
    assert [(part["number"], part["outcome"]) for part in found["parts"]] == [(1, "referred"), (2, "referred")]
    assert len(found["decisions"]) == 2


async def test_a_declined_part_is_decided_again_alone(office):
    """R-REF-5: the other part stays where it is."""
    appeal_id = await office.register(TWO)
    given = await orders(office)
    await office.reply(given["education-talgar"], ReplyKind.DECLINED, reason="не наше")

    (order,) = (await orders(office)).values()
    found = await office.appeal(appeal_id)

    assert (order["agency"], order["scope"]) == ("education", "part")
    assert order["text"] == given["education-talgar"]["text"]
    assert [(r["agency"], r["state"]) for r in found["referrals"]] == [
        ("education-talgar", "declined"),
        ("land-relations", "issued"),
        ("education", "issued"),
    ]


async def test_a_part_that_waits_keeps_the_appeal_in_review(office):
    """An answer to the other part closes nothing; the task is about the part, and so is the person's choice."""
    appeal_id = await office.register(TWO)
    given = await orders(office)
    await office.reply(given["land-relations"], ReplyKind.DECLINED, reason="не наше")
    await office.reply(given["education-talgar"], ReplyKind.ANSWERED, text="Затопили.")
    waiting = await office.appeal(appeal_id)
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY)
    await office.approve(appeal_id)

    said = await office.said()

    assert waiting["outcome"] == "in_review"
    assert task["part_id"] == waiting["parts"][1]["id"]
    assert [data["assessment"] for kind, data in said if kind == "appeal.assessed.v1"] == ["in_review", "referred"]
    assert next(d["text"] for kind, d in said if kind == "referral.issued.v1") == given["land-relations"]["text"]


async def test_what_a_person_keeps_is_ours_beside_what_is_referred(office):
    """R-REF-2: our rest keeps its own term."""
    appeal_id = await office.register(TWO)
    given = await orders(office)
    await office.reply(given["land-relations"], ReplyKind.DECLINED, reason="не наше")
    await office.posted(f"/v1/tasks/{(await office.task())['id']}/retention", reason=WHY)

    found = await office.appeal(appeal_id)

    assert found["outcome"] == "retained"
    assert [part["outcome"] for part in found["parts"]] == ["referred", "retained"]


async def test_a_withdrawn_appeal_takes_all_its_parts_back(office):
    """АППК art. 64(9)."""
    appeal_id = await office.register(TWO)
    await office.withdraw(appeal_id)

    assert {r["state"] for r in (await office.appeal(appeal_id))["referrals"]} == {"recalled"}


class TestApproval:
    """Policy `always` holds for each part."""

    @pytest.fixture
    def policy(self) -> Policy:
        return Policy.ALWAYS

    async def test_each_part_is_approved(self, office):
        """One approved, the other waits: the appeal is still in review."""
        appeal_id = await office.register(TWO)
        first, second = (await office.got("/v1/tasks", question="approval"))["items"]
        await office.posted(f"/v1/referrals/{first['referral_id']}/approval")
        between = await office.appeal(appeal_id)
        await office.posted(f"/v1/referrals/{second['referral_id']}/approval")

        assert between["outcome"] == "in_review"
        assert (await office.appeal(appeal_id))["outcome"] == "referred"


class TestCorruption:
    """R-SEC-2: beside corruption, another matter is only proposed, and a person writes the extract."""

    async def test_the_rest_is_ours_and_the_other_matter_is_a_task(self, office):
        """Nothing leaves; the task shows the part that another body may have."""
        appeal_id = await office.register(BRIBE_AND_ROAD)
        said = await office.said()
        task = await office.task()

        shown = await office.got(f"/v1/tasks/{task['id']}")

        assert [(kind, data["assessment"]) for kind, data in said] == [("appeal.assessed.v1", "retained")]
        assert (task["question"], (await office.appeal(appeal_id))["outcome"]) == ("extract", "retained")
        assert [seen["verdict"]["agency"] for seen in shown["parts_seen"]] == ["akimat"]

    async def test_an_extract_needs_a_second_person(self, office):
        """Who proposed it is refused; another one sends it, and the applicant hears nothing in between."""
        appeal_id = await office.register(BRIBE_AND_ROAD)
        task = await office.task()
        await office.said()
        body = {"agency": "akimat", "reason": WHY, "part": "Просят починить дорогу на своей улице."}
        await office.posted_by("first", f"/v1/tasks/{task['id']}/assignment", **body)
        proposed = await office.said()
        waiting = await office.task(question="approval")
        path = f"/v1/referrals/{waiting['referral_id']}/approval"
        refused = await office.posted_by("first", path, 409)
        await office.posted_by("second", path)

        said = await office.said()
        found = await office.appeal(appeal_id)

        assert proposed == []
        assert refused["code"] == "second_person_needed"
        assert [kind for kind, _ in said] == ["referral.issued.v1", "referral.changed.v1"]
        assert (said[0][1]["text"], found["outcome"]) == (body["part"], "retained")
        assert [part["outcome"] for part in found["parts"]] == ["referred", "retained"]

    @pytest.mark.parametrize(
        ("part", "code"),
        [
            ("прошу починить дорогу", "extract_needed"),
            ("Просит починить дорогу, за которую требуют взятку.", "extract_tells_corruption"),
        ],
    )
    async def test_neither_its_words_nor_its_story_leave(self, office, part, code):
        """The author could be known by either."""
        await office.register(BRIBE_AND_ROAD)
        task = await office.task()

        refused = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY, part=part)

        assert refused["code"] == code

    async def test_a_declined_extract_comes_back_to_a_person(self, office):
        """No rule sends it on."""
        appeal_id = await office.register(BRIBE_AND_ROAD)
        task = await office.task()
        given = {"agency": "akimat", "reason": WHY, "part": "Просят починить дорогу."}
        await office.posted_by("first", f"/v1/tasks/{task['id']}/assignment", **given)
        await office.approve(appeal_id)
        await office.reply(await office.order(), ReplyKind.DECLINED, reason="не наше", proposed_agency="education")

        assert (await office.task())["question"] == "declined"
        assert await orders(office) == {}


class TestDivision:
    """A person tells the parts apart."""

    TOGETHER = "Нужен участок, и нужна школа. Ещё у нас темно."

    async def divided(self, office, *parts: dict, status: int = 200) -> dict:
        task = await office.task()
        found: dict = await office.posted(f"/v1/tasks/{task['id']}/division", status, reason=WHY, parts=list(parts))
        return found

    async def test_each_part_goes_where_the_person_says_and_the_rest_is_ours(self, office):
        """Quotations stand in the text, whatever the white space."""
        appeal_id = await office.register(self.TOGETHER)
        await office.said()
        await self.divided(
            office,
            {"agency": "land-relations", "text": "Нужен  участок"},
            {"agency": "education", "text": "нужна школа."},
            {"agency": None},
        )

        given = await orders(office)
        found = await office.appeal(appeal_id)

        assert {agency: order["text"] for agency, order in given.items()} == {
            "land-relations": "Нужен участок",
            "education": "нужна школа.",
        }
        assert [part["outcome"] for part in found["parts"]] == ["referred", "referred", "retained"]
        assert [decision["made_by"] for decision in found["decisions"]] == ["rule", *["operator:admin"] * 3]
        assert [task["state"] for task in found["tasks"]] == ["divided"]

    async def test_a_division_is_corrected(self, office):
        """What stays with its agency is not sent again; what does not is taken back, and numbers count on."""
        appeal_id = await office.register(TWO)
        given = await orders(office)
        await office.posted(f"/v1/referrals/{given['land-relations']['referral_id']}/recall", reason=WHY)
        await office.said()
        await self.divided(
            office,
            {"agency": "education-talgar", "text": given["education-talgar"]["text"]},
            {"agency": "akimat", "text": "Прошу выделить участок."},
        )

        again = await orders(office)
        found = await office.appeal(appeal_id)

        assert {agency: order["text"] for agency, order in again.items()} == {"akimat": "Прошу выделить участок."}
        assert [(part["number"], part["replaced"]) for part in found["parts"]] == [(1, False), (2, True), (3, False)]
        assert [r["state"] for r in found["referrals"] if r["agency"] == "education-talgar"] == ["issued"]

    @pytest.mark.parametrize(
        ("parts", "status", "code", "pointer"),
        [
            ([{"agency": "education", "text": "нужен садик"}, {"agency": None}], 422, "quote_not_in_text", 0),
            ([{"agency": "education", "text": "нужна школа"}], 422, "too_short", None),
            (
                [{"agency": "education", "text": "нужна школа"}, {"agency": None, "text": "Ещё у нас темно."}],
                200,
                None,
                None,
            ),
            (
                [
                    {"agency": "education", "text": "Своими словами.", "rewritten": True},
                    {"agency": None, "text": "темно"},
                ],
                422,
                "question_uncovered",
                None,
            ),
            ([{"agency": None}, {"agency": None}], 422, "rest_twice", None),
            ([{"agency": "nobody", "text": "нужна школа"}, {"agency": None}], 422, "agency_unknown", 0),
        ],
    )
    async def test_a_division_covers_every_question_by_the_appeals_own_words(
        self, office, parts, status, code, pointer
    ):
        """A quotation that is none, a question left out, an agency that is none: each is said with its place."""
        await office.register(self.TOGETHER)

        told = await self.divided(office, *parts, status=status)

        assert told.get("code") == code or told["errors"][0]["code"] == code
        assert pointer is None or told["errors"][0]["pointer"].startswith(f"#/parts/{pointer}/")

    async def test_a_question_left_out_is_refused(self, office):
        """The sum of the parts is the appeal."""
        await office.register("Нужен участок. Прошу открыть школу. Сломана дорога.")

        refused = await self.divided(
            office,
            {"agency": "land-relations", "text": "Нужен участок."},
            {"agency": "education", "text": "Прошу открыть школу."},
            status=422,
        )

        assert refused["code"] == "question_uncovered"

    async def test_nobody_gets_a_part_that_complains_of_them(self, office):
        """R-CMP-8 holds for parts."""
        await office.register(self.TOGETHER, complained_of="Управление образования")

        refused = await self.divided(office, {"agency": "education", "text": "нужна школа."}, {}, status=409)

        assert refused["code"] == "agency_barred"


async def test_an_appeal_goes_out_whole_or_in_parts_never_both(office):
    """R-REF-4."""
    appeal_id = await office.register(TWO)
    given = await orders(office)
    await office.posted(f"/v1/referrals/{given['land-relations']['referral_id']}/recall", reason=WHY)
    task = await office.task()
    async with office.database.transaction() as tx:
        await tx.execute(tables.task.update().values(part_id=None))

    refused = await office.posted(f"/v1/tasks/{task['id']}/assignment", 409, agency="akimat", reason=WHY)

    assert refused["code"] == "referred_in_part"
    assert (await office.appeal(appeal_id))["referrals"][0]["state"] == "issued"


async def test_the_database_refuses_what_may_not_be(office):
    """No part without its decision, no part twice at one agency, no appeal out twice as a whole."""
    appeal_id = await office.register(TWO)
    async with office.database.reading() as tx:
        row = (await tx.execute(select(tables.referral).where(tables.referral.c.appeal_id == appeal_id))).first()
    assert row is not None
    part = {"appeal_id": appeal_id, "spans": [], "outcome": "in_review", "replaced": False, "number": 9}
    again = {**row._asdict(), "id": new_id()}
    whole = {**again, "scope": "full", "part": None, "part_id": None}

    refused = [
        insert(tables.part).values(**part, id=new_id(), decision_id=new_id()),
        insert(tables.part).values(**part, id=new_id(), decision_id=None),
        insert(tables.referral).values({**again, "part_id": new_id(), "agency": "akimat"}),
        insert(tables.referral).values(again),
        insert(tables.referral).values([whole, {**whole, "id": new_id(), "agency": "akimat"}]),
    ]
    for statement in refused:
        with pytest.raises(IntegrityError):
            async with office.database.transaction() as tx:
                await tx.execute(statement)


async def test_every_decision_is_explained_and_made_again(office):
    """By rule, after a refusal, by a person, of a part, of an extract: the record holds, and is told in words."""
    number = "JD-2026-000077"
    await office.register(TWO, registration_number=number)
    given = await orders(office)
    await office.reply(given["education-talgar"], ReplyKind.DECLINED, reason="не наше")
    await office.reply(given["land-relations"], ReplyKind.DECLINED, reason="не наше")
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="akimat", reason=WHY, part="Просит участок.")
    extract = await office.register(BRIBE_AND_ROAD, registration_number=number)
    body = {"agency": "akimat", "reason": WHY, "part": "Просят починить дорогу."}
    path = f"/v1/tasks/{(await office.task(appeal_id=str(extract)))['id']}/assignment"
    await office.posted_by("first", path, **body)
    await office.approve(extract)

    decisions = (await office.got("/v1/decisions", registration_number=number))["items"]
    for decision in decisions:
        checked = await office.got(f"/v1/decisions/{decision['id']}/verification")
        told = await office.got(f"/v1/decisions/{decision['id']}/explanation")
        assert (checked["same"], checked["differences"]) == (True, [])
        assert number in told["sentences"][0]
    shown = await office.got(f"/v1/decisions/{decisions[-2]['id']}")

    assert [decision["part_number"] for decision in decisions] == [1, 2, 1, 2, 3, 2, None, 1, 2]
    assert [(one["approved"], one["made_by"]) for one in shown["approvals"]] == [(True, "operator:second")]


async def test_a_sealed_explanation_is_for_who_may_read_it(office):
    """It quotes the appeal."""
    await office.register(BRIBE_AND_ROAD, registration_number="JD-1")
    (decision,) = (await office.got("/v1/decisions", registration_number="JD-1"))["items"]
    key = await office.posted("/v1/keys", 201, owner="somebody", scopes=[OPERATE])
    headers = {"authorization": f"Bearer {key['key']}"}

    for what in ("explanation", "verification"):
        answer = await office.api.get(f"/v1/decisions/{decision['id']}/{what}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "appeal_sealed")


async def test_of_what_is_forgotten_nothing_is_explained(office):
    """R-SEC-3: neither its decisions nor the act that moved it."""
    await office.register(BRIBE_AND_ROAD, registration_number="JD-1")
    await office.posted(f"/v1/tasks/{(await office.task())['id']}/protection")

    decisions = (await office.got("/v1/decisions", registration_number="JD-1"))["items"]

    assert len(decisions) == 2
    for decision in decisions:
        for what in ("explanation", "verification"):
            answer = await office.api.get(f"/v1/decisions/{decision['id']}/{what}")
            assert (answer.status_code, answer.json()["code"]) == (410, "decision_forgotten")
