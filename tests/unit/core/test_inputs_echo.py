"""What Azure echoes of a configuration, back as inputs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.digest import digest_of_properties, settings_properties
from azlocal.core.inputs_echo import parameters_of

SENT = {
    "failoverClusterName": "OSLOHCI01",
    "arcNodeResourceIds": ["/subscriptions/s/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/n1"],
    "physicalNodesSettings": [{"name": "n1", "ipv4Address": "10.0.0.21"}],
    "domainFqdn": "ad.example.com",
    "startingIPAddress": "10.0.0.40",
    "endingIPAddress": "10.0.0.49",
    "subnetMask": "255.255.255.0",
    "defaultGateway": "10.0.0.1",
    "dnsServers": ["10.0.0.10", "10.0.0.11"],
    "customLocation": "oslo-cl",
    "lcmSecretUri": "https://kv.vault.azure.net/secrets/a/b",
}
OPTIONAL = {
    "namingPrefix": st.sampled_from(["OSLO", "X1"]), "adouPath": st.just("OU=hci"),
    "streamingDataClient": st.just(False), "euLocation": st.just(False), "episodicDataUpload": st.just(False),
    "deploymentConfigurationVersion": st.just("10.2.0.0"),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=OPTIONAL))
def test_what_was_sent_comes_back_whole(chosen):
    sent = {**SENT, **chosen}
    assert parameters_of(settings_properties(sent, "clu")) == sent


@given(st.fixed_dictionaries({}, optional=OPTIONAL))
def test_what_comes_back_would_be_sent_with_the_same_digest(chosen):
    sent = settings_properties({**SENT, **chosen}, "clu")
    again = settings_properties(parameters_of(sent), "clu")
    assert digest_of_properties(again) == digest_of_properties(sent)


def test_what_equals_a_default_of_the_template_is_left_out():
    written = {**SENT, "namingPrefix": "HCI001", "euLocation": True, "adouPath": ""}
    assert parameters_of(settings_properties(written, "clu")) == SENT


@pytest.mark.parametrize("kind", ["ClusterProvisioning", "", None])
def test_settings_of_another_operation_tell_no_inputs(kind):
    assert parameters_of({**settings_properties(SENT, "clu"), "operationType": kind}) == {}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "deploymentConfiguration",
                        "scaleUnits",
                        "deploymentData",
                        "infrastructureNetwork",
                        "ipPools",
                        "secrets",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_azure_echoes_is_read_or_left_out(odd):
    assert isinstance(parameters_of({"operationType": "ClusterUpgrade", "deploymentConfiguration": odd}), dict)
