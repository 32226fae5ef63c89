"""`python -m services.router serve|migrate`."""

from services.chassis.process import run
from services.router.app import assemble
from services.router.settings import RouterSettings

run("router", RouterSettings, assemble)
