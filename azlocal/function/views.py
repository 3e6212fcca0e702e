"""What the app tells over HTTP and keeps of a tick, as documents for programs."""

from __future__ import annotations

from typing import Any

from azlocal.core.rollout import ClusterDecision
from azlocal.report.documents import cluster_document, explain_document, status_document, tick_document
from azlocal.service.glance import Glance
from azlocal.service.look import FleetLook
from azlocal.service.tick import TickReport

Document = dict[str, Any]
VERSION = "azlocal.fleet-view/1"
_ROW = (
    "name", "id", "ring", "phase", "phaseReason", "verdict", "confidence", "decision", "decisionReason",
    "decisionMessage", "remedy", "osBuild", "solutionVersion", "step", "attempt", "error",
)  # fmt: skip
_TICK = (
    "tickId", "now", "planDigest", "failed", "lease", "complete", "problems", "phases", "decisions", "actions",
    "calls", "throttled", "durationSeconds",
)  # fmt: skip


def tick_view(report: TickReport) -> Document:
    """Return a tick without its clusters."""
    told = tick_document(report, ())
    return {name: told[name] for name in _TICK}


def fleet_view(look: FleetLook, tick: Document | None) -> Document:
    """Return the fleet at one moment, a short row for each cluster; *tick* where a tick saw it."""
    return {**status_document(look), "version": VERSION, "tick": tick, "clusters": [_row(one) for one in look.clusters]}


def seen_by(report: TickReport) -> FleetLook:
    """Return what a tick saw as a look would have seen it."""
    return FleetLook(
        now=report.now, facts=report.facts, rings=report.rings, clusters=report.clusters,
        plan_digest=report.plan_digest,
    )  # fmt: skip


def _row(one: ClusterDecision) -> Document:
    told = cluster_document(one)
    return {name: told[name] for name in _ROW}


def cluster_view(seen: Glance, last: Document | None) -> Document:
    """Return everything about one cluster as it is now, and what the last tick of the fleet decided of it."""
    return {**explain_document(seen.look, seen.cluster), "lastTick": last}
