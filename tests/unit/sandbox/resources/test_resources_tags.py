"""Tags at a scope: what each operation leaves, what Azure refuses, and what stops a write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resource_world import CLUSTER, CONTROL, G, S, World, code

from azlocal.sandbox.providers.policies import deny_tags
from azlocal.sandbox.providers.tag_rules import checked, merged, removed

TAGS = "/providers/Microsoft.Resources/tags/default"


@pytest.fixture
def world():
    return World()


def patch(world, scope, operation, tags, **more):
    return world.ask("PATCH", scope + TAGS, {"operation": operation, "properties": {"tags": tags}}, **more)


@pytest.mark.parametrize("scope", [S, G, CLUSTER])
def test_tags_can_be_written_at_a_subscription_a_group_and_a_resource(world, scope):
    answer = patch(world, scope, "Merge", {"azlocal-hold": "disk"})
    assert answer.json()["id"] == scope + TAGS
    assert answer.json()["properties"]["tags"]["azlocal-hold"] == "disk"
    assert world.azure.store.get(scope)["tags"]["azlocal-hold"] == "disk"
    assert world.last.effect is True


def test_merge_adds_and_changes_without_regard_to_the_case_of_names(world):
    assert patch(world, CLUSTER, "Merge", {"RING": "two", "new": "x"}).json()["properties"]["tags"] == {
        "ring": "two",
        "new": "x",
    }


def test_replace_leaves_only_what_is_given(world):
    assert patch(world, CLUSTER, "Replace", {"a": "1"}).json()["properties"]["tags"] == {"a": "1"}


@pytest.mark.parametrize(
    ("given", "left"),
    [({"Ring": "pilot"}, {}), ({"ring": "Pilot"}, {"ring": "pilot"}), ({"x": "pilot"}, {"ring": "pilot"})],
)
def test_delete_removes_a_tag_only_when_name_and_value_match(world, given, left):
    assert patch(world, CLUSTER, "Delete", given).json()["properties"]["tags"] == left
    assert world.last.effect is (left == {})


def test_put_sets_and_delete_clears_the_tags(world):
    assert world.ask("PUT", CLUSTER + TAGS, {"properties": {"tags": {"b": "2"}}}).json()["properties"]["tags"] == {
        "b": "2"
    }
    assert world.ask("DELETE", CLUSTER + TAGS).status == 200
    assert world.get(CLUSTER + TAGS)["properties"]["tags"] == {}


def test_a_write_that_changes_nothing_is_no_effect(world):
    patch(world, CLUSTER, "Merge", {"ring": "pilot"})
    assert world.last.effect is False


def test_tags_of_a_resource_that_is_not_there_are_not_found(world):
    assert code(world.ask("GET", CLUSTER + "9" + TAGS)) == "ResourceNotFound"


@pytest.mark.parametrize(
    ("tags", "error"),
    [
        ({"a<b": "x"}, "InvalidTagNameCharacters"),
        ({"n" * 513: "x"}, "InvalidTagName"),
        ({"a": "v" * 257}, "InvalidTagValueLength"),
        ({"a": "1", "A": "2"}, "InvalidTagName"),
        ({f"t{n}": "x" for n in range(50)}, "TooManyTags"),
        ({"a": 1}, "InvalidRequestContent"),
    ],
)
def test_azure_refuses_tags_beyond_its_limits(world, tags, error):
    answer = patch(world, CLUSTER, "Merge", tags)
    assert (answer.status, code(answer)) == (400, error)
    assert world.azure.store.get(CLUSTER)["tags"] == {"ring": "pilot"}


@pytest.mark.parametrize("body", [{"operation": "Merge"}, {"operation": "Sink", "properties": {"tags": {}}}, []])
def test_a_malformed_patch_is_refused(world, body):
    assert code(world.ask("PATCH", CLUSTER + TAGS, body)) == "InvalidRequestContent"


def test_256_characters_and_50_tags_are_just_allowed(world):
    tags = {"ring": "v" * 256, **{f"t{n}": "x" for n in range(49)}}
    assert patch(world, CLUSTER, "Merge", tags).status == 200


def test_a_policy_denies_tag_writes_below_its_scope_and_says_which(world):
    deny_tags(world.azure, G)
    answer = patch(world, CLUSTER, "Merge", {"a": "b"})
    assert (answer.status, code(answer)) == (403, "RequestDisallowedByPolicy")
    info = answer.json()["error"]["additionalInfo"][0]
    assert (info["type"], info["info"]["policyAssignmentScope"]) == ("PolicyViolation", G)
    assert patch(world, CONTROL, "Merge", {"a": "b"}).status == 200
    assert world.ask("GET", G + "/providers/Microsoft.Authorization/policyAssignments").json()["value"]


def test_a_policy_stops_tags_in_other_writes_too(world):
    deny_tags(world.azure, G)
    assert code(world.ask("PATCH", G, {"tags": {"a": "b"}})) == "RequestDisallowedByPolicy"


def test_a_read_only_lock_stops_tag_writes(world):
    lock(world, G, "ReadOnly")
    assert code(patch(world, CLUSTER, "Merge", {"a": "b"})) == "ScopeLocked"


def test_a_lock_against_deletion_lets_tags_be_written(world):
    lock(world, G, "CanNotDelete")
    assert patch(world, CLUSTER, "Merge", {"a": "b"}).status == 200


def lock(world, scope, level):
    path = f"{scope}/providers/Microsoft.Authorization/locks/keep"
    assert world.ask("PUT", path, {"properties": {"level": level}}).status == 201


def test_the_managed_identity_may_not_tag_the_control_group(world):
    assert code(patch(world, CONTROL, "Merge", {"a": "b"}, who="identity")) == "AuthorizationFailed"
    assert patch(world, G, "Merge", {"a": "b"}, who="identity").status == 200


names = st.text("abcABC-", min_size=1, max_size=4)
tag_sets = st.dictionaries(names, st.text(max_size=4), max_size=6).filter(
    lambda tags: len({name.lower() for name in tags}) == len(tags)
)


@given(tag_sets, tag_sets)
def test_what_was_merged_stands_and_what_is_then_deleted_is_gone(standing, more):
    both = merged(standing, more)
    assert {name.lower(): value for name, value in more.items()}.items() <= {
        name.lower(): value for name, value in both.items()
    }.items()
    assert checked(both) == both
    left = {name.lower() for name in removed(both, more)}
    assert left == {name.lower() for name in standing} - {name.lower() for name in more}
