"""What azlocal promises of its words: facts before passes, claims that are so, rows for every start, nothing secret."""

from __future__ import annotations

import gzip
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.data.thresholds import MINIMUM_LCM, SOLUTION_FAMILIES
from azlocal.core.facts import ClusterFacts, SettingsFacts
from azlocal.core.ids import key, name_of
from azlocal.core.phases import Phase
from azlocal.core.plan import FleetPlan, Traits
from azlocal.core.tags import ATTEST, read_pairs
from azlocal.core.times import parse_time
from azlocal.core.versions import numbers, os_build
from azlocal.report.tick import tick as tick_page
from azlocal.sandbox.wire import Request
from azlocal.simulation.history import History
from azlocal.simulation.planned import READABLE, told
from azlocal.simulation.record import TickRun

Row = Mapping[str, Any]


# facts


def unknown_never_counts_as_pass(history: History) -> Iterator[str]:
    """A start rests on what was read: every machine connected, on the right OS, its LCM extension current; a fresh sync."""
    for start in history.starts:
        if start.tick is None or start.mode == "Extension":
            continue
        for machine in history.timeline.nodes.get(start.cluster, ()):
            problem = _machine(start.tick.rows, machine)
            yield f"{told(start)}: what was read of {name_of(machine)}: {problem}" if problem else ""
        plan, synced = start.tick.plan, history.timeline.synced_at(start.cluster, start.sent_at)
        if plan is not None and (synced is None or start.sent_at - synced > plan.facts_fresh_for + READABLE):
            yield f"{told(start)}: its cluster had last reported at {synced}"


def _machine(rows: Mapping[str, Row], machine: str) -> str:
    row = rows.get(machine)
    extension = rows.get(f"{machine}/extensions/azureedgelifecyclemanager")
    if row is None or str(row.get("status", "")).lower() != "connected":
        return "no row" if row is None else f"status {row.get('status')}"
    build = os_build(str(row.get("osVersion", "")))
    if build is None or build[0] not in SOLUTION_FAMILIES:
        return f"OS {row.get('osVersion')}"
    version = numbers(str(extension.get("version", ""))) if extension else None
    if extension is None or version is None or version < MINIMUM_LCM:
        return f"LCM extension {extension.get('version') if extension else 'without a row'}"
    return ""


def deploys_only_what_was_attested(history: History) -> Iterator[str]:
    """What only people can know was answered with yes before an upgrade, and by nobody with no."""
    for start in history.starts:
        if start.mode != "Deploy" or start.tick is None or start.tick.plan is None:
            continue
        moments = (start.tick.began, start.sent_at - READABLE, start.sent_at)
        plan, timeline = start.tick.plan, history.timeline
        missing = [unattested(timeline.cluster_at(start.cluster, moment), plan, moment) for moment in moments]
        yield f"{told(start)} was sent, and {missing[-1]} was not attested" if all(missing) else ""


def unattested(cluster: ClusterFacts, plan: FleetPlan, moment: datetime) -> str:
    """Return a statement that an upgrade of *cluster* needs and that did not hold at *moment*; empty when all did."""
    traits, day = Traits.of(cluster), moment.date()
    answers = [
        (one.key, one.value) for one in plan.attestations if one.select.fits(traits) and day <= (one.until or day)
    ]
    tags = {name.lower(): read_pairs(text).get("v", "") for name, text in cluster.tags.items()}
    answers += [(name.removeprefix(ATTEST), value) for name, value in tags.items() if name.startswith(ATTEST)]
    for wanted in NEEDED_BEFORE_DEPLOY:
        said = {value for name, value in answers if name == wanted}
        if "yes" not in said or "no" in said:
            return wanted
    return ""


# claims


def what_is_claimed_is_so(history: History) -> Iterator[str]:
    """What a tick calls upgraded is upgraded, what it calls failed has failed, what it calls accepted was accepted."""
    accepted = {(start.tick.number, start.cluster) for start in history.accepted if start.tick is not None}
    for run in history.record.ticks:
        if run.report is None or run.ended is None:
            continue
        for one in run.report.clusters:
            wrong = _wrong_claim(history, run, one)
            if wrong or one.reading.phase in _CLAIMS:
                yield (
                    f"tick {run.number}: {one.cluster.name} is called {one.reading.phase}, and {wrong}" if wrong else ""
                )
        for action in run.report.actions:
            if action.outcome == "accepted":
                text = (
                    f"tick {run.number}: {action.mode} of {name_of(action.cluster_id)} is called accepted, and was not"
                )
                yield "" if (run.number, key(action.cluster_id)) in accepted else text


_CLAIMS = frozenset({Phase.SOLUTION, Phase.APPLY_FAILED})


def _wrong_claim(history: History, run: TickRun, one: Any) -> str:
    cluster, phase = key(one.cluster.id), one.reading.phase
    if phase is Phase.SOLUTION and run.ended is not None and not history.timeline.solved_at(cluster, run.ended):
        return "it is not the solution"
    if phase is not Phase.APPLY_FAILED or not isinstance(one.cluster.settings, SettingsFacts) or run.ended is None:
        return ""
    until = bisect_right(history.timeline.times, run.ended)
    seen = history.timeline.settings_through(cluster, run.began - READABLE, until)
    return "" if any(each is not None and each.deployment == "Error" for each in seen) else "no upgrade of it failed"


# telemetry


def every_start_is_told(history: History) -> Iterator[str]:
    """Every start has its row: of the action, or, where its tick could not send any more, in a later tick's state."""
    actions = {(row["ClusterId"], row["Mode"], row["Attempt"]) for row in history.rows("AzLocalAction_CL")}
    states = {(row["ClusterId"], row["AttemptMode"], row["Attempt"]) for row in history.rows("AzLocalCluster_CL")}
    last = {start.cluster: start for start in history.accepted if start.mode != "Extension"}
    for start in history.accepted:
        if start.tick is None or start.mode == "Extension":
            continue
        name = (start.cluster, start.mode.lower(), start.attempt)
        report = start.tick.report
        whole = report is not None and report.delivery is not None and not report.delivery.lost
        known = start.cluster not in history.record.wiped
        final = history.record.rested and known and last[start.cluster] is start
        untold = name not in actions and (whole or (final and name not in states))
        yield f"{told(start)} (attempt {start.attempt}) has no row" if untold else ""


def failures_are_told_before_they_are_overwritten(history: History) -> Iterator[str]:
    """A resume overwrites what Azure shows of the failure, so its failing step has been ingested before."""
    steps = history.rows("AzLocalStep_CL")
    for place, start in enumerate(history.accepted):
        seen = history.timeline.settings_at(start.cluster, start.sent_at - timedelta(seconds=1))
        if start.mode != "Deploy" or start.tick is None or seen is None or (seen.mode, seen.deployment) != _FAILED:
            continue
        # Of the upgrades before this one, those that Azure took to no effect have not failed.
        earlier = [
            one.at
            for one in history.accepted[:place]
            if (one.cluster, one.mode) == (start.cluster, "Deploy") and one.at <= seen.at
        ]
        since = earlier[-1] if earlier else None
        rows = (row for row in steps[: start.steps] if row["ClusterId"] == start.cluster and row["Failing"])
        known = any(since is None or _ended_after(row, since) for row in rows)
        yield "" if known else f"{told(start)} overwrote a failure that no row tells of"


_FAILED = ("Deploy", "Error")


def _ended_after(row: Row, since: Any) -> bool:
    ended = parse_time(row.get("EndedAt"))
    return ended is not None and ended >= since.replace(microsecond=0)


def terminal_states_reach_telemetry(history: History) -> Iterator[str]:
    """Once ingestion works and the fleet has come to rest, the newest row of every cluster tells how it ended."""
    newest: dict[str, Row] = {}
    for row in history.rows("AzLocalCluster_CL"):
        before = newest.get(row["ClusterId"])
        if before is None or str(before["TimeGenerated"]) <= str(row["TimeGenerated"]):
            newest[row["ClusterId"]] = row
    ended = history.record.ended
    for cluster in history.timeline.clusters if history.record.rested and ended else ():
        wanted = _ended_as(history, cluster)
        phase = newest[cluster]["Phase"] if cluster in newest else "nothing"
        if wanted:
            yield "" if phase == wanted else f"{name_of(cluster)} ended as {wanted}, and telemetry tells {phase}"


def _ended_as(history: History, cluster: str) -> str:
    """Return how *cluster* ended; an empty text where that cannot be told, as while something hangs on it."""
    ended = history.record.ended
    seen = history.timeline.settings_at(cluster, ended) if ended else None
    if seen is not None and seen.running:
        return ""
    if ended is None or history.timeline.solved_at(cluster, ended):
        return str(Phase.SOLUTION)
    failed = seen is not None and seen.upgrade_failed
    # A retry that was announced and refused stands for the failure then.
    later = [one for one in history.starts if failed and seen and one.cluster == cluster and one.at > seen.at]
    return str(Phase.APPLY_FAILED) if failed and not later else ""


def nothing_secret_is_said(history: History) -> Iterator[str]:
    """No secret of the world stands in anything that azlocal sends or says."""
    secrets = [one.encode() for one in history.record.secrets]
    for request, sending in history.record.sent():
        if sending.tick is None or not secrets or not _looked_at(sending.tick, request):
            continue
        text = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
        told = any(secret in text for secret in secrets)
        yield f"tick {sending.tick.number} sent a secret: {request.method} {request.path}" if told else ""
    for run in history.record.ticks:
        told = any(secret in text for text in _said(run) for secret in history.record.secrets)
        yield f"tick {run.number} said a secret" if told else ""


def _said(run: TickRun) -> Iterator[str]:
    """Yield what a tick told people: its error, its problems, its page where it did anything."""
    yield run.raised
    if run.report is not None and (run.report.actions or run.report.problems):
        yield from run.report.problems
        yield tick_page(run.report)


def _looked_at(run: TickRun, request: Request) -> bool:
    """Return whether a request is opened: all but the rows of uneventful ticks, of which each fourth is."""
    eventful = run.report is None or bool(run.report.actions or run.report.problems) or run.number % 4 == 0
    return eventful or not request.path.lower().startswith("/datacollectionrules")


def ticks_end_or_say_why(history: History) -> Iterator[str]:
    """A tick ends with a report, or with an error that says what a person can do; it never breaks down."""
    for run in history.record.ticks:
        yield f"tick {run.number} broke down: {run.raised}" if run.crashed else ""
