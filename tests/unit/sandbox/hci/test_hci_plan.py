"""The course of an attempt: lengths, order, failures, hanging, resuming. No world, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hci_world import flat
from hypothesis import given
from hypothesis import strategies as st

from azlocal.sandbox.clock import step_stamp
from azlocal.sandbox.journey import Behaviour, Outcome, outcome_of
from azlocal.sandbox.journey_course import Attempt, Course, course_of
from azlocal.sandbox.journey_plan import Failure, Planned, share, walk
from azlocal.sandbox.journey_steps import DEPLOYMENT, VALIDATION, names

ACCEPTED = datetime(2026, 11, 23, 8, 0, 0, 420000, tzinfo=timezone.utc)
LATER = ACCEPTED + timedelta(hours=9)
CLUSTER = "/subscriptions/s/resourcegroups/g/providers/microsoft.azurestackhci/clusters/c"


def course(mode: str = "Validate", ends: str = "success", **changes: object) -> Course:
    outcome = Outcome(ends, str(changes.pop("step", "")), str(changes.pop("text", "")))
    told: dict[str, object] = {
        "mode": mode, "number": 1, "cluster_id": CLUSTER, "accepted": ACCEPTED, "seed": 0, "outcome": outcome,
        "known": {"node": "n2", "seed": "n1", "cluster": "c", "group": "/g"},
    }  # fmt: skip
    return course_of(Attempt(**{**told, **changes}))  # type: ignore[arg-type]


def leaves(steps: tuple[Planned, ...]) -> list[Planned]:
    return [step for step in walk(steps) if not step.parts]


@given(seed=st.integers(0, 10**9), name=st.text("abcxyz-", min_size=1, max_size=20))
def test_a_validation_takes_ten_to_fourteen_minutes(seed: int, name: str):
    found = course(seed=seed, cluster_id=f"{CLUSTER}{name}")
    assert timedelta(minutes=10) < found.ends - ACCEPTED < timedelta(minutes=14)


@given(seed=st.integers(0, 10**9), name=st.text("abcxyz-", min_size=1, max_size=20))
def test_an_upgrade_takes_two_and_a_half_to_three_hours_and_its_longest_step_about_one(seed: int, name: str):
    found = course("Deploy", seed=seed, cluster_id=f"{CLUSTER}{name}")
    assert timedelta(hours=2.5) < found.ends - ACCEPTED < timedelta(hours=3)
    arc = next(step for step in walk(found.deployment) if step.name == "Deploy Arc infrastructure components")
    assert timedelta(minutes=55) < arc.ends - arc.starts < timedelta(minutes=68)


def test_lengths_differ_between_clusters_and_are_the_same_for_the_same_seed():
    lengths = {name: course(cluster_id=name).ends for name in ("a", "b", "c", "d")}
    assert len(set(lengths.values())) > 1
    assert lengths == {name: course(cluster_id=name).ends for name in lengths}
    assert course(seed=1).ends != course(seed=2).ends


@pytest.mark.parametrize("mode", ["Validate", "Deploy"])
def test_steps_follow_one_another_without_gap_and_begin_after_the_request(mode: str):
    found = course(mode)
    steps = leaves(found.validation or found.deployment)
    assert steps[0].starts > ACCEPTED
    assert all(first.ends == second.starts for first, second in pairwise(steps))
    assert found.moments() == sorted(set(found.moments()))
    assert found.moments()[0] == found.begins
    assert found.moments()[-1] == found.ends


def test_indexes_are_flat_for_top_steps_of_a_validation_and_dotted_for_parts():
    assert [step.index for step in walk(course().validation)] == ["0", "1", "1.1", "1.2", "2", "3", "4"]
    indexes = [step.index for step in walk(course("Deploy").deployment)]
    assert indexes[:5] == ["0", "0.1", "0.2", "0.3", "0.4"]
    assert "0.8.2" in indexes


def test_a_failing_validation_step_lets_the_others_run():
    found = course(ends="failure", step="azure stack hci network", text="boom @node@")
    assert not found.succeeds
    report = found.reported(found.ends)["validationStatus"]
    assert report["status"] == "Error"
    assert [step["status"] for step in report["steps"]] == ["Success", "Error", "Success", "Success", "Success"]
    assert report["steps"][1]["exception"] == ["boom n2"]


def test_a_failing_upgrade_step_is_the_last_one():
    found = course("Deploy", "failure", step="Deploy appliance", text="boom")
    report = flat(found.reported(found.ends)["deploymentStatus"])
    assert report["Deploy appliance"]["status"] == "Error"
    assert report["Deploy Arc infrastructure components"]["status"] == "Error"
    assert report["Check prerequisites"]["status"] == "Success"
    for name in ("Create custom location", "Register with Azure"):
        assert not {"status", "startTimeUtc", "endTimeUtc"} & set(report[name])


def test_a_step_fails_before_it_would_have_been_done():
    lengths = []
    for ends in ("success", "failure"):
        step = next(
            one
            for one in walk(course("Deploy", ends, step="Deploy appliance").deployment)
            if one.name == "Deploy appliance"
        )
        lengths.append(step.ends - step.starts)
    assert lengths[1] < lengths[0] * 0.7


def test_a_step_that_no_table_knows_appears_where_such_steps_are_at_home():
    found = course("Deploy", "failure", step="Rotate secrets", text="boom")
    report = flat(found.reported(found.ends)["deploymentStatus"])
    assert report["Rotate secrets"]["exception"] == ["boom"]
    assert report["Rotate secrets"]["fullStepIndex"] == "0.4.4"
    validation = course(ends="failure", step="Check something new", text="boom")
    assert flat(validation.reported(validation.ends)["validationStatus"])["Check something new"]["status"] == "Error"


@pytest.mark.parametrize(
    ("mode", "step", "hanging"),
    [
        ("Validate", "", "Test network intents"),
        ("Deploy", "", "Deploy appliance"),
        ("Deploy", "Deploy Arc infrastructure components", "Deploy appliance"),
        ("Deploy", "Rotate secrets", "Rotate secrets"),
    ],
)
def test_a_stuck_step_runs_for_ever(mode: str, step: str, hanging: str):
    found = course(mode, "stuck", step=step)
    assert found.ends is None
    late = found.reported(ACCEPTED + timedelta(days=30))[
        "validationStatus" if mode == "Validate" else "deploymentStatus"
    ]
    assert late["status"] == "InProgress"
    running = [name for name, one in flat(late).items() if one.get("status") == "InProgress" and not one["steps"]]
    assert running == [hanging]
    assert flat(late)[hanging]["endTimeUtc"] == ""


def test_a_refused_upgrade_shows_the_checker_and_no_deployment():
    found = course("Deploy", "refused", base={"validationStatus": {"status": "Success", "steps": []}})
    before, after = found.reported(found.begins), found.reported(found.ends)
    assert found.moments() == [found.begins, found.validation_from, found.ends]
    assert before["validationStatus"]["status"] == "Success"
    assert after["validationStatus"]["status"] == "Error"
    assert "deploymentStatus" not in after


def test_silence_ends_after_600_seconds_with_the_services_own_error_and_no_step():
    found = course(ends="silent")
    assert found.ends - ACCEPTED == timedelta(seconds=600)
    assert found.reported(found.ends) == {}
    assert "No updates received from device for operation" in found.error["message"]
    assert "beyond timeout of [600000] ms" in found.error["message"]


def test_a_resumed_upgrade_keeps_what_was_done_and_goes_on_at_the_failed_step():
    first = course("Deploy", "failure", step="Deploy appliance")
    earlier = first.reported(first.ends)["deploymentStatus"]
    second = course("Deploy", accepted=LATER, earlier=earlier, number=2)
    done, before = flat(second.reported(second.ends)["deploymentStatus"]), flat(earlier)
    kept = [name for name, one in before.items() if one.get("status") in {"Success", "Skipped"}]
    assert "Deploy orchestrator services" in kept
    assert all(done[name] == before[name] for name in kept)
    assert done["Deploy appliance"]["startTimeUtc"] == step_stamp(second.begins)
    assert done["Deploy Azure Stack HCI"]["startTimeUtc"] == before["Deploy Azure Stack HCI"]["startTimeUtc"]
    assert {one["status"] for one in done.values()} == {"Success", "Skipped"}
    assert second.ends - LATER < timedelta(hours=1.5)


def test_a_resumed_upgrade_still_shows_a_step_that_only_the_failed_one_had():
    first = course("Deploy", "failure", step="Rotate secrets")
    second = course("Deploy", accepted=LATER, earlier=first.reported(first.ends)["deploymentStatus"])
    assert flat(second.reported(second.ends)["deploymentStatus"])["Rotate secrets"]["status"] == "Success"


@pytest.mark.parametrize("step", ["", "Set trusted hosts"])
def test_a_resumed_upgrade_fails_where_it_goes_on_when_the_step_meant_is_done(step: str):
    first = course("Deploy", "failure", step="Register with Azure")
    second = course(
        "Deploy", "failure", step=step, accepted=LATER, earlier=first.reported(first.ends)["deploymentStatus"]
    )
    report = flat(second.reported(second.ends)["deploymentStatus"])
    assert (report["Register with Azure"]["status"], report["Set trusted hosts"]["status"]) == ("Error", "Success")


def test_a_resumed_upgrade_hangs_where_it_goes_on_when_the_step_meant_is_done():
    first = course("Deploy", "failure", step="Register with Azure")
    second = course("Deploy", "stuck", accepted=LATER, earlier=first.reported(first.ends)["deploymentStatus"])
    assert second.ends is None
    report = second.reported(ACCEPTED + timedelta(days=1))["deploymentStatus"]
    assert flat(report)["Register with Azure"]["status"] == "InProgress"


def test_a_step_with_parts_can_fail_by_itself_and_fail_again_when_resumed():
    step = "Deploy Arc infrastructure components"
    first = course("Deploy", "failure", step=step, text="boom")
    earlier = first.reported(first.ends)["deploymentStatus"]
    second = course("Deploy", "failure", step=step, text="again", earlier=earlier, accepted=LATER)
    for found, text in ((first, "boom"), (second, "again")):
        assert found.ends is not None
        report = flat(found.reported(found.ends)["deploymentStatus"])
        assert (report[step]["status"], report[step]["exception"]) == ("Error", [text])
        assert "status" not in report["Register with Azure"]


def test_percent_complete_of_a_step_with_parts_grows_to_the_end():
    found = course("Deploy")
    told = [
        flat(found.reported(moment)["deploymentStatus"])["Deploy Azure Stack HCI"].get("percentComplete")
        for moment in found.moments()
        if moment >= found.deployment_from
    ]
    assert told[-1] is None
    running = told[: told.index(None)]
    assert running == sorted(running)
    assert running[0] == 0
    assert running[-1] >= 80


def test_what_the_world_makes_fail_is_reported_beside_what_the_outcome_says():
    found = course(ends="failure", step="Azure Stack HCI Upgrade", text="one", found=(
        Failure("Azure Stack HCI Upgrade", "two", "n1"),
    ))  # fmt: skip
    step = flat(found.reported(found.ends)["validationStatus"])["Azure Stack HCI Upgrade"]
    assert sorted(step["exception"]) == ["one", "two"]


def test_the_nth_attempt_gets_the_nth_outcome_and_the_last_one_repeats():
    told = Behaviour(validations=(Outcome("failure"), Outcome()), upgrades=(Outcome("refused"),))
    assert [outcome_of(told, "Validate", attempt).ends for attempt in (1, 2, 3)] == ["failure", "success", "success"]
    assert outcome_of(told, "Deploy", 7).ends == "refused"
    assert outcome_of(Behaviour(validations=()), "Validate", 1).ends == "success"


@pytest.mark.parametrize(("mode", "ends"), [("Validate", "refused"), ("Deploy", "maybe")])
def test_an_end_that_cannot_be_is_refused(mode: str, ends: str):
    with pytest.raises(ValueError, match=ends):
        outcome_of(Behaviour((Outcome(ends),), (Outcome(ends),)), mode, 1)


def test_step_names_are_unique_so_that_one_name_says_which():
    for stages in (VALIDATION, DEPLOYMENT):
        told = list(names(stages))
        assert len(told) == len(set(told))


@given(seed=st.integers(), words=st.lists(st.text(max_size=5), max_size=4))
def test_shares_are_below_one(seed: int, words: list[str]):
    assert 0 <= share(seed, *words) < 1
