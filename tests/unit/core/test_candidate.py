"""What each precondition says when it is met, when it is not, and when nobody can know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from azlocal.core.candidate import Verdict, assess
from azlocal.core.data.regions import SUPPORTED
from azlocal.core.data.thresholds import MAXIMUM_NODES, MINIMUM_REVISION, RULES
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    ExtensionFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
)
from azlocal.core.findings import Status
from azlocal.core.plan import Attestation, FleetPlan, Scope

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
READ_AT = NOW - timedelta(minutes=3)
BUILD, LOW, OLD, OTHER = "10.0.25398.1904", "10.0.25398.1903", "10.0.20349.3692", "10.0.26100.32814"
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"
MET, NOT_MET, UNKNOWN, ATTESTED = Status.MET, Status.NOT_MET, Status.UNKNOWN, Status.ATTESTED
CHECKS = tuple(f"B{n}" for n in range(1, 12))


def lcm(version="30.2408.0.1", state="Succeeded"):
    return ExtensionFacts(id=f"{ID}/lcm", version=version, provisioning_state=state)


def machine(n=1, **changes):
    ready = MachineFacts(
        id=f"machine-{n}", name=f"node{n}", status="Connected", os_version=BUILD, lcm=lcm(), observed_at=READ_AT
    )
    return replace(ready, **changes)


def nodes(*builds):
    return tuple(NodeFacts(name=f"node{n}", os_version=build) for n, build in enumerate(builds, 1))


def on(*builds):
    """Return the changes that put the nodes, and the machines with them, on *builds*."""
    machines = tuple(machine(n, os_version=build) for n, build in enumerate(builds, 1))
    return {"nodes": nodes(*builds), "machines": machines}


def settings(**changes):
    return SettingsFacts(id=f"{ID}/deploymentSettings/default", **changes)


def attest(**said):
    """Return tags such as those operators set: attest(not_stretched="yes")."""
    return {f"azlocal-attest-{name.replace('_', '-')}": f"v={value};by=ada" for name, value in said.items()}


BOTH = attest(not_stretched="yes", not_22h2sp="yes")
SOLUTION = SolutionFacts(id=f"{ID}/updateSummaries/default", version="10.2505.0.16")
PREVIEW = RelatedFacts(id=f"{ID}/aks", kind="provisionedClusters")


def cluster(**changes):
    """A cluster that meets every rule, seen by both sources; a test changes what it is about."""
    ready = ClusterFacts(
        id=ID, name="c1", location="eastus", tags=BOTH, identity_type="SystemAssigned",
        status="ConnectedRecently", connectivity="Connected", last_sync_at=NOW - timedelta(hours=1),
        observed_at=READ_AT, nodes=nodes(BUILD), machines=(machine(),), workloads=(), locks=(), solution=ABSENT, settings=ABSENT,
    )  # fmt: skip
    return replace(ready, **changes)


def judged(cloud="public", plan=None, **changes):
    return assess(cluster(**changes), plan, cloud=cloud, now=NOW)


def found(check, **changes):
    finding = judged(**changes).finding(check)
    assert finding is not None
    return finding


CASES = [
    ("B1", MET, {}), ("B1", MET, {"cloud": "usgovernment", "location": "usgovvirginia"}),
    ("B1", NOT_MET, {"cloud": "china"}), ("B1", UNKNOWN, {"cloud": "elsewhere"}),
    ("B2", MET, {"location": "East US"}), ("B2", NOT_MET, {"location": "northeurope"}),
    ("B2", NOT_MET, {"location": "usgovvirginia"}), ("B2", UNKNOWN, {"location": ""}),
    ("B3", MET, {}), ("B3", MET, {"solution": replace(SOLUTION, version="")}),
    ("B3", MET, {"appliances": (RelatedFacts(id="a", kind="appliances"),)}),
    ("B3", NOT_MET, {"solution": SOLUTION}), ("B3", NOT_MET, {"settings": settings(deployment_status="Success")}),
    ("B3", UNKNOWN, {"solution": None}),
    ("B4", MET, {}), ("B4", MET, on(OTHER)), ("B4", MET, {"machines": None}), ("B4", NOT_MET, on(OLD)),
    ("B4", NOT_MET, on(BUILD, LOW)), ("B4", NOT_MET, on(BUILD, OTHER)), ("B4", NOT_MET, on("10.0.17784.1")),
    ("B4", NOT_MET, on(*[BUILD] * (MAXIMUM_NODES + 1))), ("B4", MET, on(*[BUILD] * MAXIMUM_NODES)),
    ("B4", UNKNOWN, {"nodes": ()}), ("B4", UNKNOWN, {"nodes": nodes(BUILD, "")}),
    ("B4", UNKNOWN, {"machines": (machine(os_version=OLD),)}), ("B4", UNKNOWN, {"machines": (machine(os_version=""),)}),
    ("B4", UNKNOWN, on(OLD) | {"machines": (machine(),)}), ("B4", UNKNOWN, on(OLD, OLD) | {"machines": (machine(1, os_version=OLD), machine(2))}),
    ("B5", MET, {}), ("B5", MET, on(OTHER)), ("B5", NOT_MET, on(LOW)), ("B5", NOT_MET, on("10.0.26100.32813")),
    ("B5", UNKNOWN, on("10.0.25398")), ("B5", UNKNOWN, {"nodes": ()}),
    ("B6", MET, {}), ("B6", MET, {"identity_type": "SystemAssigned, UserAssigned"}),
    ("B6", NOT_MET, {"status": "Disconnected"}), ("B6", NOT_MET, {"status": "NotConnectedRecently"}),
    ("B6", NOT_MET, {"status": "NotYetRegistered"}), ("B6", NOT_MET, {"status": "Error"}),
    ("B6", NOT_MET, {"connectivity": "PartiallyConnected"}), ("B6", NOT_MET, {"identity_type": "None"}),
    ("B6", UNKNOWN, {"status": None}), ("B6", UNKNOWN, {"connectivity": None}), ("B6", UNKNOWN, {"identity_type": None}),
    ("B6", UNKNOWN, {"last_sync_at": None}), ("B6", MET, {"last_sync_at": NOW - timedelta(hours=24)}),
    ("B6", UNKNOWN, {"last_sync_at": NOW - timedelta(hours=24, seconds=1)}), ("B6", UNKNOWN, {"connectivity": ""}),
    ("B6", UNKNOWN, {"status": ""}), ("B6", UNKNOWN, {"status": "NotSpecified"}),
    ("B6", UNKNOWN, {"connectivity": "NotSpecified"}), ("B6", MET, {"connectivity": "CONNECTED"}),
    ("B7", MET, {}), ("B7", NOT_MET, {"machines": ()}), ("B7", NOT_MET, {"nodes": nodes(BUILD, BUILD)}),
    ("B7", NOT_MET, {"machines": (machine(status="Disconnected"),)}),
    ("B7", UNKNOWN, {"machines": None}), ("B7", UNKNOWN, {"nodes": ()}), ("B7", UNKNOWN, {"machines": (machine(status=""),)}),
    ("B8", MET, {}), ("B8", MET, {"machines": (machine(lcm=lcm("30.2408")),)}),
    ("B8", NOT_MET, {"machines": (machine(lcm=ABSENT),)}), ("B8", NOT_MET, {"machines": (machine(lcm=lcm("30.2407.9.9")),)}),
    ("B8", NOT_MET, {"machines": (machine(lcm=lcm(state="Failed")),)}),
    ("B8", NOT_MET, {"machines": (machine(1, lcm=None), machine(2, lcm=ABSENT))}),
    ("B8", UNKNOWN, {"machines": (machine(1), machine(2, lcm=None))}), ("B8", UNKNOWN, {"machines": None}),
    ("B8", UNKNOWN, {"machines": (machine(lcm=lcm(version="")),)}), ("B8", UNKNOWN, {"machines": (machine(lcm=lcm(state="")),)}),
    ("B8", UNKNOWN, {"machines": (machine(lcm=lcm(state="Updating")),)}),
    ("B8", UNKNOWN, {"machines": (machine(lcm=lcm("30.1", "Creating")),)}),
    ("B9", MET, {}), ("B9", MET, {"settings": None}), ("B9", NOT_MET, {"status": "ValidationInProgress"}),
    ("B9", NOT_MET, {"status": "DeploymentInProgress"}), ("B9", NOT_MET, {"status": "DeploymentFailed"}),
    ("B9", NOT_MET, {"settings": settings(deployment_status="Error")}), ("B9", UNKNOWN, {"status": None, "settings": None}),
    ("B9", NOT_MET, {"settings": settings(deployment_status="InProgress")}), ("B9", MET, {"status": None}),
    ("B9", NOT_MET, {"settings": settings(validation_status="InProgress")}),
    ("B9", NOT_MET, {"settings": settings(provisioning_state="Updating")}),
    ("B10", ATTESTED, {}), ("B10", NOT_MET, {"tags": BOTH | attest(not_stretched="no")}),
    ("B10", NOT_MET, {"tags": attest(not_22h2sp="no")}), ("B10", UNKNOWN, {"tags": {}}),
    ("B10", UNKNOWN, {"tags": attest(not_stretched="yes")}), ("B10", UNKNOWN, {"tags": attest(not_22h2sp="yes")}),
    ("B11", NOT_MET, {"workloads": (PREVIEW,)}), ("B11", NOT_MET, {"workloads": (PREVIEW,), "tags": attest(no_workloads="yes")}),
    ("B11", NOT_MET, {"tags": attest(no_workloads="no")}), ("B11", UNKNOWN, {}), ("B11", UNKNOWN, {"workloads": None}),
]  # fmt: skip
NAMES = [f"{check}-{status}-{','.join(changes) or 'ready'}" for check, status, changes in CASES]


@pytest.mark.parametrize(("check", "status", "changes"), CASES, ids=NAMES)
def test_a_precondition_is_met_not_met_or_unknown_as_its_evidence_says(check, status, changes):
    assert found(check, **changes).status is status


@pytest.mark.parametrize(("check", "status", "changes"), CASES, ids=NAMES)
def test_a_finding_names_its_resource_its_moment_and_its_rules(check, status, changes):
    finding = found(check, **changes)
    assert finding.message
    assert finding.resource_id
    assert finding.observed_at == READ_AT
    assert finding.rule_version == RULES
    assert finding.passes is (status in {MET, ATTESTED})


@pytest.mark.parametrize(("check", "changes"), [(check, more) for check, status, more in CASES if status is NOT_MET])
def test_a_precondition_that_is_not_met_says_what_to_do(check, changes):
    assert found(check, **changes).remedy


@pytest.mark.parametrize(("check", "changes"), [(check, more) for check, status, more in CASES if status is MET])
def test_a_precondition_that_is_met_asks_for_nothing(check, changes):
    finding = found(check, **changes)
    assert (finding.remedy, finding.question) == ("", "")


@pytest.mark.parametrize(("check", "changes"), [(check, more) for check, status, more in CASES if status is UNKNOWN])
def test_what_is_not_known_is_never_told_with_confidence(check, changes):
    assert found(check, **changes).confidence == "low"


@pytest.mark.parametrize(
    ("check", "changes", "value", "path", "resource"),
    [
        ("B2", {"location": "North Europe"}, "northeurope", "location", ID),
        ("B3", {"solution": SOLUTION}, SOLUTION.version, "currentVersion", SOLUTION.id),
        ("B3", {"settings": settings(deployment_status="Success")}, "Success", "reportedProperties.deploymentStatus.status", settings().id),
        ("B4", on(BUILD, LOW), f"{LOW}, {BUILD}", "reportedProperties.nodes[].osVersion", ID),
        ("B6", {"status": "Disconnected"}, "Disconnected", "status", ID),
        ("B6", {"identity_type": "None"}, "None", "identity.type", ID),
        ("B7", {"machines": (machine(1, status="Error"),)}, "Error", "properties.status", "machine-1"),
        ("B8", {"machines": (machine(1, lcm=lcm("30.1.0")),)}, "30.1.0", "extensions/AzureEdgeLifecycleManager", "machine-1"),
        ("B10", {"tags": attest(not_22h2sp="no")}, "no", "tag azlocal-attest-not-22h2sp", ID),
        ("B11", {"workloads": (PREVIEW,)}, "provisionedClusters", "type", PREVIEW.id),
    ],
)  # fmt: skip
def test_the_evidence_is_the_value_and_the_property_that_showed_it(check, changes, value, path, resource):
    finding = found(check, **changes)
    assert (finding.value, finding.path, finding.resource_id) == (value, path, resource)


@pytest.mark.parametrize("region", sorted(SUPPORTED["public"]))
def test_every_listed_region_is_taken_in_its_own_cloud_only(region):
    assert found("B2", location=region).status is MET
    assert found("B2", location=region, cloud="usgovernment").status is NOT_MET


@pytest.mark.parametrize(("family", "revision"), sorted(MINIMUM_REVISION.items()))
def test_the_patch_level_is_accepted_from_its_minimum_on(family, revision):
    low, least = f"10.0.{family}.{revision - 1}", f"10.0.{family}.{revision}"
    assert (found("B5", **on(low)).status, found("B5", **on(least)).status) == (NOT_MET, MET)
    assert str(revision) in found("B5", **on(low)).message


def test_an_endpoint_of_ones_own_is_taken_with_medium_confidence():
    finding = found("B1", cloud="custom")
    assert (finding.status, finding.confidence) == (MET, "medium")


def test_a_missing_attestation_asks_its_question_and_names_its_tag():
    finding = found("B10", tags=attest(not_stretched="yes"))
    assert "22H2 Supplemental" in finding.question
    assert "azlocal-attest-not-22h2sp" in finding.remedy


@pytest.mark.parametrize("until", ["2026-11-23", "someday"])
def test_an_attestation_that_ended_or_whose_end_is_unreadable_states_nothing(until):
    tags = BOTH | {"azlocal-attest-not-stretched": f"v=yes;by=ada;until={until}"}
    assert found("B10", tags=tags).status is UNKNOWN


def test_an_attestation_holds_through_its_last_day():
    tags = BOTH | {"azlocal-attest-not-stretched": "v=yes;by=ada;until=2026-11-24"}
    assert found("B10", tags=tags).status is ATTESTED


@pytest.mark.parametrize(("planned", "tagged"), [("yes", "no"), ("no", "yes")])
def test_a_no_outweighs_a_yes_wherever_it_stands(planned, tagged):
    said = Attestation(key="not-stretched", value=planned, by="bob", until=date(2027, 1, 1))
    plan = FleetPlan(digest="cd" * 32, scope=Scope(), attestations=(said,))
    assert found("B10", plan=plan, tags=BOTH | attest(not_stretched=tagged)).status is NOT_MET


def test_the_plan_says_how_old_a_census_may_be():
    plan = FleetPlan(digest="cd" * 32, scope=Scope(), facts_fresh_for=timedelta(minutes=30))
    finding = found("B6", plan=plan)
    assert finding.status is UNKNOWN
    assert "Sync-AzureStackHCI" in finding.remedy


@pytest.mark.parametrize("key", ["not-22h2sp", "oem-supported", "not-scvmm"])
def test_what_the_validator_does_not_test_has_a_finding_of_its_own(key):
    name = f"attest-{key}"
    silent, agreed, denied = (
        found(name, tags=tags) for tags in ({}, {f"azlocal-{name}": "v=yes"}, {f"azlocal-{name}": "v=no"})
    )
    assert (silent.status, agreed.status, denied.status) == (UNKNOWN, ATTESTED, NOT_MET)
    assert all((silent.question, silent.remedy, denied.remedy))
    assert not agreed.remedy


def test_every_precondition_is_told_once_and_in_order():
    told = [one.check for one in judged().findings]
    assert told[:11] == list(CHECKS)
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (Verdict.CANDIDATE, {}), (Verdict.CANDIDATE, {"tags": {}}), (Verdict.NOT_APPLICABLE, {"cloud": "china"}),
        (Verdict.NOT_APPLICABLE, {"location": "northeurope"}), (Verdict.NOT_APPLICABLE, {"solution": SOLUTION}),
        (Verdict.NOT_APPLICABLE, {"tags": attest(not_stretched="no")}), (Verdict.UNKNOWN, {"solution": None}),
        (Verdict.BLOCKED, {"status": "Disconnected"}), (Verdict.UNKNOWN, {"last_sync_at": None}),
        (Verdict.OS_UPGRADE_REQUIRED, on(OLD)), (Verdict.OS_UPGRADE_RUNNING, on(BUILD, OLD)),
        (Verdict.OS_UPGRADE_RUNNING, on(BUILD, LOW)), (Verdict.BLOCKED, on("10.0.17784.1")),
        (Verdict.UNKNOWN, {"nodes": nodes(BUILD, "")}), (Verdict.UNKNOWN, {"machines": (machine(os_version=OLD),)}),
        (Verdict.UNKNOWN, on(OLD) | {"machines": (machine(),)}), (Verdict.BLOCKED, on(LOW)), (Verdict.BLOCKED, {"machines": (machine(status="Error"),)}),
        (Verdict.BLOCKED, {"machines": (machine(lcm=ABSENT),)}), (Verdict.BLOCKED, {"workloads": (PREVIEW,)}),
        (Verdict.UNKNOWN, {"machines": None}), (Verdict.NOT_APPLICABLE, {"cloud": "china", "status": "Disconnected"}),
        (Verdict.BLOCKED, on(OLD) | {"status": "Disconnected"}),
    ],
)  # fmt: skip
def test_the_verdict_follows_from_the_findings_in_their_order(verdict, changes):
    assert judged(**changes).verdict is verdict


@pytest.mark.parametrize(
    ("confidence", "changes"),
    [("high", {}), ("medium", {"tags": {}}), ("low", {"machines": None}), ("low", {"last_sync_at": None}),
     ("medium", {"settings": None, "tags": {}}), ("low", {"nodes": ()})],
)  # fmt: skip
def test_confidence_is_high_only_with_two_agreeing_sources_and_attestations(confidence, changes):
    assert judged(**changes).confidence == confidence


def test_failing_lists_what_is_not_met_among_the_named():
    candidate = judged(**on(LOW), location="northeurope")
    assert [one.check for one in candidate.failing()] == ["B2", "B5"]
    assert [one.check for one in candidate.failing("B5", "B7")] == ["B5"]


def test_machines_that_report_no_build_are_not_a_second_source():
    finding = found("B4", machines=(machine(os_version=""),))
    assert finding.confidence != "high"


def test_a_22h2_patch_level_is_not_said_to_be_accepted():
    assert found("B5", **on(OLD)).status is not MET


def test_unread_deployment_settings_leave_less_than_high_confidence_in_not_yet_solution():
    assert found("B3", settings=None).confidence != "high"


def test_what_only_an_attestation_says_is_attested_not_met():
    assert found("B11", tags=attest(no_workloads="yes")).status is ATTESTED


def test_a_cluster_of_too_many_nodes_is_blocked():
    assert judged(**on(*[BUILD] * (MAXIMUM_NODES + 1))).verdict is Verdict.BLOCKED
