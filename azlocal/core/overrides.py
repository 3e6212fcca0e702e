"""The values that rules work with: Microsoft's own, or what the plan puts in their place for some clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from azlocal.core.data.builds import BUILDS, FAMILIES
from azlocal.core.data.regions import REGIONS, SUPPORTED
from azlocal.core.data.thresholds import (
    MAXIMUM_NODES,
    MINIMUM_LCM,
    MINIMUM_LCM_GOVERNMENT,
    MINIMUM_REVISION,
    THRESHOLDS,
)
from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import FleetPlan, Override, Traits
from azlocal.core.rule import Rule

T = TypeVar("T")

OPEN: Mapping[str, Rule] = {rule.id: rule for rule in (*THRESHOLDS, *REGIONS, *BUILDS) if rule.open}
"""The rules whose value a plan may override, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The values in force for one cluster; `overridden` tells by rule id which are the plan's, and whose."""

    minimum_revision: Mapping[int, int] = field(default_factory=lambda: MINIMUM_REVISION)
    minimum_lcm: tuple[int, ...] = MINIMUM_LCM
    minimum_lcm_government: tuple[int, ...] = MINIMUM_LCM_GOVERNMENT
    maximum_nodes: int = MAXIMUM_NODES
    regions: Mapping[str, frozenset[str]] = field(default_factory=lambda: SUPPORTED)
    ends: Mapping[int, date | None] = field(default_factory=lambda: {one.build: one.ends for one in FAMILIES.values()})
    overridden: Mapping[str, str] = field(default_factory=dict)

    def touched(self, *rules: str) -> str:
        """Return what the plan says instead of the values of *rules*, empty when it says nothing."""
        if not self.overridden:
            return ""
        return "; ".join(self.overridden[rule] for rule in rules if rule in self.overridden)


USUAL = InForce()


def in_force(plan: FleetPlan | None, cluster: ClusterFacts, now: datetime) -> InForce:
    """Return the values that hold for *cluster* at *now*. Of several overrides of a rule the first that fits counts."""
    if plan is None or not plan.overrides:
        return USUAL
    traits = Traits.of(cluster)
    chosen: dict[str, Override] = {}
    for one in plan.overrides:
        if one.rule in OPEN and one.until >= now.date() and one.select.fits(traits):
            chosen.setdefault(one.rule, one)
    return _with(chosen) if chosen else USUAL


def _with(chosen: Mapping[str, Override]) -> InForce:
    values = {name: OPEN[name].read(one.value) for name, one in chosen.items()}
    return InForce(
        minimum_revision=_by_number("minimum-build-", USUAL.minimum_revision, values),
        minimum_lcm=_one("minimum-lcm", USUAL.minimum_lcm, values),
        minimum_lcm_government=_one("minimum-lcm-government", USUAL.minimum_lcm_government, values),
        maximum_nodes=_one("maximum-nodes", USUAL.maximum_nodes, values),
        regions={cloud: _one(f"regions-{cloud}", names, values) for cloud, names in USUAL.regions.items()},
        ends=_by_number("end-of-support-", USUAL.ends, values),
        overridden={name: told(one) for name, one in chosen.items()},
    )


def _one(name: str, usual: T, values: Mapping[str, Any]) -> T:
    found: T = values.get(name, usual)
    return found


def _by_number(prefix: str, usual: Mapping[int, T], values: Mapping[str, Any]) -> dict[int, T]:
    return {number: _one(f"{prefix}{number}", value, values) for number, value in usual.items()}


def told(one: Override) -> str:
    """Return an override in words: the value, whose it is, until when and why, and what it replaces."""
    usual = OPEN[one.rule].shown
    return f"overridden by {one.by}: {one.rule} is {one.value}, not {usual}, until {one.until} ({one.reason})"
