"""Writing down the contracts: JSON Schemas of all messages, and AsyncAPI from the same topology that is applied."""

import json
from pathlib import Path
from typing import Any

from services.contracts.access import agency_user
from services.contracts.catalogue import MESSAGES
from services.contracts.envelope import TYPE_PREFIX, Envelope, Message
from services.contracts.referrals import (
    ReferralEscalated,
    ReferralIssued,
    ReferralRecalled,
    ReferralReminder,
    ReferralReply,
)
from services.contracts.topology import agency_queue, reply_exchange
from services.notifier.notices import as_markdown

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, str]:
    """All generated documents: file name → text. `docs/messages` holds exactly these."""
    schemas = {f"{message.TYPE}.schema.json": _text(schema(message)) for message in MESSAGES}
    return {**schemas, "asyncapi.json": _text(asyncapi()), "notices.md": as_markdown()}


def write(directory: Path) -> list[Path]:
    """Write the documents; returns the files that changed."""
    directory.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in documents().items():
        path = directory / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def schema(message: type[Message]) -> dict[str, Any]:
    """JSON Schema of a whole message: the envelope with this message's type and data."""
    envelope = Envelope.model_json_schema(mode="serialization")
    data = message.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    envelope["properties"]["type"] = {"const": TYPE_PREFIX + message.TYPE}
    envelope["properties"]["data"] = data
    envelope["$schema"] = DRAFT
    envelope["$id"] = f"urn:joldau:message:{message.TYPE}"
    envelope["title"] = message.__name__
    envelope["description"] = (message.__doc__ or "").strip()
    return {**envelope, "$defs": {**envelope.get("$defs", {}), **definitions}}


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.1 for a partner agency: what it reads from its queue, and what it says on its exchange."""
    received = (ReferralIssued, ReferralRecalled, ReferralReminder, ReferralEscalated)
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Joldau for partner agencies",
            "version": "1.1.0",
            "description": (
                "An agency reads `referrals.<code>` and writes to `replies.<code>`, and may do nothing else. "
                "Delivery is at least once: drop a repeated referral by `referral_id`, and send a reply again with "
                "the same `id` and body whenever in doubt. docs/partners.md says it in prose."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "servers": {
            "broker": {
                "host": "{host}:5671",
                "pathname": "/joldau",
                "protocol": "amqps",
                "protocolVersion": "0-9-1",
                "description": "RabbitMQ over TLS 1.2 or later; the virtual host is `joldau`.",
                "variables": {"host": {"description": "Name of the broker, told with the password."}},
                "security": [{"$ref": "#/components/securitySchemes/agency"}],
            }
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "referrals": _channel(agency_queue("{agency}"), "queue", received),
            "replies": _channel(reply_exchange("{agency}"), "routingKey", (ReferralReply,)),
        },
        "operations": {
            "receiveReferrals": _operation("receive", "referrals", received),
            "sendReplies": _operation("send", "replies", (ReferralReply,)),
        },
        "components": {
            "messages": {m.__name__: _message(m) for m in (*received, ReferralReply)},
            "securitySchemes": {
                "agency": {"type": "userPassword", "description": f"The user is `{agency_user('{agency}')}`."}
            },
        },
    }


def _channel(address: str, kind: str, messages: tuple[type[Message], ...]) -> dict[str, Any]:
    amqp: dict[str, Any] = {"is": kind, "bindingVersion": "0.3.0"}
    if kind == "queue":
        amqp["queue"] = {"name": address, "durable": True, "exclusive": False, "autoDelete": False}
    else:
        amqp["exchange"] = {"name": address, "type": "fanout", "durable": True, "autoDelete": False}
    return {
        "address": address,
        "parameters": {"agency": {"description": "The agency's code in the directory, such as `akimat`."}},
        "messages": {m.__name__: {"$ref": f"#/components/messages/{m.__name__}"} for m in messages},
        "bindings": {"amqp": amqp},
    }


def _operation(action: str, channel: str, messages: tuple[type[Message], ...]) -> dict[str, Any]:
    binding = {"ack": True} if action == "receive" else {"deliveryMode": 2, "mandatory": True}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{m.__name__}"} for m in messages],
        "bindings": {"amqp": {**binding, "bindingVersion": "0.3.0"}},
    }


def _message(message: type[Message]) -> dict[str, Any]:
    return {
        "name": message.TYPE,
        "title": message.__name__,
        "summary": (message.__doc__ or "").strip(),
        "contentType": "application/cloudevents+json",
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": _inlined(schema(message)),
    }


def _inlined(document: dict[str, Any]) -> dict[str, Any]:
    """The schema with its definitions in their places: in AsyncAPI a `$ref` counts from the whole document's root."""
    definitions = document["$defs"]

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        if reference := node.get("$ref"):
            return resolved(definitions[reference.rsplit("/", 1)[1]])
        return {key: resolved(value) for key, value in node.items() if key not in {"$defs", "$id", "$schema"}}

    inlined: dict[str, Any] = resolved(document)
    return inlined


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
