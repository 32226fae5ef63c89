"""Looking for appeals and referrals among many, on both databases."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from services.contracts.appeals import Applicant
from services.contracts.calendar import ALMATY
from services.contracts.referrals import ReplyKind
from services.router import forgetting, search, tables
from services.router.search import Order, Place, Wanted
from services.router.stems import asked, asked_name
from services.router.wording import Wording
from tests.integration.router.parts import BRIBE, GREETING, KINDERGARTEN, LAND

NUMBER = Order("number")
WHY = "так решил специалист"


async def numbers(office, wanted=Wanted(), order=NUMBER, what=search.appeals):
    """Registration numbers of what is found."""
    await Wording(office.database).look()
    async with office.database.reading() as tx:
        return [row.registration_number for row in await what(tx, wanted, order, limit=100)]


async def register(office, *texts):
    """Appeals with these texts, numbered А, Б, В …, an hour apart; their ids."""
    ids = []
    for letter, text in zip("АБВГДЕЖ", texts, strict=False):
        ids.append(await office.register(text, registration_number=letter))
        office.clock.advance(hours=1)
    return ids


async def test_appeals_are_found_by_words_in_any_form(office):
    """All words of a query, in Kazakh and Russian, whatever their endings and letters."""
    texts = ("Нужны учителя в школу.", "Школьная площадка: школы закрыты.", "Мектептің жолы бұзылған.")
    await register(office, *texts)
    queries = {
        "школа": ["А", "Б"],
        "в школе нужны": ["А"],
        "МЕКТЕП": ["В"],
        "мектебі": ["В"],
        "мектепке жол": ["В"],
        "участок": [],
    }

    assert {query: await numbers(office, Wanted(words=asked(query))) for query in queries} == queries


async def test_appeals_are_narrowed(office):
    """By each filter alone, and by two together."""
    await office.register(KINDERGARTEN, registration_number="А")
    await office.reply(await office.order(), ReplyKind.ACCEPTED)
    await office.register(LAND, registration_number="Б")
    await office.register(GREETING, registration_number="В")
    talgar = {"territory": "Талгар", "channel": "post", "language": "kk"}
    await office.register("Нужен детский сад в городе.", registration_number="Г", **talgar)
    narrowed = [
        (Wanted(), "АБВГ"),
        (Wanted(number="Б"), "Б"),
        (Wanted(agency="education"), "А"),
        (Wanted(state="accepted"), "А"),
        (Wanted(agency="land-relations", state="accepted"), ""),
        (Wanted(outcome="in_review"), "В"),
        (Wanted(category="land"), "Б"),
        (Wanted(territory_code="talgar"), "Г"),
        (Wanted(channel="post"), "Г"),
        (Wanted(kind="complaint"), ""),
        (Wanted(language="kk"), "Г"),
        (Wanted(waiting=True), "В"),
        (Wanted(sealed=True), ""),
    ]

    assert [(wanted, "".join(await numbers(office, wanted))) for wanted, _ in narrowed] == narrowed


async def test_days_of_registration_narrow_and_both_belong_to_it(office):
    """What arrives on a day off is registered on the next working day, and found there."""
    saturday = date(2026, 11, 28)
    await register(office, KINDERGARTEN)
    office.clock.at = datetime.combine(saturday, time(12), ALMATY)
    await office.register(LAND, registration_number="Б", registered_on=date(2026, 11, 30))

    assert await numbers(office, Wanted(since=saturday)) == ["Б"]
    assert await numbers(office, Wanted(until=saturday)) == ["А"]
    assert await numbers(office, Wanted(since=date(2026, 11, 23), until=date(2026, 11, 30))) == ["А", "Б"]


async def test_referrals_are_narrowed_by_where_they_stand(office):
    """By day due, by whether an agency has them, by when they were answered; an appeal by a person's hand."""
    await register(office, KINDERGARTEN, LAND, GREETING)
    await office.reply((await office.said())[0][1], ReplyKind.ANSWERED, text="Место дали.")
    async with office.database.reading() as tx:
        due = (await search.referrals(tx, Wanted(), Order("due"), limit=1))[0].due_on
    wanted = [
        (Wanted(held=True), "Б"),
        (Wanted(is_open=True), "Б"),
        (Wanted(due_since=due, due_until=due), "АБ"),
        (Wanted(due_until=due - timedelta(days=1)), ""),
        (Wanted(answered_since=office.clock() - timedelta(minutes=1)), "А"),
        (Wanted(answered_since=office.clock() + timedelta(minutes=1)), ""),
    ]

    order = Order("created")
    assert [(one, "".join(await numbers(office, one, order, search.referrals))) for one, _ in wanted] == wanted
    assert await numbers(office, Wanted(by_person=True)) == ["В"]
    assert await numbers(office, Wanted(by_person=False)) == ["А", "Б"]


async def test_what_persons_settled_is_found_by_when(office):
    """And not what was overtaken by events, as a withdrawal is."""
    await register(office, GREETING, GREETING, LAND)
    await office.withdraw(await office.register(GREETING, registration_number="Г"))
    task = await office.task(registration_number="А")
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason="наше")

    assert await numbers(office, Wanted(settled_since=office.clock() - timedelta(minutes=1))) == ["А"]
    assert await numbers(office, Wanted(settled_since=office.clock() + timedelta(minutes=1))) == []


async def test_r_sec_1_only_sealed_and_something_veiled_finds_nothing(office):
    """Not the others instead: whoever asks for sealed ones is shown no unsealed ones."""
    await office.register(KINDERGARTEN, registration_number="А")
    await office.register(BRIBE, registration_number="Б")
    wanted = Wanted(sealed=True, channel="call_centre")

    assert await numbers(office, wanted.for_reader(reads_sealed=False)) == []
    assert await numbers(office, wanted.for_reader(reads_sealed=True)) == ["Б"]


async def test_what_is_overdue_is_found_by_its_referral_or_its_task(office):
    """A day that has passed, of an open one."""
    await register(office, KINDERGARTEN, GREETING)
    day = office.clock().date()

    assert await numbers(office, Wanted(overdue_by=day)) == []
    assert await numbers(office, Wanted(overdue_by=day + timedelta(days=60))) == ["А", "Б"]
    assert await numbers(office, Wanted(overdue_by=day + timedelta(days=60)), Order("due"), search.referrals) == ["А"]


@pytest.mark.parametrize(
    ("what", "orders"),
    [
        pytest.param(search.appeals, search.APPEAL_ORDERS, id="appeals"),
        pytest.param(search.referrals, search.REFERRAL_ORDERS, id="referrals"),
    ],
)
async def test_pages_hold_everything_once_in_every_order(office, what, orders):
    """Each page begins behind the last item of the one before, forward and backward."""
    await register(office, *[KINDERGARTEN] * 5)
    for order in (Order(name, descending) for name in orders for descending in (False, True)):
        after, seen = None, []
        while rows := await page(office, what, order, after):
            seen += [(getattr(row, orders[order.name].name), row.id) for row in rows]
            after = Place(*seen[-1])

        assert len(seen) == 5
        assert seen == sorted(set(seen), reverse=order.descending)


async def page(office, what, order, after):
    async with office.database.reading() as tx:
        return await what(tx, Wanted(), order, after=after, limit=2)


async def test_counting_ends_where_nobody_wants_to_know_more(office):
    """Up to a number it is exact."""
    await register(office, *[KINDERGARTEN] * 3)
    async with office.database.reading() as tx:
        assert await search.appeals_counted(tx, Wanted(), most=10) == 3
        assert await search.appeals_counted(tx, Wanted(), most=2) == 2
        assert await search.referrals_counted(tx, Wanted(agency="education"), most=10) == 3
        assert await search.referrals_counted(tx, Wanted(agency="akimat"), most=10) == 0


async def test_beside_appeals_stands_who_has_them_and_who_waits(office):
    """In two questions for a whole page."""
    kindergarten, greeting = await register(office, KINDERGARTEN, GREETING)
    async with office.database.reading() as tx:
        agencies = await search.agencies_of(tx, [kindergarten, greeting])
        waiting = await search.waiting_of(tx, [kindergarten, greeting])

    assert {i: [(row.agency, row.state) for row in rows] for i, rows in agencies.items()} == {
        kindergarten: [("education", "issued")],
        greeting: [],
    }
    assert {i: row.question for i, row in waiting.items()} == {greeting: "nothing_found"}


async def test_an_applicant_is_found_by_name_and_not_by_the_search_for_words(office):
    """In any form of the name; one who gave none is found by none."""
    await office.register(LAND, registration_number="А", applicant=Applicant(name="Канарейкин Тест"))
    nobody = Applicant(name="Канарейкин Без Имени")
    await office.register(LAND, registration_number="Б", applicant=nobody, anonymous=True)

    assert await numbers(office, Wanted(words=asked_name("канарейкину"))) == ["А"]
    assert await numbers(office, Wanted(words=asked("канарейкин"))) == []


async def test_r_sec_1_a_sealed_appeal_is_found_by_nothing_that_is_veiled(office):
    """Its words are not kept to be searched; what is not veiled still finds it."""
    appeal_id = await office.register(BRIBE, registration_number="А", territory="Талгар", channel="post")

    assert await numbers(office, Wanted(words=asked("взятка"))) == []
    assert await kept(office, appeal_id) == 0
    for veiled in (Wanted(channel="post"), Wanted(territory_code="talgar")):
        assert await numbers(office, veiled.for_reader(reads_sealed=False)) == []
        assert await numbers(office, veiled.for_reader(reads_sealed=True)) == ["А"]
    assert await numbers(office, Wanted(outcome="retained").for_reader(reads_sealed=False)) == ["А"]


async def test_r_sec_1_an_appeal_that_is_sealed_later_is_not_found_any_more(office):
    """Its words are taken out again; when it is unsealed they are taken in."""
    appeal_id = await office.register(GREETING, registration_number="А")
    assert await numbers(office, Wanted(words=asked("добрый"))) == ["А"]
    task = await office.task()
    await office.posted(f"/v1/tasks/{task['id']}/retention", reason=WHY)
    assert await numbers(office, Wanted(words=asked("добрый"))) == []

    assert await kept(office, appeal_id) == 0


async def test_r_sec_3_of_a_forgotten_appeal_no_key_is_left(office):
    """At once, in the transaction that forgets it."""
    appeal_id = await office.register(KINDERGARTEN, registration_number="А", applicant=Applicant(name="Канарейкин"))
    await numbers(office)
    before = await kept(office, appeal_id)
    async with office.database.transaction() as tx:
        await forgetting.forget(tx, appeal_id)

    assert before > 0
    assert await kept(office, appeal_id) == 0


async def kept(office, appeal_id):
    """How many keys are kept of an appeal."""
    its = select(func.count()).where(tables.appeal_word.c.appeal_id == appeal_id)
    async with office.database.reading() as tx:
        return (await tx.execute(its)).scalar_one()
