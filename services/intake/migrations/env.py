"""Alembic's environment for intake."""

from services.chassis.migrations import run_environment
from services.intake.store import metadata

run_environment(metadata)
