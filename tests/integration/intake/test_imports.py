"""Importing files, on both databases: every format, every kind of bad row, interruptions, and who may see what."""

import asyncio
import io
import json
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import func, select, update

from services.chassis import clock, outbox
from services.chassis.ids import new_id
from services.intake import store as appeals
from services.intake.imports import importer as importing
from services.intake.imports import store
from services.intake.imports.importer import Importer
from services.intake.registration import Registrar
from tests.integration.intake.parts import ADMIN

NDJSON, CSV = "application/x-ndjson", "text/csv; charset=windows-1251"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SOON = 60
HEADER = ["Вид", "Канал", "Язык", "Текст обращения", "ФИО", "ИИН", "Эл. почта", "Дата поступления"]
FORM = {"kind": "request", "channel": "web", "language": "ru", "text": "Почему так?", "applicant": {"name": "Тестов"}}


def line(n: int, **changes) -> list[str]:
    cells = [
        "заявление",
        "сайт",
        "рус",
        f"Дорога {n} не чищена.",
        "Сынақбаев Тест",
        "",
        "t@example.kz",
        "20.11.2026 10:05",
    ]
    return [changes.get(name, cell) for name, cell in zip(HEADER, cells, strict=True)]


def csv(*lines, header=HEADER, encoding="utf-8") -> bytes:
    return "\r\n".join(";".join(cells) for cells in (header, *lines)).encode(encoding)


def ndjson(*forms) -> bytes:
    return b"\n".join(json.dumps(form, ensure_ascii=False).encode() for form in forms)


def xlsx(*lines) -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    for cells in lines:
        book.active.append(cells)
    book.save(target)
    return target.getvalue()


@pytest.fixture
def importer(service) -> Importer:
    """The service's importer, at rest until a test lets it work."""
    owners = (getattr(worker, "__self__", None) for worker in service.workers)
    return next(owner for owner in owners if isinstance(owner, Importer))


def another(importer: Importer, **changes) -> Importer:
    """As another process has it."""
    return replace(importer, owner=str(new_id()), **changes)


@asynccontextmanager
async def working(*importers: Importer):
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(one.run(stopping)) for one in importers]
    yield
    stopping.set()
    await asyncio.wait_for(asyncio.gather(*tasks), SOON)


async def sent(api, content: bytes, kind=CSV, **headers) -> dict:
    answer = await api.post("/v1/imports", content=content, headers={"content-type": kind, **headers})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def ended(api, job: dict) -> dict:
    async with asyncio.timeout(SOON):
        while True:
            now = (await api.get(job["links"]["self"])).json()
            if now["state"] in {"finished", "cancelled"}:
                return now
            await asyncio.sleep(0.02)


async def imported(api, importer, content: bytes, kind=CSV, **headers) -> dict:
    async with working(importer):
        return await ended(api, await sent(api, content, kind, **headers))


async def items(api, job: dict, what: str, **query) -> list[dict]:
    found, cursor = [], None
    while True:
        page = (await api.get(job["links"][what], params={**query, **({"cursor": cursor} if cursor else {})})).json()
        found += page["items"]
        if (cursor := page["next_cursor"]) is None:
            return found


async def registered(service) -> list:
    async with service.database.reading() as tx:
        return list((await tx.execute(select(appeals.appeal).order_by(appeals.appeal.c.registration_number))).all())


async def kept(service) -> int:
    """Batches that are still to be registered."""
    async with service.database.reading() as tx:
        return (await tx.execute(select(func.count()).select_from(store.import_batch))).scalar_one()


def counts(job: dict) -> tuple[int, int, int]:
    return job["registered"], job["replayed"], job["failed"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (csv(line(1), line(2), line(3)), CSV),
        (csv(line(1), line(2), line(3), encoding="kz1048"), CSV),
        (xlsx(HEADER, line(1), line(2), line(3)), XLSX),
        (ndjson(*[{**FORM, "text": f"Дорога {n} не чищена."} for n in (1, 2, 3)]), NDJSON),
    ],
    ids=["utf-8", "cp1251", "xlsx", "ndjson"],
)
async def test_each_format_becomes_registered_appeals(api, service, importer, content, kind):
    """In the file's order, each with its number, its message to the router and its coupon."""
    job = await imported(api, importer, content, kind)
    coupons = await items(api, job, "registrations")

    rows = await registered(service)
    assert (job["state"], job["rows"], job["done"], counts(job)) == ("finished", 3, 3, (3, 0, 0))
    assert [row.text for row in rows] == [f"Дорога {n} не чищена." for n in (1, 2, 3)]
    assert [coupon["registration_number"] for coupon in coupons] == [row.registration_number for row in rows]
    assert [coupon["row"] for coupon in coupons] == ([1, 2, 3] if kind == NDJSON else [2, 3, 4])
    assert await kept(service) == 0
    async with service.database.reading() as tx:
        types = [row.type for row in await tx.execute(select(outbox.outbox.c.type))]
    assert types.count("kz.joldau.appeal.registered.v1") == 3


async def test_an_imported_appeal_is_as_one_that_was_posted(api, service, importer):
    """The same coupon, the same warnings; the time of arrival is the row's."""
    job = await imported(api, importer, csv(line(1, ИИН="123456789012")))
    (coupon,) = await items(api, job, "registrations", lang="ru")
    shown = (await api.get(coupon["links"]["self"])).json()

    assert coupon["warnings"][0]["code"] == "check_digit_wrong"
    assert coupon["status_url"].startswith("http://127.0.0.1:8081/status/")
    assert shown["received_at"] == "2026-11-20T05:05:00Z"
    assert shown["registered_on"] == "2026-11-20"


async def test_every_kind_of_bad_row_costs_only_itself(api, importer):
    """Number, column, pointer, code and words for each; good rows between them are registered."""
    bad = [
        (line(1, Вид=""), "#/kind", "missing"),
        (line(1, Вид="ода"), "#/kind", "not_in_list"),
        (line(1, Канал="голубь"), "#/channel", "not_in_list"),
        (line(1, Язык="en"), "#/language", "not_in_list"),
        (line(1, **{"Текст обращения": "x" * 20_001}), "#/text", "too_long"),
        (line(1, ФИО="=cmd\x07"), "#/applicant/name", "malformed"),
        (line(1, ИИН="1" * 21), "#/applicant/iin_bin", "too_long"),
        (line(1, **{"Эл. почта": "секрет"}), "#/applicant/email", "malformed"),
        (line(1, **{"Дата поступления": "вчера"}), "#/received_at", "not_a_time"),
        (line(1, **{"Дата поступления": "01.01.2999"}), "#/received_at", "received_at_impossible"),
        ([*line(1), "ещё"], "#/", "row_too_wide"),
        (line(1, ФИО='"Тест" Тестов'), "#/", "row_unreadable"),
        (line(1, ФИО="\udc98\udcff"), "#/", "row_undecodable"),
        (line(1, **{"Текст обращения": "я" * 140_000}), "#/", "row_unreadable"),
    ]
    lines = [cells for one, *_ in bad for cells in (one, line(2))]
    content = "\r\n".join(";".join(cells) for cells in (["=Вид", *HEADER[1:]], *lines))
    job = await imported(api, importer, content.encode("utf-8", "surrogateescape"))
    errors = await items(api, job, "errors", limit=4)
    report = await api.get(job["links"]["errors.csv"], headers={"accept-language": "kk"})

    assert counts(job) == (len(bad), 0, len(bad))
    assert [(e["row"], e["pointer"], e["code"]) for e in errors] == [
        (2 * n + 2, pointer, code) for n, (_, pointer, code) in enumerate(bad)
    ]
    assert errors[5]["column"] == "ФИО"
    assert errors[4]["detail"].endswith("20000 characters at most.")
    assert all(error["detail"] for error in errors)
    assert report.text.splitlines()[:2] == [
        "\ufeffrow;column;pointer;code;detail",
        "2;'=Вид;#/kind;missing;Міндетті өріс.",
    ]
    assert len(report.text.splitlines()) == 1 + len(bad)
    for value in ("секрет", "=cmd", "вчера", "голубь"):
        assert value not in report.text
        assert value not in json.dumps(errors, ensure_ascii=False)


async def test_lines_of_ndjson_fail_like_posted_bodies(api, importer):
    """Unknown fields are refused here; their names are made harmless."""
    content = ndjson(FORM, {**FORM, "=cmd\x00|' /C calc'!A0": 1}, [], {**FORM, "idempotency_key": 7}) + b'\n{"kind"'
    job = await imported(api, importer, content, NDJSON)
    errors = await items(api, job, "errors")
    report = (await api.get(job["links"]["errors.csv"])).text

    assert counts(job) == (1, 0, 4)
    assert [(e["row"], e["code"]) for e in errors] == [
        (2, "extra_forbidden"), (3, "wrong_type"), (4, "wrong_type"), (5, "row_not_json"),
    ]  # fmt: skip
    assert "\x00" not in report
    assert not any(cell.startswith("=") for row in report.splitlines() for cell in row.split(";"))


async def test_the_same_file_again_is_the_same_import(api, service, importer):
    """At once, at the same time, and after the end; nothing is registered twice."""
    content = csv(line(1), line(2))
    first, second = await asyncio.gather(sent(api, content), sent(api, content))
    done = await imported(api, importer, content)
    again = await api.post("/v1/imports", content=content, headers={"content-type": CSV})

    assert first["id"] == second["id"] == done["id"] == again.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == f"/v1/imports/{done['id']}"
    assert len(await registered(service)) == 2
    assert (await api.get("/v1/imports", params={"sha256": done["sha256"]})).json()["items"][0]["id"] == done["id"]


async def test_a_corrected_file_is_sent_whole_when_its_rows_have_keys(api, service, importer):
    """What was registered before is replayed; what has changed under its key is refused."""
    header = [*HEADER, "Ключ строки"]
    first = csv([*line(1), "a"], [*line(2, Вид="ода"), "b"], [*line(3), "c"], header=header)
    corrected = csv([*line(1), "a"], [*line(2), "b"], [*line(99), "c"], header=header)
    before = await imported(api, importer, first)
    after = await imported(api, importer, corrected)

    (error,) = await items(api, after, "errors")
    assert (counts(before), counts(after)) == ((2, 0, 1), (1, 1, 1))
    assert (error["row"], error["column"], error["code"]) == (4, "Ключ строки", "idempotency_key_reused")
    assert [c["replayed"] for c in await items(api, after, "registrations")] == [True, False]
    assert len(await registered(service)) == 3


async def test_a_new_process_goes_on_at_the_first_batch_that_is_left(api, service, importer):
    """The old one is gone between two batches and its lease has ended: no row is lost, none is twice."""
    job = await sent(api, csv(*map(line, range(160))))
    dead = another(importer, lease=timedelta())
    for _ in range(2):
        assert await dead.step()
    halfway = (await api.get(job["links"]["self"])).json()
    async with working(another(importer)):
        done = await ended(api, job)

    assert (halfway["state"], halfway["done"]) == ("running", 100)
    assert counts(done) == (160, 0, 0)
    assert [row.text for row in await registered(service)] == [f"Дорога {n} не чищена." for n in range(160)]
    assert [c["row"] for c in await items(api, job, "registrations", limit=200)] == list(range(2, 162))


async def test_a_stopped_process_gives_its_imports_back(api, importer):
    """Another goes on at once; only a dead one is waited for."""
    job = await sent(api, csv(*map(line, range(160))))
    await importer.step()
    waiting = await another(importer).step()
    stopped = asyncio.Event()
    stopped.set()
    await importer.run(stopped)

    assert not waiting
    assert await another(importer).step()
    assert (await api.get(job["links"]["self"])).json()["done"] == 100


async def test_two_processes_do_not_work_at_the_same_import(api, service, importer):
    """A lease keeps the other away; when both fall for the same batch, one of them has it."""
    job = await sent(api, csv(*map(line, range(400))))
    greedy = [another(importer, lease=timedelta()) for _ in range(2)]
    async with working(importer, another(importer), *greedy):
        done = await ended(api, job)

    assert counts(done) == (400, 0, 0)
    assert len(await registered(service)) == 400


async def test_a_cancelled_import_stops_and_the_same_file_goes_on_with_it(api, service, importer):
    """What is registered stays; the rest of the file is deleted, and sent again it is registered."""
    content = csv(*map(line, range(120)))
    job = await sent(api, content)
    await importer.step()
    cancelled = (await api.post(job["links"]["cancel"])).json()
    left, idle = await kept(service), await importer.step()
    again = await sent(api, content)
    done = await imported(api, importer, content)

    assert (cancelled["state"], cancelled["done"], left, idle) == ("cancelled", 50, 0, False)
    assert (again["id"], again["state"], again["done"]) == (job["id"], "waiting", 0)
    assert (done["state"], counts(done)) == ("finished", (70, 50, 0))
    assert len(await registered(service)) == 120
    assert (await api.post(job["links"]["cancel"])).json()["code"] == "import_finished"


async def test_a_cancel_after_a_batch_was_taken_undoes_that_batch(api, service, importer):
    """The batch is not there any more when it would be registered."""
    job = await sent(api, csv(line(1)))

    class Overtaken(Importer):
        async def _claimed(self, job):
            claimed = await super()._claimed(job)
            await api.post(f"/v1/imports/{job.id}/cancel")
            return claimed

    own = {field.name: getattr(importer, field.name) for field in fields(importer)}
    assert await Overtaken(**own).step()

    now = (await api.get(job["links"]["self"])).json()
    assert (now["state"], now["done"]) == ("cancelled", 0)
    assert await registered(service) == []


async def test_a_row_that_breaks_its_batch_costs_only_itself(api, service, importer):
    """Whatever a bug does: the others are registered, and the fault is told without a value."""

    class Choosy(Registrar):
        async def register_within(self, tx, batch):
            if any("Дорога 7 " in one.text for one in batch):
                raise RuntimeError("a bug")
            return await super().register_within(tx, batch)

    choosy = replace(importer, registrar=Choosy(**vars(importer.registrar)))
    job = await imported(api, choosy, csv(*map(line, range(60))))

    (error,) = await items(api, job, "errors")
    assert counts(job) == (59, 0, 1)
    assert (error["row"], error["code"]) == (9, "row_failed")
    assert len(await registered(service)) == 59


async def test_imports_take_turns(api, importer):
    """A small file does not wait for a large one that came before it."""
    large = await sent(api, csv(*map(line, range(400))))
    small = await sent(api, csv(line(1), line(2, ФИО="Иная")))
    for _ in range(3):
        await importer.step()

    assert (await api.get(small["links"]["self"])).json()["state"] == "finished"
    assert (await api.get(large["links"]["self"])).json()["done"] == 100


async def test_posted_appeals_are_registered_while_a_file_is_imported(api, service, importer):
    """A POST waits for one batch at most, and half of the time nobody stands in its way."""
    answers = []
    async with working(importer):
        job = await sent(api, csv(*map(line, range(2000))))
        while not answers or (await api.get(job["links"]["self"])).json()["state"] != "finished":
            key = {"idempotency-key": str(len(answers))}
            answers.append(await api.post("/v1/appeals", json=FORM, headers=key))

    numbers = [row.registration_number for row in await registered(service)]
    assert {answer.status_code for answer in answers} == {201}
    assert len(answers) > 40
    assert len(numbers) == len(set(numbers)) == 2000 + len(answers)


async def test_an_import_says_who_is_told(api, service, importer):
    """Webhooks go to the system whose key sent the file, if that key asks for them."""
    scopes = ["appeals:write", "appeals:notify"]
    key = (await api.post("/v1/keys", json={"owner": "portal", "scopes": scopes})).json()["key"]
    await imported(api, importer, csv(line(1)), authorization=f"Bearer {key}")

    (row,) = await registered(service)
    assert (row.posting_system, row.tell_system) == ("portal", True)


async def test_a_posting_system_sees_its_own_imports_only(api):
    """Another's import is not there, whatever is asked of it."""
    mine, other, reader = [
        {"authorization": f"Bearer {(await api.post('/v1/keys', json={'owner': o, 'scopes': [s]})).json()['key']}"}
        for o, s in (("portal", "appeals:write"), ("other", "appeals:write"), ("third", "appeals:read"))
    ]
    job = await sent(api, csv(line(1)), **mine)
    theirs = await sent(api, csv(line(1)), **other)
    links = job["links"]

    assert theirs["id"] != job["id"]
    for what in ("self", "errors", "errors.csv", "registrations", "registrations.csv"):
        assert (await api.get(links[what], headers=mine)).status_code == 200
        assert (await api.get(links[what], headers=other)).status_code == 404
        assert (await api.get(links[what], headers=reader)).status_code == 403
    assert (await api.post(links["cancel"], headers=other)).status_code == 404
    assert [one["id"] for one in (await api.get("/v1/imports", headers=mine)).json()["items"]] == [job["id"]]
    assert len((await api.get("/v1/imports")).json()["items"]) == 2


def far_cell() -> bytes:
    """A workbook of 5 KB for which its parser would ask for 500 GB."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"], book.active["XFD1048576"] = "Вид", "x"
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", CSV, 422, "import_empty"),
        (csv(), CSV, 422, "import_empty"),
        (b"PK\x03\x04" + bytes(100), XLSX, 422, "import_not_xlsx"),
        (far_cell(), XLSX, 422, "import_unreadable"),
        (csv(line(1)), "application/json", 415, "import_type_unknown"),
        (csv(line(1)), "", 415, "import_type_unknown"),
        (b"x" * (64 * 1024 * 1024 + 1), NDJSON, 413, "body_too_large"),
    ],
    ids=["empty", "header", "broken", "far-cell", "json", "untyped", "large"],
)
async def test_a_file_that_is_none_is_refused(api, service, content, kind, status, code):
    """problem+json, nothing kept, and intake goes on."""
    answer = await api.post("/v1/imports", content=content, headers={"content-type": kind, "accept-language": "ru"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await api.get("/v1/imports")).json()["items"] == []
    assert await kept(service) == 0


async def test_missing_columns_are_all_named(api):
    """Each by the pointer of its field."""
    answer = await api.post("/v1/imports", content="Вид;ФИО\nжалоба;А".encode(), headers={"content-type": CSV})

    assert answer.json()["code"] == "import_columns_missing"
    assert [e["pointer"] for e in answer.json()["errors"]] == ["#/channel", "#/language", "#/text"]


async def test_a_client_that_goes_away_leaves_nothing(service):
    """Half a file is no file."""
    parts = iter([{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}])
    answered: list = []
    headers = [(b"authorization", f"Bearer {ADMIN}".encode()), (b"content-type", b"text/csv")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/imports", "raw_path": b"/v1/imports", "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("intake", 80),
    }  # fmt: skip

    async def receive():
        return next(parts)

    async def send(message) -> None:
        answered.append(message)

    await service.app(scope, receive, send)

    assert answered[0]["status"] == 400
    assert await kept(service) == 0


async def test_what_has_long_ended_is_forgotten_and_still_not_registered_twice(api, service, importer):
    """The appeals and their keys stay: the same file later is a new import of known rows."""
    content = csv(line(1), line(2, Вид="ода"))
    job = await imported(api, importer, content)
    async with service.database.transaction() as tx:
        await tx.execute(update(store.import_job).values(changed_at=clock.now() - importing.KEPT - timedelta(days=1)))
    await importer.prune()
    gone = await api.get(job["links"]["self"])
    again = await imported(api, importer, content)

    assert (gone.status_code, gone.json()["code"]) == (404, "import_not_found")
    assert again["id"] != job["id"]
    assert counts(again) == (0, 1, 1)
    assert len(await registered(service)) == 1
