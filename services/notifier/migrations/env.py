"""Alembic's environment for the notifier."""

from services.chassis.migrations import run_environment
from services.notifier.tables import metadata

run_environment(metadata)
