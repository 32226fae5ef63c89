"""Alembic's environment for intake."""

from services.chassis.migrations import run_environment
from services.intake.imports.store import import_job

run_environment(import_job.metadata)  # imports and appeals are one metadata
