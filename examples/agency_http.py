"""A partner agency's consumer over HTTP; docs/partners.md, section 8, explains it. Nothing to install.

JOLDAU_URL, KEY: where to ask, and with what. BOOK: where it remembers. DOCUMENTS: where it keeps those of the
applicants. With ANSWER, for trying it out, it accepts and answers everything with that text; without, it says that it
has each referral.
"""

import json
import os
import sqlite3
import time
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID, uuid5

ISSUED, RECALLED, REPLY = (f"kz.joldau.referral.{word}.v1" for word in ("issued", "recalled", "reply"))
ANSWER = os.environ.get("ANSWER")
DOCUMENTS = Path(os.environ.get("DOCUMENTS", "documents"))
DOCUMENTS.mkdir(exist_ok=True)
BOOK = sqlite3.connect(os.environ.get("BOOK", "referrals.db"), isolation_level=None)  # each statement is a transaction
BOOK.execute("CREATE TABLE IF NOT EXISTS referral (id TEXT PRIMARY KEY, recalled INTEGER, content TEXT, at TEXT)")
NOTE = """INSERT INTO referral VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ')) ON CONFLICT (id)
    DO UPDATE SET recalled = max(recalled, excluded.recalled) RETURNING at, recalled"""


def call(path: str, body: object = None) -> dict:
    """One call, and its answer; an OSError when there is none, or a refusal."""
    headers = {"authorization": f"Bearer {os.environ['KEY']}", "content-type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{os.environ['JOLDAU_URL']}/v1/agencies/me/{path}", sent, headers), timeout=60) as answer:
        return json.load(answer)


def fetch(told: dict) -> None:
    """Fetch what the applicant has attached, by new references where those at hand have expired."""
    new = f"referrals/{told['referral_id']}/attachments"
    for attached in (lambda: told.get("attachments", ()), lambda: call(new)["items"]):
        try:
            keep(attached())
        except HTTPError as error:
            if error.code != HTTPStatus.GONE:
                raise
        else:
            return
    print("its documents are ours no longer:", told["referral_id"], flush=True)


def keep(documents: list[dict]) -> None:
    """Keep each on the disk, under its hash."""
    for document in documents:
        kept = DOCUMENTS / document["sha256"]
        if not kept.exists():
            with urlopen(document["reference"], timeout=60) as answer:
                content = answer.read()
            if sha256(content).hexdigest() != document["sha256"]:
                raise OSError("a document came broken")
            (whole := kept.with_suffix(".part")).write_bytes(content)
            whole.replace(kept)


def take(event: dict) -> None:
    """Note the referral, unless it is known, or its recall; then say what there is to say, as often as it comes."""
    told, kind = event["data"], event["type"]
    if kind not in {ISSUED, RECALLED}:
        return  # a reminder, or a type that came later
    about = {"referral_id": told["referral_id"], "appeal_id": told["appeal_id"]}
    at, over = BOOK.execute(NOTE, (told["referral_id"], kind == RECALLED, json.dumps(told))).fetchone()
    for one in () if over else ("received", *(("accepted", "answered") if ANSWER else ())):
        data = {**about, "kind": one, "occurred_at": at, **({"text": ANSWER} if one == "answered" else {})}
        call("replies", {"id": str(uuid5(UUID(told["referral_id"]), one)), "type": REPLY, "data": data})
        if one == "received":
            fetch(told)  # once it is answered, they are ours no longer


def serve(cursor: int | None) -> int | None:
    """Take one page; where the next one begins, if there is one."""
    page, pause = call("messages?wait=25" + (f"&cursor={cursor}" if cursor else "")), 0
    for event in page["items"]:
        try:
            take(event)
            call("messages/acknowledgement", {"ids": [event["id"]]})  # last: whatever fails before, it is shown again
        except (KeyError, TypeError, ValueError, OSError) as error:
            print(f"left: {error!r}", flush=True)  # not acknowledged: if it stays so, a person looks at it
            pause = 1
    time.sleep(pause)
    return page["next_cursor"]


cursor = None
while True:
    try:
        cursor = serve(cursor)
    except OSError as error:
        print(f"away: {error!r}", flush=True)
        time.sleep(1)
