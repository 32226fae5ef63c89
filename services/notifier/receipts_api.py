"""Where providers tell what became of notices. The last part of each address is a secret that the provider keeps."""

import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import Invalid, NotFound
from services.notifier.receipts import Receipts


def router(database: Database, receipts: Receipts, tokens: Mapping[str, str]) -> APIRouter:
    """The endpoints below `/v1/receipts`. `tokens`: the secret of each provider that may call."""
    api = APIRouter(prefix="/v1/receipts", tags=["receipts"])

    @api.post("/bounces/{token}", status_code=204)
    async def bounce(token: str, request: Request) -> None:
        """A delivery status notification (RFC 3464), as `message/rfc822`."""
        _refuse_strangers(tokens, "bounces", token)
        content = await request.body()
        async with database.transaction() as tx:
            ours = await receipts.of_email(tx, content, at=clock.now())
        if not ours:
            raise Invalid("receipt_unreadable")

    @api.post("/{provider}/{token}", status_code=204)
    async def receipt(provider: str, token: str, request: Request) -> None:
        """A gateway's receipt, as a form or as JSON."""
        _refuse_strangers(tokens, provider, token)
        fields = _fields(await request.body(), request.headers.get("content-type", ""))
        async with database.transaction() as tx:
            await receipts.of_sms(tx, provider, fields, at=clock.now())

    return api


def _refuse_strangers(tokens: Mapping[str, str], provider: str, token: str) -> None:
    if not hmac.compare_digest(tokens.get(provider, "").encode(), token.encode()) or not token:
        raise NotFound("not_found")


def _fields(body: bytes, media_type: str) -> dict[str, str]:
    """The fields of a form, or those of a JSON object; of an object within it as ``outer.inner``."""
    try:
        if not media_type.startswith("application/json"):
            return dict(parse_qsl(body.decode()))
        said = json.loads(body)
        return dict(_flat(said, "")) if isinstance(said, dict) else {}
    except ValueError as error:
        raise Invalid("receipt_unreadable") from error


def _flat(said: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    flat = []
    for key, value in said.items():
        flat += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", str(value))]
    return flat
