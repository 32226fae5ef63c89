"""What is taken as a document is told by its content, and a name goes on only when it is safe."""

from zipfile import ZipFile

import pytest

from services.intake.attachments.content import ENDINGS, WORD, media_type, safe_name

PDF = "application/pdf"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"II*\x00\x08\x00", "image/tiff"),
        (b"MM\x00*\x00\x08", "image/tiff"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A \x00", "audio/mp4"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"", None),
        (b"MZ\x90\x00", None),
        (b"\x7fELF", None),
        (b"<html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"#!/bin/sh\n", None),
        (b"XXXX\x00\x00\x00\x00WAVE", None),
        (b"PK\x03\x04 and no archive", None),
        (b"plain words", None),
    ],
)
def test_the_content_says_what_it_is(tmp_path, content, kind):
    """The name of the file says nothing: here each is called the same."""
    file = tmp_path / "document.pdf"
    file.write_bytes(content)

    assert media_type(file) == kind


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("[Content_Types].xml", "word/document.xml"), WORD),
        (("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (("xl/workbook.xml",), None),
        (("evil.exe",), None),
    ],
)
def test_an_archive_is_taken_only_as_a_document_without_macros(tmp_path, names, kind):
    """A DOCX is a ZIP archive, and most archives are no DOCX."""
    file = tmp_path / "document.docx"
    with ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")

    assert media_type(file) == kind


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("скан.pdf", "скан.pdf"),
        ("Жоспар 2026.PDF", "Жоспар 2026.pdf"),
        (None, "document.pdf"),
        ("...", "document.pdf"),
        ("/etc/passwd", "passwd.pdf"),
        ("..\\..\\скан.pdf", "скан.pdf"),
        ("invoice.exe", "invoice.exe.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ('a"b<c>\r\n.pdf', "a_b_c_.pdf"),
        ("000101000109.pdf", "•••.pdf"),
        ("заявление 000101000109 test@example.kz.pdf", "заявление ••• •••.pdf"),
        ("IMG_20261126_123000.pdf", "IMG_20261126_123000.pdf"),
        ("я" * 300 + ".pdf", "я" * 120 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_tells_no_number_of_a_person(given, name):
    """No path, no control, no disguise, and the ending of the content."""
    assert safe_name(given, PDF) == name


@pytest.mark.parametrize("kind", ENDINGS)
def test_each_kind_has_a_name_of_its_own(kind):
    """What is called nothing, or something else, gets the usual ending."""
    assert safe_name("x.bin", kind) == f"x.bin{ENDINGS[kind][0]}"
