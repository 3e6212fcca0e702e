"""What roles give: actions and what they leave out, scopes and what lies below them."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rbac_world import CONTRIBUTOR, EDGE, IDENTITY, OWNER, PERSON, READER, A, B, C, S, T, World, cluster

from azlocal.sandbox.rbac import Permission
from azlocal.sandbox.rbac_roles import built_in

READ, WRITE = "Microsoft.AzureStackHCI/clusters/read", "Microsoft.AzureStackHCI/clusters/write"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


@pytest.fixture
def world():
    return World()


def may(world, action, scope, who=IDENTITY, **more):
    return world.azure.rights.allows(who, action, scope, **more)


@pytest.mark.parametrize(
    ("role", "action", "data", "given"),
    [
        (READER, READ, False, True),
        (READER, READ.upper(), False, True),
        (READER, WRITE, False, False),
        (CONTRIBUTOR, WRITE, False, True),
        (CONTRIBUTOR, ASSIGN, False, False),
        (CONTRIBUTOR, "Microsoft.Authorization/locks/delete", False, False),
        (OWNER, ASSIGN, False, True),
        (OWNER, BLOB, True, False),
        ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", BLOB, True, True),
        ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", BLOB, False, False),
        ("4633458b-17de-408a-b874-0445c86b69e6", SECRET, True, True),
        # What a condition guards is refused, the rest of the role is not.
        ("bda0d508-adf1-4af0-9c28-88919fc3ae06", ASSIGN, False, False),
        ("bda0d508-adf1-4af0-9c28-88919fc3ae06", WRITE, False, True),
        ("00000000-0000-4000-8000-000000000000", READ, False, False),
    ],
)
def test_a_built_in_role_gives_what_azure_publishes(world, role, action, data, given):
    world.give(role, A)
    assert may(world, action, cluster(A, "clu-a"), data=data) is given


@pytest.mark.parametrize(
    ("scope", "there", "given"),
    [
        (A, cluster(A, "clu-a"), True),
        (A, A, True),
        (A, B, False),
        (A, S, False),
        (A, A + "x", False),
        (S, cluster(A, "clu-a"), True),
        (S, C, False),
        (EDGE, cluster(A, "clu-a"), True),
        (EDGE, S, True),
        (EDGE, C, False),
        ("/", C, True),
        (cluster(A, "clu-a"), f"{cluster(A, 'clu-a')}/deploymentSettings/default", True),
        (cluster(A, "clu-a"), cluster(A, "clu-b"), False),
        (A.upper(), cluster(A, "clu-a"), True),
    ],
)
def test_an_assignment_holds_for_its_scope_and_what_is_below_it(world, scope, there, given):
    world.give(READER, scope)
    assert may(world, READ, there) is given


def test_the_tenants_own_group_is_above_every_subscription(world):
    world.give(READER, f"/providers/Microsoft.Management/managementGroups/{world.azure.tenant_id}")
    assert may(world, READ, C)
    assert may(world, READ, A)


def test_roles_add_up_and_what_one_leaves_out_another_gives(world):
    world.give({"actions": ["*"], "notActions": ["*/write"]}, A)
    assert not may(world, WRITE, A)
    world.give({"actions": [WRITE]}, S)
    assert may(world, WRITE, A)
    assert not may(world, WRITE, A, PERSON)


def test_a_role_that_changes_or_goes_is_felt_at_once(world):
    name = world.role(actions=[READ])
    assignment = world.give(name, A)
    assert may(world, READ, A)
    role = world.azure.store.get(f"{S}/providers/Microsoft.Authorization/roleDefinitions/{name}")
    world.azure.store.put({**role, "properties": {**role["properties"], "permissions": [{"actions": [WRITE]}]}})
    assert (may(world, READ, A), may(world, WRITE, A)) == (False, True)
    world.azure.store.delete(assignment)
    assert not may(world, WRITE, A)


def test_a_subscription_that_moves_under_a_group_takes_its_rights(world):
    world.give(READER, EDGE)
    assert not may(world, READ, T)
    group = world.azure.store.get(EDGE)
    properties = {**group["properties"], "children": [{"id": S}, {"id": T}]}
    world.azure.store.put({**group, "properties": properties})
    assert may(world, READ, C)


@pytest.mark.parametrize(
    ("scope", "seen"), [(A, True), (S, True), (EDGE, True), (C, False), (cluster(A, "clu-a"), True), ("/", True)]
)
def test_who_holds_any_role_in_a_subscription_sees_it(world, scope, seen):
    world.give({"actions": [WRITE]}, scope)
    assert world.azure.rights.holds_any(IDENTITY, S) is seen


WORDS = st.text("aB/*.", min_size=1, max_size=8)


@given(WORDS, st.text("aB/.", min_size=1, max_size=8), WORDS)
def test_a_star_stands_for_any_text_and_case_for_nothing(pattern, action, left_out):
    permission = Permission.read({"actions": [pattern], "notActions": [left_out]})
    wanted = fnmatch.fnmatchcase(action.lower(), pattern.lower())
    taken = fnmatch.fnmatchcase(action.lower(), left_out.lower())
    assert permission.allows(action, data=False) is (wanted and not taken)
    assert not permission.allows(action, data=True)


def test_every_built_in_role_names_actions_by_azures_pattern():
    for role in built_in().values():
        for permission in role["permissions"]:
            for kind in ("actions", "notActions", "dataActions", "notDataActions"):
                assert all(one == "*" or "/" in one for one in permission[kind]), role["roleName"]
