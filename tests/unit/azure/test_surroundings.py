"""Reads for the sake of inputs: tolerant of what is odd, silent about nothing that could not be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper import DROPPED, Paper, error

from azlocal.azure.surroundings import NEEDED_PROVIDERS, AzureSurveyor
from azlocal.core.facts import ClusterFacts, MachineFacts, NodeFacts
from azlocal.core.ids import key
from azlocal.core.inputs_facts import AdapterFacts, HostFacts, VaultFacts
from azlocal.sandbox.wire import reply

SUB = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg/providers"
ID = f"{GROUP}/Microsoft.AzureStackHCI/clusters/c1"
MACHINE = f"{GROUP}/Microsoft.HybridCompute/machines/n1"
CLUSTER = ClusterFacts(
    id=ID, name="c1", nodes=(NodeFacts(name="n1", machine_id=MACHINE),), machines=(MachineFacts(id=MACHINE, name="n1"),)
)
ROW = {
    "id": MACHINE, "name": "n1", "principal": "p", "domain": "ad.example.com", "fqdn": "n1.ad.example.com",
    "interfaces": [
        {"ipAddresses": [{"address": "10.0.0.21", "subnet": {"addressPrefix": "10.0.0.0/24"}}, {"address": "fe80::1"}]},
        {"ipAddresses": [{"address": "169.254.1.1"}, {"address": "10.0.0.30", "subnet": {}}]},
    ],
}  # fmt: skip
VAULT = {"id": f"{GROUP}/Microsoft.KeyVault/vaults/KV-Oslo", "name": "KV-Oslo", "uri": "u", "access": "Disabled"}
DEVICE = f"{MACHINE}/providers/Microsoft.AzureStackHCI/edgeDevices/default"
CARD = {
    "ip4Address": "10.0.0.21",
    "subnetMask": "255.255.255.0",
    "defaultGateway": "10.0.0.1",
    "dnsServers": ["10.0.0.9"],
}


class Azure:
    """Answers by what is asked; `refused` holds parts of paths or queries that are refused."""

    def __init__(self, machines=(ROW,), vaults=(VAULT,), device=None, settings=None, states=(), refused=()):
        self.rows = {"hybridcompute": list(machines), "keyvault": list(vaults)}
        self.documents = {"edgedevices": device, "deploymentsettings": settings}
        self.states, self.refused = dict(states), refused

    def __call__(self, request):
        asked = f"{request.path} {json.dumps(request.json()) if request.body else ''}".lower()
        if any(word in asked for word in self.refused):
            return error(403, "AuthorizationFailed")
        for word, found in self.rows.items():
            if "resourcegraph" in asked and word in asked:
                return reply(
                    {"totalRecords": len(found), "count": len(found), "data": found, "resultTruncated": "false"}
                )
        for word, document in self.documents.items():
            if word in asked:
                return error(404, "ResourceNotFound") if document is None else reply(document)
        name = request.path.rsplit("/", 1)[-1]
        return reply({"namespace": name, "registrationState": self.states.get(name, "Registered")})


def survey(whole=False, clusters=(CLUSTER,), **azure):
    paper = Paper(Azure(**azure))
    return AzureSurveyor(paper.connection()).survey(clusters, whole=whole), paper


def test_machines_and_vaults_come_by_two_queries_and_providers_by_subscription():
    around, paper = survey()
    assert around.hosts == {
        key(MACHINE): HostFacts(
            id=MACHINE, name="n1", principal="p", domain="ad.example.com", addresses=("10.0.0.21/24", "10.0.0.30")
        )
    }
    assert around.vaults == {"kv-oslo": VaultFacts(id=VAULT["id"], name="KV-Oslo", uri="u", public=False)}
    assert (around.unregistered, around.problems, around.echoes) == ({SUB: ()}, (), {})
    assert len(paper.asked) == 2 + len(NEEDED_PROVIDERS)


def test_a_provider_that_is_not_registered_is_told_and_one_that_is_being_registered_is_not():
    around, _ = survey(
        states={"Microsoft.HybridCompute": "NotRegistered", "Microsoft.GuestConfiguration": "Registering"}
    )
    assert around.unregistered == {SUB: ("Microsoft.HybridCompute",)}


def test_a_whole_survey_reads_each_edge_device_and_what_settings_echo():
    data = {"cluster": {"name": "C1"}}
    settings = {
        "properties": {
            "operationType": "ClusterUpgrade",
            "deploymentConfiguration": {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": data}]},
        }
    }
    device = {"id": DEVICE, "properties": {"reportedProperties": {"networkProfile": {"nicDetails": [CARD, None]}}}}
    around, _ = survey(whole=True, device=device, settings=settings)
    host = around.host(MACHINE)
    card = AdapterFacts(address="10.0.0.21", mask="255.255.255.0", gateway="10.0.0.1", dns=("10.0.0.9",))
    assert (host.adapters, host.device_id, host.domain) == ((card,), DEVICE, "ad.example.com")
    assert around.echoes == {key(ID): {"failoverClusterName": "C1"}}


def test_what_is_not_there_is_no_problem():
    around, _ = survey(whole=True, machines=(), vaults=())
    assert (around.hosts, around.vaults, around.echoes, around.problems) == ({}, {}, {}, ())


@pytest.mark.parametrize(
    ("word", "unknown"),
    [
        ("hybridcompute/machines'", lambda around: around.hosts == {}), ("keyvault", lambda around: around.vaults is None),
        ("edgedevices", lambda around: not around.host(MACHINE).adapters),
        ("deploymentsettings", lambda around: around.echoes == {}),
        ("providers/microsoft.hybridcompute ", lambda around: around.unregistered == {SUB: ()}),
    ],
)  # fmt: skip
def test_what_is_refused_stays_unknown_and_is_told(word, unknown):
    around, _ = survey(whole=True, refused=(word,))
    assert unknown(around)
    (problem,) = around.problems
    assert "AuthorizationFailed" in problem


def test_no_answer_at_all_is_told_once_for_what_it_says():
    paper = Paper(DROPPED)
    around = AzureSurveyor(paper.connection()).survey([CLUSTER], whole=False)
    assert (around.hosts, around.vaults) == ({}, None)
    assert around.problems


def test_without_clusters_nothing_is_asked():
    around, paper = survey(clusters=())
    assert (around.hosts, around.vaults, paper.asked) == ({}, {}, [])


@pytest.mark.parametrize(
    ("row", "domain"),
    [
        ({"domain": "", "fqdn": "n1.b.example.com"}, "b.example.com"), ({"domain": "WORKGROUP", "fqdn": ""}, ""),
        ({"domain": None, "fqdn": None}, ""),
    ],
)  # fmt: skip
def test_a_domain_is_told_or_taken_from_the_machines_own_name(row, domain):
    around, _ = survey(machines=({**ROW, **row},))
    assert around.host(MACHINE).domain == domain


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda one: st.lists(one, max_size=2)
)


@given(st.dictionaries(st.sampled_from(["name", "principal", "domain", "fqdn", "interfaces"]), odd))
def test_a_machine_of_any_shape_is_read_or_left_out(row):
    around, _ = survey(machines=({"id": MACHINE, **row},))
    assert around.host(MACHINE).addresses == ()
