"""What stops a start between its decision and its request (design, law 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest

from azlocal.core.basis import basis_of, intent_mode, recheck, stopped
from azlocal.core.decisions import Resume, StartUpgrade, StartValidation, UpdateExtension
from azlocal.core.facts import ABSENT, ClusterFacts, ControlFacts, DeploymentFacts, SettingsFacts, Step
from azlocal.core.ids import group_id_of, subscription_id_of
from azlocal.core.plan import FleetPlan, Ring, Scope, Selector
from azlocal.core.tags import Acceptance, Approval
from azlocal.core.windows import Freeze, Window

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEEDED = 4 * 3600.0
ID = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/Rg-One/providers/Microsoft.AzureStackHCI/clusters/C1"
INNER = Step(name="Inner", index="0.0", status="Success", started_at=NOW - HOUR, ended_at=NOW - MINUTE)
OUTER = Step(name="Outer", index="0", status="Success", started_at=NOW - HOUR, ended_at=NOW, steps=(INNER,))
SETTINGS = SettingsFacts(
    id="s", mode="Validate", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
    validation_status="Success", validation_steps=(OUTER,), deployment_steps=(OUTER,), echo="ab" * 32,
)  # fmt: skip
DEPLOYMENT = DeploymentFacts(id="d", provisioning_state="Succeeded", correlation_id="one")
CLUSTER = ClusterFacts(
    id=ID, name="C1", status="ConnectedRecently", identity_type="SystemAssigned", settings=SETTINGS,
    tags={"azlocal-op": "m=validate", "owner": "ops"}, deployment=DEPLOYMENT,
)  # fmt: skip
APPROVAL = Approval(plan="p", members="m", until=NOW + 48 * HOUR)
CONTROL = ControlFacts(id="control", paused=False, approvals={"one": APPROVAL})
UPGRADE = StartUpgrade(reason="r", message="m")
VALIDATION = StartValidation(reason="r", message="m")
RESUME = Resume(reason="r", message="m")
EXTENSION = UpdateExtension(reason="r", message="m")
# 2026-11-24 is a Tuesday; the window closes at 18:00, six hours after NOW.
TUESDAY = Window(days=frozenset({1}), opens=time(8), closes=time(18), zone="UTC")


def ring(*windows):
    return Ring(name="one", select=Selector(all=True), expect=1, windows=windows or (TUESDAY,))


def plan(**changes):
    return FleetPlan(digest="cd" * 32, scope=Scope(), rings=(ring(),), **changes)


def looked_again(start=UPGRADE, *, cluster=CLUSTER, control=CONTROL, holds=None, now=NOW, **changes):
    before = (CLUSTER, CONTROL)
    return recheck(start, before, (cluster, control), holds or {}, plan(**changes), ring(), now, NEEDED)


def with_settings(**changes):
    return replace(CLUSTER, settings=replace(SETTINGS, **changes))


def with_inner(field, **changes):
    return with_settings(**{field: (replace(OUTER, steps=(replace(INNER, **changes),)),)})


def with_tags(**changes):
    return replace(CLUSTER, tags={**CLUSTER.tags, **{name.replace("_", "-"): text for name, text in changes.items()}})


CHANGED = {
    "tag rewritten": (with_tags(azlocal_op="m=deploy"), "azlocal tags"),
    "tag added": (with_tags(azlocal_ring="two"), "azlocal tags"),
    "tag added in other case": (with_tags(Azlocal_Window="x"), "azlocal tags"),
    "tag removed": (replace(CLUSTER, tags={"owner": "ops"}), "azlocal tags"),
    "cluster is another": (replace(CLUSTER, id=ID + "2"), "cluster id"),
    "status": (replace(CLUSTER, status="DeploymentInProgress"), "cluster status"),
    "status no longer known": (replace(CLUSTER, status=None), "cluster status"),
    "identity": (replace(CLUSTER, identity_type="None"), "cluster identity"),
    "deployment gone": (replace(CLUSTER, deployment=ABSENT), "our deployment"),
    "deployment unread": (replace(CLUSTER, deployment=None), "our deployment"),
    "deployment state": (
        replace(CLUSTER, deployment=replace(DEPLOYMENT, provisioning_state="Running")),
        "our deployment",
    ),
    "deployment sent again": (replace(CLUSTER, deployment=replace(DEPLOYMENT, correlation_id="two")), "correlation id"),
    "settings gone": (replace(CLUSTER, settings=ABSENT), "deployment settings"),
    "settings unread": (replace(CLUSTER, settings=None), "deployment settings"),
    "mode": (with_settings(mode="Deploy"), "deployment settings"),
    "operation type": (with_settings(operation_type="CleanUp"), "deployment settings"),
    "provisioning state": (with_settings(provisioning_state="Updating"), "deployment settings"),
    "validation status": (with_settings(validation_status="Error"), "deployment settings"),
    "deployment status": (with_settings(deployment_status="InProgress"), "deployment settings"),
    "echo": (with_settings(echo="ef" * 32), "deployment settings"),
    "echo gone": (with_settings(echo=None), "deployment settings"),
    "step added": (with_settings(validation_steps=(OUTER, INNER)), "steps"),
    "deployment steps gone": (with_settings(deployment_steps=()), "steps"),
    "inner validation step restarted": (with_inner("validation_steps", started_at=NOW), "steps"),
    "inner validation step's end": (with_inner("validation_steps", ended_at=None), "steps"),
    "inner deployment step's status": (with_inner("deployment_steps", status="Error"), "steps"),
    "inner deployment step's index": (with_inner("deployment_steps", index="0.1"), "steps"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_whatever_changed_on_the_cluster_is_named_and_nothing_starts(case):
    later, name = CHANGED[case]
    assert basis_of(CLUSTER).difference(basis_of(later)) == name
    answer = looked_again(cluster=later)
    assert (answer.reason, answer.message.startswith(name)) == ("ChangedSinceObserved", True)


@pytest.mark.parametrize("case", CHANGED)
def test_what_disappears_again_is_a_change_too(case):
    later, name = CHANGED[case]
    assert basis_of(later).difference(basis_of(CLUSTER)) == name


def test_absent_and_unread_are_not_the_same_basis():
    absent, unread = replace(CLUSTER, settings=ABSENT), replace(CLUSTER, settings=None)
    assert basis_of(absent).difference(basis_of(unread)) == "deployment settings"


@pytest.mark.parametrize("later", [
    CLUSTER,
    with_tags(owner="others"),
    replace(CLUSTER, id=ID.lower()),
    replace(CLUSTER, tags=dict(reversed(CLUSTER.tags.items()))),
    replace(CLUSTER, observed_at=NOW, settings=replace(SETTINGS, observed_at=NOW)),
], ids=["same", "foreign tag", "id in other case", "tag order", "read later"])  # fmt: skip
def test_what_does_not_matter_lets_the_start_go(later):
    assert looked_again(cluster=later) is None


CONSENTS = {
    "withdrawn": {"approvals": {}},
    "given anew": {"approvals": {"one": replace(APPROVAL, members="other")}},
    "ended earlier": {"approvals": {"one": replace(APPROVAL, until=NOW)}},
    "failure accepted": {"acceptances": {"ab" * 5: Acceptance(mode="deploy", attempt=1)}},
}


@pytest.mark.parametrize("case", CONSENTS)
def test_consent_that_changed_stops_the_start(case):
    answer = looked_again(control=replace(CONTROL, **CONSENTS[case]))
    assert (answer.reason, answer.message.split(" changed")[0]) == (
        "ChangedSinceObserved", "approvals or accepted failures",
    )  # fmt: skip


def test_another_rings_approval_does_not_stop_the_start():
    assert looked_again(control=replace(CONTROL, approvals={"one": APPROVAL, "two": APPROVAL})) is None


def test_a_pause_in_the_plan_or_on_the_control_group_stops_every_start():
    for start in (UPGRADE, RESUME, VALIDATION, EXTENSION):
        assert looked_again(start, control=replace(CONTROL, paused=True)).reason == "Paused"
        assert looked_again(start, paused=True).reason == "Paused"


@pytest.mark.parametrize("scope", [group_id_of(ID), subscription_id_of(ID)])
def test_a_hold_on_the_group_or_subscription_stops_the_start_and_says_where_and_why(scope):
    answer = looked_again(VALIDATION, holds={scope: "audit"})
    assert (answer.reason, scope in answer.message, "audit" in answer.message) == ("Held", True, True)


def test_a_hold_elsewhere_stops_nothing():
    assert stopped(CLUSTER, CONTROL, {group_id_of(ID) + "-other": "x"}, plan()) is None


def test_a_hold_without_a_reason_on_the_cluster_is_a_hold_rather_than_a_mere_change():
    answer = looked_again(cluster=with_tags(azlocal_hold=""))
    assert (answer.reason, "no reason given" in answer.message) == ("Held", True)


@pytest.mark.parametrize("start", [UPGRADE, RESUME], ids=["upgrade", "resume"])
@pytest.mark.parametrize(("at", "reason"), [
    (NOW + 2 * HOUR, None),
    (NOW + 2 * HOUR + timedelta(seconds=1), "WindowTooShort"),
    (NOW + 6 * HOUR, "WindowTooShort"),
    (NOW - 4 * HOUR - timedelta(seconds=1), "WindowTooShort"),
], ids=["just enough", "a second short", "closed", "not yet open"])  # fmt: skip
def test_an_upgrade_needs_its_time_in_the_window_by_the_newest_date(start, at, reason):
    answer = looked_again(start, now=at)
    assert (answer.reason if answer else None) == reason


@pytest.mark.parametrize("start", [VALIDATION, EXTENSION], ids=["validation", "extension"])
def test_what_is_no_upgrade_needs_no_window(start):
    assert looked_again(start, now=NOW + 12 * HOUR) is None


@pytest.mark.parametrize("start", [UPGRADE, RESUME, VALIDATION, EXTENSION], ids=lambda one: one.kind)
def test_a_freeze_that_began_after_the_decision_stops_every_start(start):
    frozen = Freeze(first=date(2026, 11, 25), last=date(2026, 11, 26), zone="UTC")
    assert looked_again(start, freezes=(frozen,)) is None
    assert looked_again(start, freezes=(frozen,), now=NOW + 12 * HOUR).reason == "Frozen"


def test_a_freeze_begins_with_the_day_of_its_own_zone():
    frozen = Freeze(first=date(2026, 11, 25), last=date(2026, 11, 25), zone="Asia/Tokyo")
    assert looked_again(VALIDATION, freezes=(frozen,), now=NOW + 3 * HOUR - MINUTE) is None
    assert looked_again(VALIDATION, freezes=(frozen,), now=NOW + 3 * HOUR).reason == "Frozen"


def test_an_intent_names_the_mode_that_is_sent():
    assert [intent_mode(one) for one in (VALIDATION, UPGRADE, RESUME, EXTENSION)] == [
        "validate", "deploy", "deploy", "extension",
    ]  # fmt: skip


def test_a_hold_tag_in_other_case_is_a_hold():
    assert stopped(with_tags(Azlocal_Hold="audit"), CONTROL, {}, plan()) is not None


@pytest.mark.parametrize(
    ("start", "at", "stopped_by"),
    [
        (UPGRADE, NOW + 72 * HOUR, None), (UPGRADE, NOW + 72 * HOUR + MINUTE, "its validation grew too old"),
        (RESUME, NOW + 72 * HOUR + MINUTE, None), (VALIDATION, NOW + 72 * HOUR + MINUTE, None),
    ],
)  # fmt: skip
def test_a_validation_that_grew_too_old_after_the_decision_stops_an_upgrade_but_no_resume(start, at, stopped_by):
    always = replace(ring(), windows=(Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC"),))
    long = replace(CONTROL, approvals={"one": replace(APPROVAL, until=NOW + 480 * HOUR)})
    found = recheck(
        start, (CLUSTER, long), (CLUSTER, long), {}, plan(validation_fresh_for=72 * HOUR), always, at, NEEDED
    )
    assert (found is None) == (stopped_by is None)
    assert stopped_by is None or found.message.startswith(stopped_by)


@pytest.mark.parametrize("start", [UPGRADE, RESUME, VALIDATION, EXTENSION])
def test_a_report_that_grew_too_old_after_the_decision_stops_every_start(start):
    reported = replace(CLUSTER, last_sync_at=NOW - 24 * HOUR)
    assert looked_again(start, cluster=reported, facts_fresh_for=24 * HOUR) is None
    later = looked_again(start, cluster=reported, facts_fresh_for=24 * HOUR, now=NOW + MINUTE)
    assert (later.reason, later.message) == (
        "ChangedSinceObserved", "what the cluster last reported has grown too old by now",
    )  # fmt: skip


def test_an_approval_that_ended_after_the_decision_stops_an_upgrade():
    ending = replace(CONTROL, approvals={"one": replace(APPROVAL, until=NOW + MINUTE)})
    later = NOW + 2 * MINUTE
    assert recheck(UPGRADE, (CLUSTER, ending), (CLUSTER, ending), {}, plan(), ring(), later, NEEDED) is not None


OUTSIDE = {
    "a tag that cannot be read": ({"UpdateStartWindow": "soon"}, "TagUnreadable"),
    "a veto": ({"UpdateExcluded": "True"}, "Excluded"),
    "a freeze": ({"UpdateExclusionsWindow": "2026-11-24/2026-11-30"}, "Frozen"),
}


@pytest.mark.parametrize("start", [UPGRADE, RESUME, VALIDATION, EXTENSION], ids=lambda one: one.kind)
@pytest.mark.parametrize("case", sorted(OUTSIDE))
def test_what_the_clusters_tags_say_about_time_is_read_again_before_every_start(start, case):
    tags, reason = OUTSIDE[case]
    assert looked_again(start, cluster=with_foreign_tags(tags)).reason == reason


@pytest.mark.parametrize(
    ("window", "at", "reason"),
    [
        ("Tue_08:00-12:30", NOW, None),
        ("Tue_08:00-12:30", NOW + HOUR, "OutsideWindow"),
        ("Wed_00:00-24:00", NOW, "OutsideWindow"),
    ],
)
def test_a_start_window_of_a_tag_that_closed_after_the_decision_stops_an_upgrade_only(window, at, reason):
    later = with_foreign_tags({"UpdateStartWindow": window})
    answer = looked_again(cluster=later, now=at)
    assert (answer.reason if answer else None) == reason
    assert looked_again(VALIDATION, cluster=later, now=at) is None


def test_azlocals_own_window_tag_must_leave_the_time_that_an_upgrade_needs():
    narrow = with_tags(azlocal_window="tue_08:00-16:00")
    states = (narrow, CONTROL)
    ask = (recheck(UPGRADE, states, states, {}, plan(), ring(), at, NEEDED) for at in (NOW, NOW + MINUTE))
    assert [answer.reason if answer else None for answer in ask] == [None, "WindowTooShort"]


def with_foreign_tags(tags):
    return replace(CLUSTER, tags={**CLUSTER.tags, **tags})
