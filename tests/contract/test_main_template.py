"""`main.json` and `roles.json` through Azure's own client: validated, foreseen, made, and made again without effect."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from azure.core.exceptions import HttpResponseError
from installation import ACCOUNT, BASE, GROUP, PACKAGES, Installation, SignedIn, push

from azlocal.app import App, read_settings
from azlocal.automation import read_argument
from azlocal.core.tables import TABLES
from azlocal.sandbox import identity
from azlocal.service.tick import TickRequest

WATCHING, STARTING = ("detect_candidates", "fleet_report"), ("validate_readiness", "apply_upgrade", "fleet_tick")
APPROVER = "3a2b3c4d-5e6f-4071-8293-a4b5c6d7e8f9"
STAMPS = {"systemData", "etag"}
MOVING = {"lastModifiedTime", "modifiedDate", "timeModified", "quotaNextResetTime", "workspaceCapping", "revision"}


@pytest.fixture
def place():
    return Installation()


def test_it_validates_and_everything_in_it_is_to_be_created(place):
    done = place.client.deployments.begin_validate(GROUP, "azlocal", place.body()).result().as_dict()
    assert done["properties"]["provisioningState"] == "Succeeded"
    assert set(place.what_if(alertEmail="ops@example.com").values()) == {"Create"}


def test_it_makes_what_the_documents_promise(place):
    place.install(alertEmail="ops@example.com")
    made = Counter(one["type"].removeprefix(f"{ACCOUNT}/") for one in place.azure.store.all() if _inside(place, one))
    assert made == {
        "Microsoft.ManagedIdentity/userAssignedIdentities": 2,
        "Microsoft.OperationalInsights/workspaces": 1,
        "Microsoft.OperationalInsights/workspaces/tables": len(TABLES),
        "Microsoft.Insights/dataCollectionRules": 1,
        "Microsoft.Storage/storageAccounts": 1,
        "Microsoft.Storage/storageAccounts/blobServices": 1,
        "Microsoft.Storage/storageAccounts/blobServices/containers": 2,
        ACCOUNT: 1,
        "runtimeEnvironments": 1,
        "runtimeEnvironments/packages": len(PACKAGES),
        "runbooks": 5,
        "schedules": 1,
        "jobSchedules": 1,
        "variables": 7,
        "Microsoft.Insights/diagnosticSettings": 1,
        "Microsoft.Insights/actionGroups": 1,
        "Microsoft.Insights/scheduledQueryRules": 8,
        "Microsoft.Insights/workbooks": 1,
        "Microsoft.Authorization/roleAssignments": 4,
        "Microsoft.Resources/deployments": 8,
    }


def _inside(place, document):
    return document["id"].lower().startswith(place.group_id.lower() + "/")


def test_the_rule_takes_a_row_of_every_table_into_the_workspace(place):
    outputs = place.install()
    rule = place.azure.rules[outputs["AZLOCAL_DCR_ID"]]
    assert rule["workspace"] == outputs["AZLOCAL_WORKSPACE_ID"]
    assert rule["streams"] == {
        f"Custom-{name}": {one.name: one.type for one in columns} for name, columns in TABLES.items()
    }


def test_a_second_deployment_changes_nothing(place):
    first = place.install(alertEmail="ops@example.com")
    before = snapshot(place)
    foreseen = place.what_if(alertEmail="ops@example.com")
    assert place.install(alertEmail="ops@example.com") == first
    assert snapshot(place) == before
    assert set(foreseen.values()) == {"NoChange", "Deploy"}


def test_what_if_leaves_open_only_what_needs_an_identity_or_an_endpoint_that_exists(place):
    place.install()
    open_ = {one.split("/")[-2] for one, change in place.what_if().items() if change == "Deploy"}
    assert open_ == {"jobSchedules", "variables", "roleAssignments", "workbooks"}


def snapshot(place):
    """Return everything that was made, but for who touched it when."""
    return {
        one["id"]: json.dumps(without(one), sort_keys=True)
        for one in place.azure.store.all()
        if _inside(place, one) and one["type"] != "Microsoft.Resources/deployments"
    }


def without(document):
    kept = {name: value for name, value in document.items() if name not in STAMPS}
    return {**kept, "properties": {k: v for k, v in kept["properties"].items() if k not in MOVING}}


# the Automation account


def test_packages_and_runbooks_are_pulled_from_the_bundle_by_hash(place):
    hashes = {"fleet_tick": "ab" * 32}
    place.install(runbookHashes=hashes)
    packages = {
        one["name"]: one["properties"]["contentLink"]
        for one in place.of_type(f"{ACCOUNT}/runtimeEnvironments/packages")
    }
    assert packages["p3"] == {
        "uri": f"{BASE}p3-1.0-py3-none-any.whl",
        "contentHash": {"algorithm": "SHA256", "value": f"{3:064x}"},
        "version": "1.0",
    }
    runbooks = {one["name"]: one["properties"] for one in place.of_type(f"{ACCOUNT}/runbooks")}
    assert set(runbooks) == {*WATCHING, *STARTING}
    assert {one["runtimeEnvironment"] for one in runbooks.values()} == {"azlocal-python310"}
    assert {one["runbookType"] for one in runbooks.values()} == {"Python"}
    link = runbooks["fleet_tick"]["publishContentLink"]
    assert (link["uri"], link["contentHash"]["value"]) == (f"{BASE}fleet_tick.py", "ab" * 32)


@pytest.mark.parametrize(("ticks", "minutes"), [(1, ["00"]), (2, ["00", "30"]), (4, ["00", "15", "30", "45"])])
def test_schedules_are_hourly_and_offset_and_start_in_the_future(place, ticks, minutes):
    place.install(ticksPerHour=ticks)
    found = {one["name"]: one["properties"] for one in place.of_type(f"{ACCOUNT}/schedules")}
    assert sorted(found) == [f"azlocal-{minute}" for minute in minutes]
    for minute in minutes:
        told = found[f"azlocal-{minute}"]
        assert told["startTime"] == f"2026-11-23T10:{minute}:00+00:00"
        assert (told["frequency"], told["interval"], told["timeZone"]) == ("Hour", 1, "Etc/UTC")


def test_every_scheduled_runbook_is_linked_to_every_schedule_under_a_name_that_stays(place):
    wanted = ["detect_candidates", "fleet_tick"]
    place.install(ticksPerHour=4, scheduledRunbooks=wanted)
    links = place.of_type(f"{ACCOUNT}/jobSchedules")
    pairs = [(one["properties"]["runbook"]["name"], one["properties"]["schedule"]["name"]) for one in links]
    assert Counter(pairs) == {(runbook, f"azlocal-{at}"): 1 for runbook in wanted for at in ("00", "15", "30", "45")}
    names = {one["name"] for one in links}
    place.install(ticksPerHour=4, scheduledRunbooks=list(reversed(wanted)))
    assert {one["name"] for one in place.of_type(f"{ACCOUNT}/jobSchedules")} == names


def test_another_revision_makes_other_links(place):
    place.install()
    place.install(linkRevision="2")
    assert len(place.of_type(f"{ACCOUNT}/jobSchedules")) == 2


def test_what_looks_signs_in_as_the_observer_and_what_starts_as_the_operator(place):
    outputs = place.install(scheduledRunbooks=[*WATCHING, *STARTING])
    for runbook, argument in place.jobs():
        client = outputs["observerClientId"] if runbook in WATCHING else outputs["operatorClientId"]
        assert read_argument([argument]).settings["client_id"] == client
    identities = place.of_type(ACCOUNT)[0]["identity"]["userAssignedIdentities"]
    assert {one["clientId"] for one in identities.values()} == {
        outputs["observerClientId"], outputs["operatorClientId"],
    }  # fmt: skip


def test_argument_and_variables_tell_a_job_the_same_as_the_outputs_do(place):
    outputs = place.install()
    ((_, argument),) = place.jobs()
    told = read_argument([argument])
    assert argument == outputs["operatorArgument"]
    settings = read_settings(told.settings, {})
    known = read_settings({}, {name: value for name, value in outputs.items() if name.startswith("AZLOCAL_")})
    assert settings == read_settings({"client_id": outputs["operatorClientId"]}, place.variables())
    assert settings == read_settings({"client_id": outputs["operatorClientId"]}, _environment(outputs))
    assert known.client_id == ""
    assert told.deadline_minutes == 30
    assert place.variables()["AZLOCAL_CLIENT_ID"] == outputs["observerClientId"]


def _environment(outputs):
    return {name: value for name, value in outputs.items() if name.startswith("AZLOCAL_")}


def test_on_a_hybrid_worker_nothing_is_imported_and_the_accounts_own_identity_signs_in(place):
    outputs = place.install(hybridWorkerGroup="workers")
    assert place.of_type(f"{ACCOUNT}/runtimeEnvironments") == []
    assert place.of_type(f"{ACCOUNT}/runtimeEnvironments/packages") == []
    assert {one["properties"]["runbookType"] for one in place.of_type(f"{ACCOUNT}/runbooks")} == {"Python3"}
    (link,) = place.of_type(f"{ACCOUNT}/jobSchedules")
    assert link["properties"]["runOn"] == "workers"
    assert "client_id" not in read_argument([place.jobs()[0][1]]).settings
    account = place.of_type(ACCOUNT)[0]["identity"]
    assert outputs["accountPrincipalId"] == account["principalId"]
    holders = [one["properties"]["principalId"] for one in place.of_type("Microsoft.Authorization/roleAssignments")]
    assert holders.count(account["principalId"]) == 2


def test_rows_can_go_through_an_endpoint_of_their_own(place):
    outputs = place.install(useEndpoint=True)
    (endpoint,) = place.of_type("Microsoft.Insights/dataCollectionEndpoints")
    (rule,) = place.of_type("Microsoft.Insights/dataCollectionRules")
    assert rule["properties"]["dataCollectionEndpointId"] == endpoint["id"]
    assert "kind" not in rule
    assert outputs["AZLOCAL_INGESTION_ENDPOINT"] == endpoint["properties"]["logsIngestion"]["endpoint"]


def test_an_action_group_that_exists_is_called_and_none_means_no_alerts(place):
    place.install()
    assert place.of_type("Microsoft.Insights/scheduledQueryRules") == []
    theirs = f"/subscriptions/{place.subscription}/resourceGroups/rg-x/providers/Microsoft.Insights/actionGroups/ag"
    place.install(actionGroupIds=[theirs])
    for rule in place.of_type("Microsoft.Insights/scheduledQueryRules"):
        assert rule["properties"]["actions"]["actionGroups"] == [theirs]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"contentBase": ""}, "contentBase"),
        ({"ticksPerHour": 3}, "'1,2,4'"),
        ({"deadlineMinutes": 180}, "deadlineMinutes"),
        ({"storageAccountName": "st"}, "storageAccountName"),
        ({"password": "x"}, "password"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_is_made(place, given, said):
    with pytest.raises(HttpResponseError) as refused:
        place.client.deployments.begin_create_or_update(GROUP, "azlocal", place.body(**given))
    assert said in str(refused.value)
    assert place.of_type(ACCOUNT) == []


# the roles


def test_the_roles_are_given_where_the_documents_say_and_nowhere_else(place):
    outputs = place.install()
    roles = place.give_roles()
    group = next(iter(place.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))["id"].split("/providers/")[0]
    subscription = f"/subscriptions/{place.subscription}"
    assert given_to(place, outputs["observerPrincipalId"], roles) == {("observer", subscription)}
    assert given_to(place, outputs["operatorPrincipalId"], roles) == {
        ("observer", subscription), ("operator", group), ("lease", outputs["leaseContainerId"]),
    }  # fmt: skip


def given_to(place, principal, roles):
    names = {one.lower(): name for name, one in roles.items()}
    found = (one["properties"] for one in place.azure.store.of_type("Microsoft.Authorization/roleAssignments"))
    return {
        (names[one["roleDefinitionId"].lower()], one["scope"])
        for one in found
        if one["principalId"] == principal and one["roleDefinitionId"].lower() in names
    }


def test_neither_identity_gets_more_than_reading_in_the_control_group(place):
    outputs = place.install()
    roles = place.give_roles(
        controlResourceGroup="rg-azlocal-control", approvers=[{"principalId": APPROVER, "principalType": "Group"}]
    )
    control = f"/subscriptions/{place.subscription}/resourceGroups/rg-azlocal-control".lower()
    for principal in (outputs["observerPrincipalId"], outputs["operatorPrincipalId"]):
        over = {role for role, scope in given_to(place, principal, roles) if control.startswith(scope.lower())}
        assert over == {"observer"}
    assert given_to(place, APPROVER, roles) == {("approver", control.replace("resourcegroups", "resourceGroups"))}


def test_roles_made_again_change_nothing(place):
    place.install()
    first = place.give_roles()
    count = len(list(place.azure.store.of_type("Microsoft.Authorization/roleAssignments")))
    told = place.client.deployments.begin_what_if_at_subscription_scope("azlocal-roles", place.roles_body())
    changes = told.result().as_dict()["properties"]["changes"]
    assert {one["changeType"] for one in changes} == {"NoChange"}
    assert place.give_roles() == first
    assert len(list(place.azure.store.of_type("Microsoft.Authorization/roleAssignments"))) == count


def test_roles_for_a_fleet_that_is_only_looked_at_are_two_assignments(place):
    outputs = place.install()
    roles = place.give_roles(operatorPrincipalIds=[], clusterResourceGroups=[], leaseContainerId="")
    for principal in (outputs["observerPrincipalId"], outputs["operatorPrincipalId"]):
        assert given_to(place, principal, roles) == {("observer", f"/subscriptions/{place.subscription}")}


# what a person prepares for a cluster


def test_the_preparation_of_a_cluster_deploys_and_again_changes_nothing(place):
    cluster = next(iter(place.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))
    group = cluster["id"].split("/")[4]
    machines = [one["id"] for one in place.azure.store.of_type("Microsoft.HybridCompute/machines")]
    for one in list(place.azure.store.of_type("Microsoft.Authorization/roleAssignments")):
        place.azure.store.delete(one["id"])
    body = place.body(
        "solution-upgrade-prepare.json", clusterName=cluster["name"], arcNodeResourceIds=machines,
        keyVaultName="kv-prepared", diagnosticStorageAccountName="stprepared",
    )  # fmt: skip
    deploy = place.client.deployments.begin_create_or_update
    first = deploy(group, "prepare", body).result().as_dict()["properties"]
    assert first["provisioningState"] == "Succeeded"
    prefix = f"https://kv-prepared.vault.azure.net/secrets/{cluster['name']}-AzureStackLCMUserCredential/"
    assert first["outputs"]["lcmSecretUriPrefix"]["value"] == prefix
    foreseen = place.client.deployments.begin_what_if(group, "prepare", body).result().as_dict()
    told = {one["changeType"] for one in foreseen["properties"]["changes"] if "kv-prepared" in one["resourceId"]}
    assert told == {"NoChange"}
    count = len(list(place.azure.store.all()))
    assert deploy(group, "prepare", body).result().as_dict()["properties"]["outputs"] == first["outputs"]
    assert len(list(place.azure.store.all())) == count


def test_machines_that_have_their_roles_already_are_left_alone(place):
    cluster = next(iter(place.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))
    machines = [one["id"] for one in place.azure.store.of_type("Microsoft.HybridCompute/machines")]
    given = {
        "clusterName": cluster["name"], "arcNodeResourceIds": machines, "keyVaultName": "kv-prepared",
        "diagnosticStorageAccountName": "stprepared",
    }  # fmt: skip
    deploy, group = place.client.deployments.begin_create_or_update, cluster["id"].split("/")[4]
    with pytest.raises(HttpResponseError, match="RoleAssignmentExists"):
        deploy(group, "prepare", place.body("solution-upgrade-prepare.json", **given)).result()
    body = place.body("solution-upgrade-prepare.json", **given, assignMachineRoles=False)
    assert deploy(group, "prepare", body).result().as_dict()["properties"]["provisioningState"] == "Succeeded"


# and then it runs


def test_the_configuration_it_yields_runs_a_tick(place):
    """Runbook, argument and variables as deployed; plan and inputs pushed; the tick starts and is recorded."""
    place.install()
    place.give_roles()
    push(place)
    ((runbook, argument),) = place.jobs()
    assert runbook == "fleet_tick"
    credential = SignedIn(place.azure, identity.IDENTITY_CLIENT)
    app = App(
        read_settings(read_argument([argument]).settings, {}), {}, transport=place.transport, credential=credential
    )
    report = app.tick(TickRequest(ceiling=frozenset({"StartValidation"})))
    assert (report.failed, report.lease, [one.outcome for one in report.actions]) == (False, "clean", ["accepted"])
    assert len(place.azure.tables["AzLocalTick_CL"]) == 1
    assert place.azure.tables["AzLocalAction_CL"][0]["Action"] == "StartValidation"
