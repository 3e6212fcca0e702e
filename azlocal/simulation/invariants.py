"""What must hold of every history, judged by what azlocal sent. Each function returns what broke, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from azlocal.core.ids import group_id_of, h10, key, name_of, subscription_id_of
from azlocal.core.tags import ACCEPT, HOLD, PAUSE, Acceptance
from azlocal.sandbox.journal import Entry
from azlocal.simulation.history import StartSent, TagsWritten, Timeline, starts_sent, tags_written

READABLE = timedelta(seconds=60)
"""A stop counts once it could be read for this long before the start was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One world's story, ready to be judged. `control` is the id of the control group."""

    starts: Sequence[StartSent]
    tags: Sequence[TagsWritten]
    timeline: Timeline
    control: str

    @classmethod
    def of(cls, entries: Sequence[Entry], timeline: Timeline, control: str) -> History:
        """Return the history that a journal and a timeline tell."""
        return cls(starts=starts_sent(entries), tags=tags_written(entries), timeline=timeline, control=key(control))

    @property
    def accepted(self) -> list[StartSent]:
        """Return the starts that Azure took."""
        return [start for start in self.starts if start.accepted]


def breaks(history: History) -> list[str]:
    """Return everything that broke, invariant by invariant."""
    return [f"{check.__name__}: {text}" for check in INVARIANTS for text in check(history)]


def one_accepted_deploy_for_each_attempt(history: History) -> Iterator[str]:
    """No attempt of a cluster is accepted twice."""
    counts = Counter((start.cluster, start.attempt) for start in history.accepted if start.mode == "Deploy")
    for (cluster, attempt), count in counts.items():
        if count > 1:
            yield f"{name_of(cluster)}: attempt {attempt} was accepted {count} times"


def never_two_operations_on_one_cluster(history: History) -> Iterator[str]:
    """A start is sent only where no operation is under way."""
    for start in history.accepted:
        seen = history.timeline.settings_at(start.cluster, start.at)
        if seen is not None and seen.running:
            yield f"{name_of(start.cluster)}: {start.mode} #{start.seq} was sent while {seen.mode} was {seen.provisioning}"


def deploys_only_what_was_validated(history: History) -> Iterator[str]:
    """The newest Validate before a Deploy had the same parameters, and succeeded; a resume repeats the failed Deploy."""
    for place, start in enumerate(history.accepted):
        if start.mode != "Deploy":
            continue
        before = [one for one in history.accepted[:place] if one.cluster == start.cluster]
        seen = history.timeline.settings_at(start.cluster, start.at)
        if seen is not None and seen.mode == "Deploy":
            yield from _resumes(start, before)
        elif not before or before[-1].parameters != start.parameters:
            yield f"{name_of(start.cluster)}: Deploy #{start.seq} differs from what was last sent"
        elif seen is None or (seen.mode, seen.validation, seen.provisioning) != ("Validate", "Success", "Succeeded"):
            yield f"{name_of(start.cluster)}: Deploy #{start.seq} was sent on {seen}"


def _resumes(start: StartSent, before: Sequence[StartSent]) -> Iterator[str]:
    earlier = [one for one in before if one.mode == "Deploy"]
    if earlier and earlier[-1].parameters != start.parameters:
        yield f"{name_of(start.cluster)}: the resume #{start.seq} has other inputs than the Deploy that failed"


def retries_only_by_consent(history: History) -> Iterator[str]:
    """Every further Deploy of a cluster follows a failed one that a person accepted by name."""
    for place, start in enumerate(history.accepted):
        earlier = [one for one in history.accepted[:place] if (one.cluster, one.mode) == (start.cluster, "Deploy")]
        if start.mode != "Deploy" or not earlier:
            continue
        if not any(_accepts(one, start, earlier[-1].attempt, history.control) for one in history.tags):
            yield f"{name_of(start.cluster)}: Deploy #{start.seq} is a retry that no person accepted"


def _accepts(written: TagsWritten, start: StartSent, attempt: int, control: str) -> bool:
    if written.scope != control or written.principal != "person" or written.seq > start.seq:
        return False
    texts = {name.lower(): text for name, text in written.tags.items()}
    consent = Acceptance.parse(texts.get(ACCEPT + h10(start.cluster), ""))
    return consent is not None and consent.mode == "deploy" and consent.attempt == attempt


def nothing_starts_where_a_person_said_stop(history: History) -> Iterator[str]:
    """No start on a held cluster, group or subscription, and none while the fleet is paused."""
    for start in history.accepted:
        scopes = {
            start.cluster: HOLD, group_id_of(start.cluster): HOLD,
            subscription_id_of(start.cluster): HOLD, history.control: PAUSE,
        }  # fmt: skip
        for scope, tag in scopes.items():
            seen = history.timeline.tags_through(scope, start.at - READABLE, start.at)
            if seen and all(tag in {name.lower() for name in tags} for tags in seen):
                yield f"{name_of(start.cluster)}: {start.mode} #{start.seq} was sent in spite of {tag} on {scope}"


INVARIANTS: tuple[Callable[[History], Iterator[str]], ...] = (
    one_accepted_deploy_for_each_attempt,
    never_two_operations_on_one_cluster,
    deploys_only_what_was_validated,
    retries_only_by_consent,
    nothing_starts_where_a_person_said_stop,
)
