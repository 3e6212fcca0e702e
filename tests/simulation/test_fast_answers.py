"""The answers that simulations use instead of the query engine are the engine's own, whatever stands in the store."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from hypothesis import given, settings
from hypothesis import strategies as st

from azlocal.azure import queries
from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.providers import resource_graph
from azlocal.sandbox.wire import Request
from azlocal.sandbox.world import Azure
from azlocal.simulation.answers import KNOWN, know_answers

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
SUBSCRIPTIONS = ("11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333")
TEXTS = st.sampled_from(["", "Connected", "clu-1", "Virtual Machine", "AzSHCI", "azshci", "Ærø \"q\" 'x'", "10.0.1"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.sampled_from([0.5, 120.25, -2.25]) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "a", "B"]), inner, max_size=2),
    max_leaves=4,
)
HCI, ARC = "Microsoft.AzureStackHCI", "Microsoft.HybridCompute"
KINDS = (
    f"{HCI}/clusters", f"{HCI}/Clusters", f"{ARC}/machines", f"{ARC}/machines/extensions", f"{HCI}/virtualMachines",
    f"{HCI}/clusters/updateSummaries", f"{HCI}/clusters/updates", "Microsoft.Kubernetes/connectedClusters",
    "Microsoft.ResourceConnector/appliances",
    "Microsoft.ExtendedLocation/customLocations", "Microsoft.HybridContainerService/provisionedClusters",
    "Microsoft.Storage/storageAccounts",
)  # fmt: skip


def some(names, values):
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


PROPERTIES = st.one_of(
    JSON,
    some(
        ["status", "provisioningState", "connectivityStatus", "lastSyncTimestamp", "osVersion", "typeHandlerVersion",
         "parentClusterResourceId", "hostResourceId", "currentVersion", "version", "state", "healthState"], JSON,
    ),
    some(["state", "provisioningState"], st.sampled_from(["Installed", "obsolete", "Ready", "Succeeded", "Failed", 7, None])),
    st.fixed_dictionaries({"infrastructure": st.sampled_from(["azure_stack_hci", "Azure_Stack_HCI", "aws", None])}),
    st.fixed_dictionaries({
        "status": TEXTS, "cloudMetadata": JSON | st.fixed_dictionaries({"provider": TEXTS}),
        "detectedProperties": st.fixed_dictionaries({"model": JSON}),
    }),
    st.fixed_dictionaries({
        "publisher": st.sampled_from(["Microsoft.AzureStack.Orchestration", "microsoft.azurestack.orchestration", "x"]),
        "type": st.sampled_from(["LcmController", "lcmcontroller", "Other"]), "typeHandlerVersion": JSON,
    }),
    st.fixed_dictionaries({
        "reportedProperties": some(["clusterName", "clusterVersion", "nodes"], JSON),
    }),
)  # fmt: skip


@st.composite
def documents(draw):
    kind = draw(st.sampled_from(KINDS))
    namespace, *types = kind.split("/")
    group = (
        f"/subscriptions/{draw(st.sampled_from(SUBSCRIPTIONS))}/resourceGroups/{draw(st.sampled_from(['rg', 'RG2']))}"
    )
    names = [draw(st.sampled_from(["A1", "a2", "b", "Z-9", "AzureEdgeX"])) for _ in types]
    found = {
        "id": f"{group}/providers/{namespace}" + "".join(f"/{one}/{name}" for one, name in zip(types, names)),
        "name": names[-1], "type": kind, "location": draw(st.sampled_from(["westeurope", "eastus"])),
        "properties": draw(PROPERTIES),
    }  # fmt: skip
    if draw(st.booleans()):
        found["tags"] = draw(st.none() | some(["azlocal-ring", "azlocal-hold", "Site"], TEXTS))
    if draw(st.booleans()):
        found["identity"] = draw(st.none() | st.fixed_dictionaries({"type": JSON, "principalId": JSON}))
    return found


@st.composite
def containers(draw):
    found = []
    for guid in SUBSCRIPTIONS:
        found.append({
            "id": f"/subscriptions/{guid}", "name": guid, "displayName": guid[:4], "state": "Enabled",
            "type": "Microsoft.Resources/subscriptions", "tags": draw(some(["azlocal-hold", "x"], TEXTS)),
        })  # fmt: skip
        found += [{
            "id": f"/subscriptions/{guid}/resourceGroups/{name}", "name": name, "location": "westeurope",
            "type": "Microsoft.Resources/resourceGroups", "properties": {},
            "tags": draw(st.none() | some(["azlocal-hold", "AzLocal-Hold", "x"], TEXTS)),
        } for name in ("rg", "RG2")]  # fmt: skip
    return found


class Town:
    """The same documents behind a front door that knows answers, or does not."""

    def __init__(self, held, *, knows):
        self.azure = Azure(clock=VirtualClock(NOW), seed=7)
        resource_graph.register(self.azure)
        if knows:
            know_answers(self.azure)
        self.front = Front(self.azure)
        for one in held:
            self.azure.store.put(one)

    def ask(self, query, form, subscriptions=()):
        token = identity.token(self.azure, identity.IDENTITY_CLIENT, "https://management.azure.com")
        body = {"query": query, "options": {"resultFormat": form}, "subscriptions": list(subscriptions)}
        answer = self.front.handle(Request(
            "POST", "/providers/Microsoft.ResourceGraph/resources", {"api-version": "2021-03-01"},
            {"authorization": f"Bearer {token}"}, json.dumps(body).encode(),
        ))  # fmt: skip
        assert answer.status == 200, answer.body
        told = answer.json()
        return told["totalRecords"], told["data"]


@pytest.mark.parametrize("query", list(KNOWN), ids=["resources", "summaries", "containers"])
@settings(max_examples=25, deadline=None)
@given(
    held=st.lists(documents(), max_size=14), around=containers(), changed=st.lists(documents(), max_size=4),
    form=st.sampled_from(["objectArray", "table"]), scope=st.sampled_from([(), SUBSCRIPTIONS[:1]]),
    fold=st.sampled_from(["kept", "lower"]),
)  # fmt: skip
def test_an_answer_without_the_engine_is_the_engines_own(query, held, around, changed, form, scope, fold):
    first, second = (Town([*around, *held], knows=knows) for knows in (False, True))
    for town in (first, second):
        town.azure.switches["graph-id-case"] = fold
    assert first.ask(query, form, scope) == second.ask(query, form, scope)
    for town in (first, second):
        for one in changed:
            town.azure.store.put(one)
        for one in held[:2]:
            town.azure.store.delete(one["id"])
        town.azure.clock.advance(timedelta(minutes=1))
    assert first.ask(query, form, scope) == second.ask(query, form, scope)


def test_every_query_of_the_product_has_an_answer_without_the_engine():
    texts = [text for name, text in vars(queries).items() if name.isupper() and "| project" in str(text)]
    assert sorted(texts) == sorted(KNOWN)
