"""An intake system's client, as short as can be: it posts an appeal so that it arrives once, and sees where it is.

Set JOLDAU_URL (intake) and JOLDAU_KEY (a key with the scopes appeals:write and appeals:read), then run it; it needs
nothing of ours, only `pip install httpx standardwebhooks`.
"""

import json
import os
import time

import httpx
from standardwebhooks import Webhook

APPEAL = {
    "kind": "complaint",
    "channel": "web",
    "language": "kk",
    "text": "Көшедегі жарық шамдары үш ай бойы жанбайды. Шара қолдануыңызды сұраймын.",
    "applicant": {"name": "Серіков Нұрлан", "email": "nurlan@example.kz"},
    "complained_of": "Қарасай ауданының әкімдігі",
    "territory": "Қарасай ауданы",
}

PAUSE = 1
"""Seconds before the next attempt."""


def post(api: httpx.Client, appeal: dict, number: str) -> dict:
    """Post an appeal and return its coupon. `number` is your own of the appeal: under it, it is registered once."""
    while True:
        try:
            answer = api.post("/v1/appeals", json=appeal, headers={"idempotency-key": number})
        except httpx.TransportError:
            time.sleep(PAUSE)  # whether it arrived or not: the same key makes no second appeal
            continue
        if answer.status_code in {429, 502, 503, 504}:
            time.sleep(int(answer.headers.get("retry-after", PAUSE)))
            continue
        return answer.raise_for_status().json()


def told(secret: str, headers: dict[str, str], body: bytes) -> dict:
    """What a webhook says: `joldau webhook set` gave you the secret. Raises when somebody else has sent it.

    Answer with 2xx once you have it, and drop what you have by `webhook-id`: it may come again, and in another order.
    """
    Webhook(secret).verify(body, headers, json_parse=False)
    return json.loads(body)["data"]


def main() -> None:
    """Post, and show where the appeal is."""
    headers = {"authorization": f"Bearer {os.environ['JOLDAU_KEY']}", "accept-language": "kk"}
    with httpx.Client(base_url=os.environ["JOLDAU_URL"], headers=headers) as api:
        coupon = post(api, APPEAL, number="2026/17-4")
        print(coupon["registration_number"], coupon["status_url"])
        shown = api.get(f"/v1/appeals/{coupon['id']}").raise_for_status().json()
        print(shown["status"], shown["status_text"])


if __name__ == "__main__":
    main()
