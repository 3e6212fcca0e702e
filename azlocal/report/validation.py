"""The validation report: every test of the validator against the fleet, and one cluster's tests by machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azlocal.core.data.validator import TESTS, ValidatorTest
from azlocal.core.facts import SettingsFacts
from azlocal.core.rollout import ClusterDecision
from azlocal.core.steps import ended
from azlocal.core.times import format_time
from azlocal.core.validation_report import FAIL, PASS, TOLD, UNREAD, WARN, Check, checks, told_remedy
from azlocal.report.sheets import Sheet
from azlocal.report.tables import Column, table
from azlocal.report.text import age, clean, count, cut, pad, some, width_of, wrap
from azlocal.service.look import FleetLook

_WORST = (FAIL, UNREAD, WARN, TOLD, PASS)
_MARKS = {FAIL: "F", WARN: "w", TOLD: "i", PASS: "-", UNREAD: "?"}
_LEGEND = (
    "all: clusters on which it did not pass; F fails and blocks, w warns, i is only told, ? was cut off, - passed; a "
    "number says on how many machines"
)
_CELL, _WIDE, _LONGEST = 4, 120, 60


@dataclass(frozen=True, slots=True)
class Tested:
    """One cluster with the results of its last validation; *at* is when that ended."""

    one: ClusterDecision
    found: tuple[Check, ...]
    at: datetime | None

    @property
    def name(self) -> str:
        """Return the cluster's name."""
        return self.one.cluster.name

    def of(self, check: str) -> tuple[Check, ...]:
        """Return the results of one test."""
        return tuple(one for one in self.found if one.id == check)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Tests (ids) against clusters; both only where there is something to tell."""

    tests: tuple[str, ...]
    clusters: tuple[Tested, ...]


def examined(one: ClusterDecision) -> Tested:
    """Return a cluster with what its last validation found."""
    settings = one.cluster.settings
    at = ended(settings.validation_steps) if isinstance(settings, SettingsFacts) else None
    return Tested(one, checks(one.cluster), at)


def matrix(clusters: Sequence[ClusterDecision]) -> Matrix:
    """Return the fleet's matrix: tests that failed most often first, clusters by name."""
    known = sorted((one for one in map(examined, clusters) if one.found), key=lambda one: one.name.lower())
    seen: dict[str, list[Check]] = {}
    for one in known:
        for check in one.found:
            seen.setdefault(check.id, []).append(check)
    order = {test.id: place for place, test in enumerate(TESTS)}

    def rank(name: str) -> tuple[int, int, int, str]:
        outcomes = [check.outcome for check in seen[name]]
        return min(map(_WORST.index, outcomes)), -sum(one != PASS for one in outcomes), order.get(name, 99), name

    return Matrix(tuple(sorted(seen, key=rank)), tuple(known))


def documented(name: str) -> ValidatorTest | None:
    """Return the documented test of an id, or None."""
    return next((test for test in TESTS if test.id == name), None)


def cell(one: Tested, test: str) -> str:
    """Return how a test came out on a cluster: the worst word and on how many machines; empty where it did not run."""
    outcomes = [check.outcome for check in one.of(test)]
    if not outcomes:
        return ""
    worst = min(outcomes, key=_WORST.index)
    return f"{worst} ({outcomes.count(worst)})" if worst != PASS else PASS


# the fleet


def matrix_page(look: FleetLook, found: Matrix, width: int | None = None) -> str:
    """Return the fleet's matrix for people: as many clusters as fit."""
    if not found.clusters:
        return "no validation of a cluster shows results that did not pass"
    longest = min(_LONGEST, max(width_of(clean(test)) for test in found.tests))
    fitting = max(1, ((width or _WIDE) - longest - _CELL) // _CELL)
    shown = found.clusters[:fitting]
    lines = [_line("", longest, "all", map(str, range(1, len(shown) + 1)))]
    lines += [_line(test, longest, _all(found, test), (_mark(one, test) for one in shown)) for test in found.tests]
    lines += ["", *wrap(_LEGEND, width), ""]
    lines += [line for place, one in enumerate(shown, 1) for line in _named(look, place, one, width)]
    if len(found.clusters) > len(shown):
        lines.append(f"and {count(len(found.clusters) - len(shown), 'more cluster')}: -o csv or -o json")
    return "\n".join(lines)


def _line(test: str, longest: int, total: str, marks: Iterable[str]) -> str:
    return (pad(cut(clean(test), longest), longest) + "".join(f"{mark:>{_CELL}}" for mark in (total, *marks))).rstrip()


def _all(found: Matrix, test: str) -> str:
    """Return on how many clusters a test did not pass."""
    return str(sum(cell(one, test) not in {"", PASS} for one in found.clusters) or "")


def _mark(one: Tested, test: str) -> str:
    outcomes = [check.outcome for check in one.of(test)]
    if not outcomes:
        return ""
    worst = min(outcomes, key=_WORST.index)
    return _MARKS[worst] + (str(outcomes.count(worst)) if worst != PASS else "")


def _named(look: FleetLook, place: int, one: Tested, width: int | None) -> list[str]:
    when = f", {age(one.at, look.now)}" if one.at else ""
    return wrap(f"{one.name} ({one.one.reading.phase}{when})", width, first=f"{place:>3} ", most=1)


def matrix_sheet(found: Matrix) -> Sheet:
    """Return the fleet's matrix for a spreadsheet: a row for each test, a column for each cluster."""
    heading = ("Check", "Title", "Severity", "Who", "Link", *(one.name for one in found.clusters))
    return Sheet(heading, (_row(name, found) for name in found.tests))


def _row(name: str, found: Matrix) -> tuple[object, ...]:
    test = documented(name)
    told = (test.title, test.severity, test.who, test.link) if test else ("", "", "", "")
    return (name, *told, *(cell(one, name) for one in found.clusters))


def matrix_document(look: FleetLook, found: Matrix) -> dict[str, Any]:
    """Return the fleet's matrix for programs, every result in it."""
    return {
        "version": "azlocal.validation/1",
        "now": format_time(look.now),
        "complete": not look.problems,
        "problems": list(look.problems),
        "tests": [_test(name, found) for name in found.tests],
        "clusters": [cluster_results(one) for one in found.clusters],
    }


def _test(name: str, found: Matrix) -> dict[str, Any]:
    test = documented(name)
    outcomes = {word: [one.name for one in found.clusters if cell(one, name).startswith(word)] for word in _WORST}
    return {
        "id": name, "title": test.title if test else "", "severity": test.severity if test else "",
        "who": test.who if test else "", "remedy": test.remedy if test else "", "link": test.link if test else "",
        "clusters": {word: names for word, names in outcomes.items() if names},
    }  # fmt: skip


def cluster_results(one: Tested) -> dict[str, Any]:
    """Return one cluster's results for programs."""
    return {
        "name": one.name,
        "id": one.one.cluster.id,
        "phase": str(one.one.reading.phase),
        "validatedAt": format_time(one.at) if one.at else None,
        "results": [
            {
                "test": check.id, "result": check.result.name, "machine": check.result.machine,
                "outcome": check.outcome, "detail": check.result.line, "step": check.step,
                "remedy": check.remedy if check.outcome != PASS else "",
                "link": check.link if check.outcome != PASS else "", "resourceId": check.resource_id,
            }
            for check in one.found
        ],
    }  # fmt: skip


# one cluster


_COLUMNS = (Column("Check", 12, middle=True), Column("Machine", 8), Column("Result"), Column("Detail", 20))


def cluster_page(look: FleetLook, one: Tested, width: int | None = None) -> str:
    """Return one cluster's results by machine, and what to do about those that did not pass."""
    if not one.found:
        return clean(f"{one.name}: its settings show no results of the validator ({one.one.reading.phase})")
    ordered = sorted(one.found, key=lambda check: _WORST.index(check.outcome))
    failing = [check for check in ordered if check.outcome != PASS]
    when = f", {age(one.at, look.now)}" if one.at else ""
    head = f"{one.name}: {count(len(failing), 'result')} of {len(ordered)} did not pass{when}"
    rows = [(check.id, check.result.machine, check.outcome, check.result.line) for check in ordered]
    return "\n".join([*wrap(head, width), "", table(_COLUMNS, rows, width).text, "", *_remedies(failing, width)])


def _remedies(failing: Sequence[Check], width: int | None) -> Iterator[str]:
    told: dict[str, list[str]] = {}
    for check in failing:
        told.setdefault(f"{check.id}: {told_remedy(check)}", []).append(check.result.machine)
    for remedy, machines in told.items():
        where = f" [{some(dict.fromkeys(filter(None, machines)))}]" if any(machines) else ""
        yield from wrap(remedy + where, width, first="do: ")


def cluster_sheet(one: Tested) -> Sheet:
    """Return one cluster's results for a spreadsheet."""
    heading = ("Check", "Result", "Machine", "Outcome", "Detail", "Do", "Link")
    rows = (
        (check.id, check.result.name, check.result.machine, check.outcome, check.result.line)
        + (("", "") if check.outcome == PASS else (check.remedy, check.link))
        for check in one.found
    )
    return Sheet(heading, rows)
