"""The fleet as a sheet: one row for each cluster, in columns that keep their names and places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from azlocal.core.digest import short
from azlocal.core.ids import group_name_of, subscription_of
from azlocal.core.rollout import ClusterDecision
from azlocal.core.times import format_time
from azlocal.report.advice import next_action
from azlocal.report.links import portal_link
from azlocal.report.sheets import Sheet
from azlocal.report.state import attempt, os_builds, since, why
from azlocal.report.text import clean, cut
from azlocal.service.look import FleetLook

LONGEST = 32_000
"""Characters of a cell: a spreadsheet takes 32,767."""
Told = Callable[[FleetLook, ClusterDecision], object]


def _moment(at: datetime | None) -> str:
    return format_time(at) if at else ""


def _open(one: ClusterDecision) -> str:
    return " ".join(dict.fromkeys(finding.check for finding in one.findings if not finding.passes))


COLUMNS: Sequence[tuple[str, str, Told]] = (
    ("Name", "name of the Azure resource", lambda look, one: one.cluster.name),
    ("ResourceGroup", "its resource group", lambda look, one: group_name_of(one.cluster.id)),
    ("SubscriptionId", "its subscription", lambda look, one: subscription_of(one.cluster.id)),
    ("Region", "its location", lambda look, one: one.cluster.location),
    ("Ring", "ring of the plan, empty for none", lambda look, one: one.ring),
    ("Phase", "where it stands on the road", lambda look, one: one.reading.phase),
    ("PhaseReason", "why, for machines", lambda look, one: one.reading.reason),
    ("Verdict", "what its preconditions add up to", lambda look, one: one.candidate.verdict),
    ("Confidence", "of the verdict: high, medium or low", lambda look, one: one.candidate.confidence),
    ("Decision", "what azlocal does next", lambda look, one: one.decision.kind),
    ("Reason", "why, for machines", lambda look, one: one.decision.reason),
    ("Why", "why, for people", lambda look, one: why(one)),
    ("NextAction", "what a person does next", lambda look, one: next_action(one)),
    ("OsBuild", "OS builds of its machines, each once", lambda look, one: os_builds(one.cluster)),
    ("SolutionVersion", "solution version, empty before the upgrade", lambda look, one: one.cluster.solution_version),
    ("Nodes", "nodes that it reports", lambda look, one: len(one.cluster.nodes)),
    ("Step", "innermost running or failing step", lambda look, one: one.reading.step),
    ("Since", "since when it runs (UTC), empty when nothing runs",
     lambda look, one: _moment(since(one)) if one.reading.phase.running else ""),
    ("Stuck", "yes when no step ended for too long", lambda look, one: "yes" if one.reading.stuck else "no"),
    ("Attempt", "number of azlocal's last start, empty for none", lambda look, one: attempt(one)),
    ("StartedByAzlocal", "yes or no: of the operation that the phase speaks of",
     lambda look, one: "yes" if one.reading.ours else "no"),
    ("OpenFindings", "checks that are not met or not known, blank between", lambda look, one: _open(one)),
    ("LastSync", "when it last reported to Azure (UTC)", lambda look, one: _moment(one.cluster.last_sync_at)),
    ("ObservedAt", "when it was read (UTC)", lambda look, one: _moment(one.cluster.observed_at)),
    ("CorrelationId", "of azlocal's last deployment of it", lambda look, one: one.cluster.correlation_id),
    ("InputsDigest", "12 hex digits of what is or would be sent",
     lambda look, one: short(one.inputs.request_digest) if one.inputs else ""),
    ("PlanDigest", "12 hex digits, empty without a plan", lambda look, one: look.plan_digest),
    ("RuleVersion", "of the rules behind the verdict", lambda look, one: one.candidate.rules),
    ("Error", "why it could not be read whole, empty when it could", lambda look, one: one.cluster.error),
    ("Portal", "its page in the portal", lambda look, one: portal_link(look.cloud, one.cluster.id)),
    ("Id", "its resource id", lambda look, one: one.cluster.id),
)  # fmt: skip
"""Name, meaning, and where the value comes from. Names and places stay; new columns go to the end."""


def fleet_sheet(look: FleetLook, shown: Sequence[ClusterDecision] | None = None) -> Sheet:
    """Return the sheet of the fleet; *shown* narrows it."""
    clusters = look.clusters if shown is None else shown
    return Sheet([name for name, _, _ in COLUMNS], _rows(look, clusters))


def _rows(look: FleetLook, clusters: Sequence[ClusterDecision]) -> Iterator[list[object]]:
    for one in clusters:
        yield [_cell(told(look, one)) for _, _, told in COLUMNS]


def _cell(value: object) -> object:
    return value if value is None or isinstance(value, int) else cut(clean(str(value)), LONGEST)
