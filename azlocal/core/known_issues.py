"""The documented failures of Azure Local, as data: what they look like, what to do, and whether a retry may help.

An entry has

    id         stable name, `area-subject`
    title      one line
    severity   critical (blocks), error (a run failed), warning or info (nothing is blocked)
    retry      safe (repeat as it is), after-fix (repeat once the remedy is done), contact-support (do not repeat)
    url        where it is documented
    summary    what happened, in a sentence or two
    remedy     what to do before anything is repeated
    certain    regular expressions that say it is this issue
    interfaces regular expressions for the engine's step alone: this issue, unless another cause is named beside it
    headings   regular expressions for words over a list of results: this issue, unless the results can be read
    possible   regular expressions for words that other failures use, too

At least one of the last four is not empty. Expressions are searched without regard to case, over line ends, in texts
that `azlocal.core.signatures.normal` has brought to one form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import ModuleType
from typing import Any

from azlocal.core.data import (
    known_issues_deployment,
    known_issues_environment,
    known_issues_lcm,
    known_issues_registration,
    known_issues_update,
    known_issues_update_os,
    known_issues_upgrade,
    known_issues_validation,
)
from azlocal.core.signatures import Pattern, pattern
from azlocal.errors import BadInput

AREAS: Mapping[str, tuple[ModuleType, ...]] = {
    "upgrade": (known_issues_upgrade,),
    "validation": (known_issues_validation, known_issues_environment),
    "deployment": (known_issues_deployment,),
    "lcm": (known_issues_lcm,),
    "registration": (known_issues_registration,),
    "update": (known_issues_update, known_issues_update_os),
}
"""Area → the modules that hold its entries, in the order in which matches are reported."""

SAFE, AFTER_FIX, CONTACT_SUPPORT, PERSON = "safe", "after-fix", "contact-support", "person"
RETRIES = (SAFE, AFTER_FIX, CONTACT_SUPPORT)
SEVERITIES = ("critical", "error", "warning", "info")
_TEXTS = ("id", "title", "severity", "retry", "url", "summary", "remedy")
_PATTERNS = ("certain", "interfaces", "headings", "possible")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIssue:
    """One documented failure; the module's docstring tells its fields."""

    id: str
    area: str
    title: str
    severity: str
    retry: str
    url: str
    summary: str
    remedy: str
    certain: tuple[Pattern, ...] = ()
    interfaces: tuple[Pattern, ...] = ()
    headings: tuple[Pattern, ...] = ()
    possible: tuple[Pattern, ...] = ()

    @property
    def blocks(self) -> bool:
        """Return whether it can be why something failed."""
        return self.severity in {"critical", "error"}


@cache
def known_issues() -> tuple[KnownIssue, ...]:
    """Return all entries, in the order in which they are reported. Raises BadInput when the data is bad."""
    return read_issues((area, one) for area, modules in AREAS.items() for module in modules for one in module.ISSUES)


def known_issue(name: str) -> KnownIssue:
    """Return the entry of that id; raise BadInput with near ones when there is none."""
    every = {one.id: one for one in known_issues()}
    if name not in every:
        near = get_close_matches(name, every, n=3)
        more = f"; did you mean {' or '.join(near)}?" if near else ""
        raise BadInput([f"known issue: there is no '{name}'{more}"], remedy="docs/diagnosis.md lists them all")
    return every[name]


def read_issues(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[KnownIssue, ...]:
    """Return (area, entry) pairs as issues; raise BadInput with everything that is wrong, each with entry and field."""
    given = [(area, dict(entry)) for area, entry in entries]
    names = [entry.get("id") for _, entry in given]
    problems = [problem for area, entry in given for problem in _problems(area, entry)]
    problems += [f"known issue '{one}': id: there are {names.count(one)}" for one in _repeated(names)]
    if problems:
        raise BadInput(problems, remedy="correct the entry in azlocal/core/data/known_issues_*.py")
    return tuple(_issue(area, entry) for area, entry in given)


def _repeated(names: list[Any]) -> list[Any]:
    return [one for place, one in enumerate(names) if one in names[:place] and one not in names[place + 1 :]]


def _problems(area: str, entry: Mapping[str, Any]) -> Iterable[str]:
    head = f"known issue '{entry.get('id', '')}'"
    if area not in AREAS:
        yield f"{head}: area: '{area}' is none of {', '.join(AREAS)}"
    for name in entry.keys() - {*_TEXTS, *_PATTERNS}:
        yield f"{head}: {name}: there is no such field"
    for name in _TEXTS:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            yield f"{head}: {name}: must be a text"
    for name, words in (("severity", SEVERITIES), ("retry", RETRIES)):
        if isinstance(entry.get(name), str) and entry[name] not in words:
            yield f"{head}: {name}: '{entry[name]}' is none of {', '.join(words)}"
    if isinstance(entry.get("url"), str) and not entry["url"].startswith("https://"):
        yield f"{head}: url: '{entry['url']}' does not begin with https://"
    yield from (f"{head}: {problem}" for problem in _pattern_problems(entry))


def _pattern_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    if not any(entry.get(name) for name in _PATTERNS):
        yield f"{_PATTERNS[0]}: at least one of {', '.join(_PATTERNS)} must say how the issue is recognised"
    for name in _PATTERNS:
        told = entry.get(name, ())
        if not isinstance(told, tuple | list) or not all(isinstance(one, str) and one for one in told):
            yield f"{name}: must be a list of regular expressions"
            continue
        for one in told:
            try:
                pattern(one)
            except ValueError as error:
                yield f"{name}: {error}"


def _issue(area: str, entry: Mapping[str, Any]) -> KnownIssue:
    fields: dict[str, Any] = {name: entry[name] for name in _TEXTS}
    fields |= {name: tuple(map(pattern, entry.get(name, ()))) for name in _PATTERNS}
    return KnownIssue(area=area, **fields)
