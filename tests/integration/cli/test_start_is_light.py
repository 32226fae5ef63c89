"""`joldau --help` and whatever asks a service start without what only demo, bench and migrations need."""

import subprocess
import sys

import pytest

HEAVY = ("aio_pika", "aiosmtpd", "alembic", "fastapi", "holidays", "httpx", "sqlalchemy", "uvicorn", "yaml")
ASK = f"""
import io, sys
from services.cli.main import run
from services.cli.output import Output
from services.cli.session import Session
code = run(sys.argv[1:], Session({{}}, Output(io.StringIO(), io.StringIO())))
print("heavy:", *(name for name in {HEAVY!r} if name in sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize("argv", [("--help",), ("appeal", "--help"), ("demo", "--help"), ("--version",)])
def test_help_imports_nothing_heavy(argv) -> None:
    """People ask for help often, and a shell completes with it: it must come at once."""
    done = subprocess.run([sys.executable, "-c", ASK, *argv], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "heavy:"
