"""Starting, in the order of the design's law 5: lease, re-read, compare, intent, one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from azlocal.core.basis import intent_mode, recheck
from azlocal.core.decisions import STARTS, Decision, Hold, Start, UpdateExtension, Wait
from azlocal.core.digest import short
from azlocal.core.events import ActionOutcome
from azlocal.core.facts import Absence, ClusterFacts, ControlFacts
from azlocal.core.ids import group_id_of, subscription_id_of
from azlocal.core.intents import before
from azlocal.core.plan import FleetPlan
from azlocal.core.rollout import ClusterDecision
from azlocal.core.tags import HOLD, Intent, value_of
from azlocal.ports import Lease, Reader, Sent, Starter, Watch
from azlocal.service.observe import reread, told

BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One cluster after the act: what is decided of it now, and what was done."""

    decided: ClusterDecision
    outcome: ActionOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What acting needs: eyes, the lease, the starter, Azure's time, and the deadline to keep."""

    reader: Reader
    lease: Lease
    starter: Starter
    watch: Watch
    plan: FleetPlan
    control: ControlFacts
    out_of_time: Callable[[], bool]


def act(hands: Hands, decided: Iterable[ClusterDecision]) -> Iterator[Act]:
    """Start what was decided, in batches; yield every cluster with what became of it.

    A lost lease, the deadline, or another runner seen at work ends all starts of this tick. What goes
    wrong with one cluster stays with it.
    """
    ended: Wait | None = None
    for place, one in enumerate(decided):
        if ended is None and place % BATCH == 0 and hands.out_of_time():
            ended = Wait(reason="Deadline", message="the door's time is used up; the next tick goes on")
        if ended is None and not hands.lease.keep():
            ended = Wait(reason="LeaseLost", message="the fleet's lease was lost; the next tick goes on")
        if ended is not None:
            yield Act(decided=replace(one, decision=ended))
            continue
        done = _start(hands, one)
        if done.outcome is not None and done.outcome.outcome == "stood-down":
            ended = Wait(reason="AnotherRunner", message="another runner starts upgrades; this tick stands down")
        yield done


def _start(hands: Hands, one: ClusterDecision) -> Act:
    start = one.decision
    if not isinstance(start, STARTS):
        return Act(decided=one)
    try:
        now_facts, control, holds = _look_again(hands, one.cluster)
    except Exception as error:
        return Act(decided=replace(one, decision=_wait("NotReRead", error)))
    now = hands.watch.newest
    barrier = _barrier(hands, one, start, (now_facts, control), holds, now)
    if barrier is not None or now is None:
        return Act(decided=replace(one, decision=barrier or Wait(reason="NotReRead", message="Azure told no time")))
    return _send(hands, one, start, now, (now_facts, control))


def _look_again(hands: Hands, cluster: ClusterFacts) -> tuple[ClusterFacts, ControlFacts, Mapping[str, str]]:
    control = hands.reader.control(hands.plan.control)
    holds: dict[str, str] = {}
    for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id)):
        text = value_of(hands.reader.tags(scope), HOLD)
        if text is not None:
            holds[scope] = text
    return reread(hands.reader, cluster), control, holds


def _barrier(
    hands: Hands, one: ClusterDecision, start: Start, after: tuple[ClusterFacts, ControlFacts],
    holds: Mapping[str, str], now: datetime | None,
) -> Wait | None:  # fmt: skip
    """Return what changed since the decision, or is no longer allowed at the newest `Date`."""
    ring = hands.plan.ring_of(after[0])
    if now is None or ring is None:
        return Wait(reason="NoRing", message="no ring of the plan has it any more")
    if ring.name != one.ring:
        message = f"it moved from ring {one.ring} to {ring.name} between the decision and the start"
        return Wait(reason="ChangedSinceObserved", message=message)
    return recheck(
        start, (one.cluster, hands.control), after, holds, hands.plan, ring, now, one.expected.total_seconds()
    )


def _send(
    hands: Hands, one: ClusterDecision, start: Start, now: datetime, after_look: tuple[ClusterFacts, ControlFacts]
) -> Act:
    intent = intent_for(one, start, hands.plan, now)
    # To announce may take minutes where Azure throttles; what ends by the clock may have ended meanwhile.
    problem = _announce(hands, one, intent) or _barrier(hands, one, start, after_look, {}, hands.watch.newest)
    if problem is not None:
        unsent = Sent(outcome="not-sent", message=problem.message)
        return Act(decided=replace(one, decision=problem), outcome=_outcome(one, intent, unsent))
    sent = _sent(hands, one, start, intent)
    outcome = _outcome(one, intent, sent)
    return Act(decided=replace(one, decision=after(start, sent, outcome)), outcome=outcome)


_NOT_OURS = Sent(outcome="not-sent", code="LeaseLost", message="the fleet's lease was lost before the request was sent")


def _announce(hands: Hands, one: ClusterDecision, intent: Intent) -> Wait | None:
    """Write the intent; return why nothing may be sent when it is not certain that it stands."""
    try:
        stands = hands.starter.write_intent(one.cluster.id, intent)
    except Exception as error:
        return _wait("IntentNotWritten", error)
    message = "Azure does not show the intent that was written, so nothing was sent"
    return None if stands else Wait(reason="IntentNotWritten", message=message)


def _wait(reason: str, error: Exception) -> Wait:
    return Wait(reason=reason, message=told(error), remedy=getattr(error, "remedy", ""))


def _sent(hands: Hands, one: ClusterDecision, start: Start, intent: Intent) -> Sent:
    """Send the start, an extension machine by machine. The lease is judged just before each request."""
    sent = _NOT_OURS
    for part in _parts(start):
        if not hands.lease.keep():
            return _NOT_OURS
        try:
            sent = hands.starter.start(part, one.cluster, one.inputs, intent)
        except Exception as error:
            return Sent(outcome="unknown", message=told(error))
        if sent.outcome != "accepted":
            return sent
    return sent


def _parts(start: Start) -> list[Start]:
    if isinstance(start, UpdateExtension):
        return [replace(start, machines=(machine,)) for machine in start.machines]
    return [start]


def intent_for(one: ClusterDecision, start: Start, plan: FleetPlan, now: datetime) -> Intent:
    """Return the intent to write before *start*; failures only ever grow."""
    earlier = one.cluster.intent
    known = 0 if earlier is None or isinstance(earlier, Absence) else earlier.failures
    return Intent(
        mode=intent_mode(start),
        attempt=start.attempt,
        failures=max(known, 0 if isinstance(start, UpdateExtension) else start.failures),
        inputs=short(one.inputs.request_digest) if one.inputs else "",
        plan=short(plan.digest),
        at=now.replace(microsecond=0),
        before=before(one.cluster, intent_mode(start), start.attempt),
    )


def _outcome(one: ClusterDecision, intent: Intent, sent: Sent) -> ActionOutcome:
    seen_elsewhere = sent.code == "DeploymentActive"
    return ActionOutcome(
        cluster_id=one.cluster.id,
        kind=one.decision.kind,
        mode=intent.mode,
        attempt=intent.attempt,
        outcome="stood-down" if seen_elsewhere else sent.outcome,
        status=sent.status,
        code=sent.code,
        message=sent.message,
        correlation_id=sent.correlation_id,
        at=intent.at,
        reason=one.decision.reason,
    )


def after(start: Start, sent: Sent, outcome: ActionOutcome) -> Decision:
    """Return what stands decided for a cluster once the start was sent."""
    if outcome.outcome == "stood-down":
        return Wait(reason="AnotherRunner", message="a deployment of this cluster is active that was not seen before")
    if sent.outcome == "not-sent":
        return Wait(reason=sent.code or "NotSent", message=sent.message or "the start was not sent")
    if sent.status == 429:
        return Wait(reason="Throttled", message=f"Azure throttled the start: {sent.message}")
    if sent.outcome == "refused":
        return Hold(
            reason=sent.code or "Refused",
            message=f"Azure refused the start: {sent.message}",
            remedy="mend what the message names; the next tick after 15 minutes tries again",
        )
    if sent.outcome == "unknown":
        return Wait(reason="OutcomeUnknown", message=f"{sent.message}; the next tick reads what became of it")
    return start
