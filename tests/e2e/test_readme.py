"""The README is true: each of its commands exists, and those that leave something running are run here."""

import re
import subprocess
from pathlib import Path

import pytest

from services.cli.local.management import Broker
from tests.e2e.test_demo import Joldau, nothing_is_left

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


@pytest.mark.timeout(300)
async def test_the_commands_for_a_running_joldau_work(tmp_path: Path, rabbit: Broker) -> None:
    """In the README's order, as they stand there."""
    joldau = Joldau(tmp_path, rabbit)
    block = COMMANDS[COMMANDS.index("make up") : COMMANDS.index("make down") + 1]
    ended = [(command, *await joldau(*re.sub(r"^(make|\S*joldau) ", "", command).split())) for command in block]

    assert [(command, code, err) for command, code, _, err in ended if code] == []
    await nothing_is_left(joldau, rabbit)


def test_every_file_that_the_readme_names_is_there():
    """Links break silently."""
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert [link for link in links if not (ROOT / link).exists()] == []
