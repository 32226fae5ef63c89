"""`python -m services.intake serve|migrate`."""

from services.chassis.process import run
from services.intake.app import assemble
from services.intake.settings import IntakeSettings

run("intake", IntakeSettings, assemble)
