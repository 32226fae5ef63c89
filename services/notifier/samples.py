"""Real-looking variables, to preview and check templates with. All invented."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "registration_number": "ЖТ-2026-000123",
        "registered_on": "2026-11-23",
        "received_at": "2026-11-23T05:00:00+00:00",
        "accepted_by": "Ахметова А. Б., бас маман",
        "status_url": "https://joldau.example/s/1?a=1&b=2",
        "answer_due_on": "2026-12-14",
        "referred_on": "2026-11-24",
        "agency_name": "Отдел «Земля» & К",
        "agency_contacts": "Қаскелең қаласы, Абылай хан даңғылы, 1; 8 (727) 111-11-11",
        "scope": "part",
        "extended_on": "2026-12-10",
        "lacking": "- почтовый адрес\n- подпись",
        "fix_by": "2026-12-04",
        "closed_on": "2026-12-09",
        "ground": "Недостатки не устранены в срок.",
        "answer": "Первый абзац.\n\n- один\n- два\n\nПоследний <абзац>.",
        "reason": "Не входит в компетенцию",
        "withdrawn_on": "2026-11-25",
        "system": "portal",
        "failing_since": "2026-11-23T05:00:00+00:00",
        "because": "http_500",
        "silent_agency_name": "Отдел «Земля» & К",
        "link": "https://joldau.example/referral/AAA",
        "good_until": "2026-11-30T05:00:00+00:00",
    }
)
