"""What can be asked about deployments: lists, operations, templates, what-if, deletion, the history's end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from deployments_world import (
    ABOVE,
    GROUP,
    KIND,
    OTHER,
    SITES,
    World,
    asked,
    deployment_id,
    error,
    nested,
    resource,
    site_id,
    template,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from azlocal.sandbox.providers.deployment_documents import iso_duration

ONE = template([resource("a")])
SLOW = "Contoso.Works/slow"
EVERY = f"{GROUP}/providers/{KIND}"


def names(world, path):
    answer = world.ask("GET", path)
    assert answer.status == 200, answer.body
    return [one["name"] for one in answer.json()["value"]]


def settled():
    """Three deployments: one succeeded, one failed, one running."""
    world = World()
    world.run("good", ONE)
    world.run("bad", template([resource("x", "Contoso.Works/broken")]))
    world.put("going", template([resource("y", SLOW)]))
    world.pass_by(minutes=1)
    return world


def test_a_list_has_the_latest_deployment_first_and_none_of_another_scope():
    world = settled()
    world.run("above", template(), scope=ABOVE, location="x")
    world.run("beside", template(), scope=OTHER)
    assert names(world, EVERY) == ["going", "bad", "good"]
    assert names(world, f"{ABOVE}/providers/{KIND}") == ["above"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("$filter=provisioningState eq 'Running'", ["going"]),
        ("$filter=provisioningState eq 'failed'", ["bad"]),
        ("$filter=provisioningState eq 'Canceled'", []),
        ("$filter=provisioningState ne 'Running'", ["bad", "good"]),
    ],
)
def test_a_list_is_filtered_by_state(query, wanted):
    assert names(settled(), f"{EVERY}?{query}") == wanted


def test_a_list_comes_in_pages_of_the_size_asked_for():
    world = settled()
    first = world.ask("GET", f"{EVERY}?$top=2").json()
    assert [one["name"] for one in first["value"]] == ["going", "bad"]
    assert names(world, first["nextLink"]) == ["good"]


@pytest.mark.parametrize("query", ["$filter=nonsense", "$top=none"])
def test_a_list_cannot_be_asked_for_nonsense(query):
    assert World().ask("GET", f"{EVERY}?{query}").status == 400


def test_every_spelling_of_the_path_finds_the_deployment():
    world = settled()
    for path in (deployment_id("GOOD"), deployment_id("good").upper(), deployment_id("good").lower()):
        assert world.ask("GET", path).json()["id"] == deployment_id("good")
        assert world.ask("HEAD", path).status == 204
    assert world.ask("HEAD", deployment_id("gone")).status == 404
    assert error(world.ask("GET", deployment_id("gone"))) == (
        404,
        "DeploymentNotFound",
        "Deployment 'gone' could not be found.",
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", deployment_id("d")), ("PUT", deployment_id("d")), ("GET", f"{GROUP}/deployments/d/operations")],
)
def test_an_api_version_that_deployments_never_had_is_refused(method, path):
    assert error(World().ask(method, path, version="2011-01-01"))[:2] == (400, "NoRegisteredProviderFound")
    assert error(World().ask(method, path, version=""))[1] in {
        "MissingApiVersionParameter",
        "InvalidApiVersionParameter",
    }


@pytest.mark.parametrize(
    "base", [f"{GROUP}/providers/{KIND}/bad", f"{GROUP.replace('resourceGroups', 'resourcegroups')}/deployments/bad"]
)
def test_operations_are_found_with_and_without_the_provider_in_the_path(base):
    world = settled()
    (operation,) = world.ask("GET", f"{base}/operations").json()["value"]
    assert re.fullmatch("[0-9A-F]{16}", operation["operationId"])
    assert operation["id"] == f"{deployment_id('bad')}/operations/{operation['operationId']}"
    properties = operation["properties"]
    assert (properties["provisioningOperation"], properties["provisioningState"], properties["statusCode"]) == (
        "Create",
        "Failed",
        "Conflict",
    )
    assert properties["targetResource"] == {
        "id": site_id("x", kind="broken"),
        "resourceType": "Contoso.Works/broken",
        "resourceName": "x",
    }
    assert properties["statusMessage"]["error"]["code"] == "SiteTaken"
    assert world.ask("GET", f"{base}/operations/{operation['operationId'].lower()}").json() == operation
    assert error(world.ask("GET", f"{base}/operations/gone"))[:2] == (404, "DeploymentOperationNotFound")


def test_operations_of_a_running_deployment_tell_what_runs():
    (operation,) = settled().operations("going")
    assert operation["provisioningState"] == "Running"
    assert "statusCode" not in operation
    assert operation["targetResource"]["resourceName"] == "y"


def test_operations_come_in_pages():
    world = World()
    world.run("d", template([resource("[concat('a', copyIndex())]", copy={"name": "many", "count": 3})]))
    first = world.ask("GET", f"{GROUP}/deployments/d/operations?$top=2").json()
    assert len(first["value"]) == 2
    assert len(world.ask("GET", first["nextLink"]).json()["value"]) == 1


def test_operations_of_a_deployment_that_is_not_there_are_not_there():
    assert error(World().ask("GET", f"{GROUP}/deployments/gone/operations"))[:2] == (404, "DeploymentNotFound")


def test_operations_of_a_subscriptions_deployment_are_found_below_it():
    world = World()
    world.run("d", template([nested("n", ONE, resourceGroup="rg-oslo")]), scope=ABOVE, location="x")
    (operation,) = world.operations("d", ABOVE)
    assert operation["targetResource"]["resourceType"] == KIND


def test_the_template_can_be_had_back():
    world = settled()
    assert world.ask("POST", f"{deployment_id('good')}/exportTemplate").json() == {"template": ONE}
    assert error(world.ask("POST", f"{deployment_id('gone')}/exportTemplate"))[:2] == (404, "DeploymentNotFound")


# Deployments that were there from the start


def old(state="Succeeded"):
    world = World()
    properties = {"provisioningState": state, "timestamp": "2026-11-20T08:00:00.0000000Z", "mode": "Incremental"}
    world.azure.store.put({"id": deployment_id("old"), "name": "old", "type": KIND, "properties": properties})
    return world


def test_a_deployment_from_before_is_shown_listed_and_has_no_operations():
    world = old()
    assert names(world, EVERY) == ["old"]
    assert world.operations("old") == []
    assert error(world.ask("POST", f"{deployment_id('old')}/exportTemplate"))[:2] == (404, "DeploymentTemplateNotFound")


def test_a_running_deployment_from_before_holds_its_name_until_it_is_cancelled():
    world = old("Running")
    assert error(world.put("old", ONE))[:2] == (409, "DeploymentActive")
    assert world.ask("POST", f"{deployment_id('old')}/cancel").status == 204
    assert world.state("old") == "Canceled"
    assert world.put("old", ONE).status == 200


# Validation


def test_validation_answers_what_would_be_deployed_and_deploys_nothing():
    world = World()
    raw = template(
        [
            resource("a"),
            resource("off", condition=False),
            nested("n", template([resource("b")]), resourceGroup="rg-machines"),
        ]
    )
    before = world.azure.effects
    answer = world.ask("POST", f"{deployment_id('d')}/validate", asked(raw))
    assert answer.status == 200
    properties = answer.json()["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["validatedResources"] == [{"id": site_id("a")}, {"id": site_id("b", OTHER)}]
    assert answer.headers["x-ms-correlation-request-id"] == properties["correlationId"]
    assert (world.azure.effects, world.works["sites"].sent) == (before, [])
    assert world.ask("GET", deployment_id("d")).status == 404


def test_validation_is_possible_while_the_deployment_runs():
    assert settled().ask("POST", f"{deployment_id('going')}/validate", asked(ONE)).status == 200


# What-if


def what_if(world, raw, scope=GROUP, **more):
    answer = world.ask(
        "POST",
        f"{deployment_id('d', scope)}/whatIf",
        asked(raw, more=more, **({"location": "x"} if scope == ABOVE else {})),
    )
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (202, b"", "5")
    assert world.ask("GET", answer.headers["location"]).status == 202
    world.pass_by(seconds=5)
    found = world.ask("GET", answer.headers["location"])
    assert found.status == 200
    return found.json()


def changes(world, raw, **more):
    found = what_if(world, raw, **more)
    assert found["status"] == "Succeeded"
    return {one["resourceId"].rsplit("/", 1)[-1]: one for one in found["properties"]["changes"]}


def with_sites():
    world = World()
    for name in ("same", "changed", "other"):
        world.azure.store.put(
            {
                "id": site_id(name),
                "name": name,
                "type": SITES,
                "location": "westeurope",
                "tags": {"site": "oslo"},
                "properties": {"port": 80, "list": [1, 2], "state": "read-only"},
            }
        )
    return world


def test_what_if_tells_what_would_be_made_changed_left_and_ignored():
    told = {"location": "West Europe", "tags": {"site": "oslo"}}
    raw = template(
        [
            resource("new", properties={"port": 1}, **told),
            resource("same", properties={"Port": 80}, **told),
            resource(
                "changed",
                location="westeurope",
                tags={"ring": "pilot"},
                properties={"port": 443, "list": [1, 3], "more": {"x": 1}},
            ),
        ]
    )
    world = with_sites()
    before = world.azure.effects
    found = changes(world, raw)
    assert {name: one["changeType"] for name, one in found.items()} == {
        "new": "Create", "same": "NoChange", "changed": "Modify", "other": "Ignore",
    }  # fmt: skip
    assert found["new"]["after"] == {
        "apiVersion": "2025-01-01", "id": site_id("new"), "type": SITES, "name": "new", "location": "West Europe",
        "tags": {"site": "oslo"}, "properties": {"port": 1},
    }  # fmt: skip
    assert found["other"]["before"]["name"] == "other"
    assert {one["path"]: one["propertyChangeType"] for one in found["changed"]["delta"]} == {
        "tags.site": "Delete", "tags.ring": "Create", "properties.port": "Modify", "properties.list": "Array",
        "properties.more": "Create",
    }  # fmt: skip
    (lists,) = [one for one in found["changed"]["delta"] if one["propertyChangeType"] == "Array"]
    assert lists["children"] == [{"path": "1", "propertyChangeType": "Modify", "before": 2, "after": 3}]
    assert (world.azure.effects, world.works["sites"].sent) == (before, [])


def test_what_if_of_ids_alone_tells_only_what_would_be_deployed():
    found = changes(
        with_sites(), template([resource("new"), resource("same")]), whatIfSettings={"resultFormat": "ResourceIdOnly"}
    )
    assert found["new"] == {"resourceId": site_id("new"), "changeType": "Deploy"}
    assert found["same"]["changeType"] == "Deploy"
    assert found["other"] == {"resourceId": site_id("other"), "changeType": "Ignore"}


def test_what_if_of_mode_complete_tells_what_would_be_deleted():
    found = changes(with_sites(), template([resource("same")]), mode="Complete")
    assert found["other"]["changeType"] == "Delete"


def test_what_if_does_not_claim_to_know_what_only_running_tells():
    raw = template(
        [
            resource("same", properties={"port": "[reference('new').port]"}),
            resource(
                "new", properties={"port": "[reference(resourceId('Contoso.Works/sites', 'other'), '2025-01-01').port]"}
            ),
        ]
    )
    found = changes(with_sites(), raw)
    assert found["same"]["changeType"] == "Deploy"
    assert found["new"]["after"]["properties"]["port"].startswith("[reference(")


def test_what_if_looks_into_nested_deployments():
    found = changes(with_sites(), template([nested("n", template([resource("deep")]), resourceGroup="rg-machines")]))
    assert found["deep"]["resourceId"] == site_id("deep", OTHER)
    assert "n" not in found


def test_what_if_at_subscription_scope_ignores_nothing():
    group = {
        "type": "Microsoft.Resources/resourceGroups",
        "apiVersion": "2024-03-01",
        "name": "rg-new",
        "location": "x",
    }
    found = what_if(with_sites(), template([group]), ABOVE)
    assert [one["changeType"] for one in found["properties"]["changes"]] == ["Create"]


def test_what_if_of_an_invalid_template_fails_with_its_error():
    found = what_if(World(), template([resource("[nonsense()]")]))
    assert (found["status"], found["error"]["code"]) == ("Failed", "InvalidTemplate")


def test_what_if_of_no_deployment_is_refused_at_once():
    assert error(World().ask("POST", f"{deployment_id('d')}/whatIf", {}))[:2] == (400, "InvalidRequestContent")


# The history


def test_deleting_a_deployment_takes_it_out_of_the_history_and_leaves_its_resources():
    world = settled()
    answer = world.ask("DELETE", deployment_id("good"))
    assert answer.status == 202
    assert world.ask("GET", answer.headers["location"]).status == 202
    world.pass_by(seconds=5)
    assert world.ask("GET", answer.headers["location"]).status == 204
    assert world.ask("GET", deployment_id("good")).status == 404
    assert world.azure.store.get(site_id("a")) is not None
    assert world.ask("DELETE", deployment_id("good")).status == 204


def test_a_running_deployment_cannot_be_deleted():
    world = settled()
    assert error(world.ask("DELETE", deployment_id("going")))[:2] == (409, "DeploymentActive")
    assert world.state("going") == "Running"


def fill(world, count, scope=GROUP, state="Succeeded"):
    for at in range(count):
        properties = {
            "provisioningState": state,
            "timestamp": f"2026-11-{1 + at // 100:02d}T08:{at % 100 // 2:02d}:{at % 2:02d}.0000000Z",
        }
        world.azure.store.put(
            {"id": deployment_id(f"old{at:03d}", scope), "name": f"old{at:03d}", "type": KIND, "properties": properties}
        )


def kept(world, scope=GROUP):
    return sorted(one["name"] for one in world.azure.store.of_type(KIND, under=f"{scope}/providers/{KIND}/"))


@pytest.mark.parametrize(("count", "left"), [(774, 775), (775, 751), (799, 751)])
def test_a_history_that_is_nearly_full_is_cut_from_the_oldest(count, left):
    world = World()
    fill(world, count)
    assert world.put("d", ONE).status == 201
    found = kept(world)
    assert len(found) == left
    assert f"old{count - 1:03d}" in found
    assert ("old000" in found) is (left == count + 1)


def test_running_a_known_name_again_cuts_nothing():
    world = World()
    fill(world, 790)
    assert world.put("old000", ONE).status == 200
    assert len(kept(world)) == 790


def test_active_deployments_are_never_cut():
    world = World()
    fill(world, 790, state="Running")
    world.put("d", ONE)
    assert len(kept(world)) == 791


def test_a_lock_keeps_the_history_until_it_is_full_and_then_the_deployment_is_refused():
    world = World()
    lock = f"{GROUP}/providers/Microsoft.Authorization/locks/l"
    world.azure.store.put(
        {"id": lock, "name": "l", "type": "Microsoft.Authorization/locks", "properties": {"level": "CanNotDelete"}}
    )
    fill(world, 799)
    assert world.put("d", ONE).status == 201
    status, code, message = error(world.put("e", ONE))
    assert (status, code) == (409, "DeploymentQuotaExceeded")
    assert "would exceed the quota of '800'. The current deployment count is '800'" in message


def test_the_history_of_a_subscription_is_not_cut():
    world = World()
    fill(world, 790, ABOVE)
    assert world.put("d", template(), scope=ABOVE, location="x").status == 201
    assert len(kept(world, ABOVE)) == 791


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_duration_can_be_read_back(span):
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", iso_duration(span))
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    assert abs(hours * 3600 + minutes * 60 + seconds - span.total_seconds()) < 1e-3
