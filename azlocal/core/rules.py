"""Every rule of the domain by its id: what `rules list|show` tell and `docs/rules.md` is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from azlocal.core.data.builds import BUILDS
from azlocal.core.data.checks import CHECKS, FINDINGS, STATEMENTS, TASKS, VERIFICATION
from azlocal.core.data.reasons import REASONS
from azlocal.core.data.regions import REGIONS
from azlocal.core.data.support import SUPPORT
from azlocal.core.data.thresholds import THRESHOLDS
from azlocal.core.data.validator import TESTS
from azlocal.core.rule import Rule
from azlocal.errors import BadInput

VALIDATION = tuple(
    Rule(
        id=one.id, kind="validation", title=one.title, text=f"Fails when {one.fails_when}.", source=one.link, date="2026-05",
        details=(
            ("Result names", ", ".join(one.results)), ("Severity", one.severity), ("Remedy", one.remedy),
            ("Who acts", one.who), ("Seen before in", one.precheck),
        ),
    )
    for one in TESTS
)  # fmt: skip
"""The tests that run in a readiness validation, whose findings bear their ids."""

ALL: tuple[Rule, ...] = (
    *CHECKS, *SUPPORT, *FINDINGS, *STATEMENTS, *VALIDATION, *VERIFICATION, *TASKS, *THRESHOLDS, *BUILDS, *REGIONS, *REASONS,
)  # fmt: skip


def by_id(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """Return *rules* by id; raise ValueError for an id that stands twice."""
    found: dict[str, Rule] = {}
    for rule in rules:
        if found.setdefault(rule.id, rule) is not rule:
            raise ValueError(f"rule '{rule.id}': id: stands twice")
    return MappingProxyType(found)


BY_ID = by_id(ALL)


def find(text: str) -> Rule:
    """Return the rule of that id, else the first that differs in case only; raise BadInput naming the nearest."""
    word = text.strip()
    found = BY_ID.get(word) or next((rule for rule in ALL if rule.id.lower() == word.lower()), None)
    if found is not None:
        return found
    known = {rule.id.lower(): rule.id for rule in ALL}
    near = [known[one] for one in get_close_matches(word.lower(), known, n=3, cutoff=0.5)]
    more = f"; did you mean {' or '.join(near)}?" if near else ""
    raise BadInput([f"rule: '{word}' is no rule{more}"], remedy="list them with: azlocal-upgrade rules list")
