"""Joldau's own count of the year, by what it decided from the texts alone, set against what they are really about."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx

from services.cli.local.article import Category, Row, comparison
from services.cli.local.posting import Posted
from services.router.directory_file import read_directory

_PAGE: Final = 200
_AT_ONCE: Final = 8
_ROWS: Final = {
    "akimat_decision": Category.AKIMAT_DECISIONS,
    "land": Category.LAND,
    "education": Category.EDUCATION,
    "construction_hcs": Category.CONSTRUCTION_UTILITIES,
}
"""Joldau's categories that have a row of their own; the others are local executive bodies' or not."""
_UNDECIDED: Final = frozenset({"possible_corruption", "nothing_found", "too_little", "disagreement"})
"""Questions that leave open what an appeal is about. The others leave open who is to have it."""


@dataclass(frozen=True)
class Count:
    """What Joldau made of the year. The truth was never sent to it."""

    rows: tuple[Row, ...]
    right: int
    wrong: int
    undecided: int
    """Left to a person: what they are about was not clear enough."""
    corruption_missed: int
    """Of the wrong ones the gravest: they tell of corruption and were taken for another body's matter."""


def count(posted: Sequence[Posted], decided: Mapping[UUID, Category | None]) -> Count:
    """Set decisions beside the truth. None stands for what was left to a person."""
    truth = Counter(one.appeal.truth for one in posted)
    seen = Counter(decided[one.id] for one in posted)
    undecided = seen.pop(None, 0)
    right = sum(decided[one.id] is one.appeal.truth for one in posted)
    away = sum(
        one.appeal.truth is Category.CORRUPTION is not (decided[one.id] or Category.CORRUPTION) for one in posted
    )
    counted = {category: n for category, n in seen.items() if category is not None}
    return Count(
        rows=comparison(truth=truth, counted=counted, undecided=undecided),
        right=right,
        wrong=len(posted) - right - undecided,
        undecided=undecided,
        corruption_missed=away,
    )


def category_of(record: Mapping[str, Any], local_executive: frozenset[str]) -> Category | None:
    """The row that a decision's record puts its appeal in; None when it is left to a person."""
    verdict = record["verdict"]
    if verdict["outcome"] == "retain":
        return Category.CORRUPTION
    if verdict.get("question") in _UNDECIDED:
        return None
    topic = record["candidates"][0]["category"]
    return _ROWS.get(topic) or (Category.OTHER_LEB if topic in local_executive else Category.OTHER_BODIES)


async def decisions(router_url: str, key: str, ids: Sequence[UUID]) -> dict[UUID, Category | None]:
    """What the router decided first on each appeal, before any agency or person spoke."""
    local = frozenset(c.code for c in read_directory().categories.values() if c.local_executive)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"{router_url}/v1", headers=headers, timeout=30, trust_env=False) as api:
        first = {i: decision async for i, decision in _first_decisions(api)}
        gate = asyncio.Semaphore(_AT_ONCE)

        async def category(appeal_id: UUID) -> tuple[UUID, Category | None]:
            if appeal_id not in first:
                return appeal_id, Category.CORRUPTION  # neither referral nor task: retained
            async with gate:
                record = (await api.get(f"/decisions/{first[appeal_id]}")).raise_for_status().json()["record"]
            return appeal_id, category_of(record, local)

        return dict(await asyncio.gather(*map(category, ids)))


async def _first_decisions(api: httpx.AsyncClient) -> AsyncIterator[tuple[UUID, str]]:
    """The oldest decision on each appeal of which there is a referral or a task. Ids sort by their time."""
    found: dict[UUID, str] = {}
    for path in ("/referrals", "/tasks"):
        async for item in _pages(api, path):
            appeal_id = UUID(item["appeal_id"])
            found[appeal_id] = min(found.get(appeal_id, item["decision_id"]), item["decision_id"])
    for pair in found.items():
        yield pair


async def _pages(api: httpx.AsyncClient, path: str) -> AsyncIterator[Any]:
    cursor: str | None = None
    while True:
        query = {"limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(path, params=query)).raise_for_status().json()
        for item in page["items"]:
            yield item
        if (cursor := page["next_cursor"]) is None:
            return
