"""One row for each state that is easy to misread: what is seen, what it means, and what is done about it.

Every case is decided twice: as it stands, and with all that people can give (approval, an open window, the
acceptance of the last attempt), because what a person may not release must not start even then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, timezone
from typing import Any

import pytest

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.data.thresholds import UPGRADE_STUCK
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
from azlocal.core.ids import h10, key
from azlocal.core.plan import Attestation, FleetPlan, Inputs, Ring, Scope, Selector
from azlocal.core.rollout import decide_fleet
from azlocal.core.tags import Acceptance, Intent
from azlocal.core.windows import Window

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEFORE, SENT, AFTER = NOW - 5 * HOUR, NOW - 3 * HOUR, NOW - 2 * HOUR
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"
OURS, THEIRS, PLAN = "ab" * 32, "ef" * 32, "cd" * 32
BUILD = "10.0.25398.1904"
INPUTS = Inputs(cluster_id=ID, parameters={}, digest=OURS, source="c1.yaml")
ALWAYS = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC")


def cluster(**changes):
    lcm = ExtensionFacts(id="lcm", version="30.2408.0.1", provisioning_state="Succeeded")
    machine = MachineFacts(id="m1", name="m1", status="Connected", os_version=BUILD, lcm=lcm)
    ready = ClusterFacts(
        id=ID, name="c1", location="eastus", identity_type="SystemAssigned", status="ConnectedRecently",
        connectivity="Connected", last_sync_at=NOW - HOUR, observed_at=NOW, machines=(machine,),
        nodes=(NodeFacts(name="m1", os_version=BUILD),), workloads=(), appliances=(), custom_locations=(),
        locks=(), solution=ABSENT, settings=ABSENT, deployment=ABSENT,
    )  # fmt: skip
    return replace(ready, **changes)


def intent(mode="deploy", n=1, f=0, at=SENT):
    return Intent(mode=mode, attempt=n, failures=f, inputs=OURS[:12], plan=PLAN[:12], at=at)


def tagged(mode="deploy", n=1, f=0, at=SENT):
    return {"azlocal-op": intent(mode, n, f, at).text()}


def sent(state, mode="deploy", n=1, **changes):
    return DeploymentFacts(id="d", provisioning_state=state, mode=mode, attempt=n, inputs=OURS[:12], **changes)


def step(status, at):
    return (
        Step(name="A step", index="0", status=status, started_at=at, ended_at=at if status != "InProgress" else None),
    )


def settings(mode, state, **changes):
    usual: dict[str, Any] = {"operation_type": "ClusterUpgrade", "echo": OURS}
    return SettingsFacts(id="ds", mode=mode, provisioning_state=state, **(usual | changes))


def validation(status="Success", state="Succeeded", at=BEFORE, **changes):
    return settings("Validate", state, validation_status=status, validation_steps=step(status, at), **changes)


def upgrade(status="Success", state="Succeeded", at=AFTER, **changes):
    return settings("Deploy", state, deployment_status=status, deployment_steps=step(status, at), **changes)


ARRIVED = {
    "solution": SolutionFacts(id="u", version="12.2510.1002.87"),
    "appliances": (RelatedFacts(id="a", kind="appliance", status="Running"),),
    "custom_locations": (RelatedFacts(id="l", kind="location", provisioning_state="Succeeded"),),
}


@dataclass(frozen=True)
class Row:
    """What is seen; how it is read; what is decided, and what even all consent decides (the same, if not said)."""

    seen: dict[str, Any]
    read: tuple[str, str]
    done: tuple[str, str]
    released: tuple[str, str] | None = None
    accepts: tuple[str, int] = field(default=("deploy", 1))


ROWS = {
    "our deployment is active, the settings are absent": Row(
        {"tags": tagged("validate"), "deployment": sent("Running", "validate")},
        ("Starting", "DeploymentActive"), ("Wait", "DeploymentActive"),
    ),
    "our deployment is active, the settings are unchanged": Row(
        {"tags": tagged(), "deployment": sent("Running"), "settings": validation()},
        ("Starting", "DeploymentActive"), ("Wait", "DeploymentActive"),
    ),
    "our deployment is active, the upgrade it began has already failed": Row(
        {"tags": tagged(), "deployment": sent("Running"), "settings": upgrade("Error", "Failed")},
        ("ApplyFailed", "ApplyFailed"), ("Hold", "ApplyFailed"), ("Wait", "StillReporting"),
    ),
    "our deployment is active, the validation it began has already succeeded": Row(
        {"tags": tagged("validate"), "deployment": sent("Running", "validate"), "settings": validation(at=AFTER)},
        ("Validating", "Finishing"), ("Wait", "Finishing"),
    ),
    "our deployment failed, the settings are absent": Row(
        {"tags": tagged("validate"), "deployment": sent("Failed", "validate", error_code="ScopeLocked")},
        ("StartRefused", "StartRefused"), ("Hold", "ScopeLocked"), ("StartValidation", "RetryAccepted"),
        accepts=("validate", 1),
    ),
    "our deployment failed, the settings are unchanged": Row(
        {"tags": tagged(), "deployment": sent("Failed", error_code="ScopeLocked"), "settings": validation()},
        ("StartRefused", "StartRefused"), ("Hold", "ScopeLocked"), ("StartUpgrade", "RetryAccepted"),
    ),
    "our resume failed, the settings still show the upgrade that failed before": Row(
        {"tags": tagged(n=2, f=1), "deployment": sent("Failed", n=2), "settings": upgrade("Error", "Failed", BEFORE)},
        ("StartRefused", "StartRefused"), ("Hold", "DeploymentFailed"), ("Resume", "RetryAccepted"), ("deploy", 2),
    ),
    "our deployment is gone, the settings tell a validation": Row(
        {"tags": tagged("validate"), "settings": validation(at=AFTER)}, ("Validated", "Validated"),
        ("StartUpgrade", "Validated"),
    ),
    "our deployment is gone, the settings tell a failed upgrade": Row(
        {"tags": tagged(), "settings": upgrade("Error", "Failed")}, ("ApplyFailed", "ApplyFailed"),
        ("Hold", "ApplyFailed"), ("Resume", "RetryAccepted"),
    ),
    **{
        f"our deployment is {state.lower()}, the upgrade goes on": Row(
            {"tags": tagged(), "deployment": sent(state), "settings": upgrade("InProgress", "InProgress")},
            ("Applying", "Applying"), ("Wait", "Applying"),
        )
        for state in ("Failed", "Canceled")
    },
    "our deployment failed and Azure gave up on it, the cluster still reports progress": Row(
        {"tags": tagged(), "deployment": sent("Failed"), "settings": upgrade("InProgress", "Failed")},
        ("Applying", "Applying"), ("Wait", "Applying"),
    ),
    "our deployment succeeded, the settings are unchanged": Row(
        {"tags": tagged(), "deployment": sent("Succeeded"), "settings": validation()},
        ("StartRefused", "NoEffect"), ("Hold", "NoEffect"),
    ),
    "our deployment succeeded, the settings are absent": Row(
        {"tags": tagged("validate"), "deployment": sent("Succeeded", "validate")},
        ("StartRefused", "NoEffect"), ("Hold", "NoEffect"), accepts=("validate", 1),
    ),
    "an upgrade runs and the validation's status is absent": Row(
        {"settings": upgrade("InProgress", "InProgress")}, ("Applying", "Applying"), ("Wait", "Applying")
    ),
    "an upgrade runs and nothing is reported yet": Row(
        {"settings": settings("Deploy", "InProgress")}, ("Applying", "Applying"), ("Wait", "Applying")
    ),
    "the checker that runs first refused our upgrade": Row(
        {"tags": tagged(), "deployment": sent("Failed"), "settings": settings(
            "Deploy", "Failed", validation_status="Error", validation_steps=step("Error", AFTER))},
        ("StartRefused", "CheckerRefused"), ("Hold", "CheckerRefused"), ("StartValidation", "RetryAccepted"),
    ),
    "the checker refused a resume: what was half done is never validated anew": Row(
        {"tags": tagged(n=2, f=1), "deployment": sent("Failed", n=2), "settings": settings(
            "Deploy", "Failed", validation_status="Error", validation_steps=step("Error", AFTER))},
        ("StartRefused", "CheckerRefused"), ("Hold", "CheckerRefused"), ("Resume", "RetryAccepted"), ("deploy", 2),
    ),
    "an upgrade succeeded and its settings are not terminal": Row(
        ARRIVED | {"settings": upgrade(state="InProgress")}, ("Applying", "Finishing"), ("Wait", "Finishing")
    ),
    "an upgrade succeeded and nothing of it is seen yet": Row(
        {"settings": upgrade()}, ("Verifying", "Verifying"), ("Verify", "Verifying")
    ),
    "an upgrade succeeded and everything is there": Row(
        ARRIVED | {"settings": upgrade()}, ("Solution", "Upgraded"), ("Done", "Upgraded")
    ),
    "an upgrade succeeded, its settings failed, and nothing of it is there": Row(
        {"settings": upgrade(state="Failed")}, ("Unknown", "Conflicting"), ("Hold", "Conflicting")
    ),
    "a validation failed and its settings are not terminal": Row(
        {"tags": tagged("validate"), "settings": validation("Error", "InProgress", AFTER)},
        ("Validating", "Validating"), ("Wait", "Validating"), accepts=("validate", 1),
    ),
    "a validation failed": Row(
        {"tags": tagged("validate"), "settings": validation("Error", "Failed", AFTER)},
        ("ValidationFailed", "ValidationFailed"), ("Hold", "ValidationFailed"), ("StartValidation", "RetryAccepted"),
        accepts=("validate", 1),
    ),
    **{
        f"a validation succeeded and its settings are {state.lower()}": Row(
            {"settings": validation(state=state)}, ("Unknown", "Conflicting"), ("Hold", "Conflicting")
        )
        for state in ("Failed", "Canceled", "Error")
    },
    "a request ended well and the cluster reported nothing": Row(
        {"settings": settings("Validate", "Succeeded")}, ("Unknown", "NothingReported"), ("Hold", "NothingReported")
    ),
    "others validated with other inputs": Row(
        {"settings": validation(echo=THEIRS)}, ("Validated", "Validated"), ("StartValidation", "ForeignValidation")
    ),
    "others validated with our inputs: it succeeded, but not after our start": Row(
        {"settings": validation()}, ("Validated", "Validated"), ("StartValidation", "ForeignValidation")
    ),
    "we validated and Azure echoes something else": Row(
        {"tags": tagged("validate"), "deployment": sent("Succeeded", "validate"),
         "settings": validation(at=AFTER, echo=THEIRS)},
        ("Validated", "Validated"), ("Hold", "EchoDiffers"),
    ),
    "we validated and Azure echoes nothing": Row(
        {"tags": tagged("validate"), "deployment": sent("Succeeded", "validate"),
         "settings": validation(at=AFTER, echo=None)},
        ("Validated", "Validated"), ("Hold", "EchoMissing"),
    ),
    "we validated and no step tells when": Row(
        {"tags": tagged("validate"), "deployment": sent("Succeeded", "validate"),
         "settings": settings("Validate", "Succeeded", validation_status="Success")},
        ("Validated", "Validated"), ("Hold", "ValidationAgeUnknown"),
    ),
    "an upgrade by others failed with other inputs": Row(
        {"settings": upgrade("Error", "Failed", echo=THEIRS)}, ("ApplyFailed", "ApplyFailed"), ("Hold", "ApplyFailed"),
        ("Hold", "ResumeInputsDiffer"), ("deploy", 0),
    ),
    "an upgrade by others failed with our inputs": Row(
        {"settings": upgrade("Error", "Failed")}, ("ApplyFailed", "ApplyFailed"), ("Hold", "ApplyFailed"),
        ("Resume", "RetryAccepted"), ("deploy", 0),
    ),
    "an upgrade failed and its provisioning state says Succeeded": Row(
        {"tags": tagged(), "deployment": sent("Succeeded"), "settings": upgrade("Error", "Succeeded")},
        ("ApplyFailed", "ApplyFailed"), ("Hold", "ApplyFailed"), ("Resume", "RetryAccepted"),
    ),
    "the settings are those of a first deployment": Row(
        {"settings": upgrade("InProgress", "InProgress", operation_type="ClusterProvisioning")},
        ("Unknown", "ForeignSettings"), ("Hold", "ForeignSettings"),
    ),
    "the settings have another name": Row(
        {"settings": validation(name="other")}, ("Unknown", "ForeignSettings"), ("Hold", "ForeignSettings")
    ),
    "the settings are being deleted": Row(
        {"settings": validation(state="Deleting")}, ("Unknown", "SettingsDeleting"), ("Hold", "SettingsDeleting")
    ),
    **{
        f"the cluster says {status} and has no settings": Row(
            {"status": status}, ("Unknown", "Conflicting"), ("Hold", "Conflicting")
        )
        for status in ("DeploymentInProgress", "DeploymentFailed")
    },
    "the innermost running step is too old": Row(
        {"settings": upgrade("InProgress", "InProgress", NOW - UPGRADE_STUCK - MINUTE)},
        ("Applying", "Stuck"), ("Hold", "Stuck"),
    ),
    "our upgrade runs too long without any step": Row(
        {"tags": tagged(at=NOW - UPGRADE_STUCK - MINUTE), "deployment": sent("Running"),
         "settings": settings("Deploy", "InProgress")},
        ("Applying", "Stuck"), ("Hold", "Stuck"),
    ),
    "the tag that counts attempts is gone, our deployment is there": Row(
        {"deployment": sent("Failed"), "settings": validation()}, ("Unknown", "IntentLost"), ("Hold", "IntentLost")
    ),
    "the tag that counts attempts cannot be read": Row(
        {"tags": {"azlocal-op": "m=deploy"}, "settings": validation()},
        ("Unknown", "IntentUnreadable"), ("Hold", "IntentUnreadable"),
    ),
    "a start was announced and never sent": Row(
        {"tags": tagged("validate", at=NOW - 15 * MINUTE)}, ("Candidate", "Candidate"), ("StartValidation", "Candidate")
    ),
    "a start was announced just now": Row(
        {"tags": tagged("validate", at=NOW - 14 * MINUTE)}, ("Starting", "IntentOpen"), ("Wait", "IntentOpen")
    ),
    "a start was announced just now, and an older deployment of the same number is there": Row(
        {"tags": tagged("validate", at=NOW - MINUTE), "settings": validation(at=BEFORE),
         "deployment": sent("Succeeded", "validate", intended_at=BEFORE - HOUR)},
        ("Starting", "IntentOpen"), ("Wait", "IntentOpen"),
    ),
    "the cluster was moved: it has no tag, no deployment and no settings under its new id": Row(
        {"id": ID + "-moved"}, ("Candidate", "Candidate"), ("StartValidation", "Candidate")
    ),
    "a validated cluster turns out to be the solution": Row(
        {"tags": tagged("validate"), "settings": validation(at=AFTER), "solution": ARRIVED["solution"]},
        ("Solution", "AlreadySolution"), ("Done", "AlreadySolution"),
    ),
    "everything was read too long ago": Row(
        {"settings": validation(), "observed_at": NOW - DAY - MINUTE}, ("Unknown", "Unreadable"), ("Hold", "Unreadable")
    ),
    "nobody knows when it was read": Row(
        {"settings": validation(), "observed_at": None}, ("Unknown", "Unreadable"), ("Hold", "Unreadable")
    ),
}  # fmt: skip


def decide(facts, accepts=None):
    stated = tuple(Attestation(key=one, value="yes", by="op", until=None) for one in NEEDED_BEFORE_DEPLOY)
    ring = Ring(name="one", select=Selector(all=True), expect=1, gate="none", windows=(ALWAYS,), failure_budget=9)
    plan = FleetPlan(digest=PLAN, scope=Scope(), rings=(ring,), attestations=stated, control="/control")
    consent = {h10(facts.id): Acceptance(mode=accepts[0], attempt=accepts[1])} if accepts else {}
    control = ControlFacts(id="/control", paused=False, acceptances=consent)
    fleet = FleetFacts(cloud="public", clusters=(facts,), control=control)
    return decide_fleet(fleet, plan, {key(facts.id): INPUTS}, NOW).clusters[0]


@pytest.mark.parametrize("name", ROWS)
def test_a_state_is_read_and_answered_when(name):
    row = ROWS[name]
    told = decide(cluster(**row.seen))
    assert (str(told.reading.phase), told.reading.reason) == row.read
    assert (told.decision.kind, told.decision.reason) == row.done


@pytest.mark.parametrize("name", ROWS)
def test_consent_releases_only_what_it_may_when(name):
    row = ROWS[name]
    told = decide(cluster(**row.seen), row.accepts)
    assert (told.decision.kind, told.decision.reason) == (row.released or row.done)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.released])
def test_consent_to_another_attempt_releases_nothing_when(name):
    row = ROWS[name]
    mode, number = row.accepts
    told = decide(cluster(**row.seen), (mode, number + 1))
    assert (told.decision.kind, told.decision.reason) == row.done


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.done[0] == "Hold"])
def test_whatever_is_held_says_what_a_person_does_when(name):
    assert decide(cluster(**ROWS[name].seen)).decision.remedy


def test_a_stuck_operation_is_a_finding_with_its_evidence():
    stuck = upgrade("InProgress", "InProgress", NOW - UPGRADE_STUCK - MINUTE)
    found = next(one for one in decide(cluster(settings=stuck)).findings if one.check == "stuck")
    assert (found.resource_id, found.value) == ("ds", "A step")
    assert "deploymentStatus" in found.path
