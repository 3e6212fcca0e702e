"""What the real clients get from the sandbox, compared key by key with the shapes of Azure's answers."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta

import pytest
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.mgmt.azurestackhci import AzureStackHCIClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions, ResultFormat
from azure.monitor.query import LogsQueryClient
from shape import SHAPES, mutations, problems

from azlocal.sandbox.run import Sandbox

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")


class Wire:
    """The real clients over HTTPS, and the last JSON that each of them was given."""

    def __init__(self, sandbox):
        self.ready, self.azure = sandbox.ready, sandbox.front.azure
        self.ca = self.ready["ca_bundle"]
        person = self.ready["person"]
        self.person = ClientSecretCredential(
            person["tenant_id"], person["client_id"], person["client_secret"],
            authority=person["authority"], disable_instance_discovery=True, connection_verify=self.ca,
        )  # fmt: skip
        self.seen = []

    def client(self, kind, subscription):
        more = [subscription] if subscription else []
        return kind(
            self.person, *more, base_url=self.ready["arm_endpoint"], connection_verify=self.ca,
            credential_scopes=["https://management.azure.com/.default"], polling_interval=1,
        )  # fmt: skip

    def hook(self, response):
        self.seen.append(response.http_response.json())

    def asked(self, call, *arguments, **named):
        """Return the JSON that a client's call was answered with."""
        found = call(*arguments, raw_response_hook=self.hook, **named)
        if hasattr(found, "__next__") or hasattr(found, "by_page"):
            list(found)
        return self.seen[-1]

    def plain(self, method, url, *, headers=(), form=None):
        body = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(url, body, dict(headers), method=method)
        context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return json.loads(answer.read())

    def cluster(self, name):
        """Return (subscription, group, name) of a cluster, and its document."""
        document = next(
            one for one in self.azure.store.of_type("microsoft.azurestackhci/clusters") if one["name"] == name
        )
        parts = document["id"].split("/")
        return parts[2], parts[4], document

    def hci(self, name):
        subscription, group, _ = self.cluster(name)
        return self.client(AzureStackHCIClient, subscription), group


@pytest.fixture(scope="module")
def wire():
    with Sandbox.start("fleet-small") as sandbox:
        yield Wire(sandbox)


def a_cluster(wire):
    client, group = wire.hci("clu-aarhus-01")
    return wire.asked(client.clusters.get, group, "clu-aarhus-01")


def a_listed_cluster(wire):
    client, _ = wire.hci("clu-aarhus-01")
    return wire.asked(client.clusters.list_by_subscription)["value"][0]


def settings_of(name):
    def ask(wire):
        client, group = wire.hci(name)
        return wire.asked(client.deployment_settings.get, group, name)

    return ask


def listed_settings(wire):
    client, group = wire.hci("clu-austin-01")
    return wire.asked(client.deployment_settings.list_by_clusters, group, "clu-austin-01")["value"][0]


def an_edge_device(wire):
    client, _ = wire.hci("clu-geneva-01")
    machine = wire.cluster("clu-geneva-01")[2]["properties"]["reportedProperties"]["nodes"][0]["ehcResourceId"]
    return wire.asked(client.edge_devices.get, machine.lstrip("/"))


def arc_settings(wire):
    client, group = wire.hci("clu-aarhus-01")
    return wire.asked(client.arc_settings.get, group, "clu-aarhus-01", "default")


def an_update_summary(wire):
    client, group = wire.hci("clu-ghent-01")
    return wire.asked(client.update_summaries.get, group, "clu-ghent-01")


def an_update(wire):
    client, group = wire.hci("clu-ghent-01")
    return wire.asked(client.updates.list, group, "clu-ghent-01")["value"][0]


def machines(wire):
    subscription, _, document = wire.cluster("clu-aarhus-01")
    machine = document["properties"]["reportedProperties"]["nodes"][0]["ehcResourceId"].split("/")
    return wire.client(HybridComputeManagementClient, subscription), machine[4], machine[-1]


def a_machine(wire):
    client, group, name = machines(wire)
    return wire.asked(client.machines.get, group, name)


def a_machine_extension(wire):
    client, group, name = machines(wire)
    return wire.asked(client.machine_extensions.list, group, name)["value"][0]


TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"site": {"type": "string"}},
    "resources": [
        {
            "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01", "name": "stshapes01",
            "location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2",
            "tags": {"site": "[parameters('site')]"},
        }
    ],
    "outputs": {"site": {"type": "string", "value": "[parameters('site')]"}},
}  # fmt: skip


def deployments(wire):
    subscription, group, _ = wire.cluster("clu-aarhus-01")
    client = wire.client(DeploymentsMgmtClient, subscription)
    body = {"mode": "Incremental", "template": TEMPLATE, "parameters": {"site": {"value": "oslo"}}}
    asked = {"tags": {"why": "shapes"}, "properties": body}
    client.deployments.begin_create_or_update(group, "shapes", asked, polling=False)
    wire.azure.advance(timedelta(minutes=5))
    return client, group


def a_deployment(wire):
    client, group = deployments(wire)
    return wire.asked(client.deployments.get, group, "shapes")


def a_deployment_operation(wire):
    client, group = deployments(wire)
    found = wire.asked(client.deployment_operations.list, group, "shapes")["value"]
    return next(one for one in found if "targetResource" in one["properties"])


def an_async_operation(wire):
    subscription, _, document = wire.cluster("clu-boston-01")
    client = wire.client(AzureStackHCIClient, subscription)
    machine = document["properties"]["reportedProperties"]["nodes"][0]["ehcResourceId"]
    headers = {}
    client.edge_devices.begin_create_or_update(
        machine.lstrip("/"), {"kind": "HCI", "properties": {}}, polling=False,
        raw_response_hook=lambda response: headers.update(response.http_response.headers),
    )  # fmt: skip
    url = next(value for name, value in headers.items() if name.lower() == "azure-asyncoperation")
    token = wire.person.get_token("https://management.azure.com/.default").token
    return wire.plain("GET", url, headers={"authorization": f"Bearer {token}"})


QUERY = "resources | where type =~ 'microsoft.azurestackhci/clusters' | project id, name | order by id asc"


def graph(wire, form):
    client = wire.client(ResourceGraphClient, None)
    options = QueryRequestOptions(top=5, result_format=form)
    seen = []
    client.resources(
        QueryRequest(subscriptions=wire.ready["subscriptions"], query=QUERY, options=options),
        raw_response_hook=lambda response: seen.append(json.loads(response.http_response.text())),
    )
    return seen[-1]


def a_graph_answer(wire):
    return graph(wire, ResultFormat.OBJECT_ARRAY)


def a_graph_table(wire):
    return graph(wire, ResultFormat.TABLE)


def error_of(method, path, body=None):
    def ask(wire):
        token = wire.person.get_token("https://management.azure.com/.default").token
        request = urllib.request.Request(
            wire.ready["arm_endpoint"] + path.format(sub=wire.ready["subscriptions"][0]),
            json.dumps(body).encode() if body is not None else None,
            {"authorization": f"Bearer {token}", "content-type": "application/json"},
            method=method,
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, context=ssl.create_default_context(cafile=wire.ca), timeout=10)
        return json.loads(refused.value.read())

    return ask


def a_managed_identity_token(wire):
    ManagedIdentityCredentialWorks(wire)
    url = f"{wire.ready['identity_endpoint']}?api-version=2019-08-01&resource=https://management.azure.com"
    return wire.plain("GET", url, headers={"x-identity-header": wire.ready["identity_header"]})


def ManagedIdentityCredentialWorks(wire):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDENTITY_ENDPOINT", wire.ready["identity_endpoint"])
        patch.setenv("IDENTITY_HEADER", wire.ready["identity_header"])
        assert (
            ManagedIdentityCredential(connection_verify=wire.ca)
            .get_token("https://management.azure.com/.default")
            .token
        )


def an_entra_token(wire):
    person = wire.ready["person"]
    form = {
        "client_id": person["client_id"], "client_secret": person["client_secret"],
        "scope": "https://management.azure.com/.default", "grant_type": "client_credentials",
    }  # fmt: skip
    return wire.plain("POST", f"{person['authority']}/{person['tenant_id']}/oauth2/v2.0/token", form=form)


def tags(wire):
    subscription, _, document = wire.cluster("clu-aarhus-01")
    return wire.asked(wire.client(ResourceManagementClient, subscription).tags.get_at_scope, document["id"].lstrip("/"))


def a_lease(wire):
    token = wire.person.get_token("https://management.azure.com/.default").token
    request = urllib.request.Request(
        f"{wire.ready['arm_endpoint']}{wire.ready['lease']}/lease?api-version=2023-05-01",
        b'{"action": "Acquire", "leaseDuration": 60, "proposedLeaseId": "0b6f1d4e-7a1c-4f0e-9d53-2f6a1c7e8b90"}',
        {"authorization": f"Bearer {token}", "content-type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=wire.ca), timeout=10) as answer:
        return json.loads(answer.read())


def a_query_answer(wire):
    client = LogsQueryClient(wire.person, endpoint=wire.ready["query_endpoint"], connection_verify=wire.ca)
    seen = []
    client.query_workspace(
        wire.ready["workspace_id"], "AzLocalTick_CL | take 1", timespan=None,
        raw_response_hook=lambda response: seen.append(json.loads(response.http_response.text())),
    )  # fmt: skip
    return seen[-1]


ANSWERS = {
    "a cluster": ("cluster", a_cluster),
    "a listed cluster": ("cluster", a_listed_cluster),
    "settings that validate": ("deploymentSettings", settings_of("clu-turin-01")),
    "settings that upgrade": ("deploymentSettings", settings_of("clu-geneva-01")),
    "settings whose upgrade failed": ("deploymentSettings", settings_of("clu-austin-01")),
    "settings that validated": ("deploymentSettings", settings_of("clu-boston-01")),
    "listed settings": ("deploymentSettings", listed_settings),
    "an edge device": ("edgeDevice", an_edge_device),
    "arc settings": ("arcSettings", arc_settings),
    "an update summary": ("updateSummary", an_update_summary),
    "an update": ("update", an_update),
    "a machine": ("machine", a_machine),
    "a machine extension": ("machineExtension", a_machine_extension),
    "a deployment": ("deployment", a_deployment),
    "a deployment operation": ("deploymentOperation", a_deployment_operation),
    "an asynchronous operation": ("asyncOperation", an_async_operation),
    "a Resource Graph answer": ("graphAnswer", a_graph_answer),
    "a Resource Graph table": ("graphTable", a_graph_table),
    "a Resource Graph refusal": (
        "graphError",
        error_of("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01", {"query": "what |"}),
    ),
    "a missing cluster": (
        "armError",
        error_of(
            "GET",
            "/subscriptions/{sub}/resourceGroups/none/providers/Microsoft.AzureStackHCI/clusters/none?api-version=2026-10-01",
        ),
    ),
    "a managed identity's token": ("managedIdentityToken", a_managed_identity_token),
    "a person's token": ("entraToken", an_entra_token),
    "tags": ("tags", tags),
    "a lease": ("lease", a_lease),
    "a query's answer": ("queryAnswer", a_query_answer),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_the_keys_types_and_words_of_its_shape(wire, name):
    shape, ask = ANSWERS[name]
    assert list(problems(SHAPES[shape], ask(wire))) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_wrong_in_one_place_is_found_out(wire, name):
    shape, ask = ANSWERS[name]
    made_wrong = list(mutations(SHAPES[shape], ask(wire)))
    assert made_wrong
    assert [what for what, answer in made_wrong if not list(problems(SHAPES[shape], answer))] == []


def test_every_shape_is_compared_with_an_answer():
    used = {shape for shape, _ in ANSWERS.values()} | {"step", "systemData", "updateRun"}
    assert set(SHAPES) == used
