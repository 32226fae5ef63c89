"""`joldau` in its image: what it takes from the environment may also stand in files in /run/secrets."""

import os
from pathlib import Path

from services.cli.main import main

for secret in Path("/run/secrets").glob("*"):
    os.environ.setdefault(secret.name.upper(), secret.read_text().strip())
main()
