"""Documents from files and into files: sent before their appeal, named in it, fetched whole or not at all."""

import hashlib
import json

import httpx
import pytest

from services.cli.failure import Exit

ID = "01a209eb-0906-770b-9bd2-477d4e3de26a"
PDF = b"%PDF-1.7"
ITEM = {"id": ID, "name": "план.pdf", "sha256": hashlib.sha256(PDF).hexdigest(), "removed_at": None}


@pytest.fixture
def scan(tmp_path):
    file = tmp_path / "скан.pdf"
    file.write_bytes(PDF)
    return file


def test_documents_are_uploaded_before_their_appeal_and_named_in_it(joldau, scan):
    """The same command again gives the same keys, so nothing is there twice."""
    joldau.stdin = json.dumps({"text": "x"})
    joldau.answers(201, id=ID)
    codes = [joldau("appeal", "submit", "-", "--attach", str(scan), "--attach", str(scan)) for _ in range(2)]
    paths = [request.url.path for request in joldau.asked]
    keys = [request.headers["idempotency-key"] for request in joldau.asked]

    assert codes == [Exit.OK, Exit.OK]
    assert paths == 2 * ["/v1/attachments", "/v1/attachments", "/v1/appeals"]
    assert keys[:3] == keys[3:]
    assert len(set(keys)) == 3
    assert joldau.asked[0].content == PDF
    assert json.loads(joldau.asked[2].content)["attachments"] == 2 * [{"id": ID, "name": "скан.pdf"}]


def test_a_file_that_is_not_there_stops_before_anything_is_sent(joldau, tmp_path):
    """The appeal would go without it."""
    joldau.stdin = "{}"

    assert joldau("appeal", "submit", "-", "--attach", str(tmp_path / "none.pdf")) == Exit.USAGE
    assert joldau.asked == []
    assert "none.pdf cannot be read" in joldau.err


@pytest.mark.parametrize(("content", "code"), [(PDF, Exit.OK), (b"%PDF-1.6", Exit.FAILURE)], ids=["whole", "damaged"])
def test_a_document_is_saved_only_when_it_has_come_whole(joldau, tmp_path, content, code):
    """Its hash says so; and nothing is overwritten."""
    folder = tmp_path / "got"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/attachments"):
            return httpx.Response(200, json={"items": [ITEM, {**ITEM, "name": None, "removed_at": "2026-11-26"}]})
        return httpx.Response(200, content=content)

    joldau.answer = answer
    codes = [joldau("appeal", "attachments", ID, "--save", str(folder)) for _ in range(2)]
    files = list(folder.iterdir()) if folder.exists() else []

    assert codes == [code, Exit.USAGE if code == Exit.OK else code]
    assert [file.read_bytes() for file in files] == ([PDF] if code == Exit.OK else [])


def test_two_documents_of_one_name_are_two_files(joldau, tmp_path):
    """Photographs from one telephone are often called the same."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/attachments"):
            return httpx.Response(200, json={"items": [ITEM, ITEM]})
        return httpx.Response(200, content=PDF)

    joldau.answer = answer

    assert joldau("appeal", "attachments", ID, "--save", str(tmp_path)) == Exit.OK
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([ITEM["name"], f"2-{ITEM['name']}"])
