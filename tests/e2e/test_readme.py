"""The README is true: its targets come to what is tested. What it runs between up and down is run in test_demo."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]
BEHIND = {"make demo": "joldau demo", "make up": "joldau up", "make down": "joldau down", "make test": "pytest"}
"""What a target must come to. `joldau demo` is run by test_demo; `make test` is running now."""


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make")])
def test_a_make_target_comes_to_what_is_tested(command):
    """`make --dry-run` prints the recipe, installation included."""
    recipe = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "deploy/install.sh" in recipe.stdout
    assert BEHIND[command] in recipe.stdout


def test_every_file_that_the_readme_names_is_there():
    """Links break silently."""
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert [link for link in links if not (ROOT / link).exists()] == []
