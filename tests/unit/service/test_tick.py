"""A tick over ports in memory: what is asked of the outside, in which order, and what is never sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone

import pytest

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.decisions import UpdateExtension
from azlocal.core.digest import members_digest
from azlocal.core.facts import (
    ABSENT,
    AfterFacts,
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    FleetFacts,
    MachineFacts,
    NodeFacts,
    SettingsFacts,
    Step,
)
from azlocal.core.ids import group_id_of, h10, key, name_of, subscription_id_of, subscription_of
from azlocal.core.plan import Attestation, FleetPlan, Inputs, Ring, Scope, Selector
from azlocal.core.tags import Acceptance, Approval, Earlier, Intent
from azlocal.core.windows import Window
from azlocal.errors import AzureRefused, AzureUnreachable, Incomplete
from azlocal.ports import Delivery, Sent
from azlocal.service.act import BATCH
from azlocal.service.observe import detail, merge, refresh, reread
from azlocal.service.tick import Ports, TickRequest, tick

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
SUB, OTHER_SUB = "11111111-2222-3333-4444-555555555555", "66666666-2222-3333-4444-555555555555"
DIGEST, PLAN_DIGEST, BUILD = "ab" * 32, "cd" * 32, "10.0.25398.1904"
CONTROL = f"/subscriptions/{SUB}/resourceGroups/control"
ALWAYS = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC")
DOWN = AzureUnreachable("no answer", remedy="look at the network")
ACCEPTED = Sent(outcome="accepted", status=201, correlation_id="cor")


def ident(n, sub=SUB):
    return f"/subscriptions/{sub}/resourceGroups/rg-{n}/providers/Microsoft.AzureStackHCI/clusters/c{n:02}"


def cluster(n=1, *, tags=(), **changes):
    lcm = ExtensionFacts(id=f"lcm{n}", version="30.2408.0.1", provisioning_state="Succeeded")
    machine = MachineFacts(id=f"m{n}", name=f"m{n}", status="Connected", os_version=BUILD, lcm=lcm)
    ready = ClusterFacts(
        id=ident(n), name=f"c{n:02}", location="eastus", tags={"ring": "one", **dict(tags)},
        identity_type="SystemAssigned", status="ConnectedRecently", connectivity="Connected",
        last_sync_at=NOW - HOUR, observed_at=NOW, nodes=(NodeFacts(name=f"m{n}", os_version=BUILD),),
        machines=(machine,), workloads=(), appliances=(), custom_locations=(), locks=(),
        solution=ABSENT, settings=ABSENT, deployment=ABSENT,
    )  # fmt: skip
    return replace(ready, **changes)


def after(mode, status, state, n=1, f=0):
    """Return a cluster on which attempt 1 of *mode* ended an hour ago as *status*."""
    step = (Step(name="Step", index="0", status=status, started_at=NOW - HOUR, ended_at=NOW - HOUR),)
    deploys = mode == "deploy"
    intent = Intent(mode=mode, attempt=1, failures=f, inputs=DIGEST[:12], plan=PLAN_DIGEST[:12], at=NOW - 2 * HOUR)
    shown = SettingsFacts(
        id="s", mode=mode.title(), operation_type="ClusterUpgrade", provisioning_state=state, echo=DIGEST,
        validation_status="Success" if deploys else status, deployment_status=status if deploys else "",
        validation_steps=() if deploys else step, deployment_steps=step if deploys else (),
    )  # fmt: skip
    ours = DeploymentFacts(id="d", provisioning_state=state, mode=mode, inputs=DIGEST[:12], attempt=1)
    return cluster(n, tags={"azlocal-op": intent.text()}, settings=shown, deployment=ours)


def validated(n=1):
    return after("validate", "Success", "Succeeded", n)


def upgrade_failed(n=1):
    return after("deploy", "Error", "Failed", n)


def consent(n=1):
    accepted = {h10(ident(n)): Acceptance(mode="deploy", attempt=1)}
    return ControlFacts(id=CONTROL, paused=False, acceptances=accepted)


def ring(name="one", **changes):
    usual = {"expect": 1, "gate": "none", "windows": (ALWAYS,), "max_concurrent": 99, "failure_budget": 9}
    return Ring(name=name, select=Selector(tags={"ring": name}), **(usual | changes))


def plan(*rings, **changes):
    stated = tuple(Attestation(key=one, value="yes", by="op", until=None) for one in NEEDED_BEFORE_DEPLOY)
    usual = {"attestations": stated, "control": CONTROL, "lease": "/container", "scope": Scope(subscriptions=(SUB,))}
    return FleetPlan(digest=PLAN_DIGEST, rings=rings or (ring(),), **(usual | changes))


class World:
    """Azure in memory, as every port of a tick at once; `journal` tells what was asked, in order.

    `meanwhile` runs once, between the decision and the first re-read of a cluster.
    """

    def __init__(self, *clusters, control=None):
        self.clusters = {key(one.id): one for one in clusters}
        self.group = control or ControlFacts(id=CONTROL, paused=False)
        self.scopes, self.broken, self.answers, self.rows = {}, {}, [], []
        self.journal = []
        self.first, self.newest, self.calls, self.throttled = NOW, NOW, 0, 0
        self.standing, self.keeps, self.waits_out, self.writes_intents = "clean", True, True, True
        self.meanwhile = lambda: None
        self.delivery = None
        self.machines = []

    def ports(self, **changes):
        every = {"reader": self, "starter": self, "watch": self, "inputs": self, "lease": self, "sink": self}
        return Ports(**(every | changes))

    def note(self, what, where=""):
        self.journal.append((what, where))
        if (what, where) in self.broken:
            raise self.broken[what, where]

    def done(self, *what):
        return [entry for entry in self.journal if entry[0] in what]

    def change(self, n=1, **changes):
        self.clusters[key(ident(n))] = replace(self.clusters[key(ident(n))], **changes)

    # Reader
    def census(self, scope):
        self.note("census")
        bare = tuple(replace(one, settings=None, deployment=None) for one in self.clusters.values())
        return FleetFacts(cloud="public", clusters=bare)

    def clusters_now(self, subscription):
        self.note("list", subscription)
        return [self._own(one) for one in self.clusters.values() if subscription_of(one.id) == subscription]

    def cluster(self, cluster_id):
        self.note("cluster", name_of(cluster_id))
        return self._own(self.clusters[key(cluster_id)])

    def _own(self, one):
        unseen = dict.fromkeys(("machines", "workloads", "appliances", "custom_locations", "locks", "solution"))
        return replace(one, settings=None, deployment=None, **unseen)

    def settings(self, cluster_id):
        self.note("settings", name_of(cluster_id))
        return self.clusters[key(cluster_id)].settings

    def deployment(self, cluster_id):
        self.note("deployment", name_of(cluster_id))
        return self.clusters[key(cluster_id)].deployment

    def locks(self, subscription):
        if ("locks", subscription) in self.broken:
            raise self.broken["locks", subscription]
        return [lock for one in self.clusters.values() for lock in one.locks or () if subscription in lock.id]

    def after(self, cluster):
        return AfterFacts(observed_at=NOW)

    def control(self, group_id):
        if self.done("control"):
            self.meanwhile()
            self.meanwhile = lambda: None
        self.note("control", group_id)
        return self.group

    def tags(self, scope_id):
        self.note("tags", scope_id)
        return self.scopes.get(scope_id, {})

    # InputsSource
    def read(self, clusters):
        return {key(one.id): Inputs(cluster_id=one.id, parameters={}, digest=DIGEST, source="f") for one in clusters}

    # Lease
    def acquire(self):
        self.note("acquire")
        return self.standing

    def wait_out(self):
        self.note("wait-out")
        return self.waits_out

    def keep(self):
        self.note("keep")
        return self.keeps() if callable(self.keeps) else self.keeps

    def release(self):
        self.note("release")

    # Starter
    def write_intent(self, cluster_id, intent):
        self.note("intent", name_of(cluster_id))
        if self.writes_intents:
            one = self.clusters[key(cluster_id)]
            self.change(int(one.name[1:]), tags={**one.tags, "azlocal-op": intent.text()})
        return self.writes_intents

    def start(self, start, cluster, inputs, intent):
        self.note("start", f"{cluster.name} {start.kind}")
        self.machines += [start.machines] if isinstance(start, UpdateExtension) else []
        return self.answers.pop(0) if self.answers else ACCEPTED

    # Sink
    def send(self, rows):
        self.note("rows")
        sent = list(rows)
        self.rows += sent
        return self.delivery or Delivery(sent=len(sent))


def run(world, wanted=None, ports=None, **request):
    return tick(ports or world.ports(), wanted or plan(), TickRequest(**request))


def decided(report):
    return [(one.cluster.name, one.decision.kind, one.decision.reason) for one in report.clusters]


def reasons(report):
    return [one.decision.reason for one in report.clusters]


def outcomes(report):
    return [one.outcome for one in report.actions]


def test_a_start_is_lease_then_re_read_then_intent_then_one_request():
    world = World(cluster())
    report = run(world)
    assert world.journal[-13:] == [
        ("keep", ""), ("control", CONTROL),
        ("tags", group_id_of(ident(1))), ("tags", subscription_id_of(ident(1))),
        ("cluster", "c01"), ("settings", "c01"), ("deployment", "c01"),
        ("intent", "c01"), ("keep", ""), ("start", "c01 StartValidation"), ("release", ""), ("rows", ""), ("rows", ""),
    ]  # fmt: skip
    assert decided(report) == [("c01", "StartValidation", "Candidate")]
    assert (outcomes(report), report.lease, report.failed) == (["accepted"], "clean", False)


def test_the_lease_is_taken_before_anything_is_read_that_a_start_rests_on():
    world = World(cluster())
    run(world)
    assert [entry[0] for entry in world.journal[:2]] == ["census", "acquire"]


def test_the_intent_tells_the_mode_attempt_inputs_plan_and_azures_newest_moment():
    world = World(validated())
    world.newest = NOW + timedelta(seconds=30, microseconds=5)
    run(world)
    assert Intent.parse(world.clusters[key(ident(1))].tags["azlocal-op"]) == Intent(
        mode="deploy", attempt=1, failures=0, inputs=DIGEST[:12], plan=PLAN_DIGEST[:12],
        at=NOW + timedelta(seconds=30), before=(Earlier(mode="validate", attempt=1, at=NOW - 2 * HOUR),),
    )  # fmt: skip


def test_a_resume_counts_the_failure_in_its_intent():
    world = World(upgrade_failed(), control=consent())
    assert decided(run(world)) == [("c01", "Resume", "RetryAccepted")]
    intent = Intent.parse(world.clusters[key(ident(1))].tags["azlocal-op"])
    assert (intent.mode, intent.attempt, intent.failures) == ("deploy", 2, 1)


def test_a_failures_rows_are_sent_before_a_resume_overwrites_it():
    world = World(upgrade_failed(), control=consent())
    run(world)
    assert [entry[0] for entry in world.done("rows", "intent", "start")] == ["rows", "intent", "start", "rows", "rows"]


def test_each_cluster_is_read_again_just_before_its_own_start():
    world = World(cluster(1), cluster(2))
    run(world)
    assert world.done("cluster", "intent", "start") == [
        ("cluster", "c01"), ("intent", "c01"), ("start", "c01 StartValidation"),
        ("cluster", "c02"), ("intent", "c02"), ("start", "c02 StartValidation"),
    ]  # fmt: skip


MEANWHILE = {
    "settings appeared": (lambda w: w.change(settings=validated().settings), "ChangedSinceObserved"),
    "deployment appeared": (lambda w: w.change(deployment=validated().deployment), "ChangedSinceObserved"),
    "status": (lambda w: w.change(status="DeploymentInProgress"), "ChangedSinceObserved"),
    "intent of another": (lambda w: w.change(tags={"ring": "one", "azlocal-op": "x"}), "ChangedSinceObserved"),
    "consent": (lambda w: setattr(w, "group", consent()), "ChangedSinceObserved"),
    "cluster held": (lambda w: w.change(tags={"ring": "one", "azlocal-hold": "x"}), "Held"),
    "group held": (lambda w: w.scopes.update({group_id_of(ident(1)): {"azlocal-hold": ""}}), "Held"),
    "subscription held": (lambda w: w.scopes.update({subscription_id_of(ident(1)): {"azlocal-hold": ""}}), "Held"),
    "paused": (lambda w: setattr(w, "group", replace(w.group, paused=True)), "Paused"),
    "left its ring": (lambda w: w.change(tags={}), "NoRing"),
    "unreadable": (lambda w: w.broken.update({("cluster", "c01"): DOWN}), "NotReRead"),
    "settings unreadable": (lambda w: w.broken.update({("settings", "c01"): DOWN}), "NotReRead"),
    "group's tags unreadable": (lambda w: w.broken.update({("tags", group_id_of(ident(1))): DOWN}), "NotReRead"),
    "control unreadable": (lambda w: w.broken.update({("control", CONTROL): DOWN}), "NotReRead"),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_what_happens_between_decision_and_start_stops_it_before_the_intent(case):
    change, reason = MEANWHILE[case]
    world = World(cluster())
    world.meanwhile = lambda: change(world)
    report = run(world)
    assert reasons(report) == [reason]
    assert world.done("intent", "start") == []
    assert world.done("release")


def test_a_window_that_ran_out_while_the_tick_worked_stops_the_upgrade():
    world = World(validated())
    narrow = Window(days=frozenset(range(7)), opens=time(0), closes=time(16), zone="UTC")
    world.meanwhile = lambda: setattr(world, "newest", NOW + timedelta(seconds=1))
    report = run(world, plan(ring(windows=(narrow,))))
    assert (reasons(report), world.done("intent", "start")) == (["WindowTooShort"], [])


def test_a_window_that_ran_out_while_the_start_was_announced_stops_the_upgrade():
    world = World(validated())
    narrow = Window(days=frozenset(range(7)), opens=time(0), closes=time(16), zone="UTC")
    writes = world.write_intent

    def slowly(cluster_id, intent):
        world.newest = NOW + timedelta(minutes=2)
        return writes(cluster_id, intent)

    world.write_intent = slowly
    report = run(world, plan(ring(windows=(narrow,))))
    assert (reasons(report), outcomes(report)) == (["WindowTooShort"], ["not-sent"])
    assert (len(world.done("intent")), world.done("start")) == (1, [])


def test_one_clusters_failed_re_read_does_not_stop_the_next_one():
    world = World(cluster(1), cluster(2))
    world.broken[("cluster", "c01")] = DOWN
    assert reasons(run(world)) == ["NotReRead", "Candidate"]
    assert world.done("start") == [("start", "c02 StartValidation")]


def test_without_a_standing_intent_nothing_is_sent():
    world = World(cluster())
    world.writes_intents = False
    report = run(world)
    assert (reasons(report), outcomes(report), world.done("start")) == (["IntentNotWritten"], ["not-sent"], [])


def test_a_lease_held_by_another_starts_nothing_and_is_no_failure():
    world = World(cluster())
    world.standing = "held"
    report = run(world)
    assert decided(report) == [("c01", "Wait", "AnotherRunner")]
    assert (report.lease, report.failed) == ("held", False)
    assert world.done("intent", "start", "release", "keep") == []


def test_a_taken_over_lease_is_waited_out_before_the_look_that_decides():
    world = World(cluster())
    world.standing = "taken-over"
    report = run(world)
    order = [entry[0] for entry in world.journal]
    assert order.index("acquire") < order.index("wait-out") < order.index("list")
    assert (report.lease, outcomes(report), len(world.done("release"))) == ("taken-over", ["accepted"], 1)


def test_a_takeover_that_is_lost_while_waiting_starts_nothing():
    world = World(cluster())
    world.standing, world.waits_out = "taken-over", False
    report = run(world)
    assert (report.lease, reasons(report), world.done("intent", "start", "release")) == ("lost", ["AnotherRunner"], [])


def test_a_lease_that_azure_refuses_is_a_problem_of_the_tick_and_starts_nothing():
    world = World(cluster())
    world.broken[("acquire", "")] = AzureRefused("no right", remedy="grant it")
    report = run(world)
    assert (reasons(report), report.failed, world.done("intent", "start")) == (["AnotherRunner"], True, [])
    assert "no right" in report.problems[0]


def test_a_lease_lost_between_two_starts_ends_the_act():
    world = World(cluster(1), cluster(2), cluster(3))
    world.keeps = lambda: not world.done("start")
    report = run(world)
    assert reasons(report) == ["Candidate", "LeaseLost", "LeaseLost"]
    assert world.done("intent", "start", "cluster") == [
        ("cluster", "c01"), ("intent", "c01"), ("start", "c01 StartValidation"),
    ]  # fmt: skip


def test_a_lease_once_lost_is_not_asked_for_again_in_the_same_act():
    world = World(cluster(1), cluster(2))
    answers = iter((False, True, True))
    world.keeps = lambda: (
        next(answers) if world.done("settings") == [("settings", "c01"), ("settings", "c02")] else True
    )
    assert set(reasons(run(world))) == {"LeaseLost"}
    assert list(answers) == [True, True]


def test_the_lease_is_kept_while_the_fleet_is_read():
    world = World(cluster(1), cluster(2))
    run(world, dry_run=False, ceiling=frozenset({"StartUpgrade"}))
    order = [entry[0] for entry in world.journal]
    assert order.count("keep") >= 4
    assert all(order[order.index(read) - 1] == "keep" for read in ("list", "control", "settings"))


@pytest.mark.parametrize(("missing", "named"), [({"lease": ""}, "lease"), ({"control": ""}, "control")])
def test_a_plan_without_lease_or_control_starts_nothing(missing, named):
    world = World(cluster())
    report = run(world, plan(**missing))
    assert world.done("acquire", "intent", "start") == []
    assert named in report.clusters[0].decision.message
    assert report.lease == "none"


def test_a_deployment_that_the_re_read_did_not_show_makes_the_tick_stand_down():
    world = World(cluster(1), cluster(2))
    world.answers = [Sent(outcome="refused", status=409, code="DeploymentActive", message="active")]
    report = run(world)
    assert decided(report) == [("c01", "Wait", "AnotherRunner"), ("c02", "Wait", "AnotherRunner")]
    assert (outcomes(report), len(world.done("start")), report.failed) == (["stood-down"], 1, False)


@pytest.mark.parametrize("missing", ["lease", "control"])
def test_a_dry_run_promises_no_start_that_a_plan_without_lease_or_control_group_forbids(missing):
    told = run(World(cluster()), plan(**{missing: ""}), dry_run=True).clusters[0].decision
    assert told.reason == {"lease": "NoLease", "control": "NoControl"}[missing]


def test_another_refusal_is_that_clusters_hold_by_its_own_code_and_the_others_go_on():
    world = World(cluster(1), cluster(2))
    world.answers = [Sent(outcome="refused", status=409, code="ScopeLocked", message="a lock")]
    report = run(world)
    assert decided(report) == [("c01", "Hold", "ScopeLocked"), ("c02", "StartValidation", "Candidate")]
    assert (outcomes(report), report.failed) == (["refused", "accepted"], True)
    assert "a lock" in report.clusters[0].decision.message


def test_a_throttled_start_waits_and_is_not_sent_again():
    world = World(cluster())
    world.answers = [Sent(outcome="refused", status=429, code="TooManyRequests", message="slow down")]
    assert reasons(run(world)) == ["Throttled"]
    assert len(world.done("start")) == 1


def test_an_unknown_outcome_waits_for_the_next_look_and_is_not_sent_again():
    world = World(cluster(1), cluster(2))
    world.answers = [Sent(outcome="unknown", message="the reply was lost")]
    report = run(world)
    assert (reasons(report), outcomes(report)) == (["OutcomeUnknown", "Candidate"], ["unknown", "accepted"])
    assert len(world.done("start")) == 2


def test_the_tick_after_an_unknown_outcome_starts_nothing_while_the_intent_is_open():
    world = World(cluster())
    world.answers = [Sent(outcome="unknown", message="the reply was lost")]
    run(world)
    world.first = world.newest = NOW + timedelta(minutes=14)
    assert reasons(run(world)) == ["IntentOpen"]
    assert len(world.done("start")) == 1


def test_an_intent_with_nothing_behind_it_is_used_again_after_fifteen_minutes():
    world = World(cluster())
    world.answers = [Sent(outcome="unknown", message="the request was lost")]
    run(world)
    world.first = world.newest = NOW + timedelta(minutes=15)
    report = run(world)
    assert (outcomes(report), report.actions[0].attempt) == (["accepted"], 1)


def test_a_deadline_that_is_over_starts_nothing():
    world = World(cluster(1), cluster(2))
    report = run(world, out_of_time=lambda: True)
    assert (reasons(report), world.done("intent", "start")) == (["Deadline", "Deadline"], [])


def test_a_deadline_is_looked_at_before_every_batch():
    world = World(*(cluster(n) for n in range(1, BATCH + 3)))
    report = run(world, out_of_time=lambda: bool(world.done("start")))
    assert (len(world.done("start")), reasons(report).count("Deadline")) == (BATCH, 2)


def test_a_dry_run_decides_the_same_and_takes_no_lease_writes_nothing_and_sends_nothing():
    world = World(cluster(1), validated(2))
    report = run(world, dry_run=True)
    assert decided(report) == [("c01", "StartValidation", "Candidate"), ("c02", "StartUpgrade", "Validated")]
    assert world.done("acquire", "keep", "release", "intent", "start", "rows") == []
    assert (report.actions, report.delivery, report.lease) == ((), None, "none")


def test_a_subscription_that_cannot_be_listed_halts_the_rings_and_starts_nothing():
    world = World(cluster())
    world.broken[("list", SUB)] = DOWN
    report = run(world)
    assert (reasons(report), report.failed, world.done("intent", "start")) == (["ScopeShrunk"], True, [])


def test_a_control_group_that_cannot_be_read_ends_the_tick_and_gives_the_lease_back():
    world = World(cluster())
    world.broken[("control", CONTROL)] = DOWN
    with pytest.raises(AzureUnreachable):
        run(world)
    assert world.done("intent", "start") == []
    assert len(world.done("release")) == 1


def test_answers_without_a_date_end_the_tick_before_the_lease():
    world = World(cluster())
    world.first = None
    with pytest.raises(Incomplete, match="Date"):
        run(world)
    assert world.done("acquire", "start") == []


def test_a_ceiling_holds_back_what_a_door_may_not_start():
    world = World(cluster(1), validated(2))
    report = run(world, ceiling=frozenset({"StartUpgrade", "Resume"}))
    assert reasons(report) == ["NotThisDoor", "Validated"]
    assert world.done("start") == [("start", "c02 StartUpgrade")]


def test_narrowing_to_some_clusters_narrows_the_act_and_not_the_look():
    world = World(cluster(1), cluster(2))
    report = run(world, only=frozenset({key(ident(2))}))
    assert reasons(report) == ["NotSelected", "Candidate"]
    assert {where for _, where in world.done("settings")} == {"c01", "c02"}


def test_every_cluster_action_and_the_tick_itself_are_recorded():
    world = World(cluster(1), cluster(2))
    report = run(world)
    tables = [row.table for row in world.rows]
    assert [tables.count(f"AzLocal{name}_CL") for name in ("Cluster", "Action", "Tick")] == [2, 2, 1]
    assert report.delivery == Delivery(sent=len(world.rows))


def test_lost_rows_make_the_tick_fail_and_stop_no_start():
    world = World(cluster())
    world.delivery = Delivery(lost=3, problems=("refused",))
    report = run(world)
    assert (outcomes(report), report.failed) == (["accepted"], True)


def test_a_tick_without_a_sink_still_works():
    world = World(upgrade_failed(), control=consent())
    report = run(world, ports=world.ports(sink=None))
    assert (outcomes(report), report.delivery) == (["accepted"], None)


def looked(world, wanted=None):
    facts = world.census(Scope())
    return refresh(world, wanted or plan(), facts, NOW, lambda: None)


def test_a_look_takes_tags_and_statuses_from_arm_and_the_surroundings_from_the_census():
    world = World(cluster())
    facts = world.census(Scope())
    world.change(status="Disconnected", tags={"ring": "one", "azlocal-hold": "x"}, machines=())
    seen = refresh(world, plan(), facts, NOW, lambda: None).clusters[0]
    assert (seen.status, "azlocal-hold" in seen.tags, len(seen.machines)) == ("Disconnected", True, 1)


def test_a_subscription_that_cannot_be_listed_is_a_gap_and_keeps_its_clusters():
    world = World(cluster(1), cluster(2, id=ident(2, OTHER_SUB)))
    world.broken[("list", OTHER_SUB)] = DOWN
    facts = looked(world)
    assert sorted(one.name for one in facts.clusters) == ["c01", "c02"]
    assert len(facts.gaps) == 1
    assert OTHER_SUB in facts.gaps[0]


def test_a_subscription_of_the_scope_without_known_clusters_is_listed_too():
    world = World(cluster())
    looked(world, plan(scope=Scope(subscriptions=(OTHER_SUB.upper(),))))
    assert world.done("list") == [("list", SUB), ("list", OTHER_SUB)]


def test_a_cluster_that_the_index_does_not_know_yet_is_seen_and_an_excluded_one_is_not():
    world = World(cluster(1))
    facts = world.census(Scope())
    world.clusters |= {key(ident(n)): cluster(n) for n in (2, 3)}
    seen = refresh(world, plan(scope=Scope(subscriptions=(SUB,), exclude=(ident(3),))), facts, NOW, lambda: None)
    assert [one.name for one in seen.clusters] == ["c01", "c02"]


def test_a_cluster_whose_details_cannot_be_read_keeps_its_place_with_the_error():
    world = World(cluster(1), cluster(2))
    world.broken[("deployment", "c01")] = DOWN
    broken, whole = looked(world).clusters
    assert (broken.error, broken.settings, broken.deployment) == ("no answer", None, None)
    assert (whole.error, whole.settings, whole.deployment) == ("", ABSENT, ABSENT)


def test_a_cluster_whose_details_cannot_be_read_takes_a_slot_and_is_never_started():
    world = World(cluster(1), cluster(2))
    world.broken[("settings", "c01")] = DOWN
    report = run(world, plan(ring(max_concurrent=1)))
    assert (reasons(report), world.done("start")) == (["Unreadable", "RingFull"], [])


def test_a_re_read_raises_what_a_look_would_keep():
    world = World(cluster())
    world.broken[("settings", "c01")] = DOWN
    assert detail(world, cluster()).error == "no answer"
    with pytest.raises(AzureUnreachable):
        reread(world, cluster())


def test_an_error_of_the_census_is_not_forgotten_by_a_fresh_listing():
    assert merge(cluster(error="half read"), cluster()).error == "half read"
    assert merge(None, cluster()).error == ""


def test_a_dry_run_with_a_resume_due_sends_no_rows():
    world = World(upgrade_failed(), control=consent())
    assert decided(run(world, dry_run=True)) == [("c01", "Resume", "RetryAccepted")]
    assert world.done("rows") == []


def test_a_cluster_moved_to_a_closed_ring_between_decision_and_start_is_not_started():
    world = World(validated(1), cluster(2, tags={"ring": "two"}))
    tags = world.clusters[key(ident(1))].tags
    world.meanwhile = lambda: world.change(tags={**tags, "ring": "two"})
    run(world, plan(ring(), ring("two", gate="approval")))
    assert world.done("start") == []


def test_an_exception_while_sending_is_an_unknown_outcome_and_the_tick_is_recorded():
    world = World(cluster(1), cluster(2))
    world.broken[("start", "c01 StartValidation")] = DOWN
    assert reasons(run(world)) == ["OutcomeUnknown", "Candidate"]


def test_a_start_that_the_starter_did_not_send_is_not_shown_as_started():
    world = World(cluster())
    world.answers = [Sent(outcome="not-sent", code="InputsMissing", message="no inputs for this cluster")]
    assert decided(run(world))[0][1] != "StartValidation"


def test_a_lease_that_is_lost_after_the_intent_sends_nothing():
    world = World(cluster(1), cluster(2))
    world.keeps = lambda: not world.done("intent")
    report = run(world)
    assert (reasons(report), outcomes(report)) == (["LeaseLost", "LeaseLost"], ["not-sent"])
    assert (world.done("intent"), world.done("start")) == ([("intent", "c01")], [])


def outdated(n=1, machines=3):
    old = replace(cluster(n).machines[0], lcm=ABSENT)
    each = tuple(replace(old, id=f"{old.id}-{place}", name=f"n{place}") for place in range(machines))
    return cluster(n, machines=each, nodes=cluster(n).nodes * machines)


EXTENDING = plan(update_extension=True)


def test_an_extension_is_written_machine_by_machine_under_the_lease():
    world = World(outdated())
    report = run(world, EXTENDING)
    acted = [entry[0] for entry in world.journal[world.journal.index(("intent", "c01")) :]]
    assert acted[:7] == ["intent", "keep", "start", "keep", "start", "keep", "start"]
    assert world.machines == [("m1-0",), ("m1-1",), ("m1-2",)]
    assert (outcomes(report), len(report.actions)) == (["accepted"], 1)


@pytest.mark.parametrize("answer", ["refused", "unknown"])
def test_an_extension_stops_at_the_first_machine_that_does_not_take_it(answer):
    world = World(outdated())
    world.answers = [ACCEPTED, Sent(outcome=answer, status=409, code="HCRP409", message="busy")]
    report = run(world, EXTENDING)
    assert (outcomes(report), len(world.done("start"))) == ([answer], 2)


def test_an_approval_that_ends_while_the_tick_works_lets_no_upgrade_go():
    world = World(validated())
    members = members_digest([ident(1)])[:12]
    approval = Approval(plan=PLAN_DIGEST[:12], members=members, until=NOW + timedelta(seconds=30))
    world.group = replace(world.group, approvals={"one": approval})
    assert reasons(run(world, plan(ring(gate="approval")), dry_run=True)) == ["Validated"]
    world.journal.clear()
    world.meanwhile = lambda: setattr(world, "newest", NOW + timedelta(seconds=30))
    assert (reasons(run(world, plan(ring(gate="approval")))), world.done("intent")) == (["ApprovalNeeded"], [])


def test_a_hold_in_another_case_stops_the_start_it_comes_before():
    world = World(cluster())
    world.meanwhile = lambda: world.scopes.update({group_id_of(ident(1)): {"AzLocal-Hold": "audit"}})
    assert (reasons(run(world)), world.done("intent")) == (["Held"], [])


@pytest.mark.parametrize("trouble", [DOWN, KeyError("odd")])
def test_an_error_nobody_foresaw_stays_with_its_cluster(trouble):
    world = World(cluster(1), cluster(2), cluster(3))
    world.broken[("settings", "c01")] = trouble
    world.broken[("intent", "c02")] = trouble
    report = run(world)
    assert reasons(report) == ["Unreadable", "IntentNotWritten", "Candidate"]
    assert world.done("start") == [("start", "c03 StartValidation")]
    assert str(trouble) in report.clusters[1].decision.message


def test_an_intent_that_azure_refuses_tells_why_and_what_to_do():
    world = World(cluster())
    world.broken[("intent", "c01")] = AzureRefused("TagLimitExceeded", remedy="remove a tag")
    decision = run(world).clusters[0].decision
    assert (decision.reason, decision.message, decision.remedy) == (
        "IntentNotWritten",
        "TagLimitExceeded",
        "remove a tag",
    )


def test_upgrades_come_before_validations_when_the_time_is_short():
    world = World(*(cluster(n) for n in range(1, BATCH + 1)), validated(90))
    report = run(world, out_of_time=lambda: bool(world.done("start")))
    assert world.done("start")[0] == ("start", "c90 StartUpgrade")
    assert reasons(report).count("Deadline") == 1


def test_a_resume_waits_while_the_failure_it_would_overwrite_is_not_recorded():
    world = World(upgrade_failed(), cluster(2), control=consent())
    world.delivery = Delivery(lost=2, problems=("the rule refused",))
    report = run(world)
    assert reasons(report) == ["FailureNotRecorded", "Candidate"]
    assert world.done("start") == [("start", "c02 StartValidation")]
    assert report.failed


def test_what_is_sent_before_a_resume_is_its_evidence_and_counts_as_sent():
    world = World(upgrade_failed(), control=consent())
    before = []
    world.meanwhile = lambda: before.extend(row.table for row in world.rows)
    report = run(world)
    assert set(before) == {"AzLocalFinding_CL", "AzLocalStep_CL"}
    assert report.delivery == Delivery(sent=len(world.rows))


def test_evidence_is_sent_only_by_the_runner_that_may_resume():
    world = World(upgrade_failed(), control=consent())
    world.standing = "held"
    run(world)
    assert len(world.done("rows")) == 2


@pytest.mark.parametrize("where", ["wait-out", "control"])
def test_whatever_ends_a_tick_gives_the_lease_back(where):
    world = World(cluster())
    world.standing = "taken-over"
    place = CONTROL if where == "control" else ""
    world.broken[(where, place)] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(world)
    assert len(world.done("release")) == 1


def test_a_cluster_that_could_not_be_read_is_a_problem_of_the_tick():
    world = World(cluster(1), cluster(2))
    world.broken[("settings", "c01")] = DOWN
    report = run(world)
    assert (report.problems, report.failed) == (("c01 could not be read whole: no answer",), True)


def test_what_one_ring_shows_opens_the_next_one_in_the_same_look():
    done = after("deploy", "Success", "Succeeded")
    provisioned = replace(done.settings, operation_type="ClusterProvisioning")
    world = World(replace(done, settings=provisioned), cluster(2, tags={"ring": "two"}))
    report = run(world, plan(ring(soak=timedelta(0)), ring("two")))
    assert decided(report)[1] == ("c02", "StartValidation", "Candidate")
