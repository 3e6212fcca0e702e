"""What ARM shows of an upgraded cluster: each part for itself, absent apart from unreadable."""

from __future__ import annotations

import pytest
from paper import DROPPED, NOW, Paper, error

from azlocal.azure.reader import AzureReader
from azlocal.core.facts import ABSENT, ClusterFacts, MachineFacts, RelatedFacts, SecurityFacts, SettingsFacts
from azlocal.errors import AzureRefused, Incomplete
from azlocal.sandbox.wire import reply

SUB = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUB}/resourcegroups/rg"
ID = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"
MACHINES = tuple(
    MachineFacts(id=f"/subscriptions/{SUB}/resourceGroups/arc/machines/m{n}", name=f"m{n}") for n in (1, 2)
)
CLUSTER = ClusterFacts(id=ID, name="c1", machines=MACHINES, settings=SettingsFacts(id="s", vault="kv-oslo"))
VAULT = {"id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/KV-Oslo", "type": "Microsoft.KeyVault/vaults"}
ACCOUNT = {"id": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st", "type": "Microsoft.Storage/storageAccounts"}
ROLE = {
    "id": f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/1",
    "properties": {"roleDefinitionId": f"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleDefinitions/865AE368", "principalId": "P1"},
}  # fmt: skip
SECURITY = {"id": f"{ID}/securitySettings/default", "properties": {"securityComplianceStatus": {
    "securedCoreCompliance": "Compliant", "wdacCompliance": "Pending", "dataAtRestEncrypted": "NonCompliant",
}}}  # fmt: skip
USUAL = {
    f"{GROUP}/resources": reply({"value": [VAULT, ACCOUNT]}), f"/subscriptions/{SUB}/resources": reply({"value": []}),
    f"{GROUP}/providers/Microsoft.Authorization/roleAssignments": reply({"value": [ROLE]}),
    f"{ID}/securitySettings/default": reply(SECURITY),
    **{f"{one.id}/providers/Microsoft.AzureStackHCI/edgeDevices/default": reply({"id": f"{one.id}/ed"}) for one in MACHINES},
}  # fmt: skip


def read(cluster=CLUSTER, **answers):
    """Read what is left behind, each path answered as usual but for *answers* by the end of the path."""
    paths = {
        path: next((told for end, told in answers.items() if path.endswith(end)), usual)
        for path, usual in USUAL.items()
    }
    paper = Paper(lambda request: paths[request.path])
    return AzureReader(paper.connection()).after(cluster), paper


def test_everything_that_is_there_is_told_with_its_moment():
    after, paper = read()
    assert [one.kind for one in after.resources] == ["microsoft.keyvault/vaults", "microsoft.storage/storageaccounts"]
    assert after.vault == RelatedFacts(id=VAULT["id"], kind="microsoft.keyvault/vaults")
    assert after.roles == (RelatedFacts(id=ROLE["id"], kind="865ae368", status="p1"),)
    assert [one.id for one in after.edge_devices] == [f"{one.id}/ed" for one in MACHINES]
    assert after.security == SecurityFacts(
        id=SECURITY["id"], secured_core="Compliant", wdac="Pending", at_rest="NonCompliant"
    )
    assert after.observed_at == NOW
    assert {method for method, _ in paper.told()} == {"GET"}


GONE = error(404, "ResourceNotFound")
REFUSALS = [error(403, "AuthorizationFailed"), error(404, "InvalidResourceType"), reply("<html>")]
LISTS = ("/rg/resources", "/roleAssignments")
UNREAD = [
    *((answer, end) for answer in [*REFUSALS, reply({"value": None}), reply({})] for end in LISTS),
    *((answer, "/m2/providers/Microsoft.AzureStackHCI/edgeDevices/default") for answer in REFUSALS),
    *((answer, "/securitySettings/default") for answer in REFUSALS),
]
PARTS = {"/rg/resources": "resources", "/roleAssignments": "roles", "/securitySettings/default": "security"}


@pytest.mark.parametrize(("answer", "end"), UNREAD)
def test_what_cannot_be_read_is_not_known_and_costs_nothing_else(answer, end):
    after, _ = read(**{end: answer})
    part = PARTS.get(end, "edge_devices")
    assert getattr(after, part) is None
    others = {"resources", "roles", "edge_devices", "security"} - {part}
    assert all(getattr(after, one) is not None for one in others)


def test_a_dropped_answer_is_not_known_either():
    paper = Paper(DROPPED)
    after = AzureReader(paper.connection()).after(CLUSTER)
    assert (after.resources, after.vault, after.roles, after.edge_devices, after.security) == (None,) * 5


def test_a_device_that_is_not_there_is_missing_and_security_settings_are_absent():
    after, _ = read(
        **{"/m2/providers/Microsoft.AzureStackHCI/edgeDevices/default": GONE, "/securitySettings/default": GONE}
    )
    assert len(after.edge_devices) == 1
    assert after.security is ABSENT


@pytest.mark.parametrize(("answers", "vault"), [
    ({"/rg/resources": reply({"value": []})}, ABSENT),
    ({"/rg/resources": reply({"value": []}), f"{SUB}/resources": reply({"value": [{**VAULT, "id": "/elsewhere/kv-oslo"}]})}, "/elsewhere/kv-oslo"),
    ({"/rg/resources": reply({"value": []}), f"{SUB}/resources": error(403, "AuthorizationFailed")}, None),
    ({"/rg/resources": reply({"value": [{**ACCOUNT, "id": "/x/kv-oslo"}]})}, ABSENT),
])  # fmt: skip
def test_the_vault_is_looked_for_in_the_group_then_in_the_subscription(answers, vault):
    after, paper = read(**answers)
    assert getattr(after.vault, "id", after.vault) == vault
    asked = [request for request in paper.asked if request.path == f"/subscriptions/{SUB}/resources"]
    assert asked[0].query["$filter"] == "resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'kv-oslo'"


def test_without_a_vault_in_the_echo_none_is_looked_for():
    after, paper = read(ClusterFacts(id=ID, name="c1", machines=MACHINES, settings=ABSENT))
    assert after.vault is None
    assert not [path for _, path in paper.told() if path == f"/subscriptions/{SUB}/resources"]


def test_without_machines_the_devices_are_not_known():
    after, _ = read(ClusterFacts(id=ID, name="c1", machines=None))
    assert after.edge_devices is None


def test_a_list_is_followed_and_one_without_an_end_is_not_known():
    second = Paper(reply({"value": [VAULT], "nextLink": "https://management.azure.com/next"}))
    assert AzureReader(second.connection()).after(CLUSTER).resources is None


# locks

LOCK = {"id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "properties": {"level": "CanNotDelete"}}


def test_the_locks_of_a_subscription_are_read_to_the_end_of_their_list():
    paper = Paper(
        reply({"value": [LOCK], "nextLink": "https://management.azure.com/next"}),
        reply({"value": [{**LOCK, "id": f"{GROUP}/2", "properties": None}]}),
    )
    found = AzureReader(paper.connection()).locks(SUB)
    assert [(one.id, one.status) for one in found] == [(LOCK["id"], "CanNotDelete"), (f"{GROUP}/2", "")]
    assert paper.told() == [("GET", f"/subscriptions/{SUB}/providers/Microsoft.Authorization/locks"), ("GET", "/next")]


def test_locks_that_may_not_be_read_are_an_error_and_not_their_absence():
    with pytest.raises(AzureRefused, match="list the locks"):
        AzureReader(Paper(error(403, "AuthorizationFailed")).connection()).locks(SUB)
    with pytest.raises(Incomplete, match="locks"):
        AzureReader(Paper(reply({"value": [{"name": "no id"}]})).connection()).locks(SUB)
