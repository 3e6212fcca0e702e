"""What the simulator found: each the smallest case of it, so that it never comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_rollout import (
    DAY,
    HOUR,
    cluster,
    control,
    decide,
    fleet,
    intent,
    plan,
    ring,
    sent,
    shown,
    upgrade_failed,
    upgraded,
    validated,
)

from azlocal.core.decisions import Hold, StartUpgrade, StartValidation
from azlocal.core.domains import Cap
from azlocal.core.facts import ABSENT, SolutionFacts
from azlocal.core.plan import Validating


def test_a_cluster_that_cannot_be_read_takes_a_slot_of_validations_too():
    facts = fleet(replace(cluster(1), error="no answer"), cluster(2), cluster(3))
    told = decide(facts, plan(validate=Validating(max_concurrent=2)))
    assert [one.decision.reason for one in told.clusters[1:]] == ["Candidate", "ValidationsFull"]


def test_a_cluster_of_a_shut_ring_that_nobody_had_to_read_takes_no_room_from_the_fleet():
    unread = cluster(2, ring="two", settings=None, deployment=None, last_sync_at=None)
    told = decide(fleet(validated(1), unread), plan(ring(), ring("two"), caps=(Cap(by="subscription", max=1),)))
    assert isinstance(told.clusters[0].decision, StartUpgrade)


def test_a_failed_upgrade_whose_retry_azure_refused_keeps_the_next_stage_of_a_ramp_shut():
    refused = upgrade_failed(
        1,
        settings=shown("Deploy", "Error", "Failed", ago=3 * HOUR),
        deployment=sent("deploy", 2, "Failed"),
        intent=intent("deploy", 2, 1),
    )
    told = decide(fleet(refused, validated(2)), plan(ring(ramp=(1,), failure_budget=1)))
    assert told.clusters[1].decision.reason == "RampStage"


def test_a_validation_of_what_is_the_solution_already_does_not_keep_the_next_ring_shut():
    born = cluster(1, solution=SolutionFacts(id="s", version="12.2510.1002.531"), settings=shown("Validate", "Success"))
    told = decide(fleet(born, upgraded(2, ago=3 * DAY), validated(3, ring="two")), plan(ring(), ring("two")))
    assert (told.rings[0].reason, told.rings[1].state) == ("Complete", "open")


def refused_by_the_checker(number):
    """Return what was the solution already when somebody began an upgrade of it, which its checker refused."""
    seen = replace(shown("Deploy", "", "Failed"), validation_status="Error")
    return cluster(number, solution=SolutionFacts(id="s", version="12.2510.1002.531"), settings=seen)


def test_a_refused_upgrade_of_what_is_the_solution_already_does_not_keep_the_next_ring_shut():
    told = decide(
        fleet(refused_by_the_checker(1), upgraded(2, ago=3 * DAY), validated(3, ring="two")), plan(ring(), ring("two"))
    )
    assert (told.rings[0].reason, told.rings[1].state) == ("Complete", "open")


def test_a_refused_upgrade_of_what_is_the_solution_already_opens_no_stage_of_a_ramp():
    told = decide(fleet(refused_by_the_checker(1), validated(2), validated(3)), plan(ring(ramp=(1, 2))))
    assert [one.decision.reason for one in told.clusters[1:]] == ["Validated", "RampStage"]


OVERWRITTEN = {
    "validated by others": validated(1, intent=intent("deploy"), deployment=sent("deploy", 1, "Failed")),
    "refused to others": validated(
        1, settings=shown("Validate", "Error", "Failed"), intent=intent("deploy"), deployment=sent("deploy")
    ),
    "validated by others, deployments deleted": validated(1, intent=intent("deploy"), deployment=ABSENT),
}


@pytest.mark.parametrize("case", OVERWRITTEN)
def test_an_upgrade_whose_end_a_validation_by_others_hides_is_repeated_only_by_consent(case):
    told = decide(fleet(OVERWRITTEN[case])).clusters[0]
    assert (type(told.decision), told.decision.reason) == (Hold, "UpgradeOverwritten")
    assert "azlocal-upgrade resume" in told.decision.remedy


def test_with_consent_an_upgrade_whose_end_is_hidden_begins_with_a_validation():
    facts = fleet(OVERWRITTEN["validated by others"], control=control((1, "deploy", 1)))
    told = decide(facts).clusters[0].decision
    assert (type(told), told.reason) == (StartValidation, "RetryAccepted")


def test_a_validation_by_others_is_made_anew_where_azure_never_took_the_upgrade():
    told = decide(fleet(validated(1, intent=intent("deploy"), deployment=sent("validate")))).clusters[0].decision
    assert (type(told), told.reason) == (StartValidation, "ForeignValidation")
