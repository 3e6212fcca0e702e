"""The Function app's templates through Azure's own client: made, made again, and enough for the app to work by."""

from __future__ import annotations

import base64
import json
from collections import Counter

import pytest
from function_worker import subscribed
from installation import GROUP, Installation, SignedIn, push

from azlocal.app import App
from azlocal.azure.work_storage import CONTAINER, QUEUE
from azlocal.errors import AzlocalError
from azlocal.function import durable
from azlocal.function.caller import guarded
from azlocal.function.doors import at
from azlocal.function.incoming import KINDS

APPLICATION = "7d8e9f00-1122-4333-8444-555566667777"
SITE = "Microsoft.Web/sites"
BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
QUEUES, TABLES = "974c5e8b-45b9-4653-ba55-5f855dd0fb88", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


@pytest.fixture
def place():
    return Installation()


def install(place, **more):
    return place.install(deployFunction=True, functionApplicationId=APPLICATION, **more)


def site(place):
    (found,) = place.of_type(SITE)
    return found


def config(place, name):
    found = {one["name"].rsplit("/", 1)[-1].lower(): one["properties"] for one in place.of_type(f"{SITE}/config")}
    return found[name.lower()]


def test_without_it_there_is_no_function_app(place):
    outputs = place.install()
    assert place.of_type(SITE) == []
    assert (outputs["functionAppId"], outputs["functionAddress"]) == ("", "")


def test_it_validates_and_everything_in_it_is_to_be_created(place):
    assert set(place.what_if(deployFunction=True).values()) == {"Create"}
    install(place)


def test_it_makes_a_plan_an_app_and_a_storage_account_of_its_own(place):
    outputs = install(place)
    made = Counter(
        one["type"] for one in place.azure.store.all() if one["id"].lower().startswith(place.group_id.lower())
    )
    assert made["Microsoft.Storage/storageAccounts"] == 2
    assert made["Microsoft.Web/serverfarms"] == made[SITE] == made["Microsoft.Insights/components"] == 1
    assert made[f"{SITE}/config"] == made[f"{SITE}/basicPublishingCredentialsPolicies"] == 2
    assert site(place)["id"] == outputs["functionAppId"]
    assert outputs["functionAddress"] == f"https://{site(place)['properties']['defaultHostName']}"
    told = site(place)["properties"]["functionAppConfig"]
    assert told["runtime"] == {"name": "python", "version": "3.13"}
    assert told["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"
    assert told["scaleAndConcurrency"]["alwaysReady"] == []


def test_made_again_it_changes_nothing(place):
    first = install(place)
    before = {one["id"]: json.dumps(steady(one), sort_keys=True) for one in own(place)}
    assert install(place) == first
    assert {one["id"]: json.dumps(steady(one), sort_keys=True) for one in own(place)} == before


def own(place):
    kinds = ("Microsoft.Web/", "Microsoft.Storage/", "Microsoft.Authorization/", "Microsoft.Insights/components")
    return [one for one in place.azure.store.all() if one["type"].startswith(kinds)]


def steady(document):
    kept = {name: value for name, value in document.items() if name not in {"systemData", "etag"}}
    return {**kept, "properties": {k: v for k, v in kept["properties"].items() if k != "lastModifiedTime"}}


def test_the_app_gets_data_roles_on_its_own_account_and_none_to_write_the_plan(place):
    outputs = install(place)
    account = next(one for one in place.of_type("Microsoft.Storage/storageAccounts") if one["name"].startswith("fn"))
    given = {
        (one["properties"]["roleDefinitionId"].rsplit("/", 1)[-1], one["properties"]["scope"].rsplit("/", 1)[-1])
        for one in place.of_type("Microsoft.Authorization/roleAssignments")
        if one["properties"]["principalId"] == outputs["operatorPrincipalId"]
    }
    mine = {(role, account["name"]) for role in (BLOB_OWNER, QUEUES, TABLES)}
    assert given == mine | {(PUBLISHER, "dcr-azlocal"), (READER, "azlocal-files"), (PUBLISHER, "appi-azlocal")}


def test_no_setting_is_a_secret_and_no_key_is_used(place):
    install(place)
    settings = config(place, "appsettings")
    assert "AzureWebJobsStorage" not in settings
    assert not [name for name, value in settings.items() if "AccountKey=" in str(value) or "SharedAccess" in str(value)]
    accounts = place.of_type("Microsoft.Storage/storageAccounts")
    assert {one["properties"]["allowSharedKeyAccess"] for one in accounts} == {False}
    policies = place.of_type(f"{SITE}/basicPublishingCredentialsPolicies")
    assert {one["properties"]["allow"] for one in policies} == {False}


# who may call


def test_callers_sign_in_and_only_events_and_health_come_without(place):
    install(place)
    told = config(place, "authsettingsV2")
    check = told["globalValidation"]
    assert (check["requireAuthentication"], check["unauthenticatedClientAction"]) == (True, "Return401")
    assert check["excludedPaths"] == ["/runtime/webhooks/eventgrid", "/api/health"]
    directory = told["identityProviders"]["azureActiveDirectory"]
    assert directory["registration"]["clientId"] == APPLICATION
    assert f"api://{APPLICATION}" in directory["validation"]["allowedAudiences"]
    assert directory["registration"]["openIdIssuer"].endswith(f"{place.azure.tenant_id}/v2.0")
    assert guarded(config(place, "appsettings"))


def test_without_an_application_the_app_believes_nobody(place):
    place.install(deployFunction=True)
    assert not guarded(config(place, "appsettings"))
    assert config(place, "authsettingsV2")["globalValidation"]["requireAuthentication"] is True
    assert config(place, "authsettingsV2")["identityProviders"]["azureActiveDirectory"]["enabled"] is False


def test_the_app_is_told_that_login_is_on_only_after_it_is(place):
    install(place)
    module = place.body()["properties"]["template"]["resources"]["function"]["properties"]["template"]
    assert "authentication" in module["resources"]["settings"]["dependsOn"]


# what was made is enough to work by


def door(place):
    """Return the app's door by nothing but the settings that the template gave the app."""
    settings = config(place, "appsettings")
    client = settings["AZLOCAL_CLIENT_ID"]
    app = App.from_environment({}, settings)
    app._transport, app._credential = place.transport, SignedIn(place.azure, client)
    return at(app, settings)


def working(place, **more):
    install(place, **more)
    place.give_roles()
    push(place)
    place.azure.rbac = True
    return place


def test_a_tick_a_ring_and_the_view_work_by_the_settings_and_the_roles_alone(place):
    here = door(working(place))
    report = here.timer()
    assert [one.outcome for one in report.actions] == ["accepted"]
    ticket = here.ring()
    account = next(
        one["name"] for one in place.of_type("Microsoft.Storage/storageAccounts") if one["name"].startswith("fn")
    )
    assert here.desk.read("fleet.json")["tick"]["tickId"] == report.tick_id
    (waiting,) = place.azure.queues[queue_of(place, account)]
    assert json.loads(base64.b64decode(waiting.text)) == {"ticket": ticket.id}
    assert (account, CONTAINER, "fleet.json") in place.azure.blobs


def queue_of(place, account):
    kind = "Microsoft.Storage/storageAccounts/queueServices/queues"
    (found,) = (one["id"].lower() for one in place.of_type(kind) if one["name"].rsplit("/", 1)[-1] == QUEUE)
    assert f"/{account}/" in found
    return found


def test_a_tick_in_shards_works_by_the_same(place):
    working(place, functionDurable=True)
    assert config(place, "appsettings")["AZLOCAL_DURABLE"] == "true"
    ready = site(place)["properties"]["functionAppConfig"]["scaleAndConcurrency"]["alwaysReady"]
    assert ready == [{"name": "durable", "instanceCount": 1}]
    run = {"run": "r", "ticket": ""}
    count = durable.divide(door(place), run)["shards"]
    for number in range(count):
        durable.observe(door(place), {**run, "shard": number})
    assert durable.act(door(place), {**run, "shards": count, "missing": []})["actions"] == 1


@pytest.mark.parametrize("role", [BLOB_OWNER, QUEUES])
def test_each_data_role_is_needed(place, role):
    working(place)
    for one in place.of_type("Microsoft.Authorization/roleAssignments"):
        if one["properties"]["roleDefinitionId"].endswith(role):
            place.azure.store.delete(one["id"])
    here = door(place)
    if role == BLOB_OWNER:
        here.timer()  # what cannot be left to be read stops no tick
    with pytest.raises(AzlocalError, match="AuthorizationPermissionMismatch"):
        here.ring()


# events


def events(place, **more):
    outputs = install(place)
    given = {"functionAppId": outputs["functionAppId"], **more}
    done = place.client.deployments.begin_create_or_update(
        GROUP, "azlocal-events", place.body("function-events.json", **given)
    )
    assert done.result().as_dict()["properties"]["provisioningState"] == "Succeeded"
    (topic,) = place.of_type("Microsoft.EventGrid/systemTopics")
    (subscription,) = place.of_type("Microsoft.EventGrid/systemTopics/eventSubscriptions")
    return outputs, topic["properties"], subscription["properties"]


def test_events_of_the_subscription_come_to_the_function_that_takes_them(place):
    outputs, topic, told = events(place)
    assert topic["source"] == f"/subscriptions/{place.subscription}"
    assert topic["topicType"] == "Microsoft.Resources.Subscriptions"
    assert told["eventDeliverySchema"] == "EventGridSchema"
    target = told["destination"]
    assert target["endpointType"] == "AzureFunction"
    assert target["properties"]["resourceId"] == f"{outputs['functionAppId']}/functions/resource_written"


def test_the_filter_lets_through_what_the_app_looks_at_and_nothing_else(place):
    _, _, told = events(place)
    (names,) = told["filter"]["advancedFilters"]
    assert (names["operatorType"], names["key"]) == ("StringIn", "data.operationName")
    assert {one.lower() for one in names["values"]} == {f"{kind}/write" for kind in KINDS}
    kinds = set(told["filter"]["includedEventTypes"])
    for kind in kinds:
        for value in names["values"]:
            assert subscribed({"eventType": kind, "data": {"operationName": value}})
    assert {kind.rsplit(".", 1)[-1] for kind in kinds} == {
        f"ResourceWrite{end}" for end in ("Success", "Failure", "Cancel")
    }
