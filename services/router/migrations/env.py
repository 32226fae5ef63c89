"""Alembic's environment for the router."""

from services.chassis.migrations import run_environment
from services.router.tables import metadata

run_environment(metadata)
