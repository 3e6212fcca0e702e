"""What the provider refuses in the body of a deploymentSettings PUT, and how it says so."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hci_world import SETTINGS, Sandbox, data_of, machine_id, request
from hypothesis import given
from hypothesis import strategies as st

from azlocal.sandbox.providers.hci_settings_body import checked
from azlocal.sandbox.wire import ArmError

DATA = "properties.deploymentConfiguration.scaleUnits[0].deploymentData"
NETWORK = f"{DATA}.infrastructureNetwork[0]"
GONE = object()


def at(body: Any, path: str) -> tuple[Any, Any]:
    """Return the container and the last key of a path such as `a.b[0].c`."""
    keys: list[Any] = []
    for part in path.split("."):
        name, *places = part.replace("]", "").split("[")
        keys += [name, *map(int, places)]
    for key in keys[:-1]:
        body = body[key]
    return body, keys[-1]


def broken(path: str, value: Any) -> dict[str, Any]:
    body = request()
    container, key = at(body, path)
    if value is GONE:
        del container[key]
    else:
        container[key] = value
    return body


# field named in the answer, where it is broken (empty: there), with what
REFUSED: list[tuple[str, str, Any]] = [
    ("properties", "", GONE),
    ("properties", "", "text"),
    ("properties.deploymentMode", "", GONE),
    ("properties.deploymentMode", "", "Upgrade"),
    ("properties.operationType", "", "ClusterDowngrade"),
    ("properties.arcNodeResourceIds", "", []),
    ("properties.arcNodeResourceIds", "", "one"),
    ("properties.arcNodeResourceIds[1]", "", "oslo-n2"),
    ("properties.arcNodeResourceIds[1]", "", machine_id(1).upper()),
    ("properties.deploymentConfiguration", "", None),
    ("properties.deploymentConfiguration.version", "", GONE),
    ("properties.deploymentConfiguration.version", "", "ten"),
    ("properties.deploymentConfiguration.scaleUnits", "", []),
    ("properties.deploymentConfiguration.scaleUnits[0]", "", "unit"),
    ("properties.deploymentConfiguration.scaleUnits[0]", "", None),
    (DATA, "", GONE),
    (f"{DATA}.namingPrefix", "", "HCI_001"),
    (f"{DATA}.namingPrefix", "", "TOO-LONG-1"),
    (f"{DATA}.storage.configurationMode", "", "Everything"),
    (f"{DATA}.storage", "", "Everything"),
    (f"{DATA}.observability", "", [True]),
    (f"{DATA}.optionalServices", "", "oslo-location"),
    (f"{DATA}.optionalServices.customLocation", "", "/subscriptions/s"),
    (f"{DATA}.cluster", "", GONE),
    (f"{DATA}.cluster.name", "", "AB"),
    (f"{DATA}.cluster.name", "", "A-NAME-TOO-LONG1"),
    (f"{DATA}.domainFqdn", "", "northwind"),
    (f"{DATA}.domainFqdn", "", GONE),
    (f"{DATA}.infrastructureNetwork", "", []),
    (NETWORK, "", 7),
    (f"{NETWORK}.subnetMask", "", "24"),
    (f"{NETWORK}.subnetMask", "", "255.0.255.0"),
    (f"{NETWORK}.gateway", "", "10.20.0"),
    (f"{NETWORK}.dnsServers", "", []),
    (f"{NETWORK}.dnsServers[0]", "", ""),
    (f"{NETWORK}.ipPools", "", GONE),
    (f"{NETWORK}.ipPools[0].startingAddress", "", "10.20.0.400"),
    (f"{NETWORK}.ipPools[0].endingAddress", "", GONE),
    (f"{DATA}.physicalNodes", f"{DATA}.physicalNodes[1]", GONE),
    (f"{DATA}.physicalNodes[0].name", "", ""),
    (f"{DATA}.physicalNodes[1].ipv4Address", "", None),
    (f"{DATA}.secrets", "", GONE),
    (f"{DATA}.secrets[0].secretName", "", ""),
    (f"{DATA}.secrets[0].eceSecretName", "", GONE),
    (f"{DATA}.secrets[0].secretLocation", "", "http://kv-oslo.vault.azure.net/secrets/a"),
    (f"{DATA}.secrets[0].secretLocation", "", "kv-oslo"),
]


@pytest.mark.parametrize(("field", "where", "value"), REFUSED)
def test_a_bad_field_is_answered_400_by_name(field: str, where: str, value: Any):
    sandbox = Sandbox()
    response = sandbox.ask("PUT", SETTINGS, broken(where or field, value))
    error = response.json()["error"]
    assert (response.status, error["code"], error["target"]) == (400, "InvalidParameter", field)
    assert f"'{field}'" in error["message"]
    assert sandbox.ask("GET", SETTINGS).status == 404
    assert sandbox.azure.agenda.next_moment() is None


@pytest.mark.parametrize("name", ["ab", "a" * 25, "de_fault", "defäult"])
def test_a_name_that_does_not_fit_the_pattern_is_refused(name: str):
    response = Sandbox().ask("PUT", SETTINGS.replace("default", name), request())
    assert (response.status, response.json()["error"]["code"]) == (400, "InvalidResourceName")


def test_a_body_that_is_no_json_object_is_refused():
    sandbox = Sandbox()
    for content in (None, [], "text"):
        response = sandbox.ask("PUT", SETTINGS, content)
        assert (response.status, response.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_words_compare_without_case_and_come_back_as_the_service_spells_them():
    body = request()
    body["properties"] |= {"deploymentMode": "validate", "operationType": "clusterupgrade"}
    told = checked(body)
    assert (told["deploymentMode"], told["operationType"]) == ("Validate", "ClusterUpgrade")


def test_an_absent_operation_type_is_a_provisioning():
    body = request()
    del body["properties"]["operationType"]
    assert checked(body)["operationType"] == "ClusterProvisioning"


def test_read_only_parts_of_a_body_are_ignored():
    body = request()
    body["properties"] |= {"provisioningState": "Succeeded", "reportedProperties": {"validationStatus": {}}}
    assert checked(body) == request()["properties"]


def test_the_older_form_of_the_secrets_is_taken():
    body = request()
    del data_of(body)["secrets"]
    data_of(body)["secretsLocation"] = "https://kv-oslo.vault.azure.net/"
    checked(body)
    data_of(body)["secretsLocation"] = "kv-oslo"
    with pytest.raises(ArmError, match="secretsLocation"):
        checked(body)


def test_what_the_schema_allows_and_the_upgrade_does_not_send_is_kept():
    body = request()
    data_of(body)["securitySettings"] = {"hvciProtection": True}
    assert data_of({"properties": checked(body)})["securitySettings"] == {"hvciProtection": True}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
FIELDS = sorted({where or field for field, where, _ in REFUSED if field != "properties"})


@given(field=st.sampled_from(FIELDS), value=JSON)
def test_whatever_stands_in_a_field_it_is_taken_or_refused_in_arms_envelope(field: str, value: Any):
    body = broken(field, value)
    before = copy.deepcopy(body)
    statuses = set()
    try:
        checked(body)
    except ArmError as error:
        statuses.add(error.status)
    assert statuses <= {400}
    assert body == before
