"""Preflight on the sandbox: silent on what is healthy, and every planted defect has its stable name."""

from __future__ import annotations

import json

import pytest
from flight import NOW, Flight
from installation import TEMPLATES, Installation, SignedIn, push

from azlocal.app import App, read_settings
from azlocal.automation import read_argument
from azlocal.cli.main import run
from azlocal.core import preflight_rights as rights
from azlocal.core.preflight import CHECKS
from azlocal.sandbox import documents, documents_shared, identity
from azlocal.sandbox.providers.policies import deny_tags
from azlocal.sandbox.providers.resource_providers import provider
from azlocal.sandbox.wire import Request

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

RULE, TABLE, WORKSPACE = (
    "Microsoft.Insights/dataCollectionRules",
    "Microsoft.OperationalInsights/workspaces/tables",
    "Microsoft.OperationalInsights/workspaces",
)
VAULT, SECRET = "Microsoft.KeyVault/vaults", "Microsoft.KeyVault/vaults/secrets"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
CLUSTER = "Microsoft.AzureStackHCI/clusters"


@pytest.fixture
def flight(tmp_path):
    return Flight(tmp_path)


def cluster(flight):
    return next(flight.azure.store.of_type(CLUSTER))


def group_of(document):
    return document["id"].split("/providers/")[0]


def register(name):
    def plant(flight):
        subscription = cluster(flight)["id"].split("/")[2]
        flight.azure.store.put(provider(f"/subscriptions/{subscription}/providers/{name}", "NotRegistered"))

    return plant


def stream(change):
    def plant(flight):
        rule = flight.one(RULE)
        declared = {
            name: {"columns": list(one["columns"])} for name, one in rule["properties"]["streamDeclarations"].items()
        }
        change(declared)
        flight.change(rule, streamDeclarations=declared)

    return plant


def other_type(declared):
    columns = declared["Custom-AzLocalAction_CL"]["columns"]
    declared["Custom-AzLocalAction_CL"]["columns"] = [
        {**one, "type": "string"} if one["name"] == "Attempt" else one for one in columns
    ]


def flow(flight):
    rule = flight.one(RULE)
    flows = [{**one, "outputStream": "Custom-Elsewhere_CL"} for one in rule["properties"]["dataFlows"]]
    flight.change(rule, dataFlows=flows)


def column(flight):
    table = flight.one(TABLE, "AzLocalStep_CL")
    schema = table["properties"]["schema"]
    flight.change(table, schema={**schema, "columns": schema["columns"][:-1]})


def secret(**attributes):
    def plant(flight):
        found = flight.one(SECRET)
        flight.change(found, attributes={**found["properties"]["attributes"], **attributes})

    return plant


def other_version(flight):
    found = flight.one(SECRET)
    flight.change(found, secretUriWithVersion=found["properties"]["secretUri"] + "/" + "0" * 32)


def gone(kind, name=None):
    return lambda flight: flight.azure.store.delete(flight.one(kind, name)["id"])


def no_group(flight):
    flight.edit_plan(r"(?m)^(control: .*)$", r"\1-elsewhere")


def no_container(flight):
    flight.edit_plan(r"(?m)^(lease: .*)$", r"\1-elsewhere")


def deleted_vault(flight):
    token = identity.token(flight.azure, identity.PERSON_CLIENT, "https://management.azure.com", 10**9)
    vault = flight.one(VAULT)["id"]
    headers = {"authorization": f"Bearer {token}", "host": "management.azure.com"}
    assert flight.front.handle(Request("DELETE", vault, {"api-version": "2023-07-01"}, headers, b"")).status == 200


def firewall(flight):
    flight.change(flight.one(VAULT), networkAcls={"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": []})


def machine_role(flight):
    principal = next(flight.azure.store.of_type("Microsoft.HybridCompute/machines"))["identity"]["principalId"]
    held = [one for one in flight.azure.store.of_type(ASSIGNMENT) if one["properties"]["principalId"] == principal]
    flight.azure.store.delete(held[0]["id"])


def locked(what):
    def plant(flight):
        scope = {"group": group_of(cluster(flight)), "lease": flight.ready["lease"].split("/blobServices")[0]}[what]
        flight.azure.store.put(documents.lock(scope, "frozen", "ReadOnly", NOW))

    return plant


def denied(flight):
    """A policy that allows no deploymentSettings in the subscription."""
    subscription = "/".join(cluster(flight)["id"].split("/")[:3])
    base = f"{subscription}/providers/Microsoft.Authorization"
    kind = "Microsoft.AzureStackHCI/clusters/deploymentSettings"
    definition = {
        "id": f"{base}/policyDefinitions/no-upgrades", "name": "no-upgrades",
        "type": "Microsoft.Authorization/policyDefinitions",
        "properties": {
            "parameters": {"kinds": {"type": "Array", "defaultValue": [kind.lower()]}},
            "policyRule": {
                "if": {"allOf": [{"field": "type", "in": "[parameters('kinds')]"}, {"field": "name", "like": "*/default"}]},
                "then": {"effect": "deny"},
            },
        },
    }  # fmt: skip
    assignment = {
        "id": f"{base}/policyAssignments/no-upgrades",
        "name": "no-upgrades",
        "type": "Microsoft.Authorization/policyAssignments",
        "properties": {"policyDefinitionId": definition["id"], "scope": subscription, "enforcementMode": "Default"},
    }
    flight.azure.store.put(definition)
    flight.azure.store.put(assignment)


def blind(flight):
    """The plan names a subscription that nobody sees, too."""
    flight.edit_plan(r"subscriptions: \[?", "subscriptions: ['00000000-0000-4000-8000-00000000dead', ")


def told(**variables):
    return lambda flight: flight.environment.update(variables)


def unreachable(flight):
    flight.environment["AZLOCAL_INGESTION_ENDPOINT"] = "https://nobody.invalid"
    flight.unreachable.add("nobody.invalid")


def no_control_law(flight):
    """Nothing keeps the identity out of the control group."""
    flight.azure.control_group = ""


DEFECTS = {
    "a provider is not registered": (register("Microsoft.HybridCompute"), "provider-unregistered"),
    "the monitor's provider is not registered": (register("Microsoft.Insights"), "provider-unregistered"),
    "the identity may write the control group": (no_control_law, "control-writable"),
    "a subscription of the plan is not seen": (blind, "subscription-invisible"),
    "a cluster of a ring is not seen": (lambda flight: flight.edit_plan(r"expect: 1", "expect: 2"), "ring-short"),
    "a freeze is long over": (
        lambda flight: flight.edit_plan(r"\Z", "freezes: [{from: 2020-01-01, to: 2020-01-02}]\n"), "plan-warning",
    ),
    "the control group is not there": (no_group, "control-missing"),
    "the lease's container is not there": (no_container, "lease-missing"),
    "the rule's id is another's": (told(AZLOCAL_DCR_ID="dcr-" + "0" * 32), "rule-missing"),
    "the rule's id is forgotten": (told(AZLOCAL_DCR_ID=""), "telemetry-settings"),
    "the workspace is another's": (told(AZLOCAL_WORKSPACE_ID="00000000-0000-4000-8000-000000000000"), "workspace-missing"),
    "a stream is not declared": (stream(lambda one: one.pop("Custom-AzLocalTick_CL")), "rule-stream"),
    "a stream's column is of another type": (stream(other_type), "rule-stream"),
    "streams flow elsewhere": (flow, "rule-flow"),
    "a table lacks a column": (column, "table-columns"),
    "a table is not there": (gone(TABLE, "AzLocalFinding_CL"), "table-columns"),
    "nobody answers at the ingestion endpoint": (unreachable, "ingestion-unreachable"),
    "the vault is not there": (gone(VAULT), "vault-missing"),
    "the vault is deleted": (deleted_vault, "vault-deleted"),
    "the vault takes no public requests": (
        lambda flight: flight.change(flight.one(VAULT), publicNetworkAccess="Disabled"), "vault-network",
    ),
    "the vault's firewall lets nobody in": (firewall, "vault-network"),
    "the secret is not there": (gone(SECRET), "secret-missing"),
    "the secret has a newer version": (other_version, "secret-version"),
    "the secret is disabled": (secret(enabled=False), "secret-disabled"),
    "the secret ends tomorrow": (secret(exp=int(NOW.timestamp()) + 86400), "secret-expired"),
    "the secret has not begun": (secret(nbf=int(NOW.timestamp()) + 86400), "secret-expired"),
    "a machine lacks a role": (machine_role, "machine-role"),
    "a policy denies deploymentSettings": (denied, "policy-denies"),
    "a policy denies the tag": (lambda flight: deny_tags(flight.azure, group_of(cluster(flight))), "policy-denies"),
    "a lock makes the cluster's group read-only": (locked("group"), "locked"),
    "a lock keeps the lease from being taken": (locked("lease"), "locked"),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found_by_its_name_and_nothing_else_is(flight, capsys, defect):
    plant, name = DEFECTS[defect]
    plant(flight)
    code, done, _ = flight.command(capsys, "preflight")
    assert {one["name"] for one in done["notices"]} == {name}
    assert code == 1
    for one in done["notices"]:
        assert one["state"] == "found"
        assert all(one[part] for part in ("where", "message", "evidence", "remedy"))
    assert next(one["result"] for one in done["checks"] if one["name"] == name) == "found"


@pytest.mark.parametrize("scenario", ["single-happy", "fleet-small"])
def test_it_is_silent_on_a_healthy_fleet_and_changes_nothing(tmp_path, capsys, scenario):
    flight = Flight(tmp_path, scenario)
    before = flight.azure.effects
    code, done, _ = flight.command(capsys, "preflight")
    assert (code, done["notices"]) == (0, [])
    assert flight.azure.effects == before
    assert {one["result"] for one in done["checks"]} == {"well"}


def test_only_the_clusters_of_a_subscription_or_group_are_looked_at(tmp_path, capsys):
    flight = Flight(tmp_path, "fleet-small")
    _, every, _ = flight.command(capsys, "preflight")
    _, some, _ = flight.command(capsys, "preflight", "--subscription", "5f1d8a52-6c0b-4a57-9d3e-0b7c2f4e1a03")
    _, one, _ = flight.command(capsys, "preflight", "-g", "RG-azlocal-oslo")
    assert (every["clusters"], some["clusters"], one["clusters"]) == (22, 4, 0)


# under the shipped roles, with Azure RBAC on


BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
READER, CONTRIBUTOR = "acdd72a7-3385-48ef-bd42-f606fba81ae7", "b24988ac-6180-42a0-ab88-20f7382dd24c"


class Installed(Installation):
    """azlocal as its templates install it. Rights are looked at by the operator identity itself, which may read
    everything besides (`signs`), or by a person who names it (`named`)."""

    def __init__(self, way="signs"):
        super().__init__()
        self.way = way
        self.install()
        self.roles = self.give_roles()
        push(self)
        if way == "signs":
            self.give(READER)
        else:
            self.give(BLOB_READER, identity.OBJECTS[identity.PERSON_CLIENT][1])
        self.azure.rbac = True

    def give(self, role, principal=""):
        scope, principal = f"/subscriptions/{self.subscription}", principal or self.outputs["operatorPrincipalId"]
        self.azure.store.put(documents_shared.role_assignment(scope, role, principal, NOW))

    def take(self, role):
        for one in list(self.azure.store.of_type(ASSIGNMENT)):
            told = one["properties"]
            mine = told["principalId"] == self.outputs["operatorPrincipalId"]
            if mine and told["roleDefinitionId"].lower().endswith(role.lower()):
                self.azure.store.delete(one["id"])

    def preflight(self):
        ((_, argument),) = self.jobs()
        settings = read_settings(read_argument([argument]).settings, {})
        named = self.way == "named"
        credential = self.person if named else SignedIn(self.azure, self.outputs["operatorClientId"])
        app = App(settings, {}, transport=self.transport, credential=credential)
        return app.preflight(self.outputs["operatorPrincipalId"] if named else "")


@pytest.fixture(params=["signs", "named"])
def installed(request):
    return Installed(request.param)


def test_it_is_silent_on_what_main_json_installs(installed):
    done = installed.preflight()
    assert done.notices == ()
    asked_of = done.identity or done.signer.object_id
    assert asked_of == installed.outputs["operatorPrincipalId"]


@pytest.mark.parametrize("role", ["operator", "lease", "observer"])
def test_a_shipped_role_that_is_missing_is_told_with_every_action_it_brings(installed, role):
    definition = installed.azure.store.get(installed.roles[role])
    given = definition["properties"]["permissions"][0]["actions"]
    others = "/read" if installed.way == "signs" else "containers/read"
    actions = [one for one in given if not one.endswith(others) and "machines/extensions/write" not in one]
    installed.take(installed.roles[role].rsplit("/", 1)[-1])
    done = installed.preflight()
    lacking = [one for one in done.found if one.name == "right-missing"]
    assert [one.name for one in done.notices] == ["right-missing"] * len(lacking)
    assert all(action in " ".join(one.message for one in lacking) for action in actions)


def test_rows_that_nobody_lets_through_are_told(installed):
    installed.take("3913510d-42f4-4e42-8a64-420c390055eb")
    (one,) = installed.preflight().notices
    assert (one.name, one.where.lower().split("/")[-2]) == ("right-missing", "datacollectionrules")
    assert "Microsoft.Insights/Telemetry/Write" in one.message


def test_an_operator_that_could_approve_itself_is_told(installed):
    installed.give(CONTRIBUTOR)
    (one,) = installed.preflight().notices
    assert one.name == "control-writable"


def test_what_may_not_be_read_is_unknown_and_never_well():
    installed = Installed()
    installed.take(READER)
    done = installed.preflight()
    assert done.found == ()
    told = {one.name for one in done.unread}
    assert {"secret-missing", "policy-denies", "provider-unregistered"} <= told
    assert all("grant the identity a role with" in one.remedy for one in done.unread)


def test_the_measure_of_rights_is_the_shipped_roles():
    shipped = {
        path.stem: json.loads(path.read_text("utf-8"))["Actions"] for path in (TEMPLATES / "roles").glob("*.json")
    }
    assert sorted(rights.OBSERVER) == sorted(shipped["observer"])
    assert sorted(rights.OPERATOR) == sorted(shipped["operator"])
    assert sorted(rights.LEASE) == sorted(shipped["lease"])


# the door


def test_what_azure_does_not_answer_ends_with_3(flight, capsys):
    refusal = {"kind": "status", "path": "/secrets$", "status": 403, "code": "AuthorizationFailed", "times": 9}
    flight.front.faults.order(refusal)
    code, done, _ = flight.command(capsys, "preflight")
    assert code == 3
    assert [(one["name"], one["state"]) for one in done["notices"]] == [("secret-missing", "unknown")]


def test_a_plan_with_mistakes_is_bad_input_and_nothing_is_sent(flight, capsys):
    flight.edit_plan(r"expect: 1", "expect: many")
    code, _, told = flight.command(capsys, "preflight")
    assert code == 2
    assert "expect" in told
    assert flight.front.journal.after() == []


def test_an_identity_is_named_by_its_object_id(flight, capsys):
    code, _, told = flight.command(capsys, "preflight", "--identity", "id-azlocal-operator")
    assert code == 2
    assert "operatorPrincipalId" in told
    assert flight.front.journal.after() == []


def test_every_check_has_a_planted_defect():
    assert {name for _, name in DEFECTS.values()} | {"right-missing", "rule-endpoint"} == set(CHECKS)


def test_a_rule_with_another_endpoint_is_told():
    installed = Installed()
    rule = installed.azure.store.get(installed.of_type(RULE)[0]["id"])
    elsewhere = {"logsIngestion": "https://elsewhere.ingest.monitor.azure.com"}
    installed.azure.store.put({**rule, "properties": {**rule["properties"], "endpoints": elsewhere}})
    (one,) = installed.preflight().notices
    assert one.name == "rule-endpoint"


def test_the_page_says_what_to_do_by_hand(flight, capsys):
    assert run(["preflight"], flight.app) == 0
    page = capsys.readouterr().out
    assert page.startswith("all is well")
    assert "az keyvault secret show" in page
