"""What the rollout may start, and above all what it may not (design, laws 4 to 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.decisions import STARTS, Hold, Resume, StartUpgrade, StartValidation, UpdateExtension, Wait
from azlocal.core.digest import members_digest
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    FleetFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
)
from azlocal.core.ids import group_id_of, h10, key, subscription_id_of
from azlocal.core.plan import Attestation, FleetPlan, Inputs, Ring, Scope, Selector
from azlocal.core.rollout import decide_fleet, detail_needed
from azlocal.core.tags import Acceptance, Approval, Intent
from azlocal.core.windows import Freeze, Window

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DIGEST, PLAN_DIGEST = "ab" * 32, "cd" * 32
SUB = "11111111-2222-3333-4444-555555555555"
BUILD = "10.0.25398.1904"
ALWAYS = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC")
LETS_GO = StartUpgrade | Resume


def ident(n):
    return f"/subscriptions/{SUB}/resourceGroups/rg-{n}/providers/Microsoft.AzureStackHCI/clusters/c{n:02}"


def cluster(n=1, *, ring="one", intent=None, tags=(), **changes):
    """A cluster that meets every rule; what a test is about is changed in it."""
    lcm = ExtensionFacts(id=f"{ident(n)}/lcm", version="30.2408.0.1", provisioning_state="Succeeded")
    machine = MachineFacts(id=f"m{n}", name=f"m{n}", status="Connected", os_version=BUILD, lcm=lcm)
    said = {"ring": ring} | ({"azlocal-op": intent.text()} if intent else {}) | dict(tags)
    ready = ClusterFacts(
        id=ident(n), name=f"c{n:02}", location="eastus", tags=said, identity_type="SystemAssigned",
        status="ConnectedRecently", connectivity="Connected", last_sync_at=NOW - HOUR, observed_at=NOW,
        nodes=(NodeFacts(name=f"m{n}", os_version=BUILD),), machines=(machine,), workloads=(), appliances=(),
        custom_locations=(), locks=(), solution=ABSENT, settings=ABSENT, deployment=ABSENT,
    )  # fmt: skip
    return replace(ready, **changes)


def intent(mode, n=1, f=0, ago=2 * HOUR):
    return Intent(mode=mode, attempt=n, failures=f, inputs=DIGEST[:12], plan=PLAN_DIGEST[:12], at=NOW - ago)


def shown(mode, status, state="Succeeded", ago=HOUR, **changes):
    """Return deployment settings whose only step began and, unless it runs, ended *ago*."""
    end = None if status == "InProgress" else NOW - ago
    steps = (Step(name="Step", index="0", status=status, started_at=NOW - ago, ended_at=end),)
    deploys = mode == "Deploy"
    read = SettingsFacts(
        id="settings", mode=mode, operation_type="ClusterUpgrade", provisioning_state=state, echo=DIGEST,
        validation_status="Success" if deploys else status, deployment_status=status if deploys else "",
        validation_steps=() if deploys else steps, deployment_steps=steps if deploys else (),
    )  # fmt: skip
    return replace(read, **changes)


def sent(mode, n=1, state="Succeeded"):
    return DeploymentFacts(id="d", provisioning_state=state, mode=mode, inputs=DIGEST[:12], attempt=n)


def validated(n=1, **changes):
    done = {"intent": intent("validate"), "settings": shown("Validate", "Success"), "deployment": sent("validate")}
    return cluster(n, **(done | changes))


def validation_failed(n=1, attempt=1, **changes):
    read = {"settings": shown("Validate", "Error", "Failed"), "deployment": sent("validate", attempt, "Failed")}
    return cluster(n, **({"intent": intent("validate", attempt)} | read | changes))


def upgrade_failed(n=1, attempt=1, f=0, **changes):
    read = {"settings": shown("Deploy", "Error", "Failed"), "deployment": sent("deploy", attempt, "Failed")}
    return cluster(n, **({"intent": intent("deploy", attempt, f)} | read | changes))


def upgrade_refused(n=1, attempt=1, **changes):
    """Our deployment failed before the cluster began: the settings still show the validation."""
    read = {"settings": shown("Validate", "Success", ago=3 * HOUR), "deployment": sent("deploy", attempt, "Failed")}
    return cluster(n, **({"intent": intent("deploy", attempt)} | read | changes))


def upgraded(n=1, ago=2 * DAY, **changes):
    after = {
        "solution": SolutionFacts(id="s", version="11.2510.1002.5"),
        "appliances": (RelatedFacts(id="a", kind="appliance", status="Running"),),
        "custom_locations": (RelatedFacts(id="l", kind="location", provisioning_state="Succeeded"),),
        "settings": shown("Deploy", "Success", ago=ago), "deployment": sent("deploy"),
        "intent": intent("deploy", ago=ago + 3 * HOUR),
    }  # fmt: skip
    return cluster(n, **(after | changes))


def outdated(n=1, **changes):
    old = replace(cluster(n).machines[0], lcm=ABSENT)
    return cluster(n, machines=(old,), **changes)


def ring(name="one", **changes):
    usual = {"expect": 1, "gate": "none", "windows": (ALWAYS,), "soak": DAY, "max_concurrent": 99}
    return Ring(name=name, select=Selector(tags={"ring": name}), **(usual | changes))


def plan(*rings, **changes):
    stated = tuple(Attestation(key=one, value="yes", by="op", until=None) for one in NEEDED_BEFORE_DEPLOY)
    usual = {"attestations": stated, "control": "/subscriptions/s/resourceGroups/control"}
    return FleetPlan(digest=PLAN_DIGEST, scope=Scope(), rings=rings or (ring(),), **(usual | changes))


def control(*accepted, **changes):
    """Return the control group; *accepted* are (cluster number, mode, attempt)."""
    consents = {h10(ident(n)): Acceptance(mode=mode, attempt=attempt) for n, mode, attempt in accepted}
    return ControlFacts(id="control", **({"paused": False, "acceptances": consents} | changes))


def fleet(*clusters, **changes):
    return FleetFacts(**({"cloud": "public", "clusters": clusters, "control": control()} | changes))


def inputs_for(facts):
    made = (Inputs(cluster_id=one.id, parameters={}, digest=DIGEST, source="f") for one in facts.clusters)
    return {key(one.cluster_id): one for one in made}


def decide(facts, wanted=None, *, inputs=None, now=NOW, **door):
    return decide_fleet(facts, wanted or plan(), inputs_for(facts) if inputs is None else inputs, now, **door)


def first(facts, wanted=None, **more):
    return decide(facts, wanted, **more).clusters[0].decision


def starts(facts, wanted=None, **more):
    return [one for one in decide(facts, wanted, **more).clusters if isinstance(one.decision, STARTS)]


RUNNING = {
    "open intent": lambda n: cluster(n, intent=intent("validate", ago=timedelta(minutes=14))),
    "open deploy intent": lambda n: validated(n, intent=intent("deploy", ago=timedelta(minutes=1))),
    "open extension intent": lambda n: outdated(n, intent=intent("extension", ago=timedelta(minutes=59))),
    "intent of a later clock": lambda n: cluster(n, intent=intent("validate", ago=-HOUR)),
    "active deployment": lambda n: validated(n, deployment=sent("validate", state="Running")),
    "deployment in an unheard-of state": lambda n: cluster(n, deployment=sent("validate", state="Pondering")),
    "validating": lambda n: validated(n, settings=shown("Validate", "InProgress", "InProgress")),
    "validated, not yet ended": lambda n: validated(n, settings=shown("Validate", "Success", "InProgress")),
    "upgrading": lambda n: validated(n, settings=shown("Deploy", "InProgress", "InProgress")),
    "validating by status": lambda n: cluster(n, status="ValidationInProgress", settings=None),
    "upgrading by status": lambda n: cluster(n, status="DeploymentInProgress", settings=None),
    "unreadable": lambda n: cluster(n, error="500 from Azure"),
    "unreadable intent": lambda n: validated(n, tags={"azlocal-op": "m=deploy;n=many"}),
    "foreign settings": lambda n: cluster(n, settings=shown("Deploy", "", operation_type="Other")),
}
STARTABLE = {
    "candidate": (cluster, StartValidation), "validated": (validated, StartUpgrade),
    "upgrade failed": (upgrade_failed, Resume), "validation failed": (validation_failed, StartValidation),
    "upgrade refused": (upgrade_refused, StartUpgrade), "outdated": (outdated, UpdateExtension),
}  # fmt: skip
QUIET = {"upgraded": upgraded, "stopped by hold": lambda n: validated(n, tags={"azlocal-hold": ""})}
KINDS = {name: make for name, (make, _) in STARTABLE.items()} | RUNNING | QUIET
CONSENTS = {"upgrade failed": "deploy", "upgrade refused": "deploy", "validation failed": "validate"}


def consenting(kinds):
    return control(*((n, CONSENTS[kind], 1) for n, kind in enumerate(kinds) if kind in CONSENTS))


def made_of(kinds, **changes):
    made = (KINDS[kind](n) for n, kind in enumerate(kinds))
    return fleet(*made, **({"control": consenting(kinds)} | changes))


mixed = st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=9)
OPEN_PLAN = plan(update_extension=True)


@pytest.mark.parametrize("kind", sorted(STARTABLE))
def test_each_startable_cluster_starts_when_nothing_stands_against_it(kind):
    assert type(first(made_of([kind]), OPEN_PLAN)) is STARTABLE[kind][1]


@pytest.mark.parametrize("kind", sorted(RUNNING))
def test_an_operation_that_runs_or_may_run_starts_nothing_and_takes_a_slot(kind):
    told = decide(made_of([kind]), OPEN_PLAN)
    assert not isinstance(told.clusters[0].decision, STARTS)
    assert told.rings[0].in_flight == 1


@given(kinds=mixed, slots=st.integers(1, 5))
def test_starts_and_what_is_in_flight_never_exceed_the_limit_and_no_slot_is_wasted(kinds, slots):
    told = starts(made_of(kinds), replace(OPEN_PLAN, rings=(ring(max_concurrent=slots),)))
    free = max(0, slots - sum(kind in RUNNING for kind in kinds))
    assert len(told) == min(free, sum(kind in STARTABLE for kind in kinds))


@given(kinds=mixed, slots=st.integers(1, 5), chance=st.randoms(use_true_random=False))
def test_the_order_of_the_clusters_changes_nothing(kinds, slots, chance):
    facts, wanted = made_of(kinds), replace(OPEN_PLAN, rings=(ring(max_concurrent=slots),))
    shuffled = replace(facts, clusters=tuple(chance.sample(facts.clusters, len(kinds))))
    one, other = decide(facts, wanted), decide(shuffled, wanted)
    assert {c.cluster.id: c for c in one.clusters} == {c.cluster.id: c for c in other.clusters}
    assert [replace(r, members=()) for r in one.rings] == [replace(r, members=()) for r in other.rings]


STOPS = {
    "plan paused": lambda facts: (facts, replace(OPEN_PLAN, paused=True)),
    "fleet paused": lambda facts: (replace(facts, control=replace(facts.control, paused=True)), OPEN_PLAN),
    "control unread": lambda facts: (replace(facts, control=None), OPEN_PLAN),
    "group held": lambda facts: (replace(facts, holds={group_id_of(c.id): "" for c in facts.clusters}), OPEN_PLAN),
    "subscription held": lambda facts: (replace(facts, holds={subscription_id_of(ident(1)): "x"}), OPEN_PLAN),
    "clusters held": lambda facts: (_tagged(facts, {"azlocal-hold": ""}), OPEN_PLAN),
    "frozen": lambda facts: (facts, replace(OPEN_PLAN, freezes=(Freeze(first=NOW.date(), last=NOW.date()),))),
    "gap": lambda facts: (replace(facts, gaps=("a subscription is invisible",)), OPEN_PLAN),
    "fewer than expected": lambda facts: (facts, replace(OPEN_PLAN, rings=(ring(expect=10),))),
    "budget spent": lambda facts: (
        replace(facts, clusters=(*facts.clusters, upgrade_failed(50, 7))), OPEN_PLAN),
    "earlier ring open": lambda facts: (
        replace(facts, clusters=(*facts.clusters, RUNNING["validating"](50))),
        replace(OPEN_PLAN, rings=(replace(ring("early"), select=Selector(names=("c50",))), ring()))),
    "earlier ring empty": lambda facts: (facts, replace(OPEN_PLAN, rings=(ring("early"), ring()))),
}  # fmt: skip


def _tagged(facts, tags):
    return replace(facts, clusters=tuple(replace(c, tags={**c.tags, **tags}) for c in facts.clusters))


@pytest.mark.parametrize("stop", sorted(STOPS))
@given(kinds=mixed)
def test_whatever_stops_a_fleet_stops_every_start_in_it(stop, kinds):
    facts, wanted = STOPS[stop](made_of(kinds))
    assert starts(facts, wanted) == []


def test_a_freeze_ends_after_its_last_day():
    over = replace(OPEN_PLAN, freezes=(Freeze(first=date(2026, 11, 1), last=date(2026, 11, 23)),))
    assert isinstance(first(fleet(validated()), over), StartUpgrade)


def _settings_with(**changes):
    return lambda one: replace(one, settings=replace(one.settings, **changes))


def _machine_with(**changes):
    return lambda one: replace(one, machines=tuple(replace(m, **changes) for m in one.machines))


def _without(**changes):
    return lambda one: replace(one, **changes)


UNKNOWNS = {
    "region": _without(location=""), "identity": _without(identity_type=None), "status": _without(status=None),
    "connectivity": _without(connectivity=None), "last sync": _without(last_sync_at=None),
    "nodes": _without(nodes=()), "machines": _without(machines=None),
    "build": _without(nodes=(NodeFacts(name="m"),)), "machine status": _machine_with(status=""),
    "extension": _machine_with(lcm=None), "settings mode": _settings_with(mode=""),
    "operation type": _settings_with(operation_type=""), "settings state": _settings_with(provisioning_state=""),
    "intent": lambda one: replace(one, tags={**one.tags, "azlocal-op": "?"}),
    "unread": _without(error="timed out"),
}  # fmt: skip
MORE_UNKNOWNS = {
    "echo": _settings_with(echo=None), "step times": _settings_with(validation_steps=()),
    "verdict": _settings_with(validation_status="", deployment_status=""), "settings": _without(settings=None),
    "cloud": lambda one: one, "control": lambda one: one, "inputs": lambda one: one,
}  # fmt: skip


def forget(facts, names):
    """Blank the named facts of every cluster. What has no such fact keeps what it has."""
    known = UNKNOWNS | MORE_UNKNOWNS
    clusters = facts.clusters
    # Settings go last, so that blanking a part of them stays possible.
    for name in sorted(names, key=lambda one: (one == "settings", one)):
        clusters = tuple(_blanked(one, known[name]) for one in clusters)
    facts = replace(facts, clusters=clusters, cloud="" if "cloud" in names else facts.cloud)
    return replace(facts, control=None) if "control" in names else facts


def _blanked(one, blank):
    try:
        return blank(one)
    except TypeError:  # The part is ABSENT here: nothing to forget.
        return one


@given_settings(max_examples=400)
@given(
    kind=st.sampled_from(["validated", "upgrade failed", "upgrade refused"]),
    names=st.sets(st.sampled_from(sorted((UNKNOWNS | MORE_UNKNOWNS).keys() - {"step times"})), min_size=1),
)
def test_no_combination_of_missing_facts_lets_an_upgrade_go(kind, names):
    facts = forget(made_of([kind]), names)
    assert not isinstance(first(facts, inputs={} if "inputs" in names else None), LETS_GO)


SINGLY = [
    *(("validated", name) for name in sorted(UNKNOWNS | MORE_UNKNOWNS)),
    *(("upgrade failed", name) for name in sorted((UNKNOWNS | MORE_UNKNOWNS).keys() - {"step times"})),
]


@pytest.mark.parametrize("kind, name", SINGLY)
def test_each_missing_fact_alone_keeps_a_cluster_from_its_upgrade(kind, name):
    facts = forget(made_of([kind]), {name})
    assert not isinstance(first(facts, inputs={} if name == "inputs" else None), LETS_GO)


@pytest.mark.parametrize("key_", NEEDED_BEFORE_DEPLOY)
@pytest.mark.parametrize("value, until", [("no", None), ("yes", NOW.date() - DAY)])
def test_a_missing_ended_or_negative_attestation_holds_the_upgrade(key_, value, until):
    kept = tuple(one for one in plan().attestations if one.key != key_)
    changed = (*kept, Attestation(key=key_, value=value, by="op", until=until))
    assert isinstance(first(fleet(validated()), plan(attestations=kept)), Hold)
    assert isinstance(first(fleet(validated()), plan(attestations=changed)), Hold)


@given_settings(max_examples=400)
@given(kinds=mixed, names=st.sets(st.sampled_from(sorted(UNKNOWNS)), min_size=1), slots=st.integers(1, 4))
def test_a_fact_that_gets_lost_never_turns_a_hold_or_wait_into_a_start(kinds, names, slots):
    """Lost for one cluster, so that the others keep competing for its slot."""
    facts, wanted = made_of(kinds), replace(OPEN_PLAN, rings=(ring(max_concurrent=slots),))
    lost = forget(replace(facts, clusters=facts.clusters[:1]), names).clusters
    before, after = decide(facts, wanted), decide(replace(facts, clusters=lost + facts.clusters[1:]), wanted)
    if not isinstance(before.clusters[0].decision, STARTS):
        assert not isinstance(after.clusters[0].decision, STARTS)


def approved(**changes):
    usual = {"plan": PLAN_DIGEST[:12], "members": members_digest([ident(1)])[:12], "until": NOW + HOUR}
    return control(approvals={"one": Approval(**(usual | changes))})


GATED = plan(ring(gate="approval"))


def test_an_approval_of_this_plan_and_these_members_lets_the_upgrade_go_until_it_ends():
    facts = fleet(validated(), control=approved())
    assert isinstance(first(facts, GATED), StartUpgrade)
    assert first(facts, GATED, now=NOW + HOUR).reason == "ApprovalNeeded"


@pytest.mark.parametrize(
    "wrong", [{"plan": "0" * 12}, {"members": "0" * 12}, {"until": None}, {"until": NOW}, {"plan": ""}]
)
def test_an_approval_of_another_plan_of_other_members_or_without_end_approves_nothing(wrong):
    assert first(fleet(validated(), control=approved(**wrong)), GATED).reason == "ApprovalNeeded"


def test_a_cluster_that_joins_the_ring_ends_its_approval():
    facts = fleet(validated(1), cluster(2), control=approved())
    assert first(facts, GATED).reason == "ApprovalNeeded"


def test_a_validation_needs_no_approval_and_no_window():
    assert isinstance(first(fleet(cluster()), plan(ring(gate="approval", windows=()))), StartValidation)


@pytest.mark.parametrize(
    "closes, reason",
    [(time(16), "Validated"), (time(15, 59), "WindowTooShort"), (time(12), "OutsideWindow"), (None, "NoWindow")],
)
def test_an_upgrade_starts_only_with_four_hours_left_of_a_window(closes, reason):
    window = () if closes is None else (replace(ALWAYS, opens=time(6), closes=closes),)
    assert first(fleet(validated()), plan(ring(windows=window))).reason == reason


@pytest.mark.parametrize("age, kind", [(72 * HOUR, StartUpgrade), (73 * HOUR, StartValidation)])
def test_a_validation_older_than_the_plan_allows_is_made_again(age, kind):
    old = validated(intent=intent("validate", ago=age + HOUR), settings=shown("Validate", "Success", ago=age))
    assert isinstance(first(fleet(old)), kind)


TWO = plan(ring(), ring("two"))


@pytest.mark.parametrize("ago, kind", [(DAY, StartValidation), (DAY - timedelta(seconds=1), Wait)])
def test_the_next_ring_opens_when_the_last_upgrade_of_the_one_before_has_soaked(ago, kind):
    told = decide(fleet(upgraded(1, ago), upgraded(2, 9 * DAY), cluster(3, ring="two")), TWO)
    assert isinstance(told.clusters[2].decision, kind)


def test_an_upgrade_whose_end_is_not_known_keeps_the_next_ring_shut():
    bare = shown("Deploy", "Success", deployment_steps=())
    told = decide(fleet(upgraded(1, settings=bare, intent=None), cluster(2, ring="two")), TWO)
    assert told.rings[0].reason == "SoakUnknown"
    assert told.clusters[1].decision.reason == "RingClosed"


@given(failed=st.integers(0, 4), consents=st.integers(0, 4), budget=st.integers(0, 4))
def test_a_ring_halts_when_more_upgrades_failed_unaccepted_than_its_budget_allows(failed, consents, budget):
    facts = fleet(
        cluster(9), *(upgrade_failed(n) for n in range(failed)),
        control=control(*((n, "deploy", 1) for n in range(min(consents, failed)))),
    )  # fmt: skip
    told = decide(facts, plan(ring(failure_budget=budget)))
    over = max(0, failed - consents) > budget
    assert (told.rings[0].reason == "FailureBudgetSpent") is over
    assert isinstance(told.clusters[0].decision, STARTS) is not over


@pytest.mark.parametrize("make, mode", [(upgrade_failed, "deploy"), (validation_failed, "validate"),
                                        (upgrade_refused, "deploy")])  # fmt: skip
@given(attempt=st.integers(1, 5), said=st.integers(1, 5), word=st.sampled_from(["deploy", "validate", "extension"]))
def test_one_acceptance_of_exactly_the_failed_attempt_allows_one_retry(make, mode, attempt, said, word):
    told = first(fleet(make(1, attempt), control=control((1, word, said))))
    assert isinstance(told, STARTS) is ((word, said) == (mode, attempt))
    if isinstance(told, STARTS):
        assert told.attempt == attempt + 1


def test_an_extension_that_stayed_old_after_an_attempt_is_tried_again_only_by_consent():
    tried = outdated(intent=intent("extension"))
    assert first(fleet(tried), OPEN_PLAN).reason == "ExtensionNotUpdated"
    again = first(fleet(tried, control=control((1, "extension", 1))), OPEN_PLAN)
    assert (again.attempt, again.machines) == (2, ("m1",))


@given(n=st.integers(1, 6), f=st.integers(0, 6))
def test_an_intent_with_nothing_behind_it_did_not_use_its_attempt(n, f):
    unused = intent("deploy", n, f, ago=timedelta(minutes=16))
    told = first(fleet(validated(intent=unused)))
    assert (type(told), told.attempt, told.failures) == (StartUpgrade, n, f)
    told = first(fleet(cluster(intent=replace(unused, mode="validate"))))
    assert (type(told), told.attempt, told.failures) == (StartValidation, n, f)


@given(attempt=st.integers(1, 5), f=st.integers(0, 5))
def test_a_retry_announced_and_never_sent_reuses_number_failures_and_consent(attempt, f):
    facts = fleet(upgrade_failed(1, attempt, f), control=control((1, "deploy", attempt)))
    retry = first(facts)
    assert (type(retry), retry.attempt, retry.failures) == (Resume, attempt + 1, f + 1)
    announced = intent("deploy", retry.attempt, retry.failures, ago=timedelta(minutes=16))
    lost = upgrade_failed(1, attempt, intent=announced)
    again = first(replace(facts, clusters=(lost,)))
    assert (type(again), again.attempt, again.failures) == (Resume, retry.attempt, retry.failures)


@pytest.mark.parametrize("kind", sorted(STARTABLE))
def test_a_door_starts_only_what_it_may_and_only_where_it_was_asked_to(kind):
    facts = made_of([kind])
    assert first(facts, OPEN_PLAN, ceiling=frozenset()).reason == "NotThisDoor"
    assert first(facts, OPEN_PLAN, only=frozenset()).reason == "NotSelected"


def test_upgrades_come_before_validations_and_then_names_decide():
    facts = fleet(cluster(1), validated(3), validated(2))
    told = starts(facts, plan(ring(max_concurrent=1)))
    assert [one.cluster.name for one in told] == ["c02"]


def test_without_a_plan_or_a_ring_every_cluster_waits():
    facts = fleet(validated(1))
    assert decide_fleet(facts, None, inputs_for(facts), NOW).clusters[0].decision.reason == "NoPlan"
    assert first(facts, plan(ring("other"))).reason == "NoRing"


def test_the_settings_are_read_of_the_open_ring_and_wherever_something_may_run():
    facts = fleet(cluster(1), cluster(2, ring="two"), RUNNING["open intent"](3))
    facts = replace(facts, clusters=(*facts.clusters, cluster(4, ring="two", status="DeploymentInProgress")))
    assert set(detail_needed(facts, TWO, NOW)) == {ident(1), ident(3), ident(4)}


FOREIGN = validated(intent=None, deployment=ABSENT)
LATE = validated(
    intent=intent("deploy", ago=80 * HOUR), deployment=ABSENT, settings=shown("Validate", "Success", ago=81 * HOUR)
)
"""Validated by attempt 2, then a deploy intent that was never used, then too old: the next one counts from 1."""
BARRED = {
    "the settings of a cluster whose validation failed could not be read":
        (fleet(validation_failed(settings=None)), plan()),
    "the settings of a cluster whose upgrade failed could not be read":
        (fleet(upgrade_failed(settings=None)), plan()),
    "the settings of a cluster that others validate or upgrade could not be read":
        (fleet(cluster(settings=None)), plan()),
    "the echo of a validation by others could not be read and nobody approved":
        (fleet(replace(FOREIGN, settings=shown("Validate", "Success", echo=None))), GATED),
    "the cluster says DeploymentInProgress beside ended settings":
        (fleet(validated(status="DeploymentInProgress")), plan()),
    "the cluster says ValidationInProgress beside ended settings":
        (fleet(validated(status="ValidationInProgress")), plan()),
    "a failed upgrade that was accepted is not terminal yet":
        (fleet(upgrade_failed(settings=shown("Deploy", "Error", "InProgress")), control=control((1, "deploy", 1))),
         plan()),
    "whether a failed upgrade that was accepted is terminal is not known":
        (fleet(upgrade_failed(settings=shown("Deploy", "Error", "")), control=control((1, "deploy", 1))), plan()),
    "a validated cluster already is the solution":
        (fleet(validated(solution=SolutionFacts(id="s", version="11.2510.1002.5"))), plan()),
    "whether a validated cluster already is the solution is not known":
        (fleet(validated(solution=None)), plan()),
    "the settings of the upgraded ring before, which others upgraded, could not be read":
        (fleet(upgraded(1, HOUR, intent=None, settings=None), cluster(2, ring="two")), TWO),
    "a person wrote the hold tag in another case": (fleet(validated(tags={"AzLocal-Hold": "x"})), plan()),
    "the open intent's tag comes back in another case":
        (fleet(cluster(tags={"AzLocal-Op": intent("validate", ago=timedelta(minutes=1)).text()})), plan()),
    "a validated cluster was last read a month ago": (fleet(validated(observed_at=NOW - 30 * DAY)), plan()),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(BARRED))
def test_nothing_starts_when(case):
    assert starts(*BARRED[case]) == []


@pytest.mark.parametrize("mode", ["validate", "deploy"])
def test_a_used_acceptance_does_not_fit_a_later_attempt_after_a_change_of_mode(mode):
    """The acceptance of attempt 1 was used; the tag stays, and another mode's intent forgets the count."""
    refused = upgrade_refused(settings=shown("Validate", "Success", ago=80 * HOUR))
    # What goes between: an unused deploy (validate), or the new validation that the consent bought (deploy).
    between = {"validate": LATE, "deploy": refused}[mode]
    consent = control((1, mode, 1))
    step = first(fleet(between, control=consent))
    assert isinstance(step, StartValidation)
    if mode == "deploy":
        step = first(fleet(validated(intent=intent("validate", step.attempt)), control=consent))
    failed = {"validate": validation_failed, "deploy": upgrade_failed}[mode](1, step.attempt)
    assert not isinstance(first(fleet(failed, control=consent)), STARTS)


def test_what_still_reports_takes_a_slot_although_it_has_failed():
    reporting = upgrade_failed(settings=shown("Deploy", "Error", "InProgress"))
    told = decide(fleet(reporting, cluster(2)), plan(ring(max_concurrent=1, failure_budget=1)))
    assert (told.rings[0].in_flight, told.clusters[1].decision.reason) == (1, "RingFull")


def test_a_cluster_that_still_says_in_progress_after_its_validation_waits_and_takes_a_slot():
    told = decide(fleet(validated(status="ValidationInProgress"), cluster(2)), plan(ring(max_concurrent=1)))
    assert [one.decision.reason for one in told.clusters] == ["StillReporting", "RingFull"]


def test_an_extension_is_written_only_where_it_is_surely_missing_or_old():
    (machine,) = cluster().machines
    busy = replace(machine.lcm, provisioning_state="Updating")
    states = {"missing": ABSENT, "old": replace(machine.lcm, version="30.1"), "busy": busy, "unread": None}
    machines = tuple(replace(machine, id=name, name=name, lcm=lcm) for name, lcm in states.items())
    nodes = cluster().nodes * len(machines)
    assert first(fleet(cluster(machines=machines, nodes=nodes)), OPEN_PLAN).machines == ("missing", "old")
    only_busy = cluster(machines=(replace(machine, lcm=busy),))
    assert first(fleet(only_busy), OPEN_PLAN).reason == "EvidenceMissing"


def test_the_deployment_that_stands_tells_the_last_number_when_an_intent_of_another_mode_came_after_it():
    """A refused upgrade was accepted, and the validation that must come first was announced and never sent."""
    checker = shown("Deploy", "", "Failed", validation_status="Error", validation_steps=())
    refused = cluster(intent=intent("validate", ago=HOUR), settings=checker, deployment=sent("deploy", 3, "Failed"))
    told = first(fleet(refused, control=control((1, "deploy", 3))))
    assert (type(told), told.reason) == (StartValidation, "RetryAccepted")


def test_a_number_that_was_accepted_as_failed_is_never_given_again():
    told = first(fleet(cluster(), control=control((1, "validate", 4))))
    assert (type(told), told.attempt) == (StartValidation, 5)
    extension = first(fleet(outdated(), control=control((1, "extension", 2))), OPEN_PLAN)
    assert extension.attempt == 3


def test_the_soak_counts_from_the_start_when_no_step_tells_the_end():
    bare = shown("Deploy", "Success", deployment_steps=())
    early = upgraded(1, settings=bare, intent=intent("deploy", ago=DAY - HOUR))
    late = replace(early, tags={**early.tags, "azlocal-op": intent("deploy", ago=DAY).text()})
    assert decide(fleet(early, cluster(2, ring="two")), TWO).clusters[1].decision.reason == "RingClosed"
    assert isinstance(decide(fleet(late, cluster(2, ring="two")), TWO).clusters[1].decision, StartValidation)


def test_what_was_read_of_one_ring_opens_the_next_one_to_the_look():
    """The census does not show the solution yet; the settings, once read, do."""
    facts = fleet(cluster(1, settings=None), cluster(2, ring="two", settings=None))
    assert detail_needed(facts, TWO, NOW) == (ident(1),)
    done = replace(facts.clusters[0], settings=shown("Deploy", "Success"))
    assert detail_needed(replace(facts, clusters=(done, facts.clusters[1])), TWO, NOW) == (ident(1), ident(2))


def test_an_upgraded_cluster_whose_status_stays_is_not_read_for_ever():
    past = upgraded(1, 30 * DAY, status="DeploymentSuccess", settings=None, deployment=None)
    assert detail_needed(fleet(past, cluster(2, ring="two")), TWO, NOW) == (ident(2),)


def test_a_rings_windows_are_worked_out_once_and_not_for_each_member():
    asked = []

    class Counted(Window):
        def closes_after(self, now):
            asked.append(now)
            return Window.closes_after(self, now)

    always = Counted(days=ALWAYS.days, opens=ALWAYS.opens, closes=ALWAYS.closes, zone=ALWAYS.zone)
    told = [decide(fleet(*map(validated, range(count))), plan(ring(windows=(always,)))) for count in (1, 50)]
    assert all(isinstance(one.decision, StartUpgrade) for one in told[1].clusters)
    assert len(asked[len(asked) // 2 :]) == len(asked) // 2


@pytest.mark.parametrize("scope", [group_id_of(ident(1)), subscription_id_of(ident(1))])
def test_a_wider_hold_is_released_where_it_stands(scope):
    assert first(fleet(cluster(), holds={scope: "audit"})).remedy.endswith(f"release {scope}")
