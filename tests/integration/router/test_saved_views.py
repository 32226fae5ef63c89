"""Saved views: whose they are, and who finds them, on both databases."""

from datetime import UTC, datetime

import pytest

from services.chassis.errors import Conflict, NotFound
from services.chassis.ids import new_id
from services.router import saved_views

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url, open_database):
    return await open_database(database_url, "router")


def view(owner="aliya", name="менікі", **changes):
    given = {"area": "appeals", "query": "outcome=in_review", "shared": False, "at": AT, **changes}
    return saved_views.view_of(id=new_id(), owner=owner, name=name, **given)


async def saved(database, *views):
    async with database.transaction() as tx:
        for one in views:
            await saved_views.save(tx, one)


async def names(database, owner, area="appeals"):
    async with database.reading() as tx:
        return [(row.owner, row.name, row.query) for row in await saved_views.listed(tx, owner, area)]


async def test_a_view_is_its_owners_unless_it_is_shared(database):
    """Of another area it is in neither list."""
    await saved(database, view(), view(name="all", shared=True), view(name="other", area="referrals"))

    assert [name for _, name, _ in await names(database, "aliya")] == ["all", "менікі"]
    assert [name for _, name, _ in await names(database, "berik")] == ["all"]


async def test_saving_under_the_same_name_takes_the_place_of_the_older_one(database):
    """And leaves another person's of that name alone."""
    await saved(database, view(), view(owner="berik", shared=True), view(query="kind=complaint"))

    assert await names(database, "aliya") == [
        ("aliya", "менікі", "kind=complaint"),
        ("berik", "менікі", "outcome=in_review"),
    ]


async def test_only_its_owner_removes_a_view(database):
    """Whoever else asks is told that there is none."""
    one = view(shared=True)
    await saved(database, one)
    async with database.transaction() as tx:
        with pytest.raises(NotFound, match="view_not_found"):
            await saved_views.remove(tx, one["id"], "berik")
        assert await saved_views.remove(tx, one["id"], "aliya") == "appeals"

    assert await names(database, "berik") == []


async def test_nobody_keeps_views_without_end(database, monkeypatch):
    """An older one can still be replaced."""
    monkeypatch.setattr(saved_views, "AT_MOST", 2)
    await saved(database, view(name="1"), view(name="2"), view(name="2"))

    with pytest.raises(Conflict, match="too_many_views"):
        await saved(database, view(name="3"))
