"""What the audit trail notes is told in the reader's words, whatever part of the code has noted it."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import services
from services.contracts.appeals import AppealKind, Channel, Language
from services.contracts.referrals import ReferralState
from services.router.act import Verb
from services.router.appeal import Outcome
from services.router.console import asked, statistics
from services.router.console.appeal import REASONS
from services.router.console.names import Names
from services.router.console.trail_told import Telling
from services.router.console.words import all_words
from services.router.periods import By
from services.router.requests import SCOPES
from services.router.roles import Role
from tests.small_rules import rules

SERVICES = Path(services.__path__[0])
FILES = [
    *sorted((SERVICES / "router").rglob("*.py")),
    SERVICES / "chassis/keys.py",
    SERVICES / "chassis/operations.py",
]
HANDS_ON = {"trail.py", "asking.py"}
"""What notes acts for others: the facts come from whoever calls."""
ADDRESSES = {*asked.Asked.model_fields, *statistics.Asked.model_fields} - {"sort", "columns", "cursor"}
"""What a filter may tell."""
NAMING = {"Act", "noted", "done", "case_of_task", "case_of_referral", "_case", "Noted"}


Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """One module, and what it notes in the trail."""

    def __init__(self, path: Path) -> None:
        self.path = path
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        self.functions = [one for one in nodes if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        self.calls = [(one, call) for one in self.functions for call in ast.walk(one) if isinstance(call, ast.Call)]
        self.seen: set[tuple[str, str]] = set()

    def acts(self) -> Iterator[str]:
        """Kinds of acts, where they are written out."""
        for _, call in self.calls:
            if _called(call)[1] in NAMING:
                told = [str(one.value) for one in ast.walk(call) if isinstance(one, ast.Constant)]
                yield from (one for one in told if re.fullmatch(r"[a-z_]+\.[a-z_]+", one))

    def facts(self) -> Iterator[str]:
        """Keys of facts."""
        for function, call in self.calls:
            match _called(call):
                case ("trail", "Act") | (_, "noted"):
                    yield from self.told(call.args[-1], function)
                case ("asking", "done"):
                    for given in call.keywords:
                        yield from [given.arg] if given.arg else self.told(given.value, function)

    def told(self, facts: ast.expr, within: Function) -> Iterator[str]:
        """The keys that an expression may have; an assertion fails where that cannot be seen."""
        match facts:
            case ast.Dict():
                for key, value in zip(facts.keys, facts.values, strict=True):
                    yield from [ast.literal_eval(key)] if key else self.told(value, within)
            case ast.IfExp():
                yield from [*self.told(facts.body, within), *self.told(facts.orelse, within)]
            case ast.Call(func=ast.Attribute(attr="narrowing")):
                yield from ADDRESSES
            case ast.Name(id=name):
                yield from self.named(name, within)
            case _:
                pytest.fail(f"{self.path}:{facts.lineno}: what does this note? {ast.unparse(facts)}")

    def named(self, name: str, within: Function) -> Iterator[str]:
        """The keys of what has this name there: it is put together there, or what callers give."""
        if (place := (within.name, name)) in self.seen:
            return
        self.seen.add(place)
        found = [*((one, within) for one in _assigned(name, within)), *self.given(name, within)]
        assert found or self.path.name in HANDS_ON, f"{self.path}: what is {name} in {within.name}?"
        for one, there in found:
            yield from self.told(one, there)

    def given(self, name: str, to: Function) -> Iterator[tuple[ast.expr, Function]]:
        places = [one.arg for one in to.args.args if one.arg != "self"]
        for function, call in self.calls:
            if name in places and _called(call)[1] == to.name and len(call.args) > places.index(name):
                yield call.args[places.index(name)], function


def _assigned(name: str, within: Function) -> Iterator[ast.expr]:
    for node in ast.walk(within):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                yield value


def _called(call: ast.Call) -> tuple[str, str]:
    match call.func:
        case ast.Attribute(value=ast.Name(id=of), attr=name):
            return of, name
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return "", name
        case _:
            return "", ""


def telling(language: str) -> Telling:
    return Telling(Names(rules().directory, date(2026, 11, 26), language))


def test_every_fact_that_is_noted_has_words():
    """In each language: a new key without words would show as it stands in the code."""
    noted = {key for path in FILES if path.name != "trail.py" for key in Module(path).facts()} | ADDRESSES

    assert {"task", "number", "agency", "answered", "roles", "were", "from", "repaired", "scopes", "table"} <= noted
    assert {f"facts.name_{key}" for key in noted} == {key for key in all_words() if key.startswith("facts.name_")}


def test_every_act_that_is_noted_has_words():
    """As far as its kind is written out where it is noted."""
    noted = {act for path in FILES for act in Module(path).acts()}

    assert {"task.assign", "referral.remind", "key.make", "sign_in.refused", "agency.add"} <= noted
    assert [act for act in sorted(noted) if f"audit.act_{act.replace('.', '_')}" not in all_words()] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("roles", Role),
        ("were", Role),
        ("scopes", [f"{scope}education" if scope.endswith(":") else scope for scope in SCOPES]),
        ("verb", Verb),
        ("outcome", [*Outcome, "delivered", "failed", "closed"]),
        ("state", ReferralState),
        ("channel", Channel),
        ("kind", AppealKind),
        ("language", Language),
        ("by", [*By, "rule", "person"]),
        ("table", statistics.Table),
        ("reason", REASONS),
        ("changes", ["lexicon", "directory", "model", "overrides", "margins"]),
        ("changed", ["name", "roles", "password", "disabled_at"]),
        ("code", ["case_claimed", "internal"]),
        ("district", ["talgar"]),
        ("agency", ["akimat"]),
    ],
)
def test_codes_are_told_in_words(name, codes, language):
    """Roles, states, verbs and all else that has words elsewhere."""
    for code in map(str, codes):
        told = telling(language).facts({name: code})

        assert told.partition(": ")[2] not in {code, ""}, code


def test_facts_are_told_one_after_the_other():
    """Days as people write them, yes and no, lists, and a filter in brackets; what nobody knows as it stands."""
    facts = {
        "filter": {"channel": "web", "since": "2026-11-01", "overdue": "true"},
        "roles": ["auditor", "viewer"],
        "repaired": False,
        "from": None,
        "rows": 5,
        "newer": "thing",
    }

    assert telling("ru").facts(facts) == (
        "Фильтр (Канал: интернет, С: 01.11.2026, Только просроченные: да); Роли: аудитор, наблюдатель; "
        "Исправлено: нет; У кого: —; Строк: 5; newer: thing"
    )
    assert telling("kk").act("task.assign") == "органға жіберді"
    assert telling("kk").act("task.unheard_of") == "task.unheard_of"
