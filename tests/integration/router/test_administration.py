"""The console's administration without a browser: what an administrator keeps, and how each act is noted."""

from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest

from services.chassis import clock
from services.router import operators, trail
from services.router.console.viewer import COOKIE
from services.router.operators import Role

HOME = "/administration"


class Browser:
    """A browser of somebody who is signed in: it fills in forms as their pages have them."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client, self.csrf = client, csrf

    async def sees(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    async def sends(self, path: str, status: int = 303, **form: Any) -> httpx.Response:
        answer = await self.client.post(path, data={"csrf": self.csrf, **form})
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture
async def signed_in(console, office) -> AsyncIterator[Any]:
    """Somebody with these roles, signed in."""
    transport = httpx.ASGITransport(app=console, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://console.example/console") as client:

        async def sign_in(*roles: Role, login: str = "aru") -> Browser:
            async with office.database.transaction() as tx:
                new = operators.NewOperator(login, "Ару", [*roles], "ru")
                account = await operators.add(tx, new, at=clock.now())
                secret = await operators.begin_session(tx, account, at=clock.now())
                session = await operators.session(tx, secret, at=clock.now())
            client.cookies.set(COOKIE, secret)
            return Browser(client, session.csrf)

        yield sign_in


async def acts(office) -> list[tuple[str, str, str]]:
    """Who did what to what, the newest first."""
    async with office.database.reading() as tx:
        assert await trail.verify(tx) is None
        rows = await trail.listed(tx, trail.Filters(), before=None, limit=20)
    return [(row.by, row.act, row.subject) for row in rows]


async def test_an_account_is_made_with_a_password_that_is_shown_once(office, signed_in):
    """It opens the console, and is on no page afterwards."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    form = {"login": "berik", "name": "Берик", "roles": ["viewer", "operator"], "language": "kk"}
    made = await administrator.sends(f"{HOME}/accounts/new", 200, **form)
    password = unescape(made.text).split("<dt>Пароль</dt><dd><code>")[1].split("<")[0]

    assert await operators.checked(office.database, "berik", password, at=clock.now())
    assert password not in await administrator.sees(f"{HOME}/accounts")
    assert await acts(office) == [("operator:aru", "operator.add", "berik")]


async def test_a_form_that_cannot_be_taken_comes_back_with_what_was_typed(signed_in):
    administrator = await signed_in(Role.ADMINISTRATOR)
    answer = await administrator.sends(f"{HOME}/accounts/new", 422, login="aru", name="Ару", roles="viewer")
    page = unescape(answer.text)
    assert "Такой логин уже есть" in page
    assert 'value="Ару"' in page
    answer = await administrator.sends(f"{HOME}/accounts/new", 422, login="dana", name="Дана")
    assert "Роли:" in unescape(answer.text)


async def test_nobody_locks_themselves_out(office, signed_in):
    administrator = await signed_in(Role.ADMINISTRATOR)
    (own,) = (await office.got("/v1/operators"))["items"]
    for form in ({"act": "disable"}, {"act": "change", "name": "Ару", "roles": "viewer"}):
        answer = await administrator.sends(f"{HOME}/accounts/{own['id']}", 422, **form)
        assert "другого администратора" in answer.text
    await administrator.sends(f"{HOME}/accounts/{own['id']}", act="change", name="Ару А.", roles="administrator")
    assert await acts(office) == [("operator:aru", "operator.change", own["id"])]


async def test_who_may_not_administer_is_told_so(signed_in):
    viewer = await signed_in(Role.VIEWER)
    assert "нет права" in await viewer.sees(f"{HOME}/accounts", 403)
    await viewer.sends(f"{HOME}/accounts/new", 403, login="x", name="X", roles="viewer")


async def test_the_trail_is_read_over_http_by_day_and_actor(office):
    """Only with the auditor's scope."""
    made = await office.posted("/v1/keys", 201, owner="portal", scopes=["referrals:read"])
    found = await office.got("/v1/trail", by="admin", act="key", since="2020-01-01")
    assert [(one["act"], one["subject"]) for one in found["items"]] == [("key.make", made["id"])]
    assert (await office.got("/v1/trail", until="2020-01-01"))["items"] == []
    assert await office.got("/v1/trail/check") == {"whole": True, "broken_at": None, "entries": 1}
    headers = {"authorization": f"Bearer {made['key']}"}
    assert (await office.api.get("/v1/trail", headers=headers)).status_code == 403


async def test_a_rotated_key_is_good_for_the_overlap_and_no_longer(office):
    """A key that has leaked is rotated without one; the new one may do what the old one might."""
    old = await office.posted("/v1/keys", 201, owner="portal", scopes=["referrals:read"])
    new = await office.posted(f"/v1/keys/{old['id']}/rotate", 201, overlap_hours=24)
    for key in (old, new):
        answer = await office.api.get("/v1/counts", headers={"authorization": f"Bearer {key['key']}"})
        assert answer.status_code == 200
    newest = await office.posted(f"/v1/keys/{new['id']}/rotate", 201, overlap_hours=0)
    assert (await office.api.post(f"/v1/keys/{new['id']}/rotate")).status_code == 404
    shown = {one["id"]: one for one in (await office.got("/v1/keys"))["items"]}
    assert shown[old["id"]]["expires_at"] > shown[new["id"]]["expires_at"]
    assert shown[newest["id"]]["expires_at"] is None
    assert [act for _, act, _ in await acts(office)] == ["key.rotate", "key.rotate", "key.make"]
