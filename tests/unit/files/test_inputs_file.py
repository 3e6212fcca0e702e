"""Upgrade inputs: whose they are, what is sent, and every mistake of a cluster told at once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from input_samples import GOOD, ID, NAME, SECRET, as_yaml, cluster_id, machine

from azlocal.core.digest import digest_of_properties, settings_properties
from azlocal.core.ids import key
from azlocal.errors import BadInput
from azlocal.files.inputs_codes import CODES, code_of
from azlocal.files.inputs_file import read_inputs

CLUSTERS = [(ID, NAME)]


def read(files, clusters=CLUSTERS):
    return read_inputs(files, clusters)


def inputs_of(data):
    (inputs,) = read({f"{NAME}.yaml": data if isinstance(data, str) else as_yaml(data)}).values()
    return inputs


def told(data):
    """The problems without file and line."""
    return [problem.split(": ", 1)[1] for problem in inputs_of(data).problems]


def without(*names):
    return {name: value for name, value in GOOD.items() if name not in names}


def test_complete_inputs_are_sent_as_they_are_written():
    inputs = inputs_of(GOOD)
    assert (inputs.parameters, inputs.problems, inputs.source) == (GOOD, (), f"{NAME}.yaml")
    assert (list(read({f"{NAME}.yaml": as_yaml(GOOD)})), inputs.cluster_id) == ([key(ID)], ID)


def test_the_digest_is_that_of_the_configuration_that_azure_will_echo():
    assert inputs_of(GOOD).digest == digest_of_properties(settings_properties(GOOD, NAME))


def test_words_that_mean_yes_and_no_are_sent_as_booleans():
    more = {**GOOD, "streamingDataClient": "yes", "euLocation": "False", "episodicDataUpload": "off"}
    sent = inputs_of(more).parameters
    assert (sent["streamingDataClient"], sent["euLocation"], sent["episodicDataUpload"]) == (True, False, False)


def test_a_path_in_active_directory_is_one_line():
    assert any("adouPath: holds a line break" in one for one in inputs_of({**GOOD, "adouPath": "OU=a\nOU=b"}).problems)


def test_a_parameter_that_is_left_out_is_not_sent_and_counts_as_the_templates_default():
    written = {**GOOD, "namingPrefix": "HCI001", "adouPath": "", "deploymentConfigurationVersion": "10.1.0.0"}
    assert "namingPrefix" not in inputs_of(GOOD).parameters
    assert inputs_of(written).digest == inputs_of(GOOD).digest


def test_every_mistake_is_told_at_once_with_file_line_and_field():
    text = """\
failoverClusterName: OSLOHCI01TOOLONG
arcNodeResourceIds:
  - oslo01-n1
  - oslo01-n2
physicalNodesSettings:
  - {name: oslo01-n1, ipv4Address: 10.20.0.300}
domainFqdn: northwind
startingIPAddress: 10.20.0.40
endingIPAddress: 10.20.0.44
subnetMask: 255.255.255.0
defaultGateway: 10.21.0.1
dnsServers: [""]
custmLocation: cl
lcmSecretUri: https://kv-oslo.vault.azure.net/secrets/lcm
"""
    no_id = "is not a resource id (/subscriptions/…/resourceGroups/…/providers/…)"
    assert inputs_of(text).problems == (
        "clu-oslo-01.yaml:1: customLocation: missing [CUSTOM_LOCATION]",
        "clu-oslo-01.yaml:1: failoverClusterName: 'OSLOHCI01TOOLONG' is 16 characters long; the name has 3 to 15 [FAILOVER_NAME]",
        "clu-oslo-01.yaml:2: arcNodeResourceIds: names 2 machines, but physicalNodesSettings 1 nodes [ARC_NODES]",
        f"clu-oslo-01.yaml:3: arcNodeResourceIds[0]: 'oslo01-n1' {no_id} [ARC_NODES]",
        f"clu-oslo-01.yaml:4: arcNodeResourceIds[1]: 'oslo01-n2' {no_id} [ARC_NODES]",
        "clu-oslo-01.yaml:6: physicalNodesSettings[0].ipv4Address: '10.20.0.300' is not an IPv4 address [NODES]",
        "clu-oslo-01.yaml:7: domainFqdn: 'northwind' is not a fully qualified domain name such as ad.contoso.com [DOMAIN]",
        "clu-oslo-01.yaml:9: endingIPAddress: the pool holds 5 addresses; it must hold 6 to 255 [IP_POOL_SIZE]",
        "clu-oslo-01.yaml:11: defaultGateway: 10.21.0.1 is not in the subnet 10.20.0.0/24 of the others [GATEWAY]",
        "clu-oslo-01.yaml:12: dnsServers: is empty [DNS]",
        "clu-oslo-01.yaml:13: custmLocation: unknown key; did you mean 'customLocation'? [UNKNOWN_KEY]",
        "clu-oslo-01.yaml:14: lcmSecretUri: has no version: without it the secret could change between Validate and Deploy [SECRET_URI]",
    )


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_required_field_that_is_missing_is_named(name):
    assert f"{name}: missing [{code_of(name)}]" in told(without(name))


@given(st.sets(st.sampled_from(sorted(GOOD)), min_size=1))
def test_all_missing_fields_are_named_at_once(names):
    assert {problem for problem in told(without(*names)) if ": missing" in problem} == {
        f"{name}: missing [{code_of(name)}]" for name in names
    }


NODES = GOOD["physicalNodesSettings"]
NO_SECRET = (
    "lcmSecretUri: is not the URI of a Key Vault secret: https://<vault>.vault.<domain>/secrets/<name>/<version>"
)


@pytest.mark.parametrize(
    ("changes", "problem", "code"),
    [
        ({"failoverClusterName": "AB"}, "failoverClusterName: 'AB' is 2 characters long; the name has 3 to 15", "FAILOVER_NAME"),
        ({"failoverClusterName": ""}, "failoverClusterName: has no value", "FAILOVER_NAME"),
        ({"domainFqdn": "10.0.0.1"}, "domainFqdn: '10.0.0.1' is not a fully qualified domain name such as ad.contoso.com", "DOMAIN"),
        ({"domainFqdn": "ad.-x.com"}, "domainFqdn: 'ad.-x.com' is not a fully qualified domain name such as ad.contoso.com", "DOMAIN"),
        ({"domainFqdn": "ad..com"}, "domainFqdn: 'ad..com' is not a fully qualified domain name such as ad.contoso.com", "DOMAIN"),
        ({"subnetMask": "255.0.255.0"}, "subnetMask: '255.0.255.0' is not a subnet mask such as 255.255.255.0", "SUBNET"),
        ({"subnetMask": "0.0.0.255"}, "subnetMask: '0.0.0.255' is not a subnet mask such as 255.255.255.0", "SUBNET"),
        ({"subnetMask": "24"}, "subnetMask: '24' is not a subnet mask such as 255.255.255.0", "SUBNET"),
        ({"subnetMask": "0.0.0.0"}, "subnetMask: '0.0.0.0' is not a subnet mask such as 255.255.255.0", "SUBNET"),
        ({"startingIPAddress": "10.20.0"}, "startingIPAddress: '10.20.0' is not an IPv4 address", "IP_POOL"),
        ({"startingIPAddress": "010.20.0.40"}, "startingIPAddress: '010.20.0.40' is not an IPv4 address", "IP_POOL"),
        ({"defaultGateway": "fe80::1"}, "defaultGateway: 'fe80::1' is not an IPv4 address", "GATEWAY"),
        ({"dnsServers": []}, "dnsServers: is empty", "DNS"),
        ({"dnsServers": [""]}, "dnsServers: is empty", "DNS"),
        ({"dnsServers": "10.20.0.10"}, "dnsServers: expected a list, found '10.20.0.10'", "DNS"),
        ({"dnsServers": ["10.20.0.10", "dns01"]}, "dnsServers[1]: 'dns01' is not an IPv4 address", "DNS"),
        ({"customLocation": ""}, "customLocation: has no value", "CUSTOM_LOCATION"),
        ({"customLocation": ["a"]}, "customLocation: expected a single value, found a list", "CUSTOM_LOCATION"),
        ({"namingPrefix": "NINECHARS"}, "namingPrefix: 'NINECHARS' is not 1 to 8 letters, digits and hyphens", "NAMING_PREFIX"),
        ({"namingPrefix": "a_b"}, "namingPrefix: 'a_b' is not 1 to 8 letters, digits and hyphens", "NAMING_PREFIX"),
        ({"euLocation": "perhaps"}, "euLocation: 'perhaps' is neither yes nor no", "TELEMETRY"),
        ({"deploymentConfigurationVersion": "10.1"}, "deploymentConfigurationVersion: '10.1' is not a version such as 10.1.0.0", "CONFIG_VERSION"),
        ({"arcNodeResourceIds": [machine("a"), ID]}, f"arcNodeResourceIds[1]: '{ID}' is the id of a Microsoft.AzureStackHCI/clusters, not of a Microsoft.HybridCompute/machines", "ARC_NODES"),
        ({"arcNodeResourceIds": [machine("a"), machine("A").upper()]}, "arcNodeResourceIds[1]: stands in the list already", "ARC_NODES"),
        ({"arcNodeResourceIds": [machine("a")]}, "arcNodeResourceIds: names 1 machines, but physicalNodesSettings 2 nodes", "ARC_NODES"),
        ({"physicalNodesSettings": []}, "physicalNodesSettings: is empty", "NODES"),
        ({"physicalNodesSettings": [NODES[0], "n2"]}, "physicalNodesSettings[1]: expected name and ipv4Address, found 'n2'", "NODES"),
        ({"physicalNodesSettings": [NODES[0], {"name": "n2"}]}, "physicalNodesSettings[1].ipv4Address: missing", "NODES"),
        ({"physicalNodesSettings": [NODES[0], {**NODES[1], "ip": "x"}]}, "physicalNodesSettings[1].ip: unknown key; known are ipv4Address, name", "UNKNOWN_KEY"),
        ({"physicalNodesSettings": [NODES[0], {**NODES[1], "name": "OSLO01-N1"}]}, "physicalNodesSettings[1].name: stands in the list already", "NODES"),
        ({"physicalNodesSettings": [NODES[0], {**NODES[1], "ipv4Address": "10.20.0.21"}]}, "physicalNodesSettings[1].ipv4Address: stands in the list already", "NODES"),
        ({"physicalNodesSettings": [NODES[0], {**NODES[1], "name": NAME.upper()}]}, "physicalNodesSettings[1].name: is the name of the cluster's Azure resource too; the two must differ", "CLUSTER_NAME"),
        ({"lcmSecretUri": SECRET.replace("https", "http")}, NO_SECRET, "SECRET_URI"),
        ({"lcmSecretUri": SECRET.replace("kv-oslo.vault.azure.net", "example.com")}, NO_SECRET, "SECRET_URI"),
        ({"lcmSecretUri": SECRET + "?sig=x"}, NO_SECRET, "SECRET_URI"),
        ({"lcmSecretUri": "https://[kv.vault.azure.net/secrets/a/b"}, "lcmSecretUri: is not a URI", "SECRET_URI"),
        ({"lcmSecretUri": "https://kv-oslo.vault.azure.net/keys/a/b"}, "lcmSecretUri: does not point to a secret: the path must be /secrets/<name>/<version>", "SECRET_URI"),
        ({"lcmSecretUri": "https://kv-oslo.vault.azure.net/secrets/a/"}, "lcmSecretUri: has no version: without it the secret could change between Validate and Deploy", "SECRET_URI"),
        ({"lcmSecretUri": "https://kv-oslo.vault.azure.net/secrets/a b/c"}, "lcmSecretUri: names a secret or version with characters that Key Vault does not take", "SECRET_URI"),
        ({"deploymentMode": "Deploy"}, "deploymentMode: may not be given: azlocal chooses the mode: Validate first, Deploy only what Validate has passed", "MODE"),
        ({"clusterName": NAME}, "clusterName: may not be given: the name is that of the Azure resource; to say whose inputs these are, write cluster", "CLUSTER_NAME"),
        ({"keyVaultName": "kv"}, "keyVaultName: may not be given: vault, secret, roles and storage are prepared beforehand, not with the upgrade", "KEYVAULT_NAME"),
        ({"dnsServer": "x"}, "dnsServer: unknown key; did you mean 'dnsServers'?", "UNKNOWN_KEY"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_by_its_field_what_would_be_right_and_the_rules_code(changes, problem, code):
    assert told({**GOOD, **changes}) == [f"{problem} [{code}]"]


@pytest.mark.parametrize(
    "name",
    [
        "AzureStackLCMAdminPasssword",
        "password",
        "lcmPassword",
        "clientSecret",
        "localAdminPwd",
        "sasToken",
        "credential",
    ],
)
def test_what_looks_like_a_secret_is_refused_with_the_reason_and_never_shown(name):
    inputs = inputs_of({**GOOD, name: "hunter2"})
    (problem,) = inputs.problems
    assert "secrets never pass through here" in problem
    assert "hunter2" not in repr(inputs)


@pytest.mark.parametrize(
    "text",
    [
        "lcmSecretUri: hunter2\n", "lcmSecretUri: https://kv-oslo.vault.azure.net/secrets/hunter2\n",
        "lcmSecretUri: https://hunter2@kv-oslo.vault.azure.net/secrets/a/b\n", "lcmSecretUri: hunter2: [\n", "hunter2\n",
    ],
)  # fmt: skip
def test_a_secret_in_the_wrong_place_is_never_shown(text):
    inputs = inputs_of(text)
    assert inputs.problems
    assert "hunter2" not in repr(inputs)


# Whose inputs are whose.

TWINS = [(cluster_id("twin", "rg-a"), "twin"), (cluster_id("twin", "rg-b"), "twin")]
OTHER = {
    **GOOD, "arcNodeResourceIds": [machine("twin-n1")], "network": "second-site",
    "physicalNodesSettings": [{"name": "twin-n1", "ipv4Address": "10.20.0.21"}],
}  # fmt: skip
TWIN_A, TWIN_B = (key(one) for one, _ in TWINS)


@pytest.mark.parametrize("place", [f"{NAME}.yaml", f"{NAME.upper()}.YML", f"inputs/{NAME}.yaml"])
def test_a_file_belongs_to_the_cluster_it_is_called_after(place):
    assert list(read({place: as_yaml(GOOD)})) == [key(ID)]


@pytest.mark.parametrize("named", [NAME, NAME.upper(), f"rg-oslo/{NAME}", f"RG-OSLO/{NAME}", ID, ID.lower() + "/"])
def test_a_file_belongs_to_the_cluster_it_names_by_name_group_and_name_or_id(named):
    (inputs,) = read({"anything.yaml": as_yaml({"cluster": named, **GOOD})}).values()
    assert (inputs.cluster_id, inputs.parameters, inputs.problems) == (ID, GOOD, ())


def test_inputs_of_clusters_that_nobody_asks_for_are_passed_over():
    assert read({"other.yaml": as_yaml(GOOD), "third.yaml": as_yaml({"cluster": "x/y", **GOOD})}) == {}


def test_a_name_that_two_clusters_bear_is_a_problem_of_both():
    found = read({"twin.yaml": as_yaml(GOOD)}, TWINS)
    assert {one.problems for one in found.values()} == {
        ("twin.yaml:1: cluster: 'twin' is the name of 2 clusters; write the resource id [CLUSTER]",)
    }
    assert sorted(found) == [TWIN_A, TWIN_B]


def test_clusters_of_one_name_are_told_apart_by_group_or_id():
    files = {"a.yaml": as_yaml({"cluster": "rg-a/twin", **GOOD}), "b.yaml": as_yaml({"cluster": TWINS[1][0], **OTHER})}
    found = read(files, TWINS)
    assert {name: one.source for name, one in found.items()} == {TWIN_A: "a.yaml", TWIN_B: "b.yaml"}
    assert not any(one.problems for one in found.values())


def test_two_files_for_one_cluster_are_a_problem_whichever_would_be_right():
    (inputs,) = read({"a.yaml": as_yaml({"cluster": NAME, **GOOD}), f"{NAME}.yaml": as_yaml(GOOD)}).values()
    assert inputs.problems == (
        f"{NAME}.yaml:1: cluster: the inputs of this cluster stand in a.yaml, {NAME}.yaml; keep one [CLUSTER]",
    )


def test_a_file_called_after_a_cluster_but_naming_nobody_is_a_problem_of_that_cluster():
    (inputs,) = read({f"{NAME}.yaml": as_yaml({"cluster": "rg-olso/clu", **GOOD})}).values()
    assert inputs.problems == (f"{NAME}.yaml:1: cluster: 'rg-olso/clu' is no cluster that is seen here [CLUSTER]",)


def test_a_file_called_after_a_cluster_but_naming_nobody_does_not_disturb_its_inputs():
    files = {
        f"{NAME}.yaml": as_yaml({"cluster": "rg-olso/clu", **GOOD}),
        "right.yaml": as_yaml({"cluster": ID, **GOOD}),
    }
    (inputs,) = read(files).values()
    assert (inputs.source, inputs.problems) == ("right.yaml", ())


def test_a_cluster_key_that_is_no_name_is_a_problem_of_the_cluster_the_file_is_called_after():
    assert told({"cluster": ["a"], **GOOD}) == ["cluster: expected a name, group/name or id, found a list [CLUSTER]"]
    assert told({"cluster": "", **GOOD}) == ["cluster: expected a name, group/name or id, found nothing [CLUSTER]"]


def test_a_file_that_cannot_be_read_is_a_problem_of_the_cluster_it_is_called_after():
    assert inputs_of("a: [\n").problems[0].startswith(f"{NAME}.yaml:2: not valid YAML: ")
    assert inputs_of("").problems == (f"{NAME}.yaml:1: the file is empty",)
    assert inputs_of("a: &x 1\nb: *x\n").parameters == {}


def test_broken_files_that_belong_to_nobody_are_refused_all_at_once():
    files = {"other.yaml": "a: [\n", "second.yaml": "- x\n", "notes.txt": "x", f"{NAME}.yaml": as_yaml(GOOD)}
    with pytest.raises(BadInput) as refused:
        read(files)
    assert [problem.split(": ")[0] for problem in refused.value.problems] == [
        "notes.txt:1",
        "other.yaml:2",
        "second.yaml:1",
    ]


def test_one_clusters_mistakes_do_not_touch_another():
    files = {
        "twin-a.yaml": as_yaml({"cluster": TWIN_A, **without("dnsServers")}),
        "twin-b.yaml": as_yaml({"cluster": TWIN_B, **OTHER}),
    }
    found = read(files, TWINS)
    assert (len(found[TWIN_A].problems), found[TWIN_B].problems) == (1, ())


def test_a_key_that_stands_twice_is_a_problem():
    text = as_yaml(GOOD) + "customLocation: other\n"
    line = text.splitlines().index("customLocation: cl-clu-oslo-01") + 1
    last = len(text.splitlines())
    assert inputs_of(text).problems == (
        f"{NAME}.yaml:{line}: customLocation: stands twice; the second time on line {last}",
    )


@given(st.text() | st.text("ab:[]{}-&*!'\"\n #,;.0", max_size=60))
def test_any_text_is_inputs_or_problems_or_refused_with_places(text):
    for place in (f"{NAME}.yaml", "table.csv"):
        try:
            found = read({place: text})
        except BadInput as refused:
            told = refused.problems
        else:
            told = tuple(problem for one in found.values() for problem in one.problems)
        assert all(problem.startswith(f"{place}:") for problem in told)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lcmSecretUri": SECRET.replace("kv-oslo", "kv--oslo")}, "lcmSecretUri: names the vault 'kv--oslo'; a vault's name has 3 to 24 letters, digits and single hyphens, from a letter to a letter or digit [KEYVAULT_NAME]"),
        ({"lcmSecretUri": SECRET.replace("kv-oslo", "k" * 25)}, f"lcmSecretUri: names the vault '{'k' * 25}'; a vault's name has 3 to 24 letters, digits and single hyphens, from a letter to a letter or digit [KEYVAULT_NAME]"),
        ({"network": "two words"}, "network: 'two words' is not 1 to 64 letters, digits, dots, underscores and hyphens [NETWORK]"),
        ({"ipPools": [1]}, "ipPools: may not be given: the template takes one range, from startingIPAddress to endingIPAddress [IP_POOL_COUNT]"),
        ({"location": "eastus"}, "location: may not be given: the region is that of the cluster's Azure resource [REGION]"),
        ({"AzureStackLCMAdminUsername": "ad\\lcm"}, "AzureStackLCMAdminUsername: may not be given: vault, secret, roles and storage are prepared beforehand, not with the upgrade [LCM_USER]"),
        ({"softDeleteRetentionDays": "1"}, "softDeleteRetentionDays: may not be given: vault, secret, roles and storage are prepared beforehand, not with the upgrade [RETENTION]"),
        ({"arbDeploymentAppID": "x"}, "arbDeploymentAppID: may not be given: the template for packages up to 2411.3 takes a service principal; azlocal sends the one for 2503 and newer [TEMPLATE]"),
    ],
)  # fmt: skip
def test_rows_of_the_prerequisites_that_are_no_inputs_of_azlocal_have_their_codes_too(changes, problem):
    assert told({**GOOD, **changes}) == [problem]


@given(st.dictionaries(st.sampled_from([*GOOD, "network", "cluster", "keyVaultName", "pwd", "x"]), st.text(max_size=9)))
def test_every_problem_of_readable_inputs_ends_with_a_code_that_is_known(changes):
    for problem in inputs_of({**GOOD, **changes}).problems:
        code = problem.rpartition("[")[2].removesuffix("]")
        assert problem.endswith("]")
        assert code in CODES


def test_what_was_read_can_be_sent_as_json():
    assert json.loads(json.dumps(inputs_of(GOOD).parameters)) == GOOD
