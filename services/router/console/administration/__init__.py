"""Administration: accounts, directory, calendar, rules, templates, keys, webhooks, parked messages, retention."""

from typing import Final

from services.router.console.administration import (
    accounts,
    calendar,
    directory,
    directory_edits,
    index,
    keys,
    notices,
    parked_pages,
    retention_page,
    rules,
    rules_acts,
    shadow,
    webhooks,
)

AREAS: Final = (
    *(index, accounts, directory_edits, directory, calendar, shadow, rules_acts, rules),
    *(notices, keys, webhooks, parked_pages, retention_page),
)
"""Modules with the pages of one thing to keep each; of two paths that fit, the first one's page is shown."""
