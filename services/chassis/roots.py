"""Whose certificates are trusted over TLS: read once in a process, as that takes longer than most calls."""

import ssl
from functools import cache

import httpx


@cache
def usual_roots() -> ssl.SSLContext:
    """The roots that httpx comes with, whatever the environment says."""
    return httpx.create_ssl_context(trust_env=False)
