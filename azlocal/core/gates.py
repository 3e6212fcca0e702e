"""What stands against a start: people, the plan, the ring, the rules, the inputs, consent and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.decisions import Decision, Hold, Wait
from azlocal.core.durations import DOCUMENTED, Durations
from azlocal.core.facts import ClusterFacts, FleetFacts
from azlocal.core.findings import Status
from azlocal.core.ids import group_id_of, subscription_id_of
from azlocal.core.narrowing import narrowing
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.rings import Member, RingState
from azlocal.core.tags import HOLD
from azlocal.core.windows import Freeze, Window, left, next_opening
from azlocal.words import length

LOOK = "look at the cluster in the portal and at azlocal-upgrade explain; azlocal goes on once it can be read"


# No slots: what holds for every member is worked out once.
@dataclass(frozen=True, kw_only=True)
class Gate:
    """One ring's circumstances, the same for all its members.

    `ahead` says that validations may run although the ring is closed; `durations` are those of the fleet.
    """

    plan: FleetPlan
    ring: Ring
    state: RingState
    facts: FleetFacts
    now: datetime
    durations: Durations = DOCUMENTED
    ahead: bool = False

    @cached_property
    def frozen(self) -> Freeze | None:
        """Return the freeze that covers this moment, or None."""
        return next((freeze for freeze in self.plan.freezes if freeze.covers(self.now)), None)

    @cached_property
    def open_for(self) -> timedelta:
        """Return how long the ring's windows stay open from now; zero when they are closed."""
        return left(self.ring.windows, self.now)

    @cached_property
    def opens(self) -> str:
        """Return in words when the ring's next window opens."""
        return opening(self.ring.windows, self.now)


def stopped(gate: Gate, member: Member) -> Decision | None:
    """Return what people, the plan or the ring's state hold against any start of this cluster."""
    held = _held(gate, member) or taken_out(member.cluster)
    if held is not None:
        return held
    state = gate.state
    if state.state == "halted":
        return Hold(reason=state.reason, message=state.message, remedy=_HALT[state.reason])
    if state.state == "closed" and not gate.ahead:
        return closed(gate)
    if gate.plan.paused or gate.facts.control is None or gate.facts.control.paused:
        return _paused(gate)
    return _frozen(gate.frozen, gate.now) or frozen_by_tags(member.cluster, gate.now)


def closed(gate: Gate) -> Wait:
    """Return the wait of a ring whose gate is not open."""
    return Wait(reason=gate.state.reason, message=gate.state.message)


def taken_out(cluster: ClusterFacts) -> Hold | None:
    """Return what the cluster's own tags about time hold against any start of it."""
    tags = narrowing(cluster.tags)
    if tags.problems:
        return Hold(
            reason="TagUnreadable",
            message="; ".join(tags.problems),
            remedy="correct the tag on the cluster, or remove it",
        )
    if tags.excluded:
        message = f"the tag {tags.excluded} takes it out"
        return Hold(reason="Excluded", message=message, remedy=f"set the tag {tags.excluded} to False to let it go")
    return None


def frozen_by_tags(cluster: ClusterFacts, now: datetime) -> Wait | None:
    """Return the wait of a freeze that the cluster's own tags name, or None."""
    return next((wait for freeze in narrowing(cluster.tags).freezes if (wait := _frozen(freeze, now))), None)


def _frozen(freeze: Freeze | None, now: datetime) -> Wait | None:
    last = freeze.ends(now) if freeze is not None else None
    if freeze is None or last is None:
        return None
    return Wait(reason="Frozen", message=f"frozen until {last}: {freeze.reason or 'no reason given'}")


_HALT = {
    "ScopeShrunk": "find the missing clusters or read rights, or correct expect and select in the plan",
    "FailureBudgetSpent": "diagnose the failures; accept each with: azlocal-upgrade resume CLUSTER",
}


def _held(gate: Gate, member: Member) -> Hold | None:
    cluster, holds = member.cluster, gate.facts.holds
    found = [(cluster.id, cluster.hold)]
    if holds:
        found += [(scope, holds.get(scope)) for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id))]
    for scope, text in found:
        if text is not None:
            return Hold(
                reason="Held", message=f"{HOLD} on {scope}: {text or 'no reason given'}",
                remedy=f"run: azlocal-upgrade release {cluster.name if scope == cluster.id else scope}",
            )  # fmt: skip
    return None


def _paused(gate: Gate) -> Wait:
    if gate.plan.paused:
        return Wait(reason="Paused", message="the plan says paused: true")
    if gate.facts.control is None:
        message = (
            "the control group is not known, so a pause cannot be ruled out"
            if gate.plan.control
            else "the plan names no control group, so nothing starts"
        )
        return Wait(reason="NoControl", message=message)
    return Wait(reason="Paused", message=f"paused: {gate.facts.control.pause_reason or 'no reason given'}")


def rules_still_met(member: Member) -> Hold | None:
    """A cluster between its operations must still be ready: what it can lose is the connection, say."""
    # What Validate settles may stay open: it has succeeded. B9 is the failure that is being dealt with.
    unmet = next((
        one for one in member.candidate.findings
        if not one.passes and one.severity == "blocking" and not one.settled_by
        and one.check != "B9" and not one.check.startswith("attest-")
    ), None)  # fmt: skip
    if unmet is None:
        return None
    return Hold(reason="NoLongerReady", message=unmet.message, remedy=unmet.remedy or LOOK)


def inputs_problem(member: Member) -> Hold | None:
    """Return what is the matter with the cluster's inputs."""
    if member.inputs is None:
        return Hold(
            reason="InputsMissing", message="no upgrade inputs for this cluster",
            remedy=f"add {member.cluster.name}.yaml to the folder of inputs",
        )  # fmt: skip
    if member.inputs.problems:
        more = f" (and {len(member.inputs.problems) - 1} more)" if len(member.inputs.problems) > 1 else ""
        return Hold(
            reason="InputsInvalid", message=member.inputs.problems[0] + more,
            remedy=f"correct {member.inputs.source}",
        )  # fmt: skip
    return None


def upgrade_barred(gate: Gate, member: Member) -> Decision | None:
    """Return what an upgrade needs beyond a validation and is not there: statements, approval, time."""
    if gate.state.state == "closed":
        return closed(gate)
    return _attestations(member) or _approval(gate) or _window(gate, member)


def _attestations(member: Member) -> Hold | None:
    needed = [member.candidate.finding(f"attest-{name}") for name in NEEDED_BEFORE_DEPLOY]
    missing = [one for one in needed if one is None or not one.passes]
    if not missing:
        return None
    one = missing[0]
    if one is not None and one.status is Status.NOT_MET:
        return Hold(reason="AttestedNo", message=f"{one.check}: {one.message}", remedy=one.remedy)
    return Hold(
        reason="AttestationMissing",
        message="; ".join(part.message for part in missing if part is not None),
        remedy=" ".join(part.question for part in missing if part is not None),
    )


def _approval(gate: Gate) -> Wait | None:
    if gate.state.approved:
        return None
    return Wait(
        reason="ApprovalNeeded", message=f"ring {gate.ring.name}: {gate.state.approval_problem}",
        remedy=f"run: azlocal-upgrade approve {gate.ring.name}",
    )  # fmt: skip


def _window(gate: Gate, member: Member) -> Wait | None:
    if not gate.ring.windows:
        return Wait(
            reason="NoWindow", message=f"ring {gate.ring.name} has no window, so nothing is ever deployed in it",
            remedy="give the ring windows in the plan",
        )  # fmt: skip
    needed = gate.durations.expected(len(member.cluster.nodes))
    if gate.open_for < needed:
        return _shut("the window", gate.open_for, needed, gate.opens)
    return narrowed(member.cluster, gate.now, needed)


def narrowed(cluster: ClusterFacts, now: datetime, needed: timedelta) -> Wait | None:
    """Return the wait of a window that the cluster's own tags name and that leaves too little time, or None."""
    tags = narrowing(cluster.tags)
    bar = tags.bar(now, needed)
    if bar is None:
        return None
    windows = dict((*tags.windows, *tags.gates))[bar[0]]
    return _shut(f"the window of the tag {bar[0]}", bar[1], needed, "" if bar[1] else opening(windows, now))


def opening(windows: Iterable[Window], now: datetime) -> str:
    """Return in words when the first of *windows* opens next, in its own zone and in UTC; empty when none ever does."""
    found = next_opening(windows, now)
    if found is None:
        return ""
    opens, zone = found
    utc = f"{opens:%Y-%m-%d %H:%M} UTC"
    return utc if zone == "UTC" else f"{opens.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone} ({utc})"


def _shut(window: str, open_for: timedelta, needed: timedelta, opens: str) -> Wait:
    if not open_for:
        what = "no window is open" if window == "the window" else f"{window} is closed"
        return Wait(reason="OutsideWindow", message=f"{what}; the next opens {opens}" if opens else what)
    message = f"{window} is open for {length(open_for)}; an upgrade needs {length(needed)}"
    return Wait(reason="WindowTooShort", message=message)


def failed_mode(member: Member) -> str:
    """Return the mode of the attempt that failed: validate or deploy, for a refused start that of its intent."""
    return member.reading.mode or "validate"
