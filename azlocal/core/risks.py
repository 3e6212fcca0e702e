"""Risks that a person may take on by name: what is found, does not decide anything, and would be told for ever.

An accepted risk changes no status and no decision. What blocks, what is not known and only Azure, a validation or
an attestation can settle (design, law 4), and what may still run cannot be accepted: it is not in the list, or the
acceptance does not apply to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import AcceptedRisk, FleetPlan, Traits

RISKS: Mapping[str, str] = MappingProxyType({
    "limbo": "it stays between OS upgrade and solution upgrade, where neither portal nor Windows Admin Center updates it",
    "horizon": "it runs a build that is out of support",
    "census-stale": "it has not synced for long, so nothing that it reports can be relied on",
    "never-synced": "it has never synced, or Azure does not say when",
    "support-locks": "a lock that forbids deleting stands on it or above it and may stop a step of the upgrade",
    "support-policy": "an Azure Policy may deny what the upgrade creates",
    "support-third-party-tooling": "its OS was upgraded by a tool that Microsoft does not support",
    "task-security": "security baselines are not applied after the upgrade",
    "task-locks": "a lock on the resource bridge or above it will block the next update",
    "task-storage-paths": "there are no storage paths for workloads yet",
    "task-cau": "the permissions of Cluster-Aware Updating are not seen to",
    "task-drivers": "the vendor's latest drivers are not seen to",
    "task-rdp": "remote desktop access is not reviewed",
    "task-updates": "the solution has not been updated for longer than is supported",
})  # fmt: skip
"""Check → what is taken on with it."""


def accepted_risks(cluster: ClusterFacts, plan: FleetPlan | None, now: datetime) -> Mapping[str, str]:
    """Return what is accepted for *cluster* at *now*, in words by check. Of several the first that fits counts."""
    if plan is None or not plan.accepted_risks:
        return {}
    traits, found = Traits.of(cluster), dict[str, str]()
    for one in plan.accepted_risks:
        if one.risk in RISKS and one.until >= now.date() and one.select.fits(traits):
            found.setdefault(one.risk, told(one))
    return found


def told(one: AcceptedRisk) -> str:
    """Return an acceptance in words: who, until when, and why."""
    return f"accepted by {one.by} until {one.until}: {one.reason}"
