"""How a cluster's phase is read where it is easy to misread: one named case per row that misled somebody."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from azlocal.core.candidate import Candidate, Verdict
from azlocal.core.data.thresholds import EXTENSION_EXPECTED, INTENT_OPEN, UPGRADE_STUCK, VALIDATION_STUCK
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    DeploymentFacts,
    ExtensionFacts,
    MachineFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
)
from azlocal.core.findings import Finding, Status
from azlocal.core.phases import Phase, read_phase
from azlocal.core.plan import Inputs
from azlocal.core.tags import Intent

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.AzureStackHCI"
ID = f"{GROUP}/clusters/c1"
OURS, THEIRS, PLAN = "ab" * 32, "ef" * 32, "cd" * 6
INPUTS = Inputs(cluster_id=ID, parameters={}, digest=OURS, source="c1.yaml")
CANDIDATE = Candidate(verdict=Verdict.CANDIDATE, findings=(), confidence="high")
BEFORE, STARTED, AFTER = NOW - 5 * HOUR, NOW - 3 * HOUR, NOW - 2 * HOUR
RAN_OUT = ("Failed", "Canceled")
RUNNING = ("InProgress", "Accepted", "Updating")


def intent(mode="deploy", attempt=1, at=STARTED):
    return Intent(mode=mode, attempt=attempt, failures=0, inputs=OURS[:12], plan=PLAN, at=at)


def tagged(said):
    return {"azlocal-op": said.text()}


def deployed(state, mode="deploy", attempt=1, **changes):
    """Our ARM deployment, the one that `intent` of the same mode and attempt announced."""
    return DeploymentFacts(
        id=f"{ID}/d", provisioning_state=state, mode=mode, attempt=attempt, inputs=OURS[:12], **changes
    )


def step(status, at=AFTER, name="a step", until=None, inner=(), text=""):
    ended = until or (at + MINUTE if status != "InProgress" else None)
    told = (text,) if text else ()
    return Step(name=name, status=status, started_at=at, ended_at=ended, steps=tuple(inner), exceptions=told)


def settings(mode, state, **changes):
    usual: dict[str, Any] = {"operation_type": "ClusterUpgrade", "echo": OURS}
    return SettingsFacts(
        id=f"{ID}/deploymentSettings/default", mode=mode, provisioning_state=state, **(usual | changes)
    )


def validated(at=BEFORE, state="Succeeded", **changes):
    return settings("Validate", state, validation_status="Success", validation_steps=(step("Success", at),), **changes)


def upgrading(at=AFTER, state="InProgress", **changes):
    return settings(
        "Deploy", state, deployment_status="InProgress", deployment_steps=(step("InProgress", at),), **changes
    )


def upgrade_failed(at=AFTER, state="Failed", **changes):
    return settings(
        "Deploy",
        state,
        deployment_status="Error",
        deployment_steps=(step("Error", at, text="it broke"),),
        **changes,
    )


def upgraded(at=AFTER, state="Succeeded", **changes):
    return settings("Deploy", state, deployment_status="Success", deployment_steps=(step("Success", at),), **changes)


def refused_by_checker(at=AFTER, state="Failed"):
    said = step("Error", at, name="Check readiness", text="the pool version is old")
    return settings("Deploy", state, validation_status="Error", validation_steps=(said,))


def cluster(**changes):
    """A cluster that azlocal never touched and whose settings were read and are not there."""
    return replace(ClusterFacts(id=ID, name="c1", settings=ABSENT, deployment=ABSENT, solution=ABSENT), **changes)


def read(now=NOW, candidate=CANDIDATE, inputs: Inputs | None = INPUTS, **facts):
    return read_phase(cluster(**facts), candidate, inputs, now)


def started(mode, settings_, state):
    """The facts after azlocal sent attempt 1 of *mode* and ARM says *state* about it."""
    return {"tags": tagged(intent(mode)), "settings": settings_, "deployment": deployed(state, mode)}


ARRIVED = {
    "solution": SolutionFacts(id="u", version="12.2510.1002.87"),
    "appliances": (RelatedFacts(id="a", kind="appliance", status="Running"),),
    "custom_locations": (RelatedFacts(id="l", kind="location", provisioning_state="Succeeded"),),
    "machines": (MachineFacts(id="m1", name="m1", status="Connected"),),
}


@dataclass(frozen=True)
class Case:
    """What is seen, and how it must be read."""

    facts: dict[str, Any]
    phase: Phase
    reason: str
    also: dict[str, Any] = field(default_factory=dict)
    """More of the reading, by name."""


DEPLOYMENT_ROWS = {
    "our deployment is active and there are no settings yet": Case(
        started("deploy", ABSENT, "Running"), Phase.STARTING, "DeploymentActive", {"ours": True}
    ),
    "our deployment is active and the settings are still those of the validation before": Case(
        started("deploy", validated(), "Running"), Phase.STARTING, "DeploymentActive", {"ours": True}
    ),
    "our deployment is active and the settings are still those of the failure before": Case(
        {"tags": tagged(intent(attempt=2)), "settings": upgrade_failed(BEFORE), "deployment": deployed("Running", attempt=2)},
        Phase.STARTING, "DeploymentActive", {"ours": True},
    ),
    "our deployment is in a state nobody knows, which counts as active": Case(
        started("deploy", validated(), "Pondering"), Phase.STARTING, "DeploymentActive", {"ours": True}
    ),
    "our deployment failed and there are no settings": Case(
        started("validate", ABSENT, "Failed"), Phase.START_REFUSED, "StartRefused", {"ours": True}
    ),
    "our deployment failed and the settings are still those of the validation before": Case(
        started("deploy", validated(), "Failed"),
        Phase.START_REFUSED, "StartRefused", {"ours": True, "validated_at": BEFORE + MINUTE},
    ),
    "our retry failed and the settings are still those of the failed upgrade before": Case(
        {"tags": tagged(intent(attempt=2)), "settings": upgrade_failed(BEFORE), "deployment": deployed("Failed", attempt=2)},
        Phase.START_REFUSED, "StartRefused", {"ours": True},
    ),
    "our deployment is gone and the settings tell a validation": Case(
        {"tags": tagged(intent("validate")), "settings": validated(AFTER)}, Phase.VALIDATED, "Validated", {"ours": True}
    ),
    "our deployment is gone and the settings tell a running upgrade": Case(
        {"tags": tagged(intent()), "settings": upgrading()}, Phase.APPLYING, "Applying", {"ours": True}
    ),
    "our deployment is gone and the settings tell a failed upgrade": Case(
        {"tags": tagged(intent()), "settings": upgrade_failed()},
        Phase.APPLY_FAILED, "ApplyFailed", {"ours": True, "message": "a step: it broke"},
    ),
    "our deployment is gone and so are the settings": Case({"tags": tagged(intent())}, Phase.CANDIDATE, "Candidate"),
    "our deployment succeeded and the settings are still those of the validation before": Case(
        started("deploy", validated(), "Succeeded"), Phase.START_REFUSED, "NoEffect", {"ours": True}
    ),
    "our deployment succeeded and the settings are those of a validation before ours": Case(
        started("validate", validated(BEFORE), "Succeeded"), Phase.START_REFUSED, "NoEffect", {"ours": True}
    ),
    "our deployment succeeded and the settings are still those of the failed upgrade before": Case(
        {"tags": tagged(intent(attempt=2)), "settings": upgrade_failed(BEFORE), "deployment": deployed("Succeeded", attempt=2)},
        Phase.START_REFUSED, "NoEffect", {"ours": True},
    ),
    "our deployment succeeded and there are no settings": Case(
        started("validate", ABSENT, "Succeeded"), Phase.START_REFUSED, "NoEffect", {"ours": True}
    ),
}  # fmt: skip

SETTINGS_ROWS = {
    "an upgrade runs and the validation's status is gone": Case({"settings": upgrading()}, Phase.APPLYING, "Applying"),
    "an upgrade runs and no status is reported at all": Case(
        {"settings": settings("Deploy", "InProgress")}, Phase.APPLYING, "Applying"
    ),
    "an upgrade runs beside the validation's old success": Case(
        {"settings": upgrading(validation_status="Success")}, Phase.APPLYING, "Applying"
    ),
    "the checker that runs first refused the upgrade": Case(
        {"settings": refused_by_checker()}, Phase.START_REFUSED, "CheckerRefused",
        {"step": "Check readiness", "message": "Check readiness: the pool version is old"},
    ),
    "every step of the upgrade succeeded and Azure is still finishing": Case(
        ARRIVED | {"settings": upgraded(state="InProgress")}, Phase.APPLYING, "Finishing"
    ),
    "the upgrade succeeded and nothing of it is seen yet": Case({"settings": upgraded()}, Phase.VERIFYING, "Verifying"),
    "the upgrade succeeded and everything of it is there": Case(
        ARRIVED | {"settings": upgraded()}, Phase.SOLUTION, "Upgraded"
    ),
    "a failed upgrade shows a provisioning state of Succeeded": Case(
        {"settings": upgrade_failed(state="Succeeded")}, Phase.APPLY_FAILED, "ApplyFailed"
    ),
    "a failed validation shows a provisioning state of Succeeded": Case(
        {"settings": settings("Validate", "Succeeded", validation_status="Error")},
        Phase.VALIDATION_FAILED, "ValidationFailed",
    ),
    "a failing validation still reports": Case(
        {"settings": settings("Validate", "InProgress", validation_status="Error")}, Phase.VALIDATING, "Validating"
    ),
    "a validation succeeded and the settings failed": Case(
        {"settings": validated(state="Failed")}, Phase.UNKNOWN, "Conflicting"
    ),
    "a validation succeeded and the settings were canceled": Case(
        {"settings": validated(state="Canceled")}, Phase.UNKNOWN, "Conflicting"
    ),
    "a validation succeeded with the configuration that we would send": Case(
        {"settings": validated()}, Phase.VALIDATED, "Validated",
        {"ours": False, "echo_equal": True, "validated_at": BEFORE + MINUTE},
    ),
    "a validation succeeded with somebody else's configuration": Case(
        {"settings": validated(echo=THEIRS)}, Phase.VALIDATED, "Validated", {"ours": False, "echo_equal": False}
    ),
    "a validation succeeded and Azure echoes no configuration": Case(
        {"settings": validated(echo=None)}, Phase.VALIDATED, "Validated", {"echo_equal": None}
    ),
    "an upgrade failed with somebody else's configuration": Case(
        {"settings": upgrade_failed(echo=THEIRS)}, Phase.APPLY_FAILED, "ApplyFailed", {"ours": False, "echo_equal": False}
    ),
    "the settings are of a new deployment": Case(
        {"settings": upgrading(operation_type="ClusterProvisioning")}, Phase.UNKNOWN, "ForeignSettings", {"ours": False}
    ),
    "the settings name no operation": Case(
        {"settings": validated(operation_type="")}, Phase.UNKNOWN, "ForeignSettings"
    ),
    "the settings have another name": Case({"settings": validated(name="other")}, Phase.UNKNOWN, "ForeignSettings"),
    "the settings are being deleted": Case({"settings": validated(state="Deleting")}, Phase.UNKNOWN, "SettingsDeleting"),
    "the settings are of a new deployment that succeeded": Case(
        {"settings": upgraded(operation_type="ClusterProvisioning")}, Phase.SOLUTION, "AlreadySolution"
    ),
    "the cluster says it upgrades and has no settings": Case(
        {"status": "DeploymentInProgress"}, Phase.UNKNOWN, "Conflicting"
    ),
    "the cluster says its upgrade failed and has no settings": Case(
        {"status": "DeploymentFailed"}, Phase.UNKNOWN, "Conflicting"
    ),
}  # fmt: skip

ROWS = DEPLOYMENT_ROWS | SETTINGS_ROWS


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_read_as_it_must_be_when(name):
    case = ROWS[name]
    seen = read(**case.facts)
    assert (seen.phase, seen.reason) == (case.phase, case.reason)
    assert {known: getattr(seen, known) for known in case.also} == case.also


@pytest.mark.parametrize("name", ROWS)
def test_the_case_of_azures_words_changes_no_reading(name):
    facts = dict(ROWS[name].facts)
    shown = facts["settings"] if isinstance(facts.get("settings"), SettingsFacts) else None
    if shown is not None:
        words = (
            "mode",
            "operation_type",
            "provisioning_state",
            "validation_status",
            "deployment_status",
            "name",
        )
        facts["settings"] = replace(shown, **{word: getattr(shown, word).upper() for word in words})
    if "deployment" in facts:
        state = facts["deployment"].provisioning_state.upper()
        facts["deployment"] = replace(facts["deployment"], provisioning_state=state)
    if "status" in facts:
        facts["status"] = facts["status"].upper()
    seen, usual = read(**facts), read(**ROWS[name].facts)
    assert (seen.phase, seen.reason, seen.ours) == (usual.phase, usual.reason, usual.ours)


@pytest.mark.parametrize("state", RUNNING)
@pytest.mark.parametrize("end", [*RAN_OUT, "gone"])
def test_an_operation_goes_on_in_the_cluster_after_our_deployment_ended_or_expired(end, state):
    gone = {"deployment": ABSENT} if end == "gone" else {}
    upgrade = read(**started("deploy", upgrading(state=state), end) | gone)
    assert (upgrade.phase, upgrade.ours, upgrade.phase.running) == (Phase.APPLYING, True, True)
    validating = settings("Validate", state, validation_steps=(step("InProgress"),))
    validation = read(**started("validate", validating, end) | gone)
    assert (validation.phase, validation.ours, validation.phase.running) == (Phase.VALIDATING, True, True)


@pytest.mark.parametrize("state", ["Running", "Accepted", "Creating"])
def test_an_active_deployment_of_ours_shows_the_operation_it_began(state):
    assert read(**started("deploy", upgrading(), state)).phase is Phase.APPLYING
    running = settings("Validate", "InProgress", validation_status="InProgress")
    assert read(**started("validate", running, state)).phase is Phase.VALIDATING


def test_a_refused_start_tells_what_azure_refused_it_with():
    refused = deployed("Failed", error_code="RequestDisallowedByPolicy", error_message="no such locations")
    seen = read(tags=tagged(intent()), settings=validated(), deployment=refused)
    assert "RequestDisallowedByPolicy: no such locations" in seen.message


def test_a_refused_start_never_reads_as_a_failed_upgrade_and_a_failed_upgrade_never_as_refused():
    refused, failed = (
        started("deploy", validated(), "Failed"),
        started("deploy", upgrade_failed(AFTER), "Failed"),
    )
    assert read(**refused).phase is Phase.START_REFUSED
    assert (read(**failed).phase, read(**failed).ours) == (Phase.APPLY_FAILED, True)


@pytest.mark.parametrize("other", [{"mode": "validate"}, {"attempt": 2}, {"inputs": THEIRS[:12]}])
def test_a_deployment_that_is_not_the_announced_one_refuses_nothing(other):
    leftover = replace(deployed("Failed"), **other)
    assert read(tags=tagged(intent()), settings=validated(), deployment=leftover).phase is Phase.VALIDATED


@pytest.mark.parametrize(
    "mode, until", [("validate", INTENT_OPEN), ("deploy", INTENT_OPEN), ("extension", EXTENSION_EXPECTED)]
)
def test_an_announced_start_that_nobody_sees_is_in_flight_until_it_closes(mode, until):
    still, closed = (
        read(tags=tagged(intent(mode, at=NOW - until + MINUTE))),
        read(tags=tagged(intent(mode, at=NOW - until))),
    )
    assert (still.phase, still.reason, still.ours) == (Phase.STARTING, "IntentOpen", True)
    assert closed.phase is Phase.CANDIDATE


def test_an_extension_that_became_current_closes_its_intent():
    lcm = ExtensionFacts(id="x", version="30.2510.0.1", provisioning_state="Succeeded")
    machine = MachineFacts(id="m1", name="m1", status="Connected", lcm=lcm)
    said = tagged(intent("extension", at=NOW - MINUTE))
    assert read(tags=said, machines=(machine,)).phase is Phase.CANDIDATE
    assert read(tags=said, machines=(replace(machine, lcm=ABSENT),)).phase is Phase.STARTING


STUCK = [("Deploy", "deployment_steps", UPGRADE_STUCK), ("Validate", "validation_steps", VALIDATION_STUCK)]


@pytest.mark.parametrize("mode, steps, limit", STUCK)
def test_an_innermost_step_older_than_its_limit_is_stuck(mode, steps, limit):
    def seen(age):
        inner = step("InProgress", NOW - age, name="the inner step")
        outer = step("InProgress", NOW - age - DAY, name="the outer step", inner=(inner,))
        return read(settings=settings(mode, "InProgress", **{steps: (outer,)}))

    late, good = seen(limit + MINUTE), seen(limit)
    assert (late.stuck, late.reason, late.step) == (True, "Stuck", "the inner step")
    assert late.phase.running
    assert (good.stuck, good.step) == (False, "the inner step")


def test_a_running_step_without_a_time_is_not_called_stuck():
    untimed = replace(step("InProgress"), started_at=None)
    assert not read(settings=settings("Deploy", "InProgress", deployment_steps=(untimed,))).stuck


def test_a_cluster_under_a_new_id_inherits_nothing_of_the_old_one():
    old = read(**started("deploy", upgrade_failed(), "Failed"))
    new = read(id=f"{GROUP}/clusters/c1-again")
    assert (old.phase, old.ours) == (Phase.APPLY_FAILED, True)
    assert (new.phase, new.ours, new.validated_at) == (Phase.CANDIDATE, False, None)


def test_no_inputs_or_wrong_ones_leave_it_open_whether_the_echo_is_ours():
    assert read(settings=validated(), inputs=None).echo_equal is None
    assert read(settings=validated(), inputs=replace(INPUTS, problems=("line 3",))).echo_equal is None


def test_a_cluster_that_cannot_be_read_is_unknown_whatever_else_was_read():
    assert read(error="403", settings=upgrading()).reason == "Unreadable"
    assert read(tags={"azlocal-op": "m=deploy"}, settings=upgrading()).reason == "IntentUnreadable"
    assert read(error="403").phase is read(tags={"azlocal-op": ""}).phase is Phase.UNKNOWN


NOT_READ = {
    "ValidationInProgress": Phase.VALIDATING, "DeploymentInProgress": Phase.APPLYING,
    "ValidationFailed": Phase.VALIDATION_FAILED, "DeploymentFailed": Phase.APPLY_FAILED,
    "ConnectedRecently": Phase.CANDIDATE,
}  # fmt: skip


@pytest.mark.parametrize("status", NOT_READ)
def test_the_clusters_own_status_tells_while_its_settings_were_not_read(status):
    assert read(status=status, settings=None).phase is NOT_READ[status]


VERDICTS = {
    Verdict.CANDIDATE: Phase.CANDIDATE, Verdict.BLOCKED: Phase.BLOCKED, Verdict.UNKNOWN: Phase.UNKNOWN,
    Verdict.OS_UPGRADE_REQUIRED: Phase.OS_22H2, Verdict.OS_UPGRADE_RUNNING: Phase.OS_UPGRADING,
}  # fmt: skip


@pytest.mark.parametrize("verdict", VERDICTS)
def test_without_any_operation_the_preconditions_tell_the_phase(verdict):
    assert read(candidate=replace(CANDIDATE, verdict=verdict)).phase is VERDICTS[verdict]


@pytest.mark.parametrize("check, phase", [("B3", Phase.SOLUTION), ("B1", Phase.NOT_APPLICABLE)])
def test_a_cluster_that_is_a_solution_already_is_told_from_one_that_can_never_be(check, phase):
    finding = Finding(check=check, status=Status.NOT_MET, message="because")
    seen = read(candidate=Candidate(verdict=Verdict.NOT_APPLICABLE, findings=(finding,), confidence="high"))
    assert (seen.phase, seen.message) == (phase, "because")


def test_an_operation_under_way_tells_more_than_the_preconditions():
    blocked = replace(CANDIDATE, verdict=Verdict.BLOCKED)
    assert read(candidate=blocked, settings=upgrading()).phase is Phase.APPLYING


@pytest.mark.parametrize("end", ["Succeeded", *RAN_OUT])
def test_a_failure_that_came_after_our_start_is_ours_whatever_became_of_the_deployment(end):
    failed = settings("Validate", "Failed", validation_status="Error", validation_steps=(step("Error"),))
    assert (read(**started("validate", failed, end)).phase, read(**started("validate", failed, end)).ours) == (
        Phase.VALIDATION_FAILED, True,
    )  # fmt: skip
    upgrade = read(**started("deploy", upgrade_failed(), end))
    assert (upgrade.phase, upgrade.ours) == (Phase.APPLY_FAILED, True)


MISLEADING = {
    "an upgrade by somebody else failed after our validation": (
        started("validate", upgrade_failed(), "Succeeded"), {"phase": Phase.APPLY_FAILED, "ours": False},
    ),
    "an upgrade by somebody else succeeded after our validation": (
        ARRIVED | started("validate", upgraded(), "Succeeded"), {"phase": Phase.SOLUTION, "ours": False},
    ),
    "an upgrade by somebody else succeeded after our validation was refused": (
        ARRIVED | started("validate", upgraded(), "Failed"), {"phase": Phase.SOLUTION, "ours": False},
    ),
    "our upgrade runs too long and our deployment is active, as it is all the while": (
        started("deploy", upgrading(NOW - UPGRADE_STUCK - MINUTE), "Running")
        | {"tags": tagged(intent(at=NOW - UPGRADE_STUCK - HOUR))},
        {"phase": Phase.APPLYING, "stuck": True, "reason": "Stuck"},
    ),
    "our upgrade runs and our deployment is active": (
        started("deploy", upgrading(), "Running"), {"phase": Phase.APPLYING, "ours": True},
    ),
    "every step succeeded, Azure is finishing and our deployment is active": (
        started("deploy", upgraded(state="InProgress"), "Running"), {"phase": Phase.APPLYING, "reason": "Finishing"},
    ),
    "the checker refused our upgrade and our deployment failed of it": (
        started("deploy", refused_by_checker(), "Failed"),
        {"phase": Phase.START_REFUSED, "reason": "CheckerRefused", "step": "Check readiness", "ours": True},
    ),
    "the checker refused our upgrade and our deployment is gone": (
        {"tags": tagged(intent()), "settings": refused_by_checker()},
        {"phase": Phase.START_REFUSED, "reason": "CheckerRefused", "ours": True},
    ),
    "settings that are being deleted beside our active deployment are no validation": (
        started("validate", validated(state="Deleting"), "Running"),
        {"phase": Phase.STARTING, "ours": True},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISLEADING)
def test_what_once_misled_is_read_as_it_must_be_when(name):
    facts, expected = MISLEADING[name]
    seen = read(**facts)
    assert {part: getattr(seen, part) for part in expected} == expected


@pytest.mark.parametrize("end", ["Succeeded", *RAN_OUT])
def test_a_verdict_without_step_times_is_believed_for_time_cannot_tell_whose_it_is(end):
    failed = settings("Deploy", "Failed", deployment_status="Error")
    assert read(**started("deploy", failed, end)).phase is Phase.APPLY_FAILED
    passed = settings("Validate", "Succeeded", validation_status="Success")
    assert read(**started("validate", passed, end)).phase is Phase.VALIDATED
