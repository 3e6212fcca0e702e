"""How a deployment goes: order, parallel work, failures, nested deployments, outputs, and how it ends."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from deployments_world import (
    ABOVE,
    GROUP,
    KIND,
    OTHER,
    SITES,
    START,
    World,
    deployment_id,
    error,
    nested,
    resource,
    site_id,
    template,
)

SLOW = "Contoso.Works/slow"
BROKEN = "Contoso.Works/broken"
INSIDE = {"expressionEvaluationOptions": {"scope": "inner"}}


def sent(world, kind="sites"):
    return [one[0].rsplit("/", 1)[-1] for one in world.works[kind].sent]


def states(world, name="d"):
    return {
        one["targetResource"]["resourceName"]: one["provisioningState"]
        for one in world.operations(name)
        if one["provisioningOperation"] == "Create"
    }


# The road of a deployment


def test_a_new_deployment_is_accepted_then_runs_then_succeeds_within_seconds():
    world = World()
    answer = world.put("d", template([resource("a")]), tags={"run": "7"})
    assert (answer.status, answer.json()["properties"]["provisioningState"]) == (201, "Accepted")
    seen = [world.state("d")]
    for _ in range(4):
        world.pass_by(seconds=1)
        seen.append(world.state("d"))
    assert list(dict.fromkeys(seen)) == ["Accepted", "Running", "Succeeded"]
    assert world.works["sites"].sent[0][2] - START <= timedelta(seconds=3)


def test_the_answer_says_where_to_follow_and_there_the_end_is_told():
    world = World()
    answer = world.put("d", template([resource("a", SLOW)]))
    assert answer.headers["retry-after"] == "5"
    url = answer.headers["azure-asyncoperation"]
    assert url.startswith(f"https://127.0.0.1{deployment_id('d')}/operationStatuses/")

    def follow():
        return world.ask("GET", url)

    assert (follow().json(), follow().headers["retry-after"]) == ({"status": "Accepted"}, "5")
    world.pass_by(seconds=2)
    assert follow().json() == {"status": "Running"}
    world.works["slow"].going["a"].end("Succeeded", world.azure.clock.now())
    assert follow().json() == {"status": "Succeeded"}
    assert "retry-after" not in follow().headers
    assert error(world.ask("GET", f"{deployment_id('d')}/operationStatuses/gone"))[:2] == (404, "OperationNotFound")


def test_a_second_run_of_a_name_answers_200_and_replaces_the_first():
    world = World()
    assert world.put("d", template([resource("a")]), tags={"n": "1"}).status == 201
    world.pass_by(minutes=1)
    answer = world.put("D", template([resource("b")]))
    assert (answer.status, "tags" in answer.json()) == (200, False)
    world.pass_by(minutes=1)
    assert [one["targetResource"]["resourceName"] for one in world.operations("d")] == ["b"]


def test_a_second_put_of_a_running_deployment_is_a_conflict():
    world = World()
    world.put("d", template([resource("a", SLOW)]))
    for spelled in (deployment_id("d"), deployment_id("D", GROUP.replace("resourceGroups", "RESOURCEGROUPS").upper())):
        answer = world.ask("PUT", spelled, {"properties": {"mode": "Incremental", "template": template()}})
        assert answer.status == 409
        assert answer.json()["error"]["code"] == "DeploymentActive"
        assert (
            "cannot be saved, because this would overwrite an existing deployment which is still active"
            in answer.json()["error"]["message"]
        )
        world.pass_by(hours=1)
    assert world.state("d") == "Running"


def test_a_deployment_without_resources_succeeds():
    found = World().run("d", template())
    assert found["properties"]["provisioningState"] == "Succeeded"
    assert "outputResources" not in found["properties"]


def test_a_deployment_is_shown_as_azure_shows_it():
    world = World()
    raw = template(
        [resource("a", location="West Europe"), resource("b", SLOW, dependsOn=["a"])],
        parameters={"mode": {"type": "string"}, "secret": {"type": "securestring"}},
    )
    correlation = "9d9f5f5e-45e1-4d4c-9bd5-2d6b7f2c7301"
    answer = world.ask(
        "PUT", deployment_id("d"),
        {"tags": {"run": "1"}, "properties": {"mode": "Incremental", "template": raw, "parameters": {"mode": {"value": "x"}, "secret": {"value": "hidden"}}, "debugSetting": {"detailLevel": "none"}}},
        x_ms_correlation_request_id=correlation,
    )  # fmt: skip
    assert answer.headers["x-ms-correlation-request-id"] == correlation
    world.pass_by(seconds=3)
    world.works["slow"].going["b"].end("Succeeded", world.azure.clock.now() + timedelta(minutes=15, seconds=2.5))
    world.pass_by(minutes=20)
    found = world.get("d")
    assert {name: found[name] for name in ("id", "name", "type", "tags")} == {
        "id": deployment_id("d"), "name": "d", "type": KIND, "tags": {"run": "1"},
    }  # fmt: skip
    properties = found["properties"]
    assert properties.pop("templateHash").isdecimal()
    named = {
        letter: {"id": site_id(letter, kind=kind), "resourceType": f"Contoso.Works/{kind}", "resourceName": letter}
        for letter, kind in (("a", "sites"), ("b", "slow"))
    }
    assert properties == {
        "provisioningState": "Succeeded", "correlationId": correlation, "mode": "Incremental",
        "timestamp": "2026-11-23T08:15:05.5000000Z", "duration": "PT15M5.5S",
        "parameters": {"mode": {"type": "String", "value": "x"}, "secret": {"type": "SecureString"}},
        "providers": [{"namespace": "Contoso.Works", "resourceTypes": [
            {"resourceType": "sites", "locations": ["westeurope"]}, {"resourceType": "slow", "locations": [None]},
        ]}],
        "dependencies": [{"dependsOn": [named["a"]], **named["b"]}],
        "debugSetting": {"detailLevel": "none"},
        "outputResources": [{"id": site_id("a")}, {"id": site_id("b", kind="slow")}],
    }  # fmt: skip
    assert "hidden" not in json.dumps(found)


def test_a_correlation_id_is_made_when_the_caller_gives_none_and_both_places_tell_it():
    answer = World().put("d", template())
    assert answer.headers["x-ms-correlation-request-id"] == answer.json()["properties"]["correlationId"]


def test_the_same_template_has_the_same_hash_and_another_has_another():
    world = World()
    hashes = [
        world.put(name, template([resource(site)])).json()["properties"]["templateHash"]
        for name, site in (("d", "a"), ("e", "a"), ("f", "b"))
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    answer = world.ask("POST", "/providers/Microsoft.Resources/calculateTemplateHash", template([resource("a")]))
    assert answer.json()["templateHash"] == hashes[0]
    assert json.loads(answer.json()["minifiedTemplate"]) == template([resource("a")])


# Order


def test_what_depends_on_nothing_begins_together_and_the_rest_waits():
    world = World()
    raw = template(
        [
            resource("last", dependsOn=["x", "y"]),
            resource("x", SLOW),
            resource("y", SLOW),
            resource("free"),
            resource("off", condition=False),
            resource("after-off", dependsOn=["off"]),
        ]
    )
    world.put("d", raw)
    world.pass_by(seconds=5)
    assert sorted(sent(world)) == ["after-off", "free"]
    assert sent(world, "slow") == ["x", "y"]
    world.works["slow"].going["y"].end("Succeeded", world.azure.clock.now())
    world.pass_by(seconds=5)
    assert "last" not in sent(world)
    assert world.state("d") == "Running"
    world.works["slow"].going["x"].end("Succeeded", world.azure.clock.now())
    world.pass_by(seconds=5)
    assert sent(world)[-1] == "last"
    assert world.state("d") == "Succeeded"


def test_a_serial_loop_writes_batch_by_batch():
    world = World()
    loop = {"name": "many", "count": 5, "mode": "serial", "batchSize": 2}
    world.put("d", template([resource("[concat('a', copyIndex())]", SLOW, copy=loop)]))
    seen = []
    for _ in range(3):
        world.pass_by(seconds=5)
        seen.append(sent(world, "slow"))
        for operation in world.works["slow"].going.values():
            operation.end("Succeeded", world.azure.clock.now())
    assert [len(one) for one in seen] == [2, 4, 5]


def test_a_long_chain_of_operations_that_end_at_once_runs_through():
    class Ended(type(World().works["sites"])):
        def put(self, azure, resource_id, body, *, now, principal):
            written = super().put(azure, resource_id, body, now=now, principal=principal)
            self.going[resource_id.rsplit("/", 1)[-1]].end("Succeeded", now)
            return written

    world = World()
    world.azure.resource_type(SLOW, Ended("slow"))
    chain = [resource(f"r{at}", SLOW, dependsOn=[f"r{at - 1}"] if at else []) for at in range(800)]
    assert world.run("d", template(chain))["properties"]["provisioningState"] == "Succeeded"


# Failures


def test_a_refused_write_fails_its_dependents_never_and_the_others_go_on_to_their_end():
    world = World()
    raw = template(
        [
            resource("bad", BROKEN),
            resource("after", dependsOn=["bad"]),
            resource("other", SLOW),
            resource("then", dependsOn=["other"]),
        ]
    )
    world.put("d", raw)
    world.pass_by(minutes=1)
    assert world.state("d") == "Running"
    world.works["slow"].going["other"].end("Succeeded", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert sent(world) == ["then"]
    found = world.get("d")["properties"]
    assert found["provisioningState"] == "Failed"
    assert found["error"]["code"] == "DeploymentFailed"
    assert found["error"]["message"].startswith("At least one resource deployment operation failed.")
    (detail,) = found["error"]["details"]
    assert detail["code"] == "Conflict"
    assert json.loads(detail["message"]) == {
        "error": {"code": "SiteTaken", "message": "The site 'bad' is taken.", "target": "bad"}
    }
    assert found["outputResources"] == [{"id": site_id("other", kind="slow")}, {"id": site_id("then")}]
    assert states(world) == {"bad": "Failed", "other": "Succeeded", "then": "Succeeded"}


@pytest.mark.parametrize("ends", ["Failed", "Canceled"])
def test_an_operation_that_ends_badly_carries_the_providers_error(ends):
    world = World()
    url = world.put("d", template([resource("a", SLOW)])).headers["azure-asyncoperation"]
    world.pass_by(seconds=5)
    inner = {
        "code": "ValidationFailed",
        "message": "Two nodes are missing.",
        "details": [{"code": "NodeDown", "message": "n1"}],
    }
    world.works["slow"].going["a"].end(ends, world.azure.clock.now(), inner)
    (operation,) = world.operations("d")
    wanted = {
        "status": "Failed",
        "error": {
            "code": "ResourceDeploymentFailure",
            "message": f"The resource write operation failed to complete successfully, because it reached terminal provisioning state '{ends}'.",
            "details": [inner],
        },
    }
    assert (operation["statusCode"], operation["statusMessage"]) == ("Conflict", wanted)
    found = world.get("d")["properties"]["error"]
    assert [(one["code"], json.loads(one["message"])) for one in found["details"]] == [("Conflict", wanted)]
    assert world.ask("GET", url).json() == {"status": "Failed", "error": found}


def test_an_expression_that_fails_at_run_time_fails_its_resource():
    world = World()
    world.azure.store.put({"id": site_id("old"), "name": "old", "type": SITES, "properties": {"there": 1}})
    raw = template([resource("a", properties={"x": f"[reference('{site_id('old')}', '2025-01-01').gone]"})])
    found = world.run("d", raw)
    message = json.loads(found["properties"]["error"]["details"][0]["message"])
    assert message["error"]["code"] == "InvalidTemplate"
    assert message["error"]["message"] == (
        f"Unable to process template language expressions for resource '{site_id('a')}'. 'The language expression "
        "property 'gone' doesn't exist, available properties are 'there'.'"
    )


def test_an_output_that_cannot_be_computed_fails_the_deployment_after_its_resources():
    raw = template(
        [resource("a", properties={"x": 1})],
        outputs={"good": {"type": "int", "value": 1}, "bad": {"type": "int", "value": "[reference('a').y]"}},
    )
    world = World()
    found = world.run("d", raw)["properties"]
    assert (found["provisioningState"], found["error"]["code"]) == ("Failed", "DeploymentOutputEvaluationFailed")
    assert found["error"]["details"][0]["target"] == "bad"
    assert sent(world) == ["a"]
    assert world.operations("d")[-1]["provisioningOperation"] == "EvaluateDeploymentOutput"
    assert world.operations("d")[-1]["provisioningState"] == "Failed"


def test_a_type_without_a_writer_is_written_by_its_providers_put():
    world = World()
    tags = {
        "type": "Microsoft.Resources/tags",
        "apiVersion": "2024-03-01",
        "name": "default",
        "properties": {"tags": {"site": "oslo"}},
    }
    assert world.run("d", template([tags]))["properties"]["provisioningState"] == "Succeeded"
    assert world.azure.store.get(GROUP)["tags"] == {"site": "oslo"}


# What templates ask of resources


def test_outputs_and_properties_ask_what_has_been_deployed():
    raw = template(
        [
            resource("a", properties={"port": 80}, tags={"t": "x"}),
            resource(
                "b", properties={"of": "[reference('a').port]", "tag": "[reference('a', '2025-01-01', 'Full').tags.t]"}
            ),
        ],
        outputs={
            "port": {"type": "int", "value": "[add(reference('b').of, 1)]"},
            "key": {"type": "string", "value": "[listKeys('a', '2025-01-01', createObject('suffix', 's')).keys[1]]"},
            "full": {
                "type": "object",
                "value": "[reference(resourceId('Contoso.Works/sites', 'a'), '2025-01-01', 'full')]",
            },
            "hidden": {"type": "securestring", "value": "[listKeys('a', '2025-01-01').keys[0]]"},
        },
    )
    world = World()
    found = world.run("d", raw)["properties"]["outputs"]
    assert found["port"] == {"type": "Int", "value": 81}
    assert found["key"] == {"type": "String", "value": "s"}
    assert found["hidden"] == {"type": "SecureString"}
    full = found["full"]["value"]
    assert (full["resourceId"], full["resourceGroupName"], full["apiVersion"]) == (
        f"{SITES}/a",
        "rg-oslo",
        "2025-01-01",
    )
    assert world.works["sites"].sent[1][1]["properties"] == {"of": 80, "tag": "x"}
    verbs = [one["provisioningOperation"] for one in world.operations("d")]
    assert verbs == ["Create", "Create", "EvaluateDeploymentOutput", "Action"]


def test_resources_outside_the_template_are_read_and_the_reading_is_noted():
    world = World()
    world.azure.store.put({"id": site_id("old", OTHER), "name": "old", "type": SITES, "properties": {"x": 7}})
    text = "[reference(resourceId('rg-machines', 'Contoso.Works/sites', 'old'), '2025-01-01').x]"
    virtual = "[reference(resourceId('Contoso.Works/sites', 'only-served'), '2025-01-01').virtual]"
    world.run("d", template([resource("a", properties={"x": text, "y": virtual})]))
    assert world.works["sites"].sent[0][1]["properties"] == {"x": 7, "y": True}
    read = [one["targetResource"] for one in world.operations("d") if one["provisioningOperation"] == "Read"]
    assert read[0] == {"id": site_id("old", OTHER), "resourceType": SITES, "resourceName": "old"}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("reference(resourceId('Contoso.Works/slow', 'gone'), '2025-01-01')", "ResourceNotFound", "The Resource 'Contoso.Works/slow/gone' under resource group 'rg-oslo' was not found."),
        ("reference('gone')", "InvalidTemplate", "The template reference 'gone' is not valid: could not find template resource or resource copy with this name."),
        ("reference(resourceId('Contoso.Works/sites', 'gone'))", "InvalidTemplate", "is not valid: could not find template resource"),
        ("listKeys('gone', '2025-01-01')", "InvalidTemplate", "is not valid: could not find template resource"),
        ("listSecrets(resourceId('Contoso.Works/sites', 'b'), '2025-01-01')", "NotFound", "has no action 'listSecrets'"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_fails_the_resource_that_asks(text, code, said):
    found = World().run("d", template([resource("a", properties={"x": f"[string({text})]"})]))
    message = json.loads(found["properties"]["error"]["details"][0]["message"])["error"]
    assert message["code"] == code
    assert said in message["message"]


def test_symbolic_names_ask_resources_loops_and_existing_ones():
    world = World()
    world.azure.store.put({"id": site_id("old", OTHER), "name": "old", "type": SITES, "properties": {"x": "kept"}})
    resources = {
        "old": resource("old", existing=True, resourceGroup="rg-machines"),
        "many": resource("[concat('m', copyIndex())]", copy={"name": "loop", "count": 2}, properties={"n": "[copyIndex()]"}),
        "one": resource("a", properties={"old": "[reference('old').x]", "all": "[map(references('many'), lambda('m', lambdaVariables('m').n))]", "id": "[resourceInfo('many[1]').id]"}),
    }  # fmt: skip
    outputs = {"second": {"type": "int", "value": "[reference('many[1]').n]"}}
    found = world.run("d", template(resources, languageVersion="2.0", outputs=outputs))
    assert found["properties"]["outputs"]["second"]["value"] == 1
    assert world.works["sites"].sent[-1][1]["properties"] == {"old": "kept", "all": [0, 1], "id": site_id("m1")}
    assert site_id("old", OTHER) not in [one["id"] for one in found["properties"]["outputResources"]]


def test_asking_a_loop_as_if_it_were_one_resource_is_refused():
    resources = {
        "many": resource("[concat('m', copyIndex())]", copy={"name": "loop", "count": 2}),
        "one": resource("a", properties={"x": "[reference('many')]"}),
    }
    found = World().run("d", template(resources, languageVersion="2.0"))
    assert "it is a loop" in found["properties"]["error"]["details"][0]["message"]


# Nested deployments


def test_a_nested_deployment_is_a_deployment_where_it_goes_and_shares_the_correlation():
    world = World()
    inner = template(
        [resource("[parameters('name')]")],
        parameters={"name": {"type": "string"}},
        outputs={"id": {"type": "string", "value": "[resourceGroup().name]"}},
    )
    options = {**INSIDE, "parameters": {"name": {"value": "inside"}}}
    raw = template(
        [nested("n", inner, properties=options, resourceGroup="rg-machines", tags={"t": "1"}), resource("a", dependsOn=["n"], properties={"from": "[reference('n').outputs.id.value]"})],
        outputs={"where": {"type": "string", "value": "[reference('n').outputs.id.value]"}},
    )  # fmt: skip
    found = world.run("d", raw)["properties"]
    child = world.get("n", OTHER)
    assert child["properties"]["provisioningState"] == "Succeeded"
    assert child["properties"]["correlationId"] == found["correlationId"]
    assert child["tags"] == {"t": "1"}
    assert found["outputs"]["where"]["value"] == "rg-machines"
    assert [one["id"] for one in found["outputResources"]] == [site_id("inside", OTHER), site_id("a")]
    assert world.works["sites"].sent[-1][1]["properties"] == {"from": "rg-machines"}
    assert states(world) == {"n": "Succeeded", "a": "Succeeded"}


def test_an_outer_template_is_computed_where_it_is_written_and_deployed_where_it_goes():
    world = World()
    world.azure.store.put({"id": site_id("old"), "name": "old", "type": SITES, "properties": {"x": 7}})
    inner = template(
        [
            resource(
                "[parameters('name')]",
                properties={
                    "group": "[resourceGroup().name]",
                    "asked": "[reference(resourceId('Contoso.Works/sites', parameters('old')), '2025-01-01').x]",
                },
            )
        ]
    )
    raw = template(
        [nested("n", inner, resourceGroup="rg-machines")],
        parameters={"name": {"type": "string"}, "old": {"type": "string"}},
    )
    assert world.run("d", raw, {"name": "x", "old": "old"})["properties"]["provisioningState"] == "Succeeded"
    ((where, body, _),) = world.works["sites"].sent
    assert (where, body["properties"]) == (site_id("x", OTHER), {"group": "rg-oslo", "asked": 7})


def test_a_nested_deployment_that_fails_fails_the_one_around_it_with_all_that_was_said():
    world = World()
    found = world.run("d", template([nested("n", template([resource("bad", BROKEN)])), resource("a", dependsOn=["n"])]))
    assert world.state("n") == "Failed"
    outer = json.loads(found["properties"]["error"]["details"][0]["message"])
    (within,) = outer["error"]["details"]
    assert (outer["error"]["code"], within["code"]) == ("ResourceDeploymentFailure", "DeploymentFailed")
    assert "SiteTaken" in within["details"][0]["message"]
    assert sent(world) == []


def test_two_deployments_with_a_nested_one_of_the_same_name_collide():
    world = World()
    raw = template([nested("same", template([resource("x", SLOW)]))])
    world.put("first", raw)
    world.pass_by(minutes=1)
    found = world.run("second", raw)
    assert "DeploymentActive" in found["properties"]["error"]["details"][0]["message"]
    assert world.state("first") == "Running"


def test_a_nested_deployment_may_need_what_only_running_tells():
    world = World()
    inner = template([resource("[parameters('name')]")], parameters={"name": {"type": "string"}})
    options = {**INSIDE, "parameters": {"name": {"value": "[reference('a').name]"}}}
    world.run("d", template([resource("a", properties={"name": "told-late"}), nested("n", inner, properties=options)]))
    assert sent(world) == ["a", "told-late"]


def test_an_invalid_nested_template_that_only_running_reveals_fails_the_nested_deployment():
    inner = template([resource("[parameters('name')]")], parameters={"name": {"type": "string", "maxLength": 2}})
    options = {**INSIDE, "parameters": {"name": {"value": "[reference('a').name]"}}}
    found = World().run(
        "d", template([resource("a", properties={"name": "too long"}), nested("n", inner, properties=options)])
    )
    (detail,) = found["properties"]["error"]["details"]
    assert detail["code"] == "BadRequest"
    assert "Length of the value should be less than or equal to '2'" in detail["message"]


def test_a_subscription_deployment_makes_a_group_and_deploys_into_it():
    group = {
        "type": "Microsoft.Resources/resourceGroups",
        "apiVersion": "2024-03-01",
        "name": "rg-new",
        "location": "[deployment().location]",
        "tags": {"t": "1"},
    }
    inner = template([resource("a", location="[resourceGroup().location]")])
    raw = template([group, nested("n", inner, properties=INSIDE, resourceGroup="rg-new", dependsOn=["rg-new"])])
    world = World()
    found = world.run("d", raw, scope=ABOVE, location="northeurope")
    new = f"{ABOVE}/resourceGroups/rg-new"
    assert found["properties"]["provisioningState"] == "Succeeded", found
    assert (found["id"], found["location"]) == (deployment_id("d", ABOVE), "northeurope")
    assert world.azure.store.get(new)["tags"] == {"t": "1"}
    ((where, body, _),) = world.works["sites"].sent
    assert (where, body["location"]) == (site_id("a", new), "northeurope")
    assert [one["id"] for one in found["properties"]["outputResources"]] == [new, site_id("a", new)]


# How a deployment may end otherwise


def test_a_cancelled_deployment_begins_nothing_more_and_leaves_what_the_provider_began():
    world = World()
    url = world.put("d", template([resource("a", SLOW), resource("b", dependsOn=["a"])])).headers[
        "azure-asyncoperation"
    ]
    world.pass_by(seconds=5)
    assert world.ask("POST", f"{deployment_id('d')}/cancel").status == 204
    assert world.state("d") == "Canceled"
    assert world.ask("GET", url).json()["status"] == "Canceled"
    operation = world.works["slow"].going["a"]
    assert operation.status == "InProgress"
    operation.end("Succeeded", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert (sent(world), world.state("d")) == ([], "Canceled")
    assert states(world) == {"a": "Succeeded"}


def test_a_deployment_is_cancelled_before_it_begins():
    world = World()
    world.put("d", template([resource("a")]))
    assert world.ask("POST", f"{deployment_id('d')}/cancel").status == 204
    world.pass_by(minutes=1)
    assert (sent(world), world.state("d")) == ([], "Canceled")


def test_an_ended_deployment_cannot_be_cancelled():
    world = World()
    world.run("d", template())
    assert error(world.ask("POST", f"{deployment_id('d')}/cancel"))[:2] == (409, "DeploymentCannotBeCancelled")
    assert error(world.ask("POST", f"{deployment_id('gone')}/cancel"))[:2] == (404, "DeploymentNotFound")


def test_a_name_is_free_again_after_cancelling():
    world = World()
    world.put("d", template([resource("a", SLOW)]))
    world.pass_by(seconds=5)
    world.ask("POST", f"{deployment_id('d')}/cancel")
    assert world.run("d", template([resource("b")]))["properties"]["provisioningState"] == "Succeeded"


def test_a_deployment_that_is_active_for_seven_days_expires():
    world = World()
    url = world.put("d", template([resource("a", SLOW), resource("b", dependsOn=["a"])])).headers[
        "azure-asyncoperation"
    ]
    world.pass_by(days=6, hours=23)
    assert world.state("d") == "Running"
    world.pass_by(hours=2)
    assert world.ask("GET", url).json()["status"] == "Failed"
    found = world.get("d")["properties"]
    assert (found["provisioningState"], found["timestamp"]) == ("Failed", "2026-11-30T08:00:00.0000000Z")
    world.works["slow"].going["a"].end("Succeeded", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert sent(world) == []


def test_nobody_has_to_look_for_a_deployment_to_expire():
    world = World()
    world.put("d", template([resource("a", SLOW), resource("b", dependsOn=["a"])]))
    world.pass_by(days=8)
    world.works["slow"].going["a"].end("Succeeded", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert (sent(world), world.state("d")) == ([], "Failed")


def test_a_deployment_whose_group_is_deleted_does_not_come_back():
    world = World()
    world.put("d", template([resource("a", SLOW)]))
    world.pass_by(seconds=5)
    world.azure.store.delete(deployment_id("d"))
    world.works["slow"].going["a"].end("Succeeded", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert world.ask("GET", deployment_id("d")).status == 404


def test_what_an_earlier_run_of_a_deleted_deployment_does_late_is_not_told_of_the_new_one():
    world = World()
    world.put("d", template([resource("a", SLOW), resource("late", dependsOn=["a"])]))
    world.pass_by(seconds=5)
    world.azure.store.delete(deployment_id("d"))
    assert world.put("d", template([resource("b", SLOW)])).status == 201
    world.pass_by(seconds=5)
    world.works["slow"].going["a"].end("Failed", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert (world.state("d"), sent(world)) == ("Running", [])
    assert states(world) == {"b": "Running"}


def test_tags_set_while_a_deployment_runs_are_kept():
    world = World()
    world.put("d", template([resource("a", SLOW)]), tags={"one": "1"})
    world.pass_by(seconds=5)
    body = {"operation": "Merge", "properties": {"tags": {"two": "2"}}}
    path = f"{deployment_id('d')}/providers/Microsoft.Resources/tags/default"
    assert world.ask("PATCH", path, body, version="2024-03-01").status == 200
    world.works["slow"].going["a"].end("Succeeded", world.azure.clock.now())
    world.pass_by(minutes=1)
    assert (world.state("d"), world.get("d")["tags"]) == ("Succeeded", {"one": "1", "two": "2"})


def test_mode_complete_deletes_what_the_template_does_not_name_once_the_rest_has_succeeded():
    world = World()
    for name in ("a", "unnamed", "named-but-off"):
        world.azure.store.put({"id": site_id(name), "name": name, "type": SITES, "location": "x"})
    for resource_id in (
        site_id("elsewhere", OTHER),
        f"{site_id('a')}/slots/child",
        f"{site_id('a')}/providers/A.B/locks/l",
    ):
        world.azure.store.put(
            {"id": resource_id, "name": resource_id.rsplit("/", 1)[-1], "type": SITES, "location": "x"}
        )
    raw = template([resource("a"), resource("b"), resource("named-but-off", condition=False)])
    assert world.run("d", raw, more={"mode": "Complete"})["properties"]["provisioningState"] == "Succeeded"
    left = {one["id"].rsplit("/", 1)[-1] for one in world.azure.store.of_type(SITES)}
    assert left == {"a", "b", "elsewhere", "child", "l"}
    assert world.ask("GET", deployment_id("d")).status == 200


def test_mode_complete_fails_when_a_provider_refuses_to_delete_and_deletes_nothing_after_a_failure():
    world = World()
    world.azure.store.put({"id": site_id("kept"), "name": "kept", "type": SITES, "location": "x"})
    found = world.run("d", template(), more={"mode": "Complete"})
    assert (found["properties"]["provisioningState"], found["properties"]["error"]["code"]) == ("Failed", "ScopeLocked")
    other = World()
    other.azure.store.put({"id": site_id("old"), "name": "old", "type": SITES, "location": "x"})
    other.run("d", template([resource("bad", BROKEN)]), more={"mode": "Complete"})
    assert other.azure.store.get(site_id("old")) is not None


def test_a_read_only_lock_on_the_group_stops_a_deployment():
    world = World()
    lock = f"{GROUP}/providers/Microsoft.Authorization/locks/l"
    world.azure.store.put(
        {"id": lock, "name": "l", "type": "Microsoft.Authorization/locks", "properties": {"level": "ReadOnly"}}
    )
    assert error(world.put("d", template()))[:2] == (409, "ScopeLocked")
