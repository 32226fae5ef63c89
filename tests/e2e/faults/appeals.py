"""What is posted while things break: invented appeals whose way is sure, so that whatever is missing is missed."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

AGENCIES: Final = ("akimat", "education", "land-relations")

REFERRED: Final = (
    ("ru", "Прошу отремонтировать дорогу в селе: яма на яме, асфальт разбит."),
    ("ru", "Во дворе второй месяц не вывозят мусор, контейнеры переполнены. Прошу навести порядок."),
    ("ru", "Прошу дать место в детском саду: очередь в детский сад стоит третий год."),
    ("kk", "Баламды балабақшаға орналастыруға көмектесуіңізді сұраймын, кезекте үшінші жыл тұрмыз."),
    ("ru", "Прошу выделить земельный участок под ИЖС, земельная комиссия не отвечает."),
)
"""To each of the agencies."""

OTHERS: Final = (
    ("ru", "Специалист требует взятку за решение вопроса."),
    ("kk", "Маман мәселені шешу үшін пара талап етеді."),
    ("ru", "Добрый день, прошу помочь."),
)
"""Two are the service's own; nobody but a person can say where the third belongs."""


def appeals(seed: int) -> Iterator[dict[str, Any]]:
    """Bodies for `POST /v1/appeals`, without end, the same for the same seed. One in five stays with the service."""
    rng = Random(seed)  # noqa: S311 - invented texts, not secrets
    number = 0
    while True:
        number += 1
        language, text = rng.choice(OTHERS if rng.random() < 0.2 else REFERRED)
        yield {
            "kind": "application",
            "channel": "web",
            "language": language,
            "text": f"{text} № {number}.",
            "territory": "Талгарский район",
            "applicant": {
                "name": "Сынақбаев Тест",
                "email": f"applicant-{number}@example.kz",
                "contacts_confirmed": True,
            },
        }
