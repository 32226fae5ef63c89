"""Replay: what an agency has been sent is sent again on request, marked, bounded, and safe to take twice."""

from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from services.router.forgetting import forget
from tests.integration.router.parts import KINDERGARTEN, LAND

SINCE = "2026-11-23T06:00:00+00:00"


async def orders(office) -> list[tuple[str, str, bool]]:
    """What has been said to agencies: type, referral, whether it is marked as a replay."""
    said = await office.said()
    return [
        (kind, data["referral_id"], data["replayed_at"] is not None)
        for kind, data in said
        if "issued_at" in data or "recalled_at" in data
    ]


async def replay(office, status: int = 200, agency: str = "education", **body):
    return await office.posted(f"/v1/agencies/{agency}/replay", status, **body)


async def test_everything_since_a_moment_is_sent_again_in_batches(office):
    """The oldest first, each once, marked; what came before the moment stays where it is."""
    await office.register(KINDERGARTEN)
    office.clock.advance(hours=1)
    ids = []
    for _ in range(3):
        await office.register(KINDERGARTEN)
        ids.append((await office.order())["referral_id"])
        office.clock.advance(minutes=1)
    await office.register(LAND)
    await office.said()
    since = "2026-11-23T07:30:00Z"
    first = await replay(office, since=since, limit=2)
    second = await replay(office, since=since, limit=2, cursor=first["next_cursor"])

    assert (first["sent"], second["sent"], second["next_cursor"]) == (2, 1, None)
    assert await orders(office) == [("referral.issued.v1", one, True) for one in ids]


async def test_same_instant_is_no_gap_between_batches(office):
    """Referrals issued at one moment are told apart by their ids."""
    for _ in range(3):
        await office.register(KINDERGARTEN)
    ids = {one for _, one, _ in await orders(office)}
    cursor, sent = {}, set()
    for _ in range(3):
        answer = await replay(office, since=SINCE, limit=1, until="2026-11-23T07:00:01Z", **cursor)
        cursor = {"cursor": answer["next_cursor"]}
        sent |= {one for _, one, _ in await orders(office)}

    assert sent == ids
    assert cursor == {"cursor": None}


async def test_replay_says_what_the_agency_was_told_last(office):
    """An accepted referral as it was issued, a recalled one as a recall, a declined one not at all."""
    orders_ = []
    for _ in range(3):
        await office.register(KINDERGARTEN)
        orders_.append(await office.order())
    accepted, recalled, declined = orders_
    office.clock.advance(hours=2)
    await office.reply(accepted, ReplyKind.ACCEPTED)
    await office.posted(f"/v1/referrals/{recalled['referral_id']}/recall", reason="by mistake")
    await office.reply(declined, ReplyKind.DECLINED, reason="not ours")
    await office.said()
    answer = await replay(office, since=SINCE)
    said = dict(await office.said())

    assert (answer["sent"], answer["recalled"]) == (1, 1)
    assert said["referral.issued.v1"] == {**accepted, "replayed_at": said["referral.issued.v1"]["replayed_at"]}
    assert said["referral.recalled.v1"]["reason"] == "by mistake"
    found = await office.referral(accepted)
    assert (found["state"], found["timeline"][-1]["kind"]) == ("accepted", "replayed")


async def test_what_was_forgotten_is_not_sent_again(office):
    """Of an appeal that moved to a protected channel nothing is left to send; the others of the batch go."""
    kept, forgotten = [await office.register(KINDERGARTEN) for _ in range(2)]
    async with office.database.transaction() as tx:
        await forget(tx, forgotten)
    await office.said()
    office.clock.advance(minutes=1)
    answer = await replay(office, since=SINCE)

    assert answer["sent"] == 1
    assert [data["appeal_id"] for _, data in await office.said()] == [str(kept)]


async def test_replies_to_a_replay_change_nothing(office):
    """An agency that takes it twice says the same again, or under a new id: the state stays."""
    await office.register(KINDERGARTEN)
    order, event = await office.order(), new_id()
    await office.reply(order, ReplyKind.RECEIVED, ids=[event])
    await replay(office, referral_ids=[order["referral_id"]])
    await office.reply(order, ReplyKind.RECEIVED, ids=[event])
    before = await office.referral(order)
    await office.reply(order, ReplyKind.RECEIVED)
    after = await office.referral(order)

    assert (
        (before["state"], before["revision"]) == (after["state"], after["revision"]) == ("received", before["revision"])
    )
    assert (await office.got("/v1/tasks"))["items"] == []


async def test_only_the_agencys_own_are_sent_to_it(office):
    """A referral of another agency, an unknown one, or one it has declined: nothing at all is sent."""
    await office.register(KINDERGARTEN)
    order = await office.order()
    mine = order["referral_id"]
    await office.register(LAND)
    others = (await office.order())["referral_id"]
    for ids in ([mine, others], [mine, str(new_id())]):
        await replay(office, 404, referral_ids=ids)
    await office.reply(order, ReplyKind.DECLINED, reason="not ours")
    await office.said()
    await replay(office, 409, referral_ids=[mine])

    assert await office.said() == []


async def test_asked_wrongly_it_says_what_to_give(office):
    """Neither or both of moment and list; a cursor of something else; an agency without a queue, or none."""
    neither = await replay(office, 422)
    both = await replay(office, 422, since=SINCE, referral_ids=[str(new_id())])
    cursor = await replay(office, 422, since=SINCE, cursor="x")
    unknown = await replay(office, 404, agency="nobody", since=SINCE)

    assert neither["code"] == both["code"] == "since_or_referrals"
    assert (cursor["code"], unknown["code"]) == ("cursor_invalid", "agency_unknown")
