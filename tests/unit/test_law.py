"""docs/law.md holds every rule of the law, and each row's tests exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOW_MANY = {
    "INT": 8,
    "RET": 3,
    "SIM": 2,
    "TER": 1,
    "WDR": 1,
    "REF": 6,
    "NOT": 3,
    "CMP": 8,
    "TRM": 6,
    "CAL": 5,
    "SEC": 5,
}
RULES = [*(f"R-{area}-{n + 1}" for area, count in HOW_MANY.items() for n in range(count)), "E1–E11"]


def rows() -> dict[str, tuple[str, list[str]]]:
    """Rule → what we do, and its tests."""
    text = (ROOT / "docs" / "law.md").read_text("utf-8")
    found = re.findall(r"^\| (R-\w+-\d|E1–E11) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert len(found) == len({rule for rule, *_ in found})
    return {rule: (what, re.findall(r"`(\w+)`", tests)) for rule, what, tests in found}


def test_every_rule_has_its_row():
    """None twice, none unknown."""
    assert set(rows()) == set(RULES)


def test_every_test_named_exists():
    """A test that is renamed or deleted takes its row with it; a rule without a test says why."""
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    written = {name for source in sources for name in re.findall(r"def (test_\w+)\(", source)}

    for rule, (what, tests) in rows().items():
        assert tests or what.startswith("Not in the software"), rule
        assert set(tests) <= written, rule
