"""Resource ids: taken apart as spelled, compared without case, and the names derived from them."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.ids import (
    ResourceId,
    deployment_name,
    group_id_of,
    group_name_of,
    h10,
    key,
    name_of,
    parse_id,
    subscription_id_of,
    subscription_of,
)

SUB = "11111111-2222-3333-4444-AAAAAAAAAAAA"
GROUP = f"/subscriptions/{SUB}/resourceGroups/Rg-One"
CLUSTER = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/Cluster-01"
SETTINGS = f"{CLUSTER}/deploymentSettings/default"

segments = st.text("abcXYZ019-_.()", min_size=1, max_size=70)
cluster_ids = st.builds(
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.AzureStackHCI/clusters/{}".format,
    segments,
    segments,
    segments,
)
spellings = st.sampled_from([str.lower, str.upper, str.swapcase, lambda text: text + "/", lambda text: f" {text}\n"])


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        (CLUSTER, "Microsoft.AzureStackHCI/clusters", ("Cluster-01",)),
        (CLUSTER + "/", "Microsoft.AzureStackHCI/clusters", ("Cluster-01",)),
        (f"  {CLUSTER} ", "Microsoft.AzureStackHCI/clusters", ("Cluster-01",)),
        (SETTINGS, "Microsoft.AzureStackHCI/clusters/deploymentSettings", ("Cluster-01", "default")),
        (
            f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c",
            "Microsoft.Storage/storageAccounts/blobServices/containers", ("a", "default", "c"),
        ),
    ],
)  # fmt: skip
def test_an_id_is_taken_apart_as_it_is_spelled(text, kind, names):
    assert parse_id(text) == ResourceId(SUB, "Rg-One", kind, names)
    assert parse_id(text).name == names[-1]


def test_the_fixed_words_of_an_id_may_be_in_any_case():
    shouted = CLUSTER.replace("subscriptions", "SUBSCRIPTIONS").replace("resourceGroups", "resourcegroups")
    assert parse_id(shouted.replace("providers", "Providers")) == parse_id(CLUSTER)


@pytest.mark.parametrize(
    "text",
    [
        "", "/", "cluster-01", "rg/cluster-01", f"/subscriptions/{SUB}", GROUP, f"{GROUP}/providers/Microsoft.AzureStackHCI",
        f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters", f"{CLUSTER}/deploymentSettings", f"https://host{CLUSTER}",
        CLUSTER.replace("/subscriptions/", "/tenants/"), CLUSTER.replace("/resourceGroups/", "/groups/"),
        CLUSTER.replace("/providers/", "/provider/"), CLUSTER.replace("Rg-One", ""), CLUSTER.replace(SUB, ""),
    ],
)  # fmt: skip
def test_what_is_no_resource_id_is_refused_by_its_own_text(text):
    with pytest.raises(ValueError, match="resource id") as refused:
        parse_id(text)
    assert f"'{text}'" in str(refused.value)


@given(cluster_ids)
def test_an_id_put_together_from_its_parts_is_the_same_id(text):
    found = parse_id(text)
    again = f"/subscriptions/{found.subscription}/resourceGroups/{found.group}/providers/{found.kind}/{found.name}"
    assert again == text


def test_a_resource_on_a_resource_has_its_own_full_type():
    machine = f"{GROUP}/providers/Microsoft.HybridCompute/machines/m1"
    found = parse_id(f"{machine}/providers/Microsoft.AzureStackHCI/edgeDevices/default")
    assert (found.kind, found.name) == ("Microsoft.AzureStackHCI/edgeDevices", "default")


def test_an_id_that_can_be_parsed_without_its_first_slash_is_still_the_same_id():
    bare = CLUSTER.lstrip("/")
    assert parse_id(bare) == parse_id(CLUSTER)
    assert (key(bare), h10(bare)) == (key(CLUSTER), h10(CLUSTER))


@given(cluster_ids, spellings)
def test_every_spelling_of_an_id_is_one_key_one_digest_and_one_deployment(text, spelled):
    other = spelled(text)
    assert key(other) == key(text) == key(key(text))
    assert (h10(other), deployment_name(other)) == (h10(text), deployment_name(text))
    assert (subscription_of(other), group_id_of(other)) == (subscription_of(text), group_id_of(text))


@given(cluster_ids, cluster_ids)
def test_different_clusters_have_different_digests_and_deployments(one, other):
    same = key(one) == key(other)
    assert (h10(one) == h10(other)) is same
    assert (deployment_name(one) == deployment_name(other)) is same


def test_the_digest_is_the_first_ten_hex_digits_of_sha_256_over_the_lower_case_id():
    assert h10(CLUSTER) == hashlib.sha256(CLUSTER.lower().encode()).hexdigest()[:10]


def test_a_deployment_is_named_by_the_cluster_and_the_digest_of_its_id():
    assert deployment_name(CLUSTER) == f"azl-up-cluster-01-{h10(CLUSTER)}"


def test_two_clusters_of_one_name_in_two_groups_have_two_deployment_names():
    elsewhere = CLUSTER.replace("Rg-One", "Rg-Two")
    assert name_of(elsewhere) == name_of(CLUSTER)
    assert deployment_name(elsewhere) != deployment_name(CLUSTER)


@given(st.text(min_size=1, max_size=200).filter(lambda name: "/" not in name))
def test_a_deployment_name_is_one_that_azure_takes_whatever_the_cluster_is_called(name):
    found = deployment_name(f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/{name}")
    assert re.fullmatch(r"azl-up-[a-z0-9-]{0,40}-[0-9a-f]{10}", found)
    assert len(found) <= 64


@pytest.mark.parametrize(
    ("name", "slug"), [("C1", "c1"), ("My Cluster_01", "my-cluster-01"), ("-x-", "x"), ("a" * 60, "a" * 40)]
)
def test_the_slug_keeps_letters_digits_and_hyphens_and_at_most_forty_of_them(name, slug):
    cluster = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/{name}"
    assert deployment_name(cluster) == f"azl-up-{slug}-{h10(cluster)}"


@pytest.mark.parametrize("text", [f"/subscriptions/{SUB}", GROUP, CLUSTER, SETTINGS])
def test_everything_in_a_subscription_names_it_in_lower_case(text):
    assert subscription_of(text) == SUB.lower()
    assert subscription_id_of(text) == f"/subscriptions/{SUB}".lower()


@pytest.mark.parametrize(
    "text", ["", "/", "cluster-01", "/providers/Microsoft.Management/managementGroups/mg", "/subscriptions"]
)
def test_what_is_in_no_subscription_names_none(text):
    assert subscription_of(text) == ""


@pytest.mark.parametrize("text", [GROUP, GROUP + "/", CLUSTER, SETTINGS])
def test_everything_in_a_group_names_it(text):
    assert group_id_of(text) == GROUP.lower()
    assert group_name_of(text) == "Rg-One"


def test_a_subscription_is_in_no_group():
    assert group_name_of(f"/subscriptions/{SUB}") == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [(CLUSTER, "Cluster-01"), (CLUSTER + "/", "Cluster-01"), (SETTINGS, "default"), ("c1", "c1"), ("", "")],
)
def test_the_name_of_an_id_is_its_last_segment_as_spelled(text, name):
    assert name_of(text) == name
