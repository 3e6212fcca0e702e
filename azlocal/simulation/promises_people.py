"""What azlocal promises people: what they stop stands still, and only what they let go goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from azlocal.core.digest import members_digest, short
from azlocal.core.ids import group_id_of, h10, subscription_id_of
from azlocal.core.plan import FleetPlan
from azlocal.core.tags import ACCEPT, APPROVE, HOLD, PAUSE, Acceptance, Approval
from azlocal.service.tick import TickReport
from azlocal.simulation.history import History, StartSent, TagsWritten
from azlocal.simulation.planned import READABLE, memberships, planned, told


def nothing_starts_where_a_person_said_stop(history: History) -> Iterator[str]:
    """No start on a held cluster, group or subscription, and none while the fleet is paused."""
    yield from ("" for run in history.record.ticks if run.report is not None for _ in _stopped(run.report))
    for start in history.starts:
        scopes = {
            start.cluster: HOLD, group_id_of(start.cluster): HOLD,
            subscription_id_of(start.cluster): HOLD, history.control: PAUSE,
        }  # fmt: skip
        for scope, tag in scopes.items():
            seen = history.timeline.tags_through(scope, start.sent_at - READABLE, start.sent_at)
            if seen and all(tag in {name.lower() for name in tags} for tags in seen):
                yield f"{told(start)} was sent in spite of {tag} on {scope}"
    for start, plan, _ in planned(history):
        if plan.paused:
            yield f"{told(start)} was sent although the plan says paused"


def _stopped(report: TickReport) -> Iterator[str]:
    """Yield the clusters that a tick left alone because a person had said so."""
    yield from (one.cluster.id for one in report.clusters if one.decision.reason in {"Held", "Paused"})


def deploys_only_with_an_approval_that_holds(history: History) -> Iterator[str]:
    """In a ring that needs approval, an upgrade starts only under one for this plan, these members and this time."""
    for start, plan, ring in planned(history):
        if start.mode != "Deploy" or ring is None or ring.gate == "none" or start.tick is None:
            continue
        standing = history.timeline.tags_through(history.control, start.sent_at - READABLE, start.sent_at)
        known = [
            Approval.parse(text)
            for tags in standing
            for tag, text in tags.items()
            if tag.lower() == f"{APPROVE}{ring.name}"
        ]
        members = {short(members_digest(readable[ring.name])) for readable in memberships(history, plan, start)}
        text = f"{told(start)} was sent without an approval of ring {ring.name} that holds: {known or 'none'}"
        yield "" if any(_holds(one, plan, members, start.sent_at - READABLE) for one in known) else text


def _holds(approval: Approval, plan: FleetPlan, members: set[str], since: datetime) -> bool:
    lasts = approval.until is not None and approval.until > since
    return lasts and approval.plan == short(plan.digest) and approval.members in members


def retries_only_by_consent(history: History) -> Iterator[str]:
    """Every further Deploy of a cluster follows a failed one that a person accepted by name."""
    for place, start in enumerate(history.accepted):
        earlier = [one for one in history.accepted[:place] if (one.cluster, one.mode) == (start.cluster, "Deploy")]
        if start.mode != "Deploy" or not earlier:
            continue
        plan = start.tick.plan if start.tick else None
        if plan is not None and len(earlier) <= plan.retry.safe:
            continue  # the plan itself repeats a failure of a harmless kind so often
        accepted = any(_accepts(one, start, earlier[-1], history) for one in history.tags)
        yield "" if accepted else f"{told(start)} is a retry that no person accepted"


def _accepts(written: TagsWritten, start: StartSent, failed: StartSent, history: History) -> bool:
    """Return whether a person accepted the attempt that *failed*: by number, or without it where people made that unknown."""
    if written.scope != history.control or written.principal != "person" or written.seq > start.seq:
        return False
    texts = {name.lower(): text for name, text in written.tags.items()}
    consent = Acceptance.parse(texts.get(ACCEPT + h10(start.cluster), ""))
    if consent is None or consent.mode != "deploy":
        return False
    unknown = start.cluster in history.record.wiped | history.record.pruned
    return consent.attempt == failed.attempt or (unknown and consent.attempt == 0 and written.seq > failed.seq)
