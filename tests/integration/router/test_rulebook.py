"""Rule sets as data: kept once, put in force by an act, seen by every process at its next transaction."""

import asyncio
import json

import pytest
from sqlalchemy import func, select, update

from services.chassis.errors import Conflict
from services.chassis.outbox import Cause, outbox
from services.cli import topology as applied
from services.cli.rule_files import packed
from services.contracts.topology import agency_queue, topology
from services.router import tables
from services.router.directory_file import parse_directory
from services.router.draft import Actor
from services.router.rulebook import Rulebook
from services.router.rules import Policy
from tests.integration.router.parts import KINDERGARTEN, ear_at
from tests.small_model import document
from tests.small_rules import LEXICON, rule_set

LIBRARY = "В библиотеке холодно."
WITH_LIBRARIES = rule_set().lexicon.replace("школ*", "школ*\n\n        библиотек*")
OPERATOR = Actor("operator:test", Cause(None))


async def begun(office) -> None:
    async with office.database.transaction() as tx:
        await office.router.book.begin(tx, at=office.clock())


async def proposed(office, **documents) -> str:
    made = await office.posted("/v1/rules", 201, note="libraries", **documents)
    return str(made["version"])


async def activated(office, version: str) -> None:
    await office.posted(f"/v1/rules/{version}/activation", reason="decree 7")


async def moved(office, day: str) -> None:
    changed = await office.api.put(f"/v1/calendar/{day}", json={"kind": "working", "source": "decree 8"})
    assert changed.is_success, changed.text


async def edited(office) -> dict:
    """The set in force after a day and an agency were edited."""
    await moved(office, "2027-01-04")
    await office.posted("/v1/agencies/waterworks/closure", on="2027-01-04", successor="akimat", reason="decree 8")
    return dict(await office.got("/v1/rules/in-force"))


async def counted(office, table) -> int:
    async with office.database.reading() as tx:
        return int((await tx.execute(select(func.count()).select_from(table))).scalar_one())


async def test_the_first_set_is_what_the_installation_ships(office):
    """However often it starts."""
    for _ in range(2):
        await begun(office)
    (only,) = (await office.got("/v1/rules"))["items"]
    (act,) = (await office.got("/v1/rules/activations"))["items"]

    assert (only["version"], only["in_force"], only["created_by"]) == (rule_set().version, True, "shipped")
    assert (act["number"], act["version"], act["by"]) == (1, rule_set().version, "shipped")


async def test_a_later_release_ships_a_proposal(office):
    """What is in force changes by a person's act alone."""
    await begun(office)
    newer = Rulebook(rule_set(lexicon=WITH_LIBRARIES), Policy.UNSURE)
    async with office.database.transaction() as tx:
        await newer.begin(tx, at=office.clock())
        in_force = await newer.in_force(tx)

    assert in_force.version == rule_set().version
    assert [item["in_force"] for item in (await office.got("/v1/rules"))["items"]] == [False, True]


async def test_a_later_release_proposes_no_directory_and_no_days(office):
    """These are the installation's own by then; the same release proposes itself once."""
    await begun(office)
    edits = await edited(office)
    shipped = rule_set(lexicon=WITH_LIBRARIES, directory=rule_set().directory.replace("version: small", "version: new"))
    newer = Rulebook(shipped, Policy.UNSURE)
    async with office.database.transaction() as tx:
        await newer.begin(tx, at=office.clock())
    (proposal, *_), count = (await office.got("/v1/rules"))["items"], await counted(office, tables.rule_set)
    await moved(office, "2027-01-05")
    async with office.database.transaction() as tx:
        await newer.begin(tx, at=office.clock())
    act = await office.posted(f"/v1/rules/{proposal['version']}/activation", reason="decree 7")

    assert (proposal["created_by"], proposal["directory"]) == ("shipped", edits["directory"])
    assert proposal["overrides"] == edits["overrides"]
    assert await counted(office, tables.rule_set) == count + 2  # the edit, and what came of the proposal over it
    assert act["changes"] == ["lexicon"]


async def test_an_activated_proposal_takes_back_nothing_that_was_edited_since(office):
    """Agencies and days stay as they are in force; the answer names the version that came of both."""
    await begun(office)
    version = await proposed(office, lexicon=WITH_LIBRARIES)
    edits = await edited(office)
    act = await office.posted(f"/v1/rules/{version}/activation", reason="decree 7")
    shown = await office.got("/v1/rules/in-force")
    lexicon = await office.api.get("/v1/rules/in-force/lexicon")

    assert (shown["overrides"], shown["directory"]) == (edits["overrides"], edits["directory"])
    assert lexicon.text == WITH_LIBRARIES
    assert act["version"] == shown["version"] != version
    assert act["changes"] == ["lexicon"]


async def test_a_proposal_of_a_document_that_has_changed_since_is_refused(office):
    """Made anew from what is in force it is taken."""
    await begun(office)
    directory = rule_set().directory.replace("version: small", "version: mine")
    version = await proposed(office, directory=directory)
    await edited(office)
    refused = await office.posted(f"/v1/rules/{version}/activation", 409, reason="decree 7")
    in_force = (await office.api.get("/v1/rules/in-force/directory")).text
    again = await proposed(office, directory=in_force.replace("version: small", "version: mine"))
    act = await office.posted(f"/v1/rules/{again}/activation", reason="decree 7")

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("rules_based_on_older", "#/directory")
    assert (act["version"], act["changes"]) == (again, ["directory"])


async def test_an_activated_set_decides_and_records_name_it(office):
    """Before it the old one, from it on the new one, without a restart."""
    await begun(office)
    before = await office.register(LIBRARY)
    version = await proposed(office, lexicon=WITH_LIBRARIES)
    between = await office.register(LIBRARY)
    await activated(office, version)
    after = await office.register(LIBRARY)

    found = [(await office.appeal(one))["decisions"][0] for one in (before, between, after)]
    assert [one["rules"] for one in found] == [rule_set().version, rule_set().version, version]
    assert [one["verdict"].get("agency") for one in found] == [None, None, "education"]


async def test_another_process_sees_it_at_its_next_transaction(office):
    """Each asks in its own transaction; the documents are read once."""
    await begun(office)
    other = Rulebook(rule_set(), Policy.UNSURE)
    await activated(office, await proposed(office, lexicon=WITH_LIBRARIES))
    async with office.database.reading() as tx:
        first, second = [await other.in_force(tx) for _ in range(2)]

    assert first.version != rule_set().version
    assert first is second


async def test_the_same_documents_are_kept_once(office):
    """A version is the hash of what it is made of."""
    await begun(office)
    versions = [await proposed(office, lexicon=WITH_LIBRARIES) for _ in range(2)]
    documents = await counted(office, tables.document)

    assert versions[0] == versions[1]
    assert (await counted(office, tables.rule_set), documents) == (2, 3)


async def test_of_two_acts_at_a_time_one_is_refused(office):
    """The second one has not seen what is in force now."""
    await begun(office)
    book, version = office.router.book, await proposed(office, lexicon=WITH_LIBRARIES)
    numbers = []

    async def act() -> None:
        async with office.database.transaction() as tx:
            act = await book.activate(tx, version, reason="x", at=office.clock(), actor=OPERATOR)
            numbers.append(act.number)

    results = await asyncio.gather(act(), act(), return_exceptions=True)
    (refused,) = [one for one in results if one is not None]

    assert numbers == [2]
    assert isinstance(refused, Conflict)


async def test_going_back_is_another_act(office):
    """History is never rewritten."""
    await begun(office)
    version = await proposed(office, lexicon=WITH_LIBRARIES)
    await activated(office, version)
    await activated(office, rule_set().version)
    acts = (await office.got("/v1/rules/activations", limit=2))["items"]

    assert [(act["number"], act["version"]) for act in acts] == [(3, rule_set().version), (2, version)]
    assert (acts[0]["by"], acts[0]["reason"]) == ("operator:admin", "decree 7")
    await office.posted(f"/v1/rules/{rule_set().version}/activation", 409, reason="again")
    await office.posted("/v1/rules/none/activation", 404, reason="again")


@pytest.mark.parametrize(
    ("proposal", "where"),
    [
        ({"lexicon": WITH_LIBRARIES.replace("взятк*", "взятк* ..")}, "lexicon:"),
        ({"directory": rule_set().directory.replace("superior: akimat", "superior: nobody")}, "directory:"),
        ({"lexicon": "[]"}, "lexicon:1"),
    ],
)
async def test_a_set_that_cannot_be_used_is_refused_with_its_lines(office, proposal, where):
    """Nothing is kept of it."""
    await begun(office)
    problem = await office.posted("/v1/rules", 422, **proposal)

    assert problem["code"] == "rules_invalid"
    assert problem["errors"][0]["pointer"].startswith(where)
    assert await counted(office, tables.rule_set) == 1


async def test_a_set_and_its_documents_are_shown(office):
    """As they were written, to be edited and proposed again."""
    await begun(office)
    shown = await office.got("/v1/rules/in-force")
    lexicon = await office.api.get("/v1/rules/in-force/lexicon")

    assert (shown["version"], shown["lexicon_version"]) == (rule_set().version, LEXICON["version"])
    assert lexicon.text == rule_set().lexicon
    assert (await office.api.get("/v1/rules/none")).status_code == 404


async def test_who_may_only_operate_changes_no_rules(office):
    """It takes the right of its own."""
    made = await office.posted("/v1/keys", 201, owner="clerk", scopes=["referrals:operate"])
    office.api.headers["authorization"] = f"Bearer {made['key']}"

    await office.got("/v1/rules")
    await office.posted("/v1/rules", 403, lexicon=WITH_LIBRARIES)
    await office.posted(f"/v1/rules/{rule_set().version}/activation", 403, reason="mine")


async def acts_of(router) -> list[dict]:
    """What has come into force, once the worker that keeps the first set has ended."""
    async with asyncio.timeout(10):
        while not (acts := (await router.got("/v1/rules/activations"))["items"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return acts


async def test_what_is_for_a_new_agency_waits_until_its_queue_is_there(router, vhost):
    """The operator sees why, and applies the topology of the directory in force; no code is touched."""
    await acts_of(router)
    agency = {**(await router.got("/v1/agencies/akimat"))["records"][0], "categories": ["telecom"], "code": "archive"}
    agency = {name: fact for name, fact in agency.items() if fact is not None and name not in {"queue", "contacts"}}
    closing = {"on": "2026-01-01", "successor": None, "reason": "decree"}
    await router.posted("/v1/agencies/communications-inspection/closure", **closing)
    contacts = {"address": "г. Конаев", "phone": "+7 700"}
    new = {**agency, "valid_from": "2026-01-01", "contacts": contacts}
    await router.posted("/v1/agencies", agency=new, reason="decree")
    await router.register("Интернет провайдера не работает, связь мобильная пропала.")
    async with asyncio.timeout(20):
        while not (refused := (await router.got("/v1/outbox"))["refused"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    directory = parse_directory((await router.api.get("/v1/directory")).text, source="test")
    await applied.declare(vhost.url, topology(directory.queue_codes()))
    ear = await ear_at(router.channel, agency_queue("archive"))
    async with router.service.database.transaction() as tx:
        await tx.execute(update(outbox).values(not_before_ms=0))
    order = await ear.next()

    assert [(row["routing_key"], row["last_error"]) for row in refused] == [
        ("referral.issued.v1.archive", "Unroutable")
    ]
    assert order.data["agency"] == "archive"


async def test_a_changed_day_reaches_intake(router):
    """By the queue that it reads anyway."""
    await acts_of(router)
    changed = await router.api.put("/v1/calendar/2027-01-04", json={"kind": "working", "source": "decree 7"})
    assert changed.is_success, changed.text
    told = await router.intake.next()

    assert (told.type, told.data["overrides"][0]["day"]) == ("kz.joldau.calendar.changed.v1", "2027-01-04")


async def test_a_router_keeps_its_rules_at_the_start(router):
    """The worker that does so ends."""
    await router.register(KINDERGARTEN)
    await router.agencies["education"].next()

    assert [act["by"] for act in await acts_of(router)] == ["shipped"]


async def test_a_model_is_proposed_put_in_force_and_read_again(office):
    """It is a document like the others; what it makes of a text is in the next record."""
    await begun(office)
    written = json.dumps(document({"corruption": {"=взятка": 3.0}, "unclear": {}, "education": {"=библиотеке": 9.0}}))
    await activated(office, await proposed(office, model=packed(written)))
    answer = await office.api.get("/v1/rules/in-force/model")
    appeal_id = await office.register(LIBRARY)
    decision = (await office.appeal(appeal_id))["decisions"][0]["id"]
    found = (await office.got(f"/v1/decisions/{decision}"))["record"]["candidates"]

    assert (answer.text, answer.headers["content-type"]) == (written, "application/json")
    assert [option["category"] for option in found][:1] == ["education"]


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("bm8gZ3ppcA==", "model_not_packed"),
        (packed("{}"), "rules_invalid"),
        (packed(json.dumps(document({"corruption": {"=взятка": 3.0}}))), "rules_invalid"),
    ],
    ids=["not packed", "empty", "without unclear"],  # what is packed holds the time of packing
)
async def test_what_is_no_model_is_refused(office, model, code):
    """Neither what cannot be unpacked, nor what cannot be read, nor one that does not hear corruption and doubt."""
    answer = await office.api.post("/v1/rules", json={"model": model})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
