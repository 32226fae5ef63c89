"""Administration: accounts, directory, calendar, rules, templates, keys, webhooks, parked messages, retention."""

from typing import Final

from services.router.console.administration import accounts, index

AREAS: Final = (index, accounts)
"""Modules with the pages of one thing to keep each."""
