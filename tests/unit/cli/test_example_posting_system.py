"""The client that intake systems begin from survives what clients meet."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.chassis import clock
from services.intake.form import AppealForm

EXAMPLE = Path(__file__).parents[3] / "examples" / "posting_system.py"
SECRET = "whsec_aW52ZW50ZWQgZm9yIHRlc3Rz"


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("posting_system", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PAUSE = 0
    return module


def test_its_appeal_is_one_that_intake_takes(example: ModuleType) -> None:
    """Whoever changes the form changes the example."""
    assert AppealForm.model_validate(example.APPEAL).territory == "Қарасай ауданы"


def test_it_posts_again_under_the_same_key_until_it_has_a_coupon(example: ModuleType) -> None:
    """Cut off, overloaded, then accepted: one appeal."""
    outcomes: Iterator[int] = iter([0, 503, 201])
    keys = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if (status := next(outcomes)) == 0:
            raise httpx.ReadTimeout("nothing came")
        return httpx.Response(status, json={"registration_number": "JD-2026-000001"})

    with httpx.Client(base_url="http://intake.example", transport=httpx.MockTransport(answer)) as api:
        coupon = example.post(api, example.APPEAL, number="17")

    assert coupon["registration_number"] == "JD-2026-000001"
    assert keys == ["17"] * 3


def test_it_believes_only_signed_webhooks(example: ModuleType) -> None:
    """Anybody can post to a receiver."""
    body, at = json.dumps({"type": "appeal.status_changed", "data": {"status": "answered"}}), clock.now()
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(at.timestamp()))}
    signed = {**headers, "webhook-signature": Webhook(SECRET).sign("1", at, body)}

    assert example.told(SECRET, signed, body.encode()) == {"status": "answered"}
    with pytest.raises(WebhookVerificationError):
        example.told(SECRET, signed, body.replace("answered", "retained").encode())
