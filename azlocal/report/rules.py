"""The rules of the domain: a table, one rule as a page, and all of them as the document `docs/rules.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from azlocal.core.data.thresholds import RULES
from azlocal.core.overrides import OPEN
from azlocal.core.plan import FleetPlan, Override
from azlocal.core.rule import KINDS, Rule
from azlocal.core.rules import ALL
from azlocal.report.tables import Column, Table, table
from azlocal.report.text import clean, wrap

COLUMNS = (Column("Id", 12), Column("Kind"), Column("Value", 12, 2), Column("Title", 20), Column("Override", 14, 1))
_BY_PLAN = "a plan may override it"


def overrides_of(rule: Rule, plan: FleetPlan | None) -> tuple[Override, ...]:
    """Return what a plan says of a rule's value, in its order."""
    return tuple(one for one in (plan.overrides if plan else ()) if one.rule == rule.id)


def rules_table(rules: Iterable[Rule], plan: FleetPlan | None, width: int | None = None) -> Table:
    """Return one row for each rule."""
    return table(COLUMNS, (rule_row(one, plan) for one in rules), width)


def rule_row(rule: Rule, plan: FleetPlan | None) -> Sequence[str]:
    """Return a rule's row: id, kind, value, title, and what the plan says instead."""
    said = "; ".join(_short(one) for one in overrides_of(rule, plan))
    return rule.id, rule.kind, rule.shown, rule.title, said or (_BY_PLAN if rule.id in OPEN else "")


def _short(one: Override) -> str:
    return f"{one.value} by {one.by}, until {one.until}"


def rule_page(rule: Rule, plan: FleetPlan | None, width: int | None = 100) -> str:
    """Return everything about one rule."""
    lines = [*wrap(f"{rule.id}: {rule.title}", width), *wrap(rule.text, width), ""]
    pairs = [
        ("Kind", KINDS[rule.kind]), ("Value", rule.shown), *rule.details,
        ("Source", f"{rule.source} ({rule.date})"), ("Version", f"rules {RULES}"),
    ]  # fmt: skip
    if rule.id in OPEN:
        pairs.append(("Override", f"{_BY_PLAN}, with: overrides: [{{rule: {rule.id}, value, by, until, reason}}]"))
    pairs += [("Plan", f"{_short(one)}: {one.reason}") for one in overrides_of(rule, plan)]
    size = max(len(name) for name, _ in pairs)
    for name, text in pairs:
        lines += wrap(text, width, first=f"{clean(name):<{size}}  ") if text else ()
    return "\n".join(lines)


def rules_document(rules: Iterable[Rule], plan: FleetPlan | None) -> dict[str, Any]:
    """Return rules for programs."""
    return {"version": "azlocal.rules/1", "rules": RULES, "items": [rule_document(one, plan) for one in rules]}


def rule_document(rule: Rule, plan: FleetPlan | None) -> dict[str, Any]:
    """Return one rule for programs."""
    return {
        "id": rule.id,
        "kind": rule.kind,
        "title": rule.title,
        "text": rule.text,
        "value": rule.shown or None,
        "mayBeOverridden": rule.id in OPEN,
        "details": {name: text for name, text in rule.details if text},
        "source": rule.source,
        "date": rule.date,
        "overrides": [
            {"value": one.value, "by": one.by, "until": one.until.isoformat(), "reason": one.reason}
            for one in overrides_of(rule, plan)
        ],
    }


# the document

_HEAD = """\
# Rules

Version {version}. This page is made of the data that azlocal decides by; do not edit it. Make it anew with
`azlocal-upgrade rules list --markdown > docs/rules.md`; a test fails when it is behind.

A verdict names the version of the rules behind it. Where a plan overrides one, the version ends with `+plan`, and the
finding says who wants which value, until when and why:

```yaml
overrides:
- {{rule: minimum-build-25398, value: 1850, by: edge team, until: 2027-01-31, reason: agreed with Microsoft support}}
```

`select` narrows an override to some clusters; of several that fit a cluster the first counts. Only rules that have a
value and say so may be overridden.

How the preconditions add up: B1, B2, B3 or B10 not met is *NotApplicable*; then B6 decides (*Blocked*, or *Unknown* where
the census is too old); then B4 (*OsUpgradeRequired*, *OsUpgradeRunning*); then any of B5, B7, B8, B11, or a blocking row of
the support matrix, not met is *Blocked*, not known is *Unknown*. What is left is a *Candidate*. What a readiness validation
settles may stay unknown until it has succeeded; what it does not test must be attested before an upgrade.
"""


def markdown(rules: Sequence[Rule] = ALL) -> str:
    """Return the whole page."""
    lines = (line for kind in KINDS for line in _section(kind, rules))
    return "\n".join([_HEAD.format(version=RULES), *lines]).rstrip("\n")


_PLAIN = frozenset({"reason"})


def _section(kind: str, rules: Sequence[Rule]) -> Iterator[str]:
    of_kind = [one for one in rules if one.kind == kind]
    if not of_kind:
        return
    yield f"## {KINDS[kind]}\n"
    if kind in _PLAIN:
        yield "| Reason | Told of | Meaning | Ends when |"
        yield "|---|---|---|---|"
        yield from (
            f"| `{one.id}` | {_detail(one, 'Told of')} | {one.text} | {_detail(one, 'Ends when')} |" for one in of_kind
        )
        yield ""
        return
    for one in of_kind:
        yield from _entry(one)


def _detail(rule: Rule, name: str) -> str:
    return dict(rule.details).get(name, "")


def _entry(rule: Rule) -> Iterator[str]:
    yield f"### `{rule.id}` {rule.title}\n"
    yield f"{rule.text}\n"
    if rule.value is not None:
        yield f"- Value: `{rule.shown}`" + ("; a plan may override it" if rule.id in OPEN else "")
    yield from (f"- {name}: {text}" for name, text in rule.details if text)
    yield f"- Source: {rule.source} ({rule.date})\n"


def by_kind(rules: Iterable[Rule], kind: str) -> list[Rule]:
    """Return the rules of a kind, all when *kind* is empty."""
    return [one for one in rules if not kind or one.kind == kind]
