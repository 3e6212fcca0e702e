"""What a deployment's request may be, and what ARM answers to one that it does not take."""

from __future__ import annotations

import json

import pytest
from deployments_world import (
    ABOVE,
    CONTROL,
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

from azlocal.sandbox import identity

ONE = template([resource("a")])
PLACES = ("PUT", "validate")


def send(world, place, body, name="d", scope=GROUP):
    path = deployment_id(name, scope)
    return world.ask("PUT", path, body) if place == "PUT" else world.ask("POST", f"{path}/{place}", body)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("raw", "given", "code", "said"),
    [
        (template([resource("[nonsense()]")]), {}, "InvalidTemplate", "Deployment template validation failed: 'The template function 'nonsense' is not valid."),
        (template([resource("[concat('a']")]), {}, "InvalidTemplate", "Unable to parse language expression"),
        (template([resource("[toLower()]")]), {}, "InvalidTemplate", "function requires 1 argument(s) while 0 were provided"),
        (template([resource("a", dependsOn=["b"])]), {}, "InvalidTemplate", "The resource 'b' is not defined in the template."),
        (template([resource("a", dependsOn=["a"])]), {}, "InvalidTemplate", "Circular dependency detected on resource"),
        (template([resource("a", properties={"x": "[parameters('gone')]"})]), {}, "InvalidTemplate", "The template resource 'a' is not valid: The template parameter 'gone' is not found."),
        (template(outputs={"o": {"type": "int", "value": "x"}}), {}, "InvalidTemplate", "The template output 'o' is not valid"),
        (template(parameters={"p": {"type": "string"}}), {}, "InvalidTemplate", "The value for the template parameter 'p' is not provided."),
        (template(parameters={"p": {"type": "string"}}), {"p": 1}, "InvalidTemplate", "Expected a value of type 'String, Uri'"),
        (template(), {"p": 1}, "InvalidTemplate", "The template parameters 'p' in the parameters file are not valid"),
        (template([nested("n", template([resource("[nonsense()]")]))]), {}, "InvalidTemplate", "'nonsense' is not valid"),
        (
            template([nested("n", template(parameters={"p": {"type": "int"}}), properties={"expressionEvaluationOptions": {"scope": "inner"}})]),
            {}, "InvalidTemplate", "The value for the template parameter 'p' is not provided.",
        ),
        (template([nested("n", template(), properties={"mode": "Complete"})]), {}, "InvalidTemplate", "Nested deployments must use the mode 'Incremental'"),
        (template([resource("a", "Nobody.Knows/sites")]), {}, "InvalidResourceNamespace", "The resource namespace 'Nobody.Knows' is invalid."),
        (template([resource("a", "Contoso.Works/gone")]), {}, "InvalidResourceType", "The resource type 'gone' could not be found in the namespace 'Contoso.Works' for api version '2025-01-01'."),
        (
            template([{**resource("a", location="westeurope"), "apiVersion": "2020-01-01"}]), {}, "NoRegisteredProviderFound",
            "No registered resource provider found for location 'westeurope' and API version '2020-01-01' for type 'sites'. The supported api-versions are '2025-01-01, 2024-01-01'.",
        ),
        (template([{**nested("n", template()), "apiVersion": "2011-01-01"}]), {}, "NoRegisteredProviderFound", "for type 'deployments'"),
        ({"$schema": "s"}, {}, "InvalidRequestContent", "Required property 'contentVersion' not found in JSON."),
        (template([resource("a", colour=1)]), {}, "InvalidRequestContent", "Could not find member 'colour' on object of type 'TemplateResource'."),
    ],
)  # fmt: skip
def test_a_template_that_is_not_valid_is_refused_at_once_and_leaves_nothing(place, raw, given, code, said):
    world = World()
    answer = send(world, place, asked(raw, given))
    assert error(answer)[:2] == (400, code)
    assert said in error(answer)[2]
    assert world.ask("GET", deployment_id("d")).status == 404
    assert world.works["sites"].sent == []


def test_a_function_of_a_template_that_calls_itself_is_refused():
    told = {"parameters": [], "output": {"type": "string", "value": "[mine.again()]"}}
    functions = [{"namespace": "mine", "members": {"again": told}}]
    raw = template(functions=functions, outputs={"o": {"type": "string", "value": "[mine.again()]"}})
    status, code, message = error(send(World(), "PUT", asked(raw)))
    assert (status, code) == (400, "InvalidTemplate")
    assert "calls itself" in message


def test_an_invalid_template_says_where():
    answer = send(World(), "PUT", asked(template(parameters={"p": {"type": "string"}})))
    (info,) = answer.json()["error"]["additionalInfo"]
    assert info["type"] == "TemplateViolation"
    assert info["info"]["path"] == "properties.template.parameters.p"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (None, "InvalidRequestContent", "could not be deserialized"),
        ([], "InvalidRequestContent", "Required property 'properties' not found"),
        ({}, "InvalidRequestContent", "Required property 'properties' not found"),
        ({"properties": {"template": ONE}}, "InvalidRequestContent", "Error converting value 'None' to type 'DeploymentMode'"),
        ({"properties": {"template": ONE, "mode": "Half"}}, "InvalidRequestContent", "Error converting value 'Half' to type 'DeploymentMode'"),
        ({"properties": {"mode": "Incremental"}}, "InvalidRequestContent", "Exactly one of the properties 'template' and 'templateLink'"),
        ({"properties": {"mode": "Incremental", "template": ONE, "templateLink": {"uri": "x"}}}, "InvalidRequestContent", "Exactly one of"),
        ({"properties": {"mode": "Incremental", "templateLink": {"uri": "https://gone.example/t.json"}}}, "InvalidContentLink", "Unable to download deployment content from 'https://gone.example/t.json'."),
        (asked(ONE, more={"parameters": []}), "InvalidRequestContent", "The property 'parameters' must be an object"),
        (asked(ONE, more={"parameters": {"p": 5}}), "InvalidRequestContent", "The parameter 'p' must have a value or a reference."),
        (asked(ONE, {"p": 1}, more={"parametersLink": {"uri": "x"}}), "InvalidRequestContent", "Only one of the properties"),
        (asked(ONE, more={"onErrorDeployment": {"type": "LastSuccessful"}}), "OnErrorDeploymentNotSupported", ""),
        (asked(ONE, location="westeurope"), "InvalidDeployment", "The 'location' property is not allowed for 'd' at resource group scope."),
        (asked(ONE, tags={"a" * 600: "x"}), "InvalidTagName", ""),
    ],
)  # fmt: skip
def test_a_body_that_is_no_deployment_is_refused(place, body, code, said):
    status, found, message = error(send(World(), place, body))
    assert (status, found) == (400, code)
    assert said in message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 65, "DeploymentNameLengthLimitExceeded"),
        ("a b", "InvalidDeploymentName"),
        ("a.", "InvalidDeploymentName"),
        ("a$", "InvalidDeploymentName"),
    ],
)
def test_a_name_that_no_deployment_may_have_is_refused(name, code):
    assert error(send(World(), "PUT", asked(ONE), name=name))[:2] == (400, code)


@pytest.mark.parametrize("name", ["x" * 64, "a-b_c.d(1)", "1"])
def test_a_name_of_the_allowed_characters_is_taken(name):
    assert send(World(), "PUT", asked(ONE), name=name).status == 201


def test_a_body_of_more_than_four_megabytes_is_refused():
    world = World()
    body = json.dumps(asked(template(metadata={"x": "y" * 4 * 1024 * 1024}))).encode()
    assert error(world.ask("PUT", deployment_id("d"), body))[:2] == (413, "RequestContentTooLarge")


def test_the_azure_clis_body_which_is_no_json_is_taken():
    text = """
      {"properties": {"mode": "incremental", "parameters": {"p": {"value": "x"}}, template: {
        "$schema": "s", // a comment
        "contentVersion": "1.0.0.0",
        "parameters": {"p": {"type": "string"}}, /* another */
        "resources": [{"type": "Contoso.Works/sites", "apiVersion": "2025-01-01", "name": "[parameters('p')]",}],
      }}}"""
    world = World()
    assert world.ask("PUT", deployment_id("d"), text.encode()).status == 201
    world.pass_by(minutes=1)
    assert [one[0] for one in world.works["sites"].sent] == [site_id("x")]


@pytest.mark.parametrize("place", PLACES)
def test_a_nested_deployment_into_an_unknown_group_is_refused(place):
    raw = template([nested("n", ONE, resourceGroup="rg-gone")])
    answer = send(World(), place, asked(raw))
    assert error(answer) == (404, "ResourceGroupNotFound", "Resource group 'rg-gone' could not be found.")


def test_a_deployment_into_an_unknown_group_or_subscription_is_refused():
    world = World()
    assert error(send(world, "PUT", asked(ONE), scope=f"{ABOVE}/resourceGroups/gone"))[:2] == (
        404,
        "ResourceGroupNotFound",
    )
    other = "/subscriptions/44444444-4444-4444-8444-444444444444"
    assert error(send(world, "PUT", asked(ONE), scope=f"{other}/resourceGroups/x"))[:2] == (404, "SubscriptionNotFound")
    raw = template([nested("n", ONE, subscriptionId=other.rsplit("/", 1)[-1], resourceGroup="x")])
    assert error(send(world, "PUT", asked(raw)))[:2] == (404, "SubscriptionNotFound")


def test_a_deployment_at_subscription_scope_needs_a_location_and_keeps_it():
    world = World()
    assert error(send(world, "PUT", asked(ONE), scope=ABOVE))[:2] == (400, "InvalidDeployment")
    assert error(send(world, "PUT", asked(ONE, more={"mode": "Complete"}, location="x"), scope=ABOVE))[:2] == (
        400,
        "InvalidDeploymentMode",
    )
    assert send(world, "PUT", asked(template(), location="West Europe"), scope=ABOVE).json()["location"] == "westeurope"
    world.pass_by(minutes=1)
    assert error(send(world, "PUT", asked(template(), location="northeurope"), scope=ABOVE))[:2] == (
        409,
        "InvalidDeploymentLocation",
    )


def test_a_template_spec_is_a_template():
    world = World()
    spec = f"{OTHER}/providers/Microsoft.Resources/templateSpecs/s/versions/1.0"
    world.azure.store.put(
        {
            "id": spec,
            "name": "1.0",
            "type": "Microsoft.Resources/templateSpecs/versions",
            "properties": {"mainTemplate": ONE},
        }
    )
    body = {"properties": {"mode": "Incremental", "templateLink": {"id": spec}}}
    assert send(world, "PUT", body).json()["properties"]["templateLink"] == {"id": spec}
    assert error(
        send(world, "PUT", {"properties": {"mode": "Incremental", "templateLink": {"id": f"{spec}.1"}}}, name="e")
    )[:2] == (404, "TemplateSpecVersionNotFound")


def test_a_blob_of_the_sandbox_is_a_template_and_another_its_parameters():
    world = World()
    raw = template([resource("[parameters('p')]")], parameters={"p": {"type": "string"}})
    world.azure.blobs["stoslo", "files", "t.json"] = json.dumps(raw).encode()
    world.azure.blobs["stoslo", "files", "deep/p.json"] = json.dumps(
        {"parameters": {"p": {"value": "linked"}}}
    ).encode()
    base = "https://stoslo.blob.core.windows.net/files"
    body = {
        "properties": {
            "mode": "Incremental",
            "templateLink": {"uri": f"{base}/t.json"},
            "parametersLink": {"uri": f"{base}/deep/p.json"},
        }
    }
    assert send(world, "PUT", body).json()["properties"]["templateLink"] == {
        "uri": f"{base}/t.json",
        "contentVersion": "1.0.0.0",
    }
    world.pass_by(minutes=1)
    assert [one[0] for one in world.works["sites"].sent] == [site_id("linked")]


# Key Vault references

VAULT = f"{OTHER}/providers/Microsoft.KeyVault/vaults/kv"
SECRET_URI = "https://kv.vault.azure.net/secrets/s/0123"


def with_vault(*, enabled=True):
    world = World()
    world.azure.store.put(
        {
            "id": VAULT,
            "name": "kv",
            "type": "Microsoft.KeyVault/vaults",
            "properties": {"enabledForTemplateDeployment": enabled},
        }
    )
    world.azure.store.put(
        {
            "id": f"{VAULT}/secrets/s",
            "name": "s",
            "type": "Microsoft.KeyVault/vaults/secrets",
            "properties": {"secretUriWithVersion": SECRET_URI},
        }
    )
    return world


def referring(secret="s", kind="securestring", vault=VAULT, **more):
    raw = template([resource("a", properties={"x": "[parameters('p')]"})], parameters={"p": {"type": kind}})
    reference = {"keyVault": {"id": vault}, "secretName": secret, **more}
    return asked(raw, more={"parameters": {"p": {"reference": reference}}})


@pytest.mark.parametrize("more", [{}, {"secretVersion": "0123"}])
def test_a_reference_to_a_secret_gives_its_value_and_shows_none(more):
    world = with_vault()
    assert send(world, "PUT", referring(**more)).json()["properties"]["parameters"] == {"p": {"type": "SecureString"}}
    world.pass_by(minutes=1)
    assert world.works["sites"].sent[0][1]["properties"] == {"x": SECRET_URI}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("enabled", "reference", "code", "said"),
    [
        (False, {}, "KeyVaultParameterReferenceSecretRetrieveFailed", "Http status code: 'Forbidden'. Error message: 'Access denied to first party service. The vault is not enabled for template deployment.'"),
        (True, {"secret": "gone"}, "KeyVaultParameterReferenceSecretRetrieveFailed", "A secret with (name/id) gone was not found in this key vault."),
        (True, {"secretVersion": "4567"}, "KeyVaultParameterReferenceSecretRetrieveFailed", "A secret with (name/id) s/4567 was not found"),
        (True, {"vault": f"{VAULT}-gone"}, "KeyVaultParameterReferenceNotFound", f"The specified KeyVault '{VAULT}-gone' could not be found."),
        (True, {"kind": "string"}, "InvalidTemplate", "must be of type 'SecureString' or 'SecureObject'"),
        (True, {"secret": ""}, "InvalidRequestContent", "must name a key vault by id and a secret"),
    ],
)  # fmt: skip
def test_a_reference_that_cannot_be_followed_is_refused(place, enabled, reference, code, said):
    status, found, message = error(send(with_vault(enabled=enabled), place, referring(**reference)))
    assert (status, found) == (400, code)
    assert said in message


def test_a_nested_deployment_may_refer_to_a_vault_that_the_same_template_makes():
    inner = template([resource("a", properties={"x": "[parameters('p')]"})], parameters={"p": {"type": "securestring"}})
    options = {
        "expressionEvaluationOptions": {"scope": "inner"},
        "parameters": {
            "p": {
                "reference": {
                    "keyVault": {"id": "[resourceId('Microsoft.KeyVault/vaults', 'kv-new')]"},
                    "secretName": "s",
                }
            }
        },
    }
    vault = {
        "type": "Microsoft.KeyVault/vaults",
        "apiVersion": "2024-11-01",
        "name": "kv-new",
        "location": "westeurope",
    }
    tenant = World().azure.tenant_id
    properties = {
        "tenantId": tenant,
        "sku": {"name": "standard", "family": "A"},
        "accessPolicies": [],
        "enabledForTemplateDeployment": True,
    }
    secret = {
        "type": "Microsoft.KeyVault/vaults/secrets",
        "apiVersion": "2024-11-01",
        "name": "kv-new/s",
        "dependsOn": ["kv-new"],
        "properties": {"value": "v"},
    }
    world = World()
    found = world.run(
        "d",
        template(
            [
                {**vault, "properties": properties},
                secret,
                nested("n", inner, properties=options, dependsOn=["kv-new/s"]),
            ]
        ),
    )
    assert found["properties"]["provisioningState"] == "Succeeded", found
    assert world.works["sites"].sent[0][1]["properties"]["x"]


# Rights


def controlled():
    return World(control=True, principal=identity.IDENTITY_CLIENT)


@pytest.mark.parametrize("place", PLACES)
def test_the_managed_identity_writes_into_the_control_group_by_no_nested_deployment(place):
    world = controlled()
    status, code, message = error(send(world, place, asked(template([nested("n", ONE, resourceGroup="rg-control")]))))
    assert (status, code) == (403, "InvalidTemplateDeployment")
    assert (
        f"'Authorization failed for template resource 'n' of type '{KIND}'. The client '{identity.IDENTITY_CLIENT}'"
        in message
    )
    assert (
        f"does not have permission to perform action '{KIND}/write' at scope '{deployment_id('n', CONTROL)}'" in message
    )
    assert world.works["sites"].sent == []


def test_the_managed_identity_learns_so_at_the_latest_when_the_template_runs():
    inner = template(
        [
            nested(
                "[concat('n', reference(resourceId('Contoso.Works/sites', 'old'), '2025-01-01').x)]",
                ONE,
                resourceGroup="rg-control",
            )
        ]
    )
    world = controlled()
    world.azure.store.put({"id": site_id("old"), "name": "old", "type": SITES, "properties": {"x": "1"}})
    outer = template([nested("mid", inner)])
    found = world.run("d", outer)
    assert found["properties"]["provisioningState"] == "Failed"
    assert world.works["sites"].sent == []


def test_a_person_may_write_into_the_control_group_from_anywhere():
    world = World(control=True)
    assert (
        world.run("d", template([nested("n", ONE, resourceGroup="rg-control")]))["properties"]["provisioningState"]
        == "Succeeded"
    )


def test_validation_of_the_template_alone_asks_no_provider():
    raw = template([resource("a", "Nobody.Knows/sites")])
    assert send(World(), "validate", asked(raw, more={"validationLevel": "Template"})).status == 200
    world = World()
    found = world.run("d", raw, more={"validationLevel": "Template"})
    assert "InvalidResourceNamespace" in found["properties"]["error"]["details"][0]["message"]
