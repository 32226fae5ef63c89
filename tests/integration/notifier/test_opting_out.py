"""Opting out by one click (RFC 8058) of what the law does not ask for, and of nothing else; on both databases."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest

from services.chassis import clock
from services.chassis.ids import new_id
from services.cli.local.sinks import MailSink
from services.contracts.notifications import Notice
from services.notifier import claims
from services.notifier.app import assemble
from services.notifier.claims import Attempt, Destination
from services.notifier.notification import Channel, Temporary
from services.notifier.optouts import OptOuts
from services.notifier.samples import SAMPLES
from services.notifier.settings import NotifierSettings
from tests.integration.notifier.parts import Notifier, accepted, email_speaker, to_applicant

ADMIN = "an-admin-key-for-tests-only"
EMAIL = "aigul@post.example"
MAIL = Destination(Channel.EMAIL, "smtp")
OPERATOR = {"authorization": f"Bearer {ADMIN}"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def api(database_url: str, notifier: Notifier) -> AsyncIterator[httpx.AsyncClient]:
    """Anybody at all, over the notifier's database."""
    settings = NotifierSettings(
        database_url=database_url,
        amqp_url="amqp://127.0.0.1:1/",
        admin_key=ADMIN,
        smtp_host="127.0.0.1",
        mail_from="notices@joldau.example",
        public_url="https://notices.joldau.example",
        office_contacts_ru="Қонаев, +7 727 000 00 00",
    )
    service = assemble(settings)
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://notices.joldau.example") as client:
        yield client
    await service.database.close()


@pytest.fixture
def mailing(notifier: Notifier, mail: MailSink) -> Notifier:
    """The notifier, its mails carrying links that the page knows."""
    links = OptOuts.under(ADMIN, page="https://notices.joldau.example")
    notifier.speakers[Channel.EMAIL] = email_speaker(mail.port, opt_out=links.url)
    return notifier


async def link(api: httpx.AsyncClient, mailing: Notifier, mail: MailSink) -> str:
    """The link of a mail that the law does not ask for."""
    await mailing.ordered(accepted(EMAIL))
    await mailing.settled("sent")
    [letter] = mail.mails
    assert letter.one_click is not None
    assert (await api.get("/v1/suppressions", headers=OPERATOR)).json()["items"] == []
    return letter.one_click


async def listed(api: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    items = (await api.get("/v1/suppressions", headers=OPERATOR)).raise_for_status().json()["items"]
    return [(one["masked"], one["reason"], one["created_by"]) for one in items]


async def test_one_click_ends_what_the_law_does_not_ask_for_and_nothing_else(
    api: httpx.AsyncClient, mailing: Notifier, mail: MailSink
) -> None:
    """Clicked twice or thrice it is the same; the reason is visible at the list and at what is not sent."""
    url = await link(api, mailing, mail)
    answers = [await api.post(url, data=ONE_CLICK) for _ in range(2)]
    await mailing.ordered(accepted(EMAIL.upper()), to_applicant(EMAIL))
    await mailing.settled("sent", "suppressed", "sent")

    assert [answer.status_code for answer in answers] == [200, 200]
    assert await listed(api) == [("a•••@post.example", "opted_out", "one-click")]
    assert [(row.notice, row.reason) for row in await mailing.rows()][1:] == [
        ("accepted", "opted_out"),
        ("registered", None),
    ]


async def test_what_waits_for_another_attempt_is_not_sent_any_more(
    api: httpx.AsyncClient, mailing: Notifier, mail: MailSink
) -> None:
    """The law's notice that waits beside it is."""
    url = await link(api, mailing, mail)
    await mailing.ordered(accepted(EMAIL), to_applicant(EMAIL), accepted("b@post.example"))
    await api.post(url, data=ONE_CLICK)

    assert [(row.state, row.reason) for row in (await mailing.rows())[1:]] == [
        ("suppressed", "opted_out"),
        ("queued", None),
        ("queued", None),
    ]


async def test_what_is_under_way_meanwhile_is_not_tried_again(
    api: httpx.AsyncClient, mailing: Notifier, mail: MailSink
) -> None:
    """An attempt that has begun cannot be taken back; when it fails there is no other."""
    url = await link(api, mailing, mail)
    await mailing.ordered(accepted(EMAIL))
    async with mailing.database.transaction() as tx:
        [claim] = await claims.claim(tx, MAIL, limit=1, lease=timedelta(minutes=1), at=clock.now())
    await api.post(url, data=ONE_CLICK)
    async with mailing.database.transaction() as tx:
        failed = Attempt(claim.notification, Temporary("451"), started_at=clock.now(), duration_ms=1)
        await mailing.delivery.recorder.record(tx, [failed], at=clock.now())
    rows = await mailing.settled("sent", "suppressed")

    assert (rows[1].reason, rows[1].attempts, len(mail.mails)) == ("opted_out", 1, 1)


async def test_looking_at_the_page_opts_nobody_out(api: httpx.AsyncClient, mailing: Notifier, mail: MailSink) -> None:
    """It says in both languages what still comes, and how to undo it; scanners that open links change nothing."""
    url = await link(api, mailing, mail)
    kk, ru = [(await api.get(url, params={"lang": lang})).text for lang in ("kk", "ru")]
    as_the_notice, nobody = await api.get(url), await listed(api)
    done = (await api.post(url, params={"lang": "ru"}, data=ONE_CLICK)).text

    assert "Заң бойынша" in kk
    assert "орган жауап берді" in kk
    assert "По закону" in ru
    assert ru.index("начал рассматривать") < ru.index("По закону") < ru.index("дал ответ")
    assert as_the_notice.headers["content-language"] == "kk"
    assert "script" not in as_the_notice.headers["content-security-policy"]
    assert nobody == []
    assert "больше не придут" in done
    assert "+7 727 000 00 00" in done
    assert EMAIL not in kk + ru + done + url


@pytest.mark.parametrize("spoil", [lambda t: t[:-2], lambda t: "A" + t[1:], lambda _: "x", lambda _: "яя"])
async def test_a_link_that_is_not_ours_opens_nothing(api: httpx.AsyncClient, spoil: Callable[[str], str]) -> None:
    token = OptOuts.under("another-secret", page="").url(new_id()).rpartition("/")[2]

    for method in ("GET", "POST"):
        assert (await api.request(method, f"/opt-out/{spoil(token)}")).status_code == 404


async def test_a_notice_of_the_law_carries_no_link(mailing: Notifier, mail: MailSink) -> None:
    """Each of them, and mail to agencies and systems' owners."""
    variables = {**SAMPLES, **to_applicant().variables}
    await mailing.ordered(*(to_applicant(EMAIL, notice=notice, variables=variables) for notice in Notice))
    await mailing.settled(*["sent"] * len(Notice))

    with_link = [letter.subject for letter in mail.mails if letter.one_click]
    assert len(mail.mails) == len(Notice)
    assert with_link == [letter.subject for letter in mail.mails if "қарай бастады" in letter.subject]
    assert len(with_link) == 1
