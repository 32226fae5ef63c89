"""The reference consumers of examples/, as programs to start."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from services.cli.local.processes import Program

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
LANGUAGES: Final = ("python", "node")
"""Those that come over AMQP."""


def consumer(language: str, folder: Path, *, node_modules: Path, amqp_url: str, agency: str, **more: str) -> Program:
    """The reference consumer in this language; what it remembers is in `folder`."""
    environment = {**os.environ, "AMQP_URL": amqp_url, "AGENCY": agency, **_kept(folder), **more}
    if language == "python":
        return Program("agency", (sys.executable, "-W", "error", str(EXAMPLES / "agency.py")), environment)
    script = shutil.copy(EXAMPLES / "agency.mjs", folder)  # Node.js looks for packages beside the script
    (folder / "node_modules").symlink_to(node_modules)
    return Program("agency", ("node", str(script)), environment)


def fetcher(folder: Path, *, url: str, key: str, **more: str) -> Program:
    """The reference consumer that comes over HTTP, likewise."""
    environment = {**os.environ, "JOLDAU_URL": url, "KEY": key, **_kept(folder), **more}
    return Program("agency", (sys.executable, "-W", "error", str(EXAMPLES / "agency_http.py")), environment)


def _kept(folder: Path) -> dict[str, str]:
    return {"BOOK": str(folder / "book"), "DOCUMENTS": str(folder / "documents")}
