"""Who can sign in: the identities that exist in the world, at both of Azure's endpoints."""

from __future__ import annotations

import base64
import json

import pytest
from rbac_world import A, World

from azlocal.sandbox import identity
from azlocal.sandbox.documents import tracked
from azlocal.sandbox.wire import Request

KIND = "Microsoft.ManagedIdentity/userAssignedIdentities"
KEEPER = f"{A}/providers/{KIND}/keeper"
CLIENT, PRINCIPAL = "cccccccc-1111-4111-8111-111111111111", "eeeeeeee-1111-4111-8111-111111111111"
ARM = "https://management.azure.com/"
ENDPOINTS = {
    "/msi/token": {"x-identity-header": identity.IDENTITY_HEADER},
    "/metadata/identity/oauth2/token": {"metadata": "true"},
}


@pytest.fixture
def world():
    made = World()
    known = {"clientId": CLIENT, "principalId": PRINCIPAL, "tenantId": made.azure.tenant_id}
    made.azure.store.put(tracked(KEEPER, KIND, "westeurope", known))
    return made


def ask(world, path, headers=None, **query):
    told = {"resource": ARM, **query}
    return world.front.handle(Request("GET", path, told, ENDPOINTS[path] if headers is None else headers))


def claims(answer):
    part = answer.json()["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=="))


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize(
    "how",
    [
        {"client_id": CLIENT}, {"client_id": CLIENT.upper()}, {"object_id": PRINCIPAL}, {"mi_res_id": KEEPER},
        {"client_id": CLIENT, "object_id": PRINCIPAL},
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_identity_of_the_world_gets_a_token_that_names_it(world, path, how):
    answer = ask(world, path, **how)
    told = claims(answer)
    assert (answer.status, told["appid"], told["oid"], told["xms_mirid"]) == (200, CLIENT, PRINCIPAL, KEEPER)
    assert answer.json()["resource"] == ARM
    assert int(answer.json()["expires_on"]) == told["exp"]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_without_a_name_it_is_the_exported_identity(world, path):
    assert claims(ask(world, path))["appid"] == identity.IDENTITY_CLIENT


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize(
    "how",
    [
        {"client_id": PRINCIPAL},
        {"client_id": CLIENT, "object_id": CLIENT},
        {"mi_res_id": A},
        {"client_id": identity.PERSON_CLIENT},
    ],
)
def test_a_stranger_gets_no_token(world, path, how):
    assert ask(world, path, **how).status == 400


def test_each_endpoint_wants_its_header_and_a_known_audience(world):
    assert ask(world, "/msi/token", {}).status == 401
    imds = "/metadata/identity/oauth2/token"
    assert ask(world, imds, {}).json()["error_description"] == "Required metadata header not specified"
    assert ask(world, imds, resource="https://elsewhere.example").json()["error"] == "invalid_resource"
    assert ask(world, "/msi/token", resource="https://elsewhere.example").status == 400


def test_imds_also_tells_how_long_the_token_lives(world):
    told = ask(world, "/metadata/identity/oauth2/token", client_id=CLIENT).json()
    assert (told["expires_in"], told["token_type"], told["client_id"]) == ("3600", "Bearer", CLIENT)


def test_an_identity_that_is_deleted_signs_nothing_any_more(world):
    world.give("acdd72a7-3385-48ef-bd42-f606fba81ae7", A, who=PRINCIPAL)
    token = identity.token(world.azure, CLIENT, ARM)
    request = Request("GET", A, {"api-version": "2025-04-01"}, {"authorization": f"Bearer {token}"})
    assert world.front.handle(request).status == 200
    world.azure.store.delete(KEEPER)
    assert world.front.handle(request).status == 401
    assert ask(world, "/msi/token", client_id=CLIENT).status == 400


def test_an_identity_is_a_managed_identity_to_the_law_and_has_quotas_of_its_own(world):
    world.azure.rbac = False
    world.azure.control_group = A
    refused = world.ask("PUT", A, {"location": "westeurope"}, who=CLIENT)
    assert refused.status == 403
    world.azure.quotas_on = True
    for _ in range(250):
        world.ask("GET", A, who="identity")
    assert world.ask("GET", A, who="identity").status == 429
    assert world.ask("GET", A, who=CLIENT).status == 200
