"""A look at one cluster, for a door that was told something of it: what is there now, and nothing is started.

Only a tick of the whole fleet decides (design, law 2): what is decided here is what a cluster's own facts decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from azlocal.core.decisions import Done, Hold, Verify, Wait
from azlocal.core.events import cluster_rows
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key, subscription_of
from azlocal.core.plan import FleetPlan, Scope
from azlocal.core.rollout import ClusterDecision
from azlocal.core.verification import is_upgraded
from azlocal.errors import AzlocalError, Incomplete
from azlocal.ports import Delivery
from azlocal.service.look import FleetLook, judge
from azlocal.service.observe import look_after, reread, with_locks
from azlocal.service.tick import Ports

_OWN = (Done, Hold, Verify)
"""What a cluster's own facts decide, whatever the fleet does."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One cluster at one moment; `look` holds nothing else, and knows nothing of rings."""

    look: FleetLook
    cluster: ClusterDecision


def narrowed(scope: Scope, resource_id: str) -> Scope | None:
    """Return the part of *scope* in which a resource lies, or None where it lies outside."""
    subscription = subscription_of(resource_id)
    if subscription in {one.lower() for one in scope.subscriptions}:
        return replace(scope, subscriptions=(subscription,), management_groups=())
    named = bool(scope.subscriptions) and not scope.management_groups
    # What a management group holds, only a query over it tells.
    return None if named or not subscription else scope


def glance(ports: Ports, plan: FleetPlan, resource_id: str) -> Glance | None:
    """Look at the cluster that *resource_id* is, or whose machine it is; None where the fleet has none such.

    Raises `AzlocalError` when Azure cannot be read at all.
    """
    scope = narrowed(plan.scope, resource_id)
    if scope is None:
        return None
    facts = ports.reader.census(scope)
    now = ports.watch.first
    if now is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    found = _meant(facts.clusters, resource_id)
    if found is None:
        return None
    facts = with_locks(ports.reader, replace(facts, clusters=(_whole(ports, found),)), lambda: None)
    inputs = ports.inputs.read(facts.clusters) if plan.ring_of(facts.clusters[0]) is not None else {}
    return _own(judge(facts, plan, inputs, now))


def _meant(clusters: Iterable[ClusterFacts], resource_id: str) -> ClusterFacts | None:
    wanted = key(resource_id)
    return next(
        (one for one in clusters if wanted in {key(one.id), *(key(each.id) for each in one.machines or ())}), None
    )


def _whole(ports: Ports, cluster: ClusterFacts) -> ClusterFacts:
    try:
        read = reread(ports.reader, cluster)
    except AzlocalError as error:
        return replace(cluster, error=str(error))
    return look_after(ports.reader, read) if is_upgraded(read) else read


def _own(look: FleetLook) -> Glance:
    (one,) = look.clusters
    if not isinstance(one.decision, _OWN):
        message = "this was a look at one cluster; the next tick of the fleet decides what happens"
        one = replace(one, decision=Wait(reason="FleetTickDecides", message=message))
    return Glance(replace(look, rings=(), clusters=(one,)), one)


def record(ports: Ports, plan: FleetPlan, seen: Glance, look_id: str) -> Delivery | None:
    """Send the cluster's rows under *look_id*, which stands for a tick's; None where telemetry goes nowhere."""
    if ports.sink is None:
        return None
    return ports.sink.send(cluster_rows([seen.cluster], plan, look_id, seen.look.now))
