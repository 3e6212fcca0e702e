"""Who may do what: role assignments, role definitions, locks, permissions."""

from __future__ import annotations

import pytest
from resource_world import CONTROL, MACHINE, START, G, S, World, code

from azlocal.sandbox.rbac_roles import built_in

ROLES = f"{S}/providers/Microsoft.Authorization/roleDefinitions"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
WHO = "5e0d3f0a-7c55-4b86-8a62-3d0f4c1c7021"
OTHER = "5e0d3f0a-7c55-4b86-8a62-3d0f4c1c7022"
ONE = "00000000-1111-4222-8333-444444444444"
TWO = "00000000-1111-4222-8333-444444444445"


@pytest.fixture
def world():
    return World()


def assignment(scope=G, name=ONE):
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"


def body(role=SECRETS_USER, who=WHO, **more):
    told = {"roleDefinitionId": f"{ROLES}/{role}", "principalId": who, "principalType": "ServicePrincipal", **more}
    return {"properties": told}


@pytest.mark.parametrize("scope", [S, G, MACHINE])
def test_a_role_is_assigned_at_any_scope(world, scope):
    made = world.ask("PUT", assignment(scope), body())
    assert made.status == 201
    properties = made.json()["properties"]
    assert (properties["scope"], properties["principalType"]) == (scope, "ServicePrincipal")
    assert world.get(assignment(scope)) == made.json()


def test_a_roles_guid_may_come_without_dashes(world):
    made = world.ask("PUT", assignment(), body(SECRETS_USER.replace("-", "")))
    assert made.json()["properties"]["roleDefinitionId"] == f"{ROLES}/{SECRETS_USER}"
    assert code(world.ask("PUT", assignment(name=TWO), body())) == "RoleAssignmentExists"


def test_the_same_again_is_a_conflict_and_so_is_the_same_under_another_name(world):
    world.ask("PUT", assignment(), body())
    for name in (ONE, TWO):
        answer = world.ask("PUT", assignment(name=name), body())
        assert (answer.status, code(answer)) == (409, "RoleAssignmentExists")
    assert world.ask("PUT", assignment(MACHINE, TWO), body()).status == 201


def test_another_role_or_principal_under_the_same_name_is_not_permitted(world):
    world.ask("PUT", assignment(), body())
    for told in (body(READER), body(who=OTHER)):
        assert code(world.ask("PUT", assignment(), told)) == "RoleAssignmentUpdateNotPermitted"


def test_a_description_may_change(world):
    world.ask("PUT", assignment(), body())
    answer = world.ask("PUT", assignment(), body(description="for the vault"))
    assert (answer.status, answer.json()["properties"]["description"]) == (200, "for the vault")


def test_a_template_may_assign_the_same_again(world):
    kind = world.azure.types["microsoft.authorization/roleassignments"]
    first = kind.put(world.azure, assignment(), body(), now=START, principal=None)
    effects = world.azure.effects
    again = kind.put(world.azure, assignment(), body(), now=START, principal=None)
    assert (first.created, again.created, again.document) == (True, False, first.document)
    assert world.azure.effects == effects


def test_lists_hold_what_a_filter_means(world):
    world.ask("PUT", assignment(S, ONE), body())
    world.ask("PUT", assignment(G, ONE), body(who=OTHER))
    world.ask("PUT", assignment(MACHINE, ONE), body())

    def scopes(where, wanted=""):
        path = f"{where}/providers/Microsoft.Authorization/roleAssignments{wanted}"
        return [one["properties"]["scope"] for one in world.get(path)["value"]]

    assert scopes(G) == [S, G, MACHINE]
    assert scopes(G, "?$filter=atScope()") == [S, G]
    assert scopes(G, f"?$filter=assignedTo('{WHO}')") == [S, MACHINE]
    assert scopes(G, f"?$filter=principalId eq '{OTHER}'") == [G]
    assert scopes(G, f"?$filter=atScope() and assignedTo('{WHO}')") == [S]
    assert scopes(CONTROL) == [S]


def test_a_list_cannot_be_filtered_by_what_azure_does_not_know(world):
    world.ask("PUT", assignment(), body())
    path = f"{G}/providers/Microsoft.Authorization/roleAssignments?$filter=colour eq 'red'"
    assert code(world.ask("GET", path)) == "UnsupportedFilter"


def test_an_assignment_is_taken_away(world):
    world.ask("PUT", assignment(), body())
    assert world.ask("DELETE", assignment()).status == 200
    assert world.ask("DELETE", assignment()).status == 204
    assert code(world.ask("GET", assignment())) == "RoleAssignmentNotFound"


@pytest.mark.parametrize(
    ("name", "told", "error"),
    [
        ("mine", body(), "InvalidRoleAssignmentId"),
        (ONE, body(who="me"), "InvalidPrincipalId"),
        (ONE, {"properties": {"principalId": WHO}}, "BadRequestFormat"),
        (ONE, [], "InvalidRequestContent"),
    ],
)
def test_a_malformed_assignment_is_refused(world, name, told, error):
    answer = world.ask("PUT", assignment(name=name), told)
    assert (answer.status, code(answer)) == (400, error)


def test_an_assignment_needs_the_resource_it_is_on(world):
    assert code(world.ask("PUT", assignment(MACHINE + "9"), body())) == "ResourceNotFound"


@pytest.mark.parametrize("name", built_in())
def test_every_built_in_role_is_found_by_id_at_any_scope(world, name):
    for base in (ROLES, f"{G}/providers/Microsoft.Authorization/roleDefinitions"):
        assert world.get(f"{base}/{name}")["properties"]["type"] == "BuiltInRole"
    assert world.get(f"/providers/Microsoft.Authorization/roleDefinitions/{name}")["name"] == name


def test_a_role_is_found_by_its_name(world):
    found = world.get(f"{ROLES}?$filter=roleName eq 'Key Vault Secrets User'")["value"]
    assert [one["name"] for one in found] == [SECRETS_USER]
    assert found[0]["properties"]["permissions"][0]["dataActions"]


def test_a_custom_role_is_made_listed_and_deleted_when_nobody_has_it(world):
    role = {
        "properties": {
            "roleName": "azlocal observer",
            "assignableScopes": [G],
            "permissions": [{"actions": ["*/read"]}],
        }
    }
    assert world.ask("PUT", f"{ROLES}/{ONE}", role).status == 201
    custom = "?$filter=type eq 'CustomRole'"
    listed = world.get(f"{G}/providers/Microsoft.Authorization/roleDefinitions{custom}")["value"]
    assert [one["properties"]["roleName"] for one in listed] == ["azlocal observer"]
    assert world.get(f"{CONTROL}/providers/Microsoft.Authorization/roleDefinitions{custom}")["value"] == []
    assert code(world.ask("PUT", f"{ROLES}/{TWO}", role)) == "RoleDefinitionWithSameNameExists"
    assert (
        code(world.ask("PUT", f"{ROLES}/{TWO}", {"properties": {"roleName": "Reader"}}))
        == "RoleDefinitionWithSameNameExists"
    )
    world.ask("PUT", assignment(), body(ONE))
    assert code(world.ask("DELETE", f"{ROLES}/{ONE}")) == "RoleDefinitionHasAssignments"
    world.ask("DELETE", assignment())
    assert world.ask("DELETE", f"{ROLES}/{ONE}").status == 200
    assert world.ask("DELETE", f"{ROLES}/{ONE}").status == 204
    assert code(world.ask("GET", f"{ROLES}/{ONE}")) == "RoleDefinitionDoesNotExist"


@pytest.mark.parametrize(
    ("name", "properties", "error"),
    [("mine", {"roleName": "x"}, "InvalidRoleDefinitionId"), (ONE, {}, "InvalidRoleDefinitionName")],
)
def test_a_malformed_role_is_refused(world, name, properties, error):
    assert code(world.ask("PUT", f"{ROLES}/{name}", {"properties": properties})) == error


def test_permissions_tell_that_the_identity_only_reads_the_control_group(world):
    def actions(scope, who):
        path = f"{scope}/providers/Microsoft.Authorization/permissions"
        return world.ask("GET", path, who=who).json()["value"][0]["actions"]

    assert actions(CONTROL, "identity") == ["*/read"]
    assert actions(CONTROL, "person") == ["*"]
    assert actions(G, "identity") == ["*"]


def lock(scope, name="keep"):
    return f"{scope}/providers/Microsoft.Authorization/locks/{name}"


def test_locks_are_listed_with_those_above_and_below(world):
    for scope in (S, G, MACHINE, CONTROL):
        assert world.ask("PUT", lock(scope), {"properties": {"level": "CanNotDelete"}}).status == 201

    def scopes(scope):
        listed = world.get(f"{scope}/providers/Microsoft.Authorization/locks")["value"]
        return {one["id"].split("/providers/Microsoft.Authorization")[0] for one in listed}

    assert scopes(S) == {S, G, MACHINE, CONTROL}
    assert scopes(MACHINE) == {S, G, MACHINE}


def test_a_lock_has_a_level_and_can_be_changed_and_removed_under_itself(world):
    assert code(world.ask("PUT", lock(G), {"properties": {"level": "Soft"}})) == "LockLevelInvalid"
    world.ask("PUT", lock(G), {"properties": {"level": "ReadOnly", "notes": "n"}})
    assert world.ask("PUT", lock(G), {"properties": {"level": "CanNotDelete"}}).status == 200
    assert world.get(lock(G))["properties"] == {"level": "CanNotDelete"}
    assert world.ask("DELETE", lock(G)).status == 200
    assert world.ask("DELETE", lock(G)).status == 204


def test_a_lock_stops_role_assignments_as_any_write(world):
    world.ask("PUT", lock(G), {"properties": {"level": "ReadOnly"}})
    assert code(world.ask("PUT", assignment(), body())) == "ScopeLocked"
