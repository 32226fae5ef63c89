"""Every command asks what its name says, of the right service, and tells what came of it."""

import json
from pathlib import Path

import httpx
import pytest

from services import __version__
from services.cli.failure import Exit
from services.cli.main import language_of
from services.cli.session import Language

ID = "01a209eb-0906-770b-9bd2-477d4e3de26a"

CALLS = [
    (f"appeal show {ID}", "GET", 8081, f"/v1/appeals/{ID}", None),
    (f"appeal events {ID}", "GET", 8081, f"/v1/appeals/{ID}/events?limit=200", None),
    (f"appeal attachments {ID}", "GET", 8081, f"/v1/appeals/{ID}/attachments", None),
    (
        f"appeal attachments {ID} --accesses --limit 5",
        "GET",
        8081,
        f"/v1/appeals/{ID}/attachments/accesses?limit=5",
        None,
    ),
    (f"appeal withdraw {ID} --yes", "POST", 8081, f"/v1/appeals/{ID}/withdrawal", None),
    (
        "appeal list --status referred --agency akimat --language kk --channel web --from 2026-01-01 --limit 5",
        "GET",
        8081,
        "/v1/appeals?status=referred&agency=akimat&language=kk&channel=web&registered_from=2026-01-01&limit=5",
        None,
    ),
    (
        "referral list --state issued --agency akimat --number JD-2026-000001 --overdue",
        "GET",
        8082,
        "/v1/referrals?state=issued&agency=akimat&registration_number=JD-2026-000001&overdue=true&limit=50",
        None,
    ),
    (f"referral show {ID}", "GET", 8082, f"/v1/referrals/{ID}", None),
    (f"referral approve {ID} --revision 2", "POST", 8082, f"/v1/referrals/{ID}/approval", {"revision": 2}),
    (
        f"referral reject {ID} --because no",
        "POST",
        8082,
        f"/v1/referrals/{ID}/rejection",
        {"revision": None, "reason": "no"},
    ),
    (
        f"referral recall {ID} --because no -y",
        "POST",
        8082,
        f"/v1/referrals/{ID}/recall",
        {"revision": None, "reason": "no"},
    ),
    (
        f"referral correct {ID} akimat --because wrong --yes",
        "POST",
        8082,
        f"/v1/referrals/{ID}/correction",
        {"revision": None, "reason": "wrong", "agency": "akimat"},
    ),
    (f"referral reissue {ID}", "POST", 8082, f"/v1/referrals/{ID}/reissue", {"revision": None}),
    (f"referral remind {ID}", "POST", 8082, f"/v1/referrals/{ID}/reminder", {"revision": None}),
    ("task list --question declined", "GET", 8082, "/v1/tasks?state=open&question=declined&limit=50", None),
    (f"task show {ID}", "GET", 8082, f"/v1/tasks/{ID}", None),
    (
        f"task assign {ID} akimat --because theirs",
        "POST",
        8082,
        f"/v1/tasks/{ID}/assignment",
        {"agency": "akimat", "reason": "theirs", "part": None},
    ),
    (
        f"task divide {ID} --part ours --part akimat={__file__} --because two --rewritten",
        "POST",
        8082,
        f"/v1/tasks/{ID}/division",
        {
            "reason": "two",
            "parts": [
                {"agency": None, "text": None, "rewritten": False},
                {"agency": "akimat", "text": Path(__file__).read_text(encoding="utf-8"), "rewritten": True},
            ],
        },
    ),
    (f"decision show {ID}", "GET", 8082, f"/v1/decisions/{ID}", None),
    (f"task retain {ID} --because ours", "POST", 8082, f"/v1/tasks/{ID}/retention", {"reason": "ours"}),
    (
        f"task ask-to-fix {ID} --lacks signature --lacks date --until 2026-12-04 --because sign",
        "POST",
        8082,
        f"/v1/tasks/{ID}/fix-request",
        {"lacking": ["signature", "date"], "fix_by": "2026-12-04", "reason": "sign"},
    ),
    (
        f"task return {ID} --ground obscene --because oaths",
        "POST",
        8082,
        f"/v1/tasks/{ID}/return",
        {"ground": "obscene", "reason": "oaths"},
    ),
    (
        f"task terminate {ID} --ground court_act --because decided",
        "POST",
        8082,
        f"/v1/tasks/{ID}/termination",
        {"ground": "court_act", "reason": "decided"},
    ),
    (
        f"task file {ID} --to JD-1 --because again",
        "POST",
        8082,
        f"/v1/tasks/{ID}/filing",
        {"earlier": "JD-1", "reason": "again"},
    ),
    (f"task court-route {ID} --because top", "POST", 8082, f"/v1/tasks/{ID}/court-route", {"reason": "top"}),
    (f"task protect {ID} --yes", "POST", 8082, f"/v1/tasks/{ID}/protection", None),
    (f"task open {ID} --because fixed", "POST", 8082, f"/v1/appeals/{ID}/review", {"reason": "fixed"}),
    (f"task claim {ID} --take-over", "POST", 8082, f"/v1/tasks/{ID}/claim", {"take_over": True}),
    (f"task release {ID}", "DELETE", 8082, f"/v1/tasks/{ID}/claim", None),
    (f"task dismiss {ID} --because seen", "POST", 8082, f"/v1/tasks/{ID}/dismissal", {"reason": "seen"}),
    ("agency list --on 2027-01-01", "GET", 8082, "/v1/agencies?on=2027-01-01", None),
    ("agency show akimat", "GET", 8082, "/v1/agencies/akimat", None),
    ("calendar show 2027", "GET", 8082, "/v1/calendar?year=2027", None),
    ("calendar show 2027-01-04", "GET", 8082, "/v1/calendar/2027-01-04", None),
    ("directory export", "GET", 8082, "/v1/directory", None),
    ("rules list --limit 5", "GET", 8082, "/v1/rules?limit=5", None),
    ("rules show", "GET", 8082, "/v1/rules/in-force", None),
    ("rules show 0a1b --lexicon", "GET", 8082, "/v1/rules/0a1b/lexicon", None),
    ("rules activate 0a1b --reason decree", "POST", 8082, "/v1/rules/0a1b/activation", {"reason": "decree"}),
    ("rules history", "GET", 8082, "/v1/rules/activations?limit=50", None),
    (
        "trail list --by aru --act rules --since 2026-11-01 --limit 5",
        "GET",
        8082,
        "/v1/trail?by=aru&act=rules&since=2026-11-01&limit=5",
        None,
    ),
    (f"key rotate {ID} --service intake", "POST", 8081, f"/v1/keys/{ID}/rotate", {"overlap_hours": 168}),
    ("parked list --service router", "GET", 8082, "/v1/parked?state=parked&limit=50", None),
    (f"parked show {ID} --service notifier", "GET", 8083, f"/v1/parked/{ID}", None),
    (f"parked redrive {ID} --service intake", "POST", 8081, f"/v1/parked/{ID}/redrive", None),
    (
        f"parked discard {ID} --service intake --because poison",
        "POST",
        8081,
        f"/v1/parked/{ID}/discard",
        {"because": "poison"},
    ),
    (
        "key create portal --service intake --scope appeals:write --scope appeals:read",
        "POST",
        8081,
        "/v1/keys",
        {"owner": "portal", "scopes": ["appeals:write", "appeals:read"], "expires_at": None},
    ),
    ("key list --service router", "GET", 8082, "/v1/keys", None),
    (f"key revoke {ID} --service notifier --yes", "DELETE", 8083, f"/v1/keys/{ID}", None),
    (
        "notification list --state sent --channel email",
        "GET",
        8083,
        "/v1/notifications?state=sent&channel=email&limit=50",
        None,
    ),
    (f"notification show {ID}", "GET", 8083, f"/v1/notifications/{ID}", None),
    (f"notification resend {ID}", "POST", 8083, f"/v1/notifications/{ID}/resend", None),
    (
        "webhook set e/otinish https://x.example/hook",
        "PUT",
        8083,
        "/v1/endpoints/e%2Fotinish",
        {"url": "https://x.example/hook", "description": "", "owner_email": None, "owner_language": "ru"},
    ),
    (f"notification posted {ID} RR1", "POST", 8083, f"/v1/notifications/{ID}/posted", {"reference": "RR1"}),
    (
        f"notification closed {ID} --because moved",
        "POST",
        8083,
        f"/v1/notifications/{ID}/finding",
        {"outcome": "closed", "because": "moved"},
    ),
    ("notification desk", "GET", 8083, "/v1/desk", None),
    (
        f"notification failed {ID} --because returned",
        "POST",
        8083,
        f"/v1/notifications/{ID}/finding",
        {"outcome": "failed", "because": "returned"},
    ),
    (
        "notify test --to delivered@simulator.example --language ru",
        "POST",
        8083,
        "/v1/test",
        {
            "channel": "email",
            "recipient": "delivered@simulator.example",
            "notice": "referred",
            "language": "ru",
            "sensitive": False,
            "live": False,
        },
    ),
    (
        "statistics --from 2026-11-01 --to 2026-11-30 --territory karasai --show agencies",
        "GET",
        8082,
        "/v1/statistics?from=2026-11-01&to=2026-11-30&territory=karasai",
        None,
    ),
    ("provider list", "GET", 8083, "/v1/providers", None),
    ("provider resume sms one", "POST", 8083, "/v1/providers/sms/one/resume", None),
    ("suppression list --reason dead", "GET", 8083, "/v1/suppressions?reason=dead&limit=50", None),
    (f"suppression remove {ID}", "DELETE", 8083, f"/v1/suppressions/{ID}", None),
    ("template list", "GET", 8083, "/v1/templates", None),
    ("template show kk/referred", "GET", 8083, "/v1/templates/kk/referred", None),
    (
        "template revert kk/referred --because wrong",
        "PUT",
        8083,
        "/v1/templates/kk/referred",
        {"version": 0, "because": "wrong"},
    ),
    (
        "webhook recover portal --since 2026-11-26",
        "POST",
        8083,
        "/v1/endpoints/portal/recover",
        {"since": "2026-11-26T00:00:00+05:00"},
    ),
    ("webhook list", "GET", 8083, "/v1/endpoints", None),
    ("webhook rotate portal --overlap 0", "POST", 8083, "/v1/endpoints/portal/rotate", {"overlap_hours": 0}),
    ("webhook remove portal --yes", "DELETE", 8083, "/v1/endpoints/portal", None),
]


@pytest.mark.parametrize(("line", "method", "port", "path", "body"), CALLS, ids=[call[0] for call in CALLS])
def test_command_asks(joldau, line, method, port, path, body) -> None:
    """One request, to the service that owns the noun."""
    assert joldau(*line.split()) == 0

    (request,) = joldau.asked
    assert (request.method, request.url.port, request.url.raw_path.decode()) == (method, port, path)
    assert (json.loads(request.content) if request.content else None) == body


def test_appeal_is_posted_from_a_file_and_its_coupon_printed(joldau, tmp_path: Path) -> None:
    """Personal data never stands on a command line."""
    (tmp_path / "appeal.json").write_text('{"text": "Фонарь"}')
    joldau.answers(201, registration_number="JD-2026-000001")

    assert joldau("appeal", "submit", str(tmp_path / "appeal.json"), "--json") == 0
    assert json.loads(joldau.out) == {"registration_number": "JD-2026-000001"}
    assert json.loads(joldau.asked[0].content) == {"text": "Фонарь"}


def test_same_appeal_has_the_same_key(joldau) -> None:
    """Whoever is unsure whether a call arrived just calls again; the order of fields does not matter."""
    joldau.answers(201)
    for joldau.stdin in ('{"text": "a", "kind": "message"}', '{"kind": "message", "text": "a"}', '{"text": "b"}'):
        joldau("appeal", "submit", "-")

    first, again, other = (request.headers["idempotency-key"] for request in joldau.asked)
    assert first == again != other


def test_coupon_of_an_earlier_call_is_said_to_be_one(joldau) -> None:
    """A repeated call is no second appeal, and the person is told so."""
    joldau.stdin = "{}"
    joldau.answer = lambda _: httpx.Response(201, json={"id": ID}, headers={"idempotency-replayed": "true"})

    assert joldau("appeal", "submit", "-", "--key", "mine") == 0
    assert joldau.asked[0].headers["idempotency-key"] == "mine"
    assert "registered before" in joldau.err


def test_example_can_be_begun_from(joldau) -> None:
    """It is JSON and asks nobody."""
    assert joldau("appeal", "submit", "--example") == 0
    assert json.loads(joldau.out)["kind"] == "application"
    assert joldau.asked == []


def test_file_that_is_no_json_is_a_wrong_call(joldau) -> None:
    """Nothing is sent."""
    joldau.stdin = "{"

    assert joldau("appeal", "submit", "-") == Exit.USAGE
    assert joldau.asked == []


def test_missing_file_is_a_wrong_call(joldau, tmp_path: Path) -> None:
    """The line says which."""
    assert joldau("appeal", "submit", str(tmp_path / "none.json")) == Exit.USAGE
    assert "none.json cannot be read" in joldau.err


def test_appeal_is_found_by_its_number(joldau) -> None:
    """People have the number of the coupon, not an id."""
    joldau.answer = lambda request: httpx.Response(
        200, json={"items": [{"id": ID}]} if "registration_number" in str(request.url) else {"id": ID}
    )

    assert joldau("appeal", "show", "JD-2026-000001") == 0
    assert [request.url.path for request in joldau.asked] == ["/v1/appeals", f"/v1/appeals/{ID}"]


def test_unknown_number_is_not_found(joldau) -> None:
    """The exit code says so."""
    assert joldau("appeal", "show", "JD-2026-000001") == Exit.NOT_FOUND
    assert "JD-2026-000001" in joldau.err


@pytest.mark.parametrize(
    "line", [f"appeal withdraw {ID}", f"referral recall {ID} --because no", f"key revoke {ID} --service intake"]
)
def test_what_cannot_be_undone_wants_a_yes(joldau, line) -> None:
    """Without a terminal nobody can be asked, and nothing is done."""
    assert joldau(*line.split()) == Exit.USAGE
    assert "--yes" in joldau.err
    assert joldau.asked == []


def test_parked_messages_of_all_services_are_one_list(joldau) -> None:
    """Each line says whose it is."""
    joldau.answer = lambda request: httpx.Response(200, json={"items": [{"id": request.url.port}]})

    assert joldau("parked", "list", "--json") == 0
    assert [json.loads(line) for line in joldau.out.splitlines()] == [
        {"service": "intake", "id": 8081},
        {"service": "router", "id": 8082},
        {"service": "notifier", "id": 8083},
    ]


def test_the_trail_is_exported_with_its_hashes_and_a_broken_chain_fails(joldau, capsys) -> None:
    """A script that watches the trail sees it by the exit code."""
    entry = {"number": 1, "at": "2026-11-23", "by": "operator:aru", "act": "sign_in", "subject": "aru", "facts": {}}
    broken = {"whole": False, "broken_at": 1, "entries": 1}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/check"):
            return httpx.Response(200, json=broken)
        return httpx.Response(200, json={"items": [{**entry, "previous": "0", "sha256": "1"}], "next_cursor": None})

    joldau.answer = answer
    assert joldau("trail", "export") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "number,at,by,act,subject,facts,previous,sha256"
    assert lines[1] == "1,2026-11-23,operator:aru,sign_in,aru,{},0,1"
    assert joldau("trail", "check") == Exit.FAILURE


def test_repaired_body_goes_back(joldau) -> None:
    """Read from stdin, since it holds personal data."""
    joldau.stdin = '{"data": 1}'

    assert joldau("parked", "redrive", ID, "--service", "router", "--body", "-") == 0
    assert json.loads(joldau.asked[0].content) == {"body": '{"data": 1}'}


@pytest.mark.parametrize(
    "argv",
    [
        ("--json", "--lang", "kk", "appeal", "list"),
        ("appeal", "--lang=kk", "list", "--json"),
        ("appeal", "list", "--json", "--lang", "kk"),
    ],
)
def test_common_options_stand_anywhere(joldau, argv) -> None:
    """As in the tools that people know."""
    joldau.answers(items=[{"id": ID}])

    assert joldau(*argv) == 0
    assert joldau.out == f'{{"id":"{ID}"}}\n'
    assert joldau.asked[0].headers["accept-language"] == "kk"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, Language.ENGLISH),
        ({"LANG": "ru_RU.UTF-8"}, Language.RUSSIAN),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "kk_KZ"}, Language.KAZAKH),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}, Language.ENGLISH),
        ({"LANG": "de_DE.UTF-8"}, Language.ENGLISH),
    ],
)
def test_language_is_the_environments(environ, language) -> None:
    """POSIX: LC_ALL over LC_MESSAGES over LANG."""
    assert language_of(environ) is language


def test_wrong_calls_exit_with_two(joldau, capsys) -> None:
    """An unknown command, a missing argument, an id that is none, a language that we do not have."""
    lines = ("fly", "appeal show", "referral show x", "appeal list --lang de")

    assert [joldau(*line.split()) for line in lines] == [Exit.USAGE] * 4
    assert joldau.asked == []


def test_version_is_printed(joldau) -> None:
    """To stdout, alone."""
    assert joldau("--version") == 0
    assert joldau.out == f"{__version__}\n"


def test_doctor_finds_nothing_when_all_is_well(joldau) -> None:
    """Each service, its dependencies, the key and what is stuck."""
    joldau.answer = healthy

    assert joldau("doctor") == 0
    assert len(joldau.out.splitlines()) == 15


def test_doctor_tells_what_is_away_and_what_to_do(joldau) -> None:
    """The exit code is that of an outage."""

    def without_broker(request: httpx.Request) -> httpx.Response:
        if request.url.port == 8082 and request.url.path == "/readyz":
            return httpx.Response(503, json={"status": "away", "checks": {"broker": "away"}})
        return healthy(request)

    joldau.answer = without_broker

    assert joldau("doctor") == Exit.AWAY
    assert "router: broker\taway\tstart RabbitMQ again" in joldau.out


def test_doctor_finds_what_is_stuck(joldau) -> None:
    """Refused and parked messages need a person."""

    def stuck(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/parked":
            return httpx.Response(200, json={"items": [{"id": ID}]})
        return healthy(request)

    joldau.answer = stuck

    assert joldau("doctor") == Exit.FAILURE
    assert "`joldau parked list --service intake`" in joldau.out


def healthy(request: httpx.Request) -> httpx.Response:
    bodies = {
        "/readyz": {"status": "ok", "checks": {"broker": "ok"}},
        "/v1/outbox": {"pending": 0, "oldest": None, "refused": []},
    }
    return httpx.Response(200, json=bodies.get(request.url.path, {"items": []}))
