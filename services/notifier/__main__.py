"""`python -m services.notifier serve|migrate`."""

from services.chassis.process import run
from services.notifier.app import assemble
from services.notifier.settings import NotifierSettings

run("notifier", NotifierSettings, assemble)
