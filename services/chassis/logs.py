"""Logs: one JSON line an event, named ``noun.past_participle``, with facts as fields and no personal data."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

MASK: Final = "•••"
PERSONAL_KEYS: Final = frozenset(
    {
        "iin", "iin_bin", "bin", "phone", "email", "name", "full_name", "address", "postal_address", "text", "answer",
        "applicant", "authorization", "signature", "body", "to", "recipient",
    }
)  # fmt: skip
_PERSONAL: Final = re.compile(
    r"(?<!\d)\d{12}(?!\d)"  # IIN or BIN
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail address
    r"|(?<!\d)(?:\+7|8)[\s(-]{0,2}7\d{2}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)"  # telephone
)

Event = MutableMapping[str, Any]


def masked(value: Any) -> Any:
    """`value` with personal data covered, in strings, lists and mappings alike."""
    if isinstance(value, str):
        return _PERSONAL.sub(MASK, value)
    if isinstance(value, dict):
        return {k: MASK if k in PERSONAL_KEYS else masked(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def without_personal_data(_logger: Any, _method: str, event: Event) -> Event:
    """The last processor before a line is written."""
    for key, value in event.items():
        event[key] = MASK if key in PERSONAL_KEYS else masked(value)
    return event


def configure(*, service: str, level: str = "INFO") -> None:
    """Set up structlog, and the standard library's loggers through the same chain."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        lambda _logger, _method, event: {"service": service, **event},
        without_personal_data,
    ]
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*chain, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=chain,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # these two say each reconnect attempt several times a second; our own events say it once
    for noisy in ("aio_pika", "aiormq", "httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
