"""A look at the fleet: what is there and what a tick would decide, without starting or recording anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from azlocal.core.digest import short
from azlocal.core.facts import ClusterFacts, FleetFacts
from azlocal.core.ids import key, subscription_of
from azlocal.core.plan import FleetPlan, Inputs, Scope
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision, decide_fleet
from azlocal.core.verification import is_upgraded
from azlocal.errors import AzlocalError, Incomplete
from azlocal.ports import Reader, Watch
from azlocal.service.choosing import check_word, choose
from azlocal.service.observe import look_after, refresh, reread, with_locks
from azlocal.service.tick import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetLook:
    """The fleet at one moment, and what is decided of it. Without a plan `plan_digest` is empty."""

    now: datetime
    facts: FleetFacts
    rings: tuple[RingState, ...] = ()
    clusters: tuple[ClusterDecision, ...] = ()
    plan_digest: str = ""

    @property
    def cloud(self) -> str:
        """Return the cloud that answered."""
        return self.facts.cloud

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what could not be read; empty when the fleet was read whole."""
        broken = (f"{one.name} could not be read whole: {one.error}" for one in self.facts.clusters if one.error)
        return (*self.facts.gaps, *broken)

    def ring(self, name: str) -> RingState | None:
        """Return the state of a ring, or None."""
        return next((ring for ring in self.rings if ring.name == name), None)


def look(ports: Ports, plan: FleetPlan | None, scope: Scope | None = None, detail: str = "") -> FleetLook:
    """Look at the fleet: with a plan as a tick does, without one by Resource Graph over *scope* alone.

    *detail* names a cluster (CLUSTER) that is read whole in any case. Raises BadInput when it means
    none or several, and AzlocalError when the fleet cannot be read at all.
    """
    facts, now = observe_fleet(ports.reader, ports.watch, plan, scope, detail)
    members = [one for one in facts.clusters if plan is not None and plan.ring_of(one) is not None]
    return judge(facts, plan, ports.inputs.read(members) if members else {}, now)


def observe_fleet(
    reader: Reader, watch: Watch, plan: FleetPlan | None, scope: Scope | None = None, detail: str = ""
) -> tuple[FleetFacts, datetime]:
    """Return the facts a look rests on, and their moment: the `Date` of the first answer."""
    if detail:
        check_word(detail)
    facts = reader.census(plan.scope if plan else scope or Scope())
    now = watch.first
    if now is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    if plan is None:
        facts = with_locks(reader, facts, _hold_nothing)
    else:
        facts = refresh(reader, plan, facts, now, _hold_nothing)
    return (_detailed(reader, facts, detail) if detail else facts), now


def _hold_nothing() -> None:
    """A look holds no lease that would have to be kept."""


def _detailed(reader: Reader, facts: FleetFacts, word: str) -> FleetFacts:
    wanted = choose(facts.clusters, word)
    read = wanted if wanted.settings is not None else _whole(reader, wanted)
    if read.after is None and is_upgraded(read) and not read.error:
        read = look_after(reader, read)
    return replace(facts, clusters=tuple(read if one is wanted else one for one in facts.clusters))


def _whole(reader: Reader, cluster: ClusterFacts) -> ClusterFacts:
    try:
        return reread(reader, cluster)
    except AzlocalError as error:
        return replace(cluster, error=str(error))


def judge(facts: FleetFacts, plan: FleetPlan | None, inputs: Mapping[str, Inputs], now: datetime) -> FleetLook:
    """Return what *facts*, fresh or from a snapshot, mean at *now*."""
    decided = decide_fleet(facts, plan, inputs, now)
    return FleetLook(
        now=now, facts=facts, rings=decided.rings, clusters=decided.clusters,
        plan_digest=short(plan.digest) if plan else "",
    )  # fmt: skip


def in_scope(facts: FleetFacts, plan: FleetPlan | None) -> FleetFacts:
    """Return the facts of a snapshot that a census for *plan* would have: what its scope leaves out is not there."""
    if plan is None:
        return facts
    named = {one.lower() for one in plan.scope.subscriptions}
    wanted = (one for one in facts.clusters if not plan.scope.excludes(one.id))
    if named and not plan.scope.management_groups:
        wanted = (one for one in wanted if subscription_of(one.id) in named)
    return replace(facts, clusters=tuple(wanted))


def pick(found: FleetLook, word: str) -> ClusterDecision:
    """Return what was decided of the cluster that *word* means; raise BadInput for none or several."""
    wanted = key(choose((one.cluster for one in found.clusters), word).id)
    return next(one for one in found.clusters if key(one.cluster.id) == wanted)
