"""The shapes that cross a wire: they conform, they are documented, and they only grow."""

import json
from pathlib import Path

import jsonschema
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from services.cli.schemas import documents, schema
from services.contracts.catalogue import MESSAGES
from services.contracts.envelope import TYPE_PREFIX, Envelope
from services.contracts.topology import EXCHANGE_OF

SAMPLES = Path(__file__).parent / "samples"
DOCS = Path(__file__).parents[2] / "docs" / "messages"
BY_TYPE = {message.TYPE: message for message in MESSAGES}


def samples() -> list[Path]:
    return sorted(SAMPLES.glob("*.json"))


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_a_golden_sample_is_still_read(path):
    """A sample is never edited: what was once sent must be understood for ever."""
    envelope = Envelope.model_validate_json(path.read_bytes())
    message = BY_TYPE[envelope.type.removeprefix(TYPE_PREFIX)].model_validate(envelope.data)

    assert message.model_dump(mode="json").items() >= _without_unknown(envelope.data, message).items()


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_a_golden_sample_fits_its_schema(path):
    """Partners in other languages see the schema, not the code."""
    document = json.loads(path.read_bytes())
    message = BY_TYPE[document["type"].removeprefix(TYPE_PREFIX)]

    jsonschema.Draft202012Validator(schema(message), format_checker=jsonschema.FormatChecker()).validate(document)


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_the_cloudevents_sdk_reads_what_we_write(path):
    """CloudEvents 1.0, JSON structured mode, judged by the CNCF's SDK."""
    written = Envelope.model_validate_json(path.read_bytes()).to_json()
    event = JSONFormat().read(CloudEvent, written)

    assert event.get_specversion() == "1.0"
    assert event.get_data() == json.loads(written)["data"]
    assert event.get_extension("correlationid") == json.loads(written).get("correlationid")


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_we_read_what_the_cloudevents_sdk_writes(path):
    """… and the other way round."""
    event = JSONFormat().read(CloudEvent, path.read_bytes())
    again = Envelope.model_validate_json(JSONFormat().write(event))

    assert again == Envelope.model_validate_json(path.read_bytes())


def test_every_message_has_a_sample_and_an_exchange():
    """A new message brings its sample; replies go to the agencies' own exchanges."""
    seen = {json.loads(path.read_bytes())["type"].removeprefix(TYPE_PREFIX) for path in samples()}

    assert seen == set(BY_TYPE)
    assert set(EXCHANGE_OF) == set(BY_TYPE) - {"referral.reply.v1"}


def test_the_committed_documents_are_those_of_the_code():
    """`make schemas` writes them; drift fails the build."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()}

    assert committed == documents()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.TYPE)
def test_a_message_only_grows(message):
    """No field is removed or narrowed, nothing new is required, against the schema first published."""
    first = json.loads((SAMPLES / "published" / f"{message.TYPE}.schema.json").read_text(encoding="utf-8"))

    assert not incompatibilities(first, schema(message))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda s: s["properties"].pop("a"), "a: removed"),
        (lambda s: s.update(required=["a", "b"]), "b: newly required"),
        (lambda s: s["properties"]["c"].update(enum=["x"]), "c: narrowed"),
        (lambda s: s["properties"]["a"].update(type="integer"), "a: type changed"),
        (lambda s: s["properties"].update(d={"type": "string"}), None),
    ],
)
def test_the_comparison_finds_what_would_break_a_partner(change, found):
    """A test of the test."""
    old = {"properties": {"a": {"type": "string"}, "b": {}, "c": {"enum": ["x", "y"]}}, "required": ["a"]}
    new = json.loads(json.dumps(old))
    change(new)

    assert incompatibilities(old, new) == ([] if found is None else [found])


def incompatibilities(old: dict, new: dict, path: str = "") -> list[str]:
    """What in `new` breaks a reader or writer of `old`."""
    old_root, new_root = old, new
    return _compare(old, new, path, old_root, new_root)


def _compare(old: dict, new: dict, path: str, old_root: dict, new_root: dict) -> list[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if old.get("type") != new.get("type"):
        return [f"{path}: type changed"]
    if "enum" in old and not set(old["enum"]) <= set(new.get("enum", old["enum"])):
        return [f"{path}: narrowed"]
    found = [f"{_join(path, name)}: newly required" for name in _required(new) - _required(old)]
    for name, sub in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            found.append(f"{_join(path, name)}: removed")
        else:
            found += _compare(sub, new["properties"][name], _join(path, name), old_root, new_root)
    return found


def _resolved(node: dict, root: dict) -> dict:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _required(node: dict) -> set[str]:
    return set(node.get("required", []))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _without_unknown(data: dict, message) -> dict:
    return {key: value for key, value in data.items() if key in type(message).model_fields}
