"""What a document is, by its content, and under which name it may go on. Pure but for looking into a file."""

import unicodedata
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from services.chassis.logs import masked

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS: Final = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/tiff": (".tiff", ".tif"),
    "image/webp": (".webp",),
    "image/heic": (".heic",),
    "audio/mpeg": (".mp3",),
    "audio/wav": (".wav",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mp4": (".m4a", ".mp4"),
    WORD: (".docx",),
}
"""What is taken, and how the name of each may end; the first is added to a name that ends otherwise."""

_BEGINNINGS: Final = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (0, b"ID3", "audio/mpeg"),
    *((0, bytes((0xFF, second)), "audio/mpeg") for second in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3)),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A ", "audio/mp4"),
)
"""Where it stands, what stands there, and what the document is then."""
_IN_RIFF: Final = frozenset({"image/webp", "audio/wav"})
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')
_MOST: Final = 120


def media_type(file: Path) -> str | None:
    """What the file's content is; None when it is nothing that is taken."""
    with file.open("rb") as content:
        first = content.read(16)
    for place, mark, kind in _BEGINNINGS:
        if first[place:].startswith(mark) and (kind not in _IN_RIFF or first.startswith(b"RIFF")):
            return kind
    return WORD if first.startswith(b"PK\x03\x04") and _is_document(file) else None


def safe_name(given: str | None, kind: str) -> str:
    """A name that is safe on every system, shows no number of a person, and ends as the content is."""
    said = unicodedata.normalize("NFC", given or "").replace("\\", "/").rpartition("/")[2]
    plain = "".join("_" if c in _FORBIDDEN else c for c in said if not unicodedata.category(c).startswith("C"))
    name = str(masked(plain)).strip(" .")
    endings = ENDINGS[kind]
    stem, dot, ending = name.rpartition(".")
    if not stem or f"{dot}{ending}".lower() not in endings:
        stem, ending = name, endings[0][1:]
    return f"{stem[:_MOST].strip(' .') or 'document'}.{ending.lower()}"


def _is_document(file: Path) -> bool:
    """Whether an archive is a text document, and one without macros."""
    try:
        with ZipFile(file) as archive:
            names = set(archive.namelist())
    except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError):
        return False
    return "word/document.xml" in names and not any(name.endswith("vbaProject.bin") for name in names)
