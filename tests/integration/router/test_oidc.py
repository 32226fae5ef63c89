"""Signing in at a sign-in service, a real OpenID Connect server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from services.chassis import clock
from services.chassis.outbound import EVERYWHERE, Outbound
from services.chassis.web import create_app
from services.cli.local.ports import free_ports
from services.router import operators
from services.router.console import app as console_app
from services.router.console.oidc import CALLBACK, Provider, SignIn
from services.router.console.pages import ROOT
from services.router.operators import Role
from services.router.texts import PROBLEMS
from tests.integration.router.conftest import no_readiness
from tests.oidc import known_as, sign_in_service

SITE = "https://console.example"


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    """The sign-in service."""
    async with sign_in_service() as url:
        yield url


@pytest.fixture
async def browser(office, frame, issuer) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of a console that knows the sign-in service."""
    provider = Provider(issuer, "joldau", SecretStr("secret"), "preferred_username", f"{SITE}{ROOT}{CALLBACK}")
    async with Outbound(allowed=EVERYWHERE) as http:
        app = create_app(title="router", version="0", texts=PROBLEMS, readiness=no_readiness)
        app.mount(ROOT, console_app.create(replace(frame, oidc=SignIn(provider, http))))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"{SITE}{ROOT}") as client:
            yield client


async def account(office, login: str, **changes: Any) -> None:
    async with office.database.transaction() as tx:
        new = operators.NewOperator(login, "Ару", [Role.AUDITOR], "ru", **changes)
        await operators.add(tx, new, at=clock.now())


async def at_the_service(issuer: str, address: str, sub: str, login: str) -> str:
    """What somebody does there; the address that their browser is sent back to."""
    await known_as(issuer, sub, login)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(address, data={"sub": sub})
        return answer.headers["location"].removeprefix(f"{SITE}{ROOT}")


async def signed_in(browser: httpx.AsyncClient, issuer: str, sub: str, login: str) -> httpx.Response:
    away = await browser.get("/sign-in/oidc", params={"next": "/console/trail"})
    return await browser.get(await at_the_service(issuer, away.headers["location"], sub, login))


async def test_whoever_the_service_knows_and_has_an_account_comes_in(office, browser, issuer) -> None:
    await account(office, "aru")
    answer = await signed_in(browser, issuer, "subject-1", "aru")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/trail")
    assert (await browser.get("/trail")).status_code == 200


async def test_an_account_belongs_to_the_first_subject_that_opened_it(office, browser, issuer) -> None:
    """Another one who is called the same, later, is somebody else."""
    await account(office, "berik")
    assert (await signed_in(browser, issuer, "subject-2", "berik")).status_code == 303
    assert (await signed_in(browser, issuer, "subject-3", "berik")).status_code == 401
    assert (await signed_in(browser, issuer, "subject-2", "renamed")).status_code == 303


async def test_an_account_with_a_password_is_not_opened_from_there(office, browser, issuer) -> None:
    await account(office, "dana", password="an-invented-password")
    assert (await signed_in(browser, issuer, "subject-4", "dana")).status_code == 401


async def test_a_code_of_another_browser_opens_nothing(office, browser, issuer) -> None:
    """The state is another, or the code is not one."""
    await account(office, "erlan")
    away = await browser.get("/sign-in/oidc")
    back = await at_the_service(issuer, away.headers["location"], "subject-5", "erlan")
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    for wrong in ({**query, "state": "another"}, {**query, "code": "another"}, {"code": query["code"]}):
        answer = await browser.get(f"{CALLBACK}?{urlencode(wrong)}")
        assert answer.status_code == 401
        assert "__Host-joldau=" not in answer.headers.get("set-cookie", "")


async def test_a_service_that_is_away_is_told_in_words(office, frame) -> None:
    (port,) = free_ports(1)
    provider = Provider(f"http://localhost:{port}", "joldau", None, "preferred_username", f"{SITE}{ROOT}{CALLBACK}")
    async with Outbound(allowed=EVERYWHERE) as http:
        app = console_app.create(replace(frame, oidc=SignIn(provider, http)))
        root = create_app(title="router", version="0", texts=PROBLEMS, readiness=no_readiness)
        root.mount(ROOT, app)
        transport = httpx.ASGITransport(app=root, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"{SITE}{ROOT}") as client:
            answer = await client.get("/sign-in/oidc", headers={"accept-language": "en"})
    assert answer.status_code == 503
    assert "does not answer" in answer.text
