"""Alembic's environment for intake."""

from services.chassis.migrations import run_environment
from services.intake.attachments import store  # noqa: F401 - imports, documents and appeals are one metadata
from services.intake.imports.store import import_job

run_environment(import_job.metadata)
