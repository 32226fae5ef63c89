"""What appeals and referrals are counted by, on both databases."""

from datetime import UTC, date, datetime

from sqlalchemy import insert, select

from services.chassis import migrations
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from services.router import tables
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND
from tests.small_rules import rules

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


async def row(office, table, **wanted):
    """The one row with these values."""
    async with office.database.reading() as tx:
        return (await tx.execute(select(table).filter_by(**wanted))).one()


async def test_an_appeal_is_filed_by_matter_and_place(office):
    """As the rules find them; a person's choice says anew what it is about."""
    there = await office.register(f"{LAND} Талгар.")
    unclear = await office.register(GREETING)
    found, asked = await row(office, tables.appeal, id=there), await row(office, tables.appeal, id=unclear)
    task = await office.task(appeal_id=str(unclear))
    await office.posted(f"/v1/tasks/{task['id']}/assignment", agency="education", reason="школа")

    assert (found.category, found.territory_code) == ("land", "talgar")
    assert (asked.category, asked.territory_code) == (None, None)
    assert (await row(office, tables.appeal, id=unclear)).category == "education"


async def test_of_a_protected_appeal_no_matter_is_left(office):
    """Its number stays, and nothing of what it was about (R-SEC-3)."""
    appeal_id = await office.register(f"{BRIBE} Участок в Талгаре, участок.")
    await office.posted(f"/v1/appeals/{appeal_id}/review", 202, reason="проверить")
    task = await office.task(appeal_id=str(appeal_id), question="review")
    await office.posted(f"/v1/tasks/{task['id']}/protection")
    left = await row(office, tables.appeal, id=appeal_id)

    assert (left.outcome, left.category, left.territory_code) == ("protected", None, None)


async def test_what_an_agency_says_first_is_dated(office):
    """Whoever answers has accepted; what it said before stays."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    await office.reply(order, ReplyKind.RECEIVED)
    untouched = await row(office, tables.referral)
    office.clock.advance(hours=1)
    await office.reply(order, ReplyKind.ACCEPTED)
    office.clock.advance(hours=1)
    await office.reply(order, ReplyKind.ANSWERED, text="ответ")
    answered = await row(office, tables.referral)

    assert (untouched.accepted_at, untouched.answered_at, untouched.declined_at) == (None, None, None)
    assert [(at - AT).seconds for at in (answered.accepted_at, answered.answered_at)] == [3600, 7200]
    assert answered.declined_at is None


async def test_a_decline_is_dated(office):
    """Also one that is disputed."""
    await office.register(LAND)
    order = await office.order()
    await office.reply(order, ReplyKind.ACCEPTED)
    office.clock.advance(hours=1)
    await office.reply(order, ReplyKind.DECLINED, reason="не наше")
    disputed = await row(office, tables.referral)

    assert (disputed.state, disputed.declined_at) == ("disputed", office.clock())


async def test_older_rows_are_filled_in(database_url, open_database):
    """By the first decision's record, and by the history."""
    database = await open_database(database_url, "router")
    await migrations.downgrade(database, to="0011")
    ids = {name: new_id() for name in ("appeal", "first", "then", "referral")}
    await _older(database, ids)
    await migrations.upgrade(database)
    async with database.reading() as tx:
        appeal = (await tx.execute(select(tables.appeal.c.category, tables.appeal.c.territory_code))).one()
        said = (await tx.execute(select(tables.referral.c["accepted_at", "answered_at", "declined_at"]))).one()

    assert tuple(appeal) == ("land", "talgar")
    assert tuple(said) == (AT, AT, None)


async def _older(database: Database, ids) -> None:
    """An answered referral as it was kept before."""
    record = {"candidates": [{"category": "land"}, {"category": "roads"}], "facts": {"territory": "talgar"}}
    about = {"appeal_id": ids["appeal"]}
    made = {**about, "made_at": AT, "rules": rules().version, "part_number": None}
    rows = {
        tables.appeal: [_some(tables.appeal, id=ids["appeal"])],
        tables.decision: [
            {**made, "id": ids["first"], "made_by": "rule", "record": record},
            {**made, "id": ids["then"], "made_by": "operator:a", "record": {"facts": {}}},
        ],
        tables.referral: [
            _some(tables.referral, **about, id=ids["referral"], decision_id=ids["then"], state="answered")
        ],
        tables.referral_event: [
            {"referral_id": ids["referral"], "kind": kind, "state": kind, "revision": 1, "at": AT, "by": "agency:a"}
            for kind in ("issued", "answered")
        ],
    }
    async with database.transaction() as tx:
        for table, values in rows.items():
            await tx.execute(insert(table), values)


LATER = {"attachments"}
"""Columns that came afterwards, and are no one's to fill in here."""
_PLAIN = {"DATE": date(2026, 11, 23), "INTEGER": 1, "BOOLEAN": False, "TEXT": "…", "JSON": [], "DATETIME": AT}


def _some(table, **given):
    """A row with something in each column that needed it then."""
    left = given.keys() | LATER
    needed = (c for c in table.c if not c.nullable and c.server_default is None and c.name not in left)
    return {c.name: _PLAIN.get(str(c.type).partition("(")[0], "x") for c in needed} | given
