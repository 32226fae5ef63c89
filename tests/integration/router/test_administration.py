"""The console's administration without a browser: what an administrator keeps, and how each act is noted."""

import re
from collections.abc import AsyncIterator
from html import unescape
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.chassis import clock, parked
from services.chassis.ids import new_id
from services.router import operators, trail
from services.router.console.administration import directory
from services.router.console.administration.parked_pages import PAGE as PARKED_PAGE
from services.router.console.peers import PeerAway, Peers, Said
from services.router.console.viewer import COOKIE
from services.router.operators import Role
from tests.integration.router.parts import LAND

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


class _Fields(HTMLParser):
    """Gathers what a browser would send of a page's largest form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._select = self._text = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") in {"checkbox", "radio"}:
            if "checked" in given:
                self.found.setdefault(given["name"], []).append(given["value"])
        elif tag == "input" and given.get("name"):
            self.found[given["name"]] = [given.get("value", "")]
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.found):
            self.found[self._select] = [given["value"]]
        elif tag == "textarea":
            self._text = given["name"]
            self.found[self._text] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text:
            self.found[self._text][0] += data


def inputs(page: str) -> dict[str, Any]:
    """The fields of a page as they are filled in, as a browser would send them."""
    fields = _Fields()
    fields.feed(page)
    dropped = {"csrf", "next"}
    return {
        name: values if len(values) > 1 else values[0] for name, values in fields.found.items() if name not in dropped
    }


async def acts(office) -> list[tuple[str, str, str]]:
    """Who did what to what, the newest first."""
    async with office.database.reading() as tx:
        assert (await trail.verify(tx)).broken_at is None
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
    assert "Роли: Отметьте хотя бы одно." in unescape(answer.text)


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
    assert await office.got("/v1/trail/check") == {
        "whole": True,
        "broken_at": None,
        "entries": 1,
        "checked": 1,
        "next_cursor": None,
    }
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


async def test_an_agency_is_changed_after_its_consequences_were_shown(office, signed_in):
    """The plan changes nothing; with a reason it is in force, and noted."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    path = f"{HOME}/directory/akimat"
    assert "Акимат области" in await administrator.sees(path)
    form = inputs(await administrator.sees(f"{path}/edit"))
    form["contacts_phone"] = "+7 700 111 22 33"
    plan = unescape((await administrator.sends(f"{path}/edit", 200, act="plan", **form)).text)
    assert "+7 700 111 22 33" in plan.split('class="diff"')[1].split("</pre>")[0]
    assert "+7 700 111 22 33" not in await administrator.sees(path)
    answer = await administrator.sends(f"{path}/edit", 422, act="apply", **form)
    assert "Причина: Обязательное поле" in unescape(answer.text)

    await administrator.sends(f"{path}/edit", act="apply", reason="сменился телефон", **form)
    assert "+7 700 111 22 33" in await administrator.sees(path)
    assert await acts(office) == [("operator:aru", "agency.amend", "akimat")]


async def test_closing_an_agency_tells_what_nobody_would_answer_for(office, signed_in):
    administrator = await signed_in(Role.ADMINISTRATOR)
    path = f"{HOME}/directory/education/close"
    form = {"on": "2026-12-01", "reason": "реорганизация"}
    plan = unescape((await administrator.sends(path, 200, act="plan", **form)).text)
    assert "больше никто не будет отвечать" in plan
    await administrator.sends(path, act="apply", successor="akimat", **form)
    assert "30.11.2026" in await administrator.sees(f"{HOME}/directory/education")
    assert await acts(office) == [("operator:aru", "agency.close", "education")]


async def test_an_agency_is_added_and_a_mistake_is_told_by_its_field(signed_in):
    administrator = await signed_in(Role.ADMINISTRATOR)
    form = inputs(await administrator.sees(f"{HOME}/directory/new"))
    form |= {"code": "libraries", "name_kk": "К", "name_ru": "Библиотеки", "name_en": "L", "source": "приказ № 1"}
    answer = await administrator.sends(f"{HOME}/directory/new", 422, act="plan", **{**form, "code": "Не код"})
    assert "Не код" in unescape(answer.text)
    await administrator.sends(f"{HOME}/directory/new", act="apply", reason="новый орган", **form)
    assert "Библиотеки" in await administrator.sees(f"{HOME}/directory?on={form['on']}&q=библиотеки")


async def test_a_directory_with_mistakes_is_refused_by_their_lines(signed_in):
    administrator = await signed_in(Role.ADMINISTRATOR)
    text = inputs(await administrator.sees(f"{HOME}/directory/file"))["directory"]
    wrong = text.replace("level: oblast", "level: nowhere", 1)
    answer = await administrator.sends(f"{HOME}/directory/file", 422, act="plan", directory=wrong)
    assert "level" in unescape(answer.text).split('id="faults"')[1].split("</div>")[0]


async def test_a_viewer_reads_the_directory_and_changes_nothing(signed_in):
    viewer = await signed_in(Role.VIEWER)
    assert "/edit" not in await viewer.sees(f"{HOME}/directory/akimat")
    await viewer.sees(f"{HOME}/directory/akimat/edit", 403)


async def test_a_day_is_moved_after_what_it_would_move_was_shown(office, signed_in):
    """The plan names the referral whose day due would differ; the act is put in force and taken away again."""
    await office.register(LAND)
    administrator = await signed_in(Role.ADMINISTRATOR)
    path, form = f"{HOME}/calendar/2026-11-28", {"kind": "working", "source": "Постановление № 7"}
    plan = unescape((await administrator.sends(path, 200, act="plan", **form)).text)
    assert "были бы другими: 1" in plan
    assert "11.12.2026" in plan
    await administrator.sends(path, act="apply", **form)
    assert "Постановление № 7" in await administrator.sees(f"{HOME}/calendar?year=2026")
    assert (await administrator.sends(path, 422, act="apply", kind="off", source="")).status_code == 422
    await administrator.sends(path, act="apply", change="remove", kind="off", source="акт отменён")
    assert "Постановление № 7" not in await administrator.sees(f"{HOME}/calendar?year=2026")
    subject = "2026-11-28"
    assert await acts(office) == [
        ("operator:aru", "calendar.unset", subject),
        ("operator:aru", "calendar.set", subject),
    ]
    await administrator.sees(f"{HOME}/calendar/1890-01-01", 404)


async def test_rules_are_proposed_tried_and_put_in_force(office, signed_in):
    """A set changes nothing before it is activated; then its version is in force, with the reason."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    path = f"{HOME}/rules"
    text = inputs(await administrator.sees(f"{path}/new"))["lexicon"]
    wrong = text.replace("topics:", "topics: [", 1)
    assert (await administrator.sends(f"{path}/new", 422, lexicon=wrong, note="опечатка")).status_code == 422
    more = text.replace("школ*", "школ*\n\n        лицей*", 1)
    assert more != text
    made = await administrator.sends(f"{path}/new", lexicon=more, note="лицеи")
    proposed = made.headers["location"].split("?")[0].removeprefix("/console")
    version = proposed.rsplit("/", 1)[1]
    assert "лицей" in (await administrator.sees(proposed)).split('class="diff"')[1]

    tried = await administrator.sends(
        f"{path}/try", 200, text="Прошу построить лицей.", kind="application", version=version
    )
    in_force, beside = unescape(tried.text).split('id="results"')[1].split("</section>")[:2]
    assert "лицей" not in in_force
    assert "лицей" in beside

    assert (await administrator.sends(proposed, 422)).status_code == 422
    await administrator.sends(f"{path}/shadow", act="begin", version=version, reason="на пробу")
    assert "идёт проверка в тени" in await administrator.sees(f"{path}/shadow")
    await administrator.sends(f"{path}/shadow", act="end", reason="хватит")
    await administrator.sends(proposed, reason="лицеи — это школы")
    assert "лицеи — это школы" in await administrator.sees(f"{path}/history")
    assert [(act, subject) for _, act, subject in await acts(office)] == [
        ("rules.activate", version),
        ("shadow.end", version),
        ("shadow.begin", version),
        ("rules.propose", version),
    ]


async def test_a_set_is_tried_on_past_appeals_and_tells_only_numbers(office, signed_in):
    await office.register(LAND)
    await office.posted("/v1/rules", 201, directory=office.router.book.shipped.directory + "\n", note="то же")
    (kept,) = (await office.got("/v1/rules"))["items"]
    administrator = await signed_in(Role.ADMINISTRATOR)
    answer = await administrator.sends(f"{HOME}/rules/{kept['version']}/trial", 200, limit="100")
    page = unescape(answer.text)
    assert '<span class="figure-number">1</span> <span class="figure-words">проверено' in page
    assert "участок" not in page


async def test_wrong_days_of_a_trial_are_told_of_their_fields(office, signed_in):
    """The wrong way round, none that are days, none that the calendar knows; over HTTP they are refused too."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    version = office.router.book.shipped.version
    for days, fault in (
        ({"since": "2026-11-20", "until": "2026-11-19"}, ("until", "По какой день: Период заканчивается раньше")),
        ({"since": "2100-01-01"}, ("since", "С какого дня: Период заканчивается раньше")),
        ({"since": "2026-02-30"}, ("since", "С какого дня: Значение неверного вида.")),
        ({"until": "вчера"}, ("until", "По какой день: Значение неверного вида.")),
        ({"since": "9999-12-31"}, ("since", "С какого дня: Значение вне допустимых пределов.")),
        ({"until": "9999-12-31"}, ("until", "По какой день: Значение вне допустимых пределов.")),
    ):
        page = unescape((await administrator.sends(f"{HOME}/rules/{version}/trial", 422, **days)).text)

        assert f'<a href="#{fault[0]}">{fault[1]}' in page, days
        assert all(f'value="{day}"' in page for day in days.values())
    answer = await office.api.post("/v1/rules/trial", json={"since": "2026-11-20", "until": "2026-11-19"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/until")


async def park(office, body: bytes, detail: str = "data.kind") -> UUID:
    """A message that the router could not read."""
    async with office.database.transaction() as tx:
        told = {"message_id": new_id(), "type": "kz.joldau.referral.reply.v1", "exchange": "", "routing_key": ""}
        parcel = parked.Parcel(
            queue="router.replies", correlation_id=None, headers={}, body=body, reason="x", detail=detail, **told
        )
        return await parked.park(tx, parcel, at=clock.now())


REPLY = '{"data": {"kind": "?", "applicant": {"name": "Сынақбаев"}, "note": "звоните +7 701 123 45 67"}}'.encode()


async def test_a_parked_message_is_masked_repaired_and_put_back(office, signed_in):
    """Personal data show only to a sealed-case officer with a reason, and that they looked is noted."""
    operator, parked_id = await signed_in(Role.OPERATOR), await park(office, REPLY)
    path = f"{HOME}/parked/router/{parked_id}"
    assert "router.replies" in await operator.sees(f"{HOME}/parked")
    page = await operator.sees(path)
    assert "Сынақбаев" not in page
    assert "701 123" not in page
    await operator.sends(path, 403, act="reveal", reason="разбираюсь")
    assert (await operator.sends(path, 422, act="discard")).status_code == 422
    wrong = await operator.sends(path, 422, act="redrive", pointer_0="/nowhere/kind", value_0="accepted")
    assert "нет такого места" in unescape(wrong.text)
    await operator.sends(path, act="redrive", pointer_0="/data/kind", value_0="accepted")

    officer, other = await signed_in(Role.SEALED_OFFICER, login="sayle"), await park(office, REPLY)
    shown = await officer.sends(f"{HOME}/parked/router/{other}", 200, act="reveal", reason="разбираюсь")
    assert "Сынақбаев" in unescape(shown.text)
    assert [(by, act) for by, act, _ in await acts(office)] == [
        ("operator:sayle", "parked.reveal"),
        ("operator:aru", "parked.redrive"),
    ]


async def test_many_parked_messages_are_settled_at_once(office, signed_in):
    """What another has settled meanwhile is counted as failed."""
    operator = await signed_in(Role.OPERATOR)
    ids = [await park(office, REPLY) for _ in range(3)]
    async with office.database.transaction() as tx:
        await parked.discard(tx, ids[0], by="another", at=clock.now(), because="не нужно")
    chosen = [f"router/{one}" for one in ids]
    assert (await operator.sends(f"{HOME}/parked", 422, act="redrive")).status_code == 422
    assert (await operator.sends(f"{HOME}/parked", 422, act="discard", message=chosen)).status_code == 422
    done = await operator.sends(f"{HOME}/parked", act="redrive", message=chosen)
    assert "Сделано: 2. Не получилось: 1." in await operator.sees(done.headers["location"].removeprefix("/console"))


async def test_a_key_is_made_rotated_and_revoked_and_its_secret_shown_once(office, signed_in):
    """The peers are away, and the page says so and shows the router's."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    page = await administrator.sees(f"{HOME}/keys")
    assert "intake сейчас не отвечает" in page
    answer = await administrator.sends(f"{HOME}/keys/router/new", 422, owner="portal")
    assert "Права:" in unescape(answer.text)
    form = {"owner": "portal", "scopes": "referrals:read", "agency": "education", "expires": "2099-12-31"}
    made = await administrator.sends(f"{HOME}/keys/router/new", 200, **form)
    secret = unescape(made.text).split("<dt>Ключ</dt><dd><code>")[1].split("<")[0]
    answer = await office.api.get("/v1/counts", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    (key,) = (await office.got("/v1/keys"))["items"]
    assert key["scopes"] == ["agency:education", "referrals:read"]
    path = f"{HOME}/keys/router/{key['id']}"
    assert secret not in await administrator.sees(path)
    assert "jld_" in (await administrator.sends(path, 200, act="rotate", overlap="24", owner="portal")).text
    await administrator.sends(path, act="revoke")
    assert "отозван" in await administrator.sees(f"{HOME}/keys")
    assert [act for _, act, _ in await acts(office)] == ["key.revoke", "key.rotate", "key.make"]


async def test_nobody_hands_out_what_they_may_not_do(office, signed_in):
    """Not by making a key, nor by being shown a new secret of one that the command line made; revoking is for all."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    made = await office.posted("/v1/keys", 201, owner="desk-script", scopes=["referrals:operate"])
    path = f"{HOME}/keys/router/{made['id']}"
    form = await administrator.sees(f"{HOME}/keys/router/new")
    beyond = ("referrals:operate", "referrals:arbitrate", "referrals:sealed", "audit:read")
    assert 'value="rules:write"' in form
    assert not [scope for scope in beyond if f'value="{scope}"' in form]
    for scope in beyond:
        answer = await administrator.sends(f"{HOME}/keys/router/new", 422, owner="portal", scopes=scope)
        assert "здесь не дают" in answer.text
    answer = await administrator.sends(f"{HOME}/keys/intake/new", 422, owner="portal", scopes="appeals:read-all")
    assert "здесь не дают" in answer.text
    assert 'value="rotate"' not in await administrator.sees(path)
    await administrator.sends(path, 422, act="rotate", overlap="24")
    assert len((await office.got("/v1/keys"))["items"]) == 1
    await administrator.sends(path, act="revoke")
    auditor = await signed_in(Role.ADMINISTRATOR, Role.AUDITOR, login="dana")
    assert 'value="audit:read"' in await auditor.sees(f"{HOME}/keys/router/new")


async def test_an_edit_takes_back_nothing_that_another_has_changed_since(office, signed_in):
    """Of a form that was opened before: it says so, shows what it would change now, and is done when said again."""
    editor = await signed_in(Role.ADMINISTRATOR)
    path = f"{HOME}/directory/akimat/edit"
    page = inputs(await editor.sees(path))
    first = page | {"contacts_phone": "+77010000001", "reason": "новый телефон", "act": "apply"}
    second = page | {"contacts_email": "akimat@example.kz", "reason": "новый адрес", "act": "apply"}
    await editor.sends(path, **first)
    refused = await editor.sends(path, 422, **second)
    told = unescape(refused.text)
    await editor.sends(path, **inputs(told), act="apply")

    assert "другой набор правил" in told
    assert "+77010000001" in told.split('id="plan"')[1]


async def test_a_service_that_is_away_is_not_asked_for_each_of_many(signed_in, monkeypatch):
    """Nobody waits fifty times for it; all of them are told not to have been done."""
    operator, asked = await signed_in(Role.OPERATOR), []

    async def nobody(_peers: Peers, name: str, *_: Any) -> Said:
        asked.append(name)
        raise PeerAway(name)

    monkeypatch.setattr(Peers, "ask", nobody)
    chosen = [f"{service}/{new_id()}" for service in ("intake", "notifier") for _ in range(5)]
    answer = await operator.sends(f"{HOME}/parked", act="redrive", message=chosen)

    assert sorted(asked) == ["intake", "notifier"]
    assert answer.headers["location"].endswith("n=0&failed=10")


async def test_more_parked_messages_than_a_page_holds_have_a_next_page(office, signed_in):
    """None is shown twice, and none left out."""
    operator, seen = await signed_in(Role.OPERATOR), []
    ids = {str(await park(office, REPLY + b" " * n)) for n in range(PARKED_PAGE + 3)}
    page = await operator.sees(f"{HOME}/parked")
    seen += re.findall(r"parked/router/([0-9a-f-]{36})\"", page)
    following = re.search(r'rel="next" href="([^"]*)"', page)[1].removeprefix("/console")
    page = await operator.sees(following)
    seen += re.findall(r"parked/router/([0-9a-f-]{36})\"", page)

    assert (len(seen), set(seen)) == (len(ids), ids)
    assert 'rel="next"' not in page


async def test_a_directory_longer_than_a_page_has_a_next_page(signed_in, monkeypatch):
    """By code; it says how many there are."""
    monkeypatch.setattr(directory, "PAGE", 2)
    viewer = await signed_in(Role.VIEWER)
    page, codes = await viewer.sees(f"{HOME}/directory"), []
    count = int(re.search(r"Найдено: (\d+)", page)[1])
    for _ in range(count):
        codes += re.findall(r'/administration/directory/([a-z-]+)"', page.split("<tbody")[1])
        following = re.search(r'rel="next" href="([^"]*)"', page)
        if following is None:
            break
        page = await viewer.sees(following[1].removeprefix("/console"))

    assert len(codes) == count > 2
    assert codes == sorted(set(codes))


async def test_pages_live_while_the_other_services_are_away(signed_in):
    administrator = await signed_in(Role.ADMINISTRATOR)
    for path in ("templates", "templates/ru/registered", "webhooks", "webhooks/portal", "parked", "retention"):
        assert "сейчас не отвечает" in await administrator.sees(f"{HOME}/{path}"), path


async def test_an_act_without_an_answer_is_noted_as_such(office, signed_in):
    """A service that is given up on may have acted all the same."""
    administrator = await signed_in(Role.ADMINISTRATOR)
    form = {"act": "apply", "source": "Тема", "reason": "проба"}
    answer = await administrator.sends(f"{HOME}/templates/ru/registered", 422, **form)
    assert "сейчас не отвечает" in unescape(answer.text)
    assert "Тема" in answer.text
    async with office.database.reading() as tx:
        (row,) = await trail.listed(tx, trail.Filters(), before=None, limit=5)
    assert (row.act, row.facts) == ("template.edit", {"answered": False})
