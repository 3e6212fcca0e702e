"""azlocal: its census, as every door asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.reporting import Verdicts, take_part

if TYPE_CHECKING:
    from azlocal.core.facts import FleetFacts

told: dict[str, Any] = {}


def census() -> Verdicts:
    """Return azlocal's own verdicts, each with the check that decided."""
    from azlocal.app import App

    look = App.from_environment().census()
    assert not look.problems, look.problems
    told["rows"] = rows_of(look.facts)
    found = ((one.cluster.id, one.candidate) for one in look.clusters)
    return {
        name: f"{one.verdict} {one.decides.check}" if one.decides else str(one.verdict) for name, one in found
    }  # fmt: skip


def rows_of(facts: FleetFacts) -> list[int]:
    """Return how many rows each of the census' three queries must have given, counted by what came of them."""
    from azlocal.core.facts import SolutionFacts

    beside: set[str] = set()
    resources, summaries = len(facts.clusters), 0
    for one in facts.clusters:
        machines = one.machines or ()
        beside |= {each.id for each in (*(one.appliances or ()), *(one.custom_locations or ()), *(one.workloads or ()))}
        resources += len(machines) + sum(getattr(machine.lcm, "id", "") != "" for machine in machines)
        if isinstance(one.solution, SolutionFacts):
            summaries += 1 + len(one.solution.updates or ())
    return [resources + len(beside), summaries, 1]


if __name__ == "__main__":
    take_part(census, lambda: told)
