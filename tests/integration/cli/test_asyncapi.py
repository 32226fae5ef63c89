"""docs/messages/asyncapi.json before the official AsyncAPI parser, which partners' tools are made with."""

import json
from pathlib import Path

import pytest

from services.cli.local.commands import CommandFailed, output_of
from tests.conftest import NODE

DOCUMENT = Path(__file__).parents[3] / "docs" / "messages" / "asyncapi.json"


async def test_the_official_parser_has_nothing_to_say(node_modules: Path) -> None:
    """No error, no warning, no hint."""
    assert await output_of("node", str(NODE / "validate.mjs"), str(DOCUMENT)) == ""


async def test_the_official_parser_would_object(node_modules: Path, tmp_path: Path) -> None:
    """A test of the test: an operation on a channel that nobody has described."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    document["operations"]["sendReplies"]["channel"]["$ref"] = "#/channels/nowhere"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))

    with pytest.raises(CommandFailed, match=r"error operations[.]sendReplies"):
        await output_of("node", str(NODE / "validate.mjs"), str(broken))
