"""The check itself: scenario by scenario, a line for each fault."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.cli.conformance.judging import faults
from services.cli.conformance.partner import Partner, Scenario, UnseenError, soon
from services.cli.conformance.scenarios import FIRST
from services.cli.failure import Exit, Failed

OK: Final = "ok"
WRONG: Final = "wrong"
UNCHECKED: Final = "not checked"


@dataclass(frozen=True)
class Line:
    """What came of a scenario; one that failed in several ways has several lines."""

    scenario: str
    verdict: str
    what: str = ""


def chosen(scenarios: Mapping[str, Scenario], only: Collection[str]) -> dict[str, Scenario]:
    """All scenarios, or `only` these, in their order. Raises `Failed` for one that there is not."""
    if strange := set(only) - scenarios.keys():
        raise Failed(Exit.USAGE, f"There is no scenario {min(strange)}; there are {', '.join(scenarios)}.")
    return {name: scenario for name, scenario in scenarios.items() if name in only or not only}


async def check(partner: Partner, scenarios: Mapping[str, Scenario]) -> AsyncIterator[Line]:
    """Play scenarios. A fault of form is told once, where it is first seen."""
    if not await soon(partner.readers, partner.within):
        for what in dict.fromkeys((*partner.wrong, partner.nobody)):
            yield Line("connect", WRONG, what)
        return
    yield Line("connect", OK)
    names = list(scenarios)
    told: set[str] = set()
    while names:
        name = names.pop(0)
        try:
            found = await _played(partner, scenarios[name])
        except UnseenError as error:
            yield Line(name, UNCHECKED, str(error))
            continue
        new = [fault for fault in found if fault not in told]
        told.update(new)
        for fault in new:
            yield Line(name, WRONG, fault)
        if not new:
            yield Line(name, OK)
        if name == FIRST and not partner.said:
            for rest in names:
                yield Line(rest, UNCHECKED, "it does not reply at all")
            return


async def _played(partner: Partner, scenario: Scenario) -> list[str]:
    """Every fault of one scenario. What a faulty one has left behind is taken away."""
    begun, wrong = len(partner.heard), len(partner.wrong)
    found = [fault async for fault in scenario(partner)]
    found += [*partner.wrong[wrong:]]
    found += faults(partner.heard[begun:], agency=partner.agency, appeals=partner.appeals)
    if found:
        await partner.clear()
    return list(dict.fromkeys(found))
