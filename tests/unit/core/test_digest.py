"""The digest that tells whether Azure would run what we would send: what counts and what does not."""

from __future__ import annotations

import copy
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.digest import (
    canonical_digest,
    digest_of_properties,
    members_digest,
    settings_properties,
    short,
)

MACHINES = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.HybridCompute/machines"
PARAMETERS = {
    "arcNodeResourceIds": [f"{MACHINES}/n1", f"{MACHINES}/n2"],
    "failoverClusterName": "OSLOHCI01",
    "domainFqdn": "ad.northwind.example",
    "subnetMask": "255.255.255.0",
    "defaultGateway": "10.20.0.1",
    "startingIPAddress": "10.20.0.40",
    "endingIPAddress": "10.20.0.49",
    "dnsServers": ["10.20.0.10", "10.20.0.11"],
    "physicalNodesSettings": [
        {"name": "n1", "ipv4Address": "10.20.0.21"},
        {"name": "n2", "ipv4Address": "10.20.0.22"},
    ],
    "customLocation": "cl-clu-oslo-01",
    "lcmSecretUri": "https://kv.vault.azure.net/secrets/lcm/0123456789abcdef",
}
DATA = {
    "observability": {"streamingDataClient": True, "euLocation": True, "episodicDataUpload": True},
    "cluster": {"name": "OSLOHCI01"},
    "storage": {"configurationMode": "InfraOnly"},
    "namingPrefix": "HCI001",
    "domainFqdn": "ad.northwind.example",
    "infrastructureNetwork": [{
        "subnetMask": "255.255.255.0",
        "gateway": "10.20.0.1",
        "ipPools": [{"startingAddress": "10.20.0.40", "endingAddress": "10.20.0.49"}],
        "dnsServers": ["10.20.0.10", "10.20.0.11"],
    }],
    "physicalNodes": [{"name": "n1", "ipv4Address": "10.20.0.21"}, {"name": "n2", "ipv4Address": "10.20.0.22"}],
    "adouPath": "",
    "optionalServices": {"customLocation": "cl-clu-oslo-01"},
    "secrets": [{
        "secretName": "clu-oslo-01-AzureStackLCMUserCredential",
        "eceSecretName": "AzureStackLCMUserCredential",
        "secretLocation": "https://kv.vault.azure.net/secrets/lcm/0123456789abcdef",
    }],
}  # fmt: skip
SENT = {
    "arcNodeResourceIds": PARAMETERS["arcNodeResourceIds"],
    "operationType": "ClusterUpgrade",
    "deploymentConfiguration": {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": DATA}]},
}
OTHER = {
    "arcNodeResourceIds": [f"{MACHINES}/n1"], "failoverClusterName": "other", "domainFqdn": "other.example",
    "subnetMask": "255.255.0.0", "defaultGateway": "10.20.0.2", "startingIPAddress": "10.20.0.41",
    "endingIPAddress": "10.20.0.50", "dnsServers": ["10.20.0.10"], "customLocation": "other",
    "physicalNodesSettings": [{"name": "n1", "ipv4Address": "10.20.0.21"}], "adouPath": "OU=other",
    "lcmSecretUri": "https://kv.vault.azure.net/secrets/lcm/fedcba9876543210", "namingPrefix": "OTHER",
    "streamingDataClient": False, "euLocation": False, "episodicDataUpload": False,
    "deploymentConfigurationVersion": "10.2.0.0",
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def echoed(**changes):
    """What Azure answers to a GET: what was sent, the mode and what Azure adds of its own."""
    added = {"deploymentMode": "Validate", "provisioningState": "Succeeded", "reportedProperties": {"a": 1}}
    return copy.deepcopy(SENT) | added | changes


def echoed_data(**changes):
    """The echo with changes in its deployment data."""
    configuration = {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": copy.deepcopy(DATA) | changes}]}
    return echoed(deploymentConfiguration=configuration)


def reordered(value):
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(one) for one in value] if isinstance(value, list) else value


def ours(**changes):
    return digest_of_properties(settings_properties(PARAMETERS | changes, "clu-oslo-01"))


def test_the_parameters_make_the_properties_that_azure_is_sent():
    assert settings_properties(PARAMETERS, "clu-oslo-01") == SENT


def test_the_digest_of_what_is_sent_is_that_of_what_azure_echoes():
    assert ours() == digest_of_properties(echoed())


@pytest.mark.parametrize("mode", ["Validate", "Deploy", None])
@pytest.mark.parametrize("state", ["Accepted", "Failed", "Succeeded"])
def test_the_mode_and_what_azure_reports_do_not_count(mode, state):
    assert digest_of_properties(echoed(deploymentMode=mode, provisioningState=state, reportedProperties={})) == ours()


@pytest.mark.parametrize("name", sorted(OTHER))
def test_each_parameter_counts(name):
    assert ours(**{name: OTHER[name]}) != ours()


def test_the_name_of_the_cluster_counts_for_it_names_the_secret():
    assert digest_of_properties(settings_properties(PARAMETERS, "other")) != ours()


@pytest.mark.parametrize("empty", [None, {}, [], {"a": None}, {"a": {"b": []}}])
def test_an_optional_part_that_is_echoed_empty_is_one_that_is_absent(empty):
    assert digest_of_properties(echoed_data(securitySettings=empty)) == ours()


@pytest.mark.parametrize("value", [False, 0, "", [None]])
def test_a_value_that_is_merely_falsy_is_a_value(value):
    assert digest_of_properties(echoed_data(securitySettings=value)) != ours()


def test_the_order_of_names_and_the_case_of_machine_ids_and_operation_do_not_count():
    shouted = [f"{one.upper()}/" for one in SENT["arcNodeResourceIds"]]
    shown = reordered(echoed(arcNodeResourceIds=shouted, operationType="CLUSTERUPGRADE"))
    assert digest_of_properties(shown) == ours()


def test_the_order_of_addresses_counts():
    assert ours(dnsServers=["10.20.0.11", "10.20.0.10"]) != ours()


@pytest.mark.parametrize("missing", ["arcNodeResourceIds", "operationType", "deploymentConfiguration"])
def test_an_echo_that_lacks_a_part_is_told_apart_and_breaks_nothing(missing):
    partial = {name: value for name, value in echoed().items() if name != missing}
    assert digest_of_properties(partial) != ours()
    assert digest_of_properties(partial) == digest_of_properties(
        echoed(**{missing: None if missing != "operationType" else ""})
    )


def test_a_digest_leaves_what_it_was_made_of_unchanged():
    shown = echoed_data(securitySettings={"a": None})
    kept = copy.deepcopy(shown)
    digest_of_properties(shown)
    assert shown == kept


def test_the_canonical_form_is_sorted_compact_json_in_utf_8():
    text = '{"a":[1,"ø"],"b":null}'
    assert canonical_digest({"b": None, "a": (1, "ø")}) == hashlib.sha256(text.encode()).hexdigest()


@given(JSON)
def test_a_canonical_digest_does_not_depend_on_the_order_of_names(value):
    assert canonical_digest(value) == canonical_digest(reordered(value))


def test_a_digest_is_shown_by_its_first_twelve_hex_digits():
    digest = canonical_digest(SENT)
    assert (len(digest), short(digest)) == (64, digest[:12])


@given(
    st.lists(st.sampled_from([f"/subscriptions/s/resourceGroups/rg/clusters/c{n}" for n in range(6)]), min_size=1),
    st.randoms(),
)
def test_members_are_a_set_whatever_their_order_case_and_repetition(ids, chance):
    again = [one.upper() + "/" for one in ids] + ids[:2]
    chance.shuffle(again)
    assert members_digest(again) == members_digest(iter(ids))


def test_a_member_that_joins_or_leaves_changes_the_digest():
    two = members_digest(["/c/1", "/c/2"])
    assert len({two, members_digest(["/c/1"]), members_digest(["/c/1", "/c/2", "/c/3"]), members_digest([])}) == 4
