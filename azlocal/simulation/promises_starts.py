"""What azlocal promises of each start: one at a time, validated, announced, under the lease, sent once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from azlocal.core.ids import key
from azlocal.core.tags import OP, Intent
from azlocal.sandbox.journal import Entry
from azlocal.sandbox.wire import Request
from azlocal.simulation.history import IDENTITY, History, StartSent, TagsWritten, moment_of
from azlocal.simulation.planned import READABLE, told


def one_accepted_deploy_for_each_attempt(history: History) -> Iterator[str]:
    """No attempt of a cluster is accepted twice; attempts count anew after a further validation, or a failure people wiped."""
    last: dict[str, int] = {}
    for start in history.accepted:
        if start.mode == "Deploy":
            twice = last.get(start.cluster) == start.attempt and not _wiped_and_failed(history, start)
            yield f"{told(start)}: attempt {start.attempt} was accepted twice" if twice else ""
        if start.mode != "Extension":
            last[start.cluster] = start.attempt if start.mode == "Deploy" else 0


def _wiped_and_failed(history: History, start: StartSent) -> bool:
    """Return whether people wiped the number of the attempt before, and that had failed for all to see."""
    seen = history.timeline.settings_by(start.cluster, start.order)
    return seen is not None and seen.upgrade_failed and start.cluster in history.record.wiped


def never_two_operations_on_one_cluster(history: History) -> Iterator[str]:
    """A start is sent only where no operation is under way: none of azlocal's own, and no other that could be read."""
    for start in history.starts:
        seen = history.timeline.settings_through(start.cluster, start.sent_at - READABLE, start.order)
        if all(one is not None and one.running for one in seen):
            yield f"{told(start)} was sent while {seen[-1].mode if seen[-1] else ''} was running"
        elif start.mode != "Extension" and history.timeline.deploying(start.cluster, start.order):
            yield f"{told(start)} was sent while azlocal's own deployment of it was active"
        else:
            yield ""


def deploys_only_what_was_validated(history: History) -> Iterator[str]:
    """The newest Validate before a Deploy had the same parameters, and succeeded; a resume repeats the failed Deploy."""
    for place, start in enumerate(history.accepted):
        if start.mode != "Deploy":
            continue
        before = [
            one for one in history.accepted[:place] if (one.cluster, one.mode != "Extension") == (start.cluster, True)
        ]
        seen = history.timeline.settings_through(start.cluster, start.sent_at - READABLE, start.order)
        if any(one is not None and one.mode == "Deploy" for one in seen):
            yield from _resumes(start, before)
        elif not before or before[-1].parameters != start.parameters:
            yield f"{told(start)} differs from what was last sent"
        elif not any(one and (one.mode, one.validation, one.provisioning) == _VALID for one in seen):
            yield f"{told(start)} was sent on {seen[-1]}"
        else:
            yield ""


_VALID = ("Validate", "Success", "Succeeded")


def _resumes(start: StartSent, before: Sequence[StartSent]) -> Iterator[str]:
    earlier = [one for one in before if one.mode == "Deploy"]
    other = earlier and earlier[-1].parameters != start.parameters
    yield f"{told(start)} is a resume with other inputs than the Deploy that failed" if other else ""


def deploys_only_what_is_fresh(history: History) -> Iterator[str]:
    """The validation behind a Deploy is no older than the plan allows; a failed upgrade is resumed at any age."""
    for start in history.accepted:
        if start.mode != "Deploy" or start.tick is None or start.tick.plan is None:
            continue
        seen = history.timeline.settings_through(start.cluster, start.sent_at - READABLE, start.order)
        allowed = start.tick.plan.validation_fresh_for + READABLE
        ages = [start.sent_at - one.ended for one in seen if one and one.ended and one.mode == "Validate"]
        if ages and not any(one and one.mode == "Deploy" for one in seen):
            text = f"{told(start)} rests on a validation that ended {min(ages)} before"
            yield text if min(ages) > allowed else ""


def every_start_is_announced(history: History) -> Iterator[str]:
    """Before a start, the same tick has written the intent that names it, and Azure has taken that."""
    written: dict[int, list[int]] = {}
    for entry in history.entries:
        sending = history.record.of(entry)
        if entry.method == "PATCH" and entry.status < 300 and sending is not None and sending.tick is not None:
            written.setdefault(sending.tick.number, []).append(entry.seq)
    intents = {one.seq: one for one in history.tags if one.principal == IDENTITY}
    for start in history.starts:
        if start.tick is None:
            continue
        seqs = [seq for seq in written.get(start.tick.number, ()) if seq < start.seq and seq in intents]
        announced = any(_names(intents[seq], start) for seq in seqs)
        yield "" if announced else f"{told(start)} was sent without an intent on the cluster"


def _names(written: TagsWritten, start: StartSent) -> bool:
    intent = Intent.parse(written.tags.get(OP, ""))
    if written.scope != start.cluster or intent is None:
        return False
    if start.mode == "Extension":
        return intent.mode == "extension"
    return (intent.mode, intent.attempt) == (start.mode.lower(), start.attempt)


def one_request_for_each_start(history: History) -> Iterator[str]:
    """A tick sends a start once, whatever becomes of it: no repetition by a client, no second try."""
    counts: Counter[tuple[int, str]] = Counter()
    for request, sending in history.record.sent():
        if sending.tick is not None and request.method == "PUT":
            counts[sending.tick.number, request.path.lower()] += 1
    for (tick, path), count in counts.items():
        yield f"tick {tick} sent {count} times: PUT {path}" if count > 1 else ""


def starts_only_under_the_lease(history: History) -> Iterator[str]:
    """Whoever starts has taken the fleet's lease, and Azure has confirmed that within its 60 seconds."""
    confirmed: dict[int, list[Entry]] = {}
    for entry in history.entries:
        sending = history.record.of(entry)
        if sending is not None and sending.tick is not None and _confirms(entry):
            confirmed.setdefault(sending.tick.number, []).append(entry)
    for start in history.starts:
        if start.tick is None:
            continue
        known = [entry for entry in confirmed.get(start.tick.number, ()) if entry.seq < start.seq]
        without = not known or start.sent_at - moment_of(known[-1]) > READABLE
        yield f"{told(start)} was sent by tick {start.tick.number} without the fleet's lease" if without else ""


def _confirms(entry: Entry) -> bool:
    if entry.method != "POST" or entry.status >= 300 or not entry.path.lower().endswith("/lease"):
        return False
    return isinstance(entry.body, dict) and entry.body.get("action") in {"Acquire", "Renew"}


_WRITES = (
    ("POST", "/providers/microsoft.resourcegraph/resources"), ("POST", "/lease"), ("POST", "/datacollectionrules/"),
    ("PATCH", "/tags/default"), ("PUT", "/deployments/azl-up-"), ("PUT", "/extensions/azureedgelifecyclemanager"),
)  # fmt: skip


def only_the_published_path(history: History) -> Iterator[str]:
    """A tick writes nothing but leases, intents on clusters, its deployments, the LCM extension and telemetry."""
    for request, sending in history.record.sent():
        if sending.tick is None or request.method in {"GET", "HEAD"}:
            continue
        path = key(request.path)
        known = any(request.method == method and part in path for method, part in _WRITES)
        yield "" if known else f"tick {sending.tick.number} sent {request.method} {request.path}"
        if request.method == "PATCH" and not _marks_a_cluster(request, path, history.control):
            yield f"tick {sending.tick.number} wrote more than its mark on a cluster: {request.path}"


def _marks_a_cluster(request: Request, path: str, control: str) -> bool:
    """Return whether a request adds azlocal's own tag to a cluster, and touches no other."""
    told = json.loads(request.body)
    own = told.get("operation") == "Merge" and set(told.get("properties", {}).get("tags", {})) == {OP}
    return own and "/clusters/" in path and not path.startswith(f"{control}/")
