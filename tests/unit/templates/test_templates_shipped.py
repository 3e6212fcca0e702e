"""Every template that the project ships holds the rules; a broken one is refused for what is wrong with it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from template_check import problems

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "arm-templates"
SHIPPED = sorted(path.name for path in TEMPLATES.glob("*.json"))
ROLES = sorted((TEMPLATES / "roles").glob("*.json"))


def shipped(name):
    return json.loads((TEMPLATES / name).read_text("utf-8"))


def inside(template, *symbols):
    """Return a resource by the symbols that lead to it."""
    for symbol in symbols[:-1]:
        template = template["resources"][symbol]["properties"]["template"]
    return template["resources"][symbols[-1]]


def test_the_templates_are_those_that_the_documents_name():
    expected = {"main.json", "roles.json", "roles-management-group.json", "function-events.json"}
    assert expected | {"solution-upgrade.json", "solution-upgrade-prepare.json"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_template_holds_the_rules(name):
    assert problems(shipped(name)) == []


@pytest.mark.parametrize("name", ["main.json", "roles.json", "roles-management-group.json", "function-events.json"])
def test_every_parameter_that_a_person_gives_is_described(name):
    told = {key: one.get("metadata", {}).get("description", "") for key, one in shipped(name)["parameters"].items()}
    assert [key for key, text in told.items() if len(text) < 15] == []


def broken(edit):
    template = copy.deepcopy(shipped("main.json"))
    edit(template)
    return problems(template)


def version(template):
    inside(template, "storage", "account")["apiVersion"] = "2026-4-1"


def other_version(template):
    inside(template, "automation", "runbooks")["apiVersion"] = "2099-01-01"


def no_parent(template):
    inside(template, "automation", "packages")["dependsOn"] = ["account"]


def no_scope(template):
    del inside(template, "automation", "logs")["dependsOn"]


def stranger(template):
    inside(template, "storage", "lease")["dependsOn"] = ["servcie"]


def no_named(template):
    inside(template, "telemetry", "rule")["dependsOn"] = []


def unknown_property(template):
    inside(template, "storage", "account")["properties"]["allowSharedKeyAcess"] = False


def deep_unknown_property(template):
    links = inside(template, "automation", "packages")["properties"]["contentLink"]
    links["contentHash"]["sha"] = links["contentHash"].pop("value")


def unknown_member(template):
    inside(template, "identities", "observer")["kindd"] = "x"


def missing_property(template):
    del inside(template, "automation", "schedules")["properties"]["startTime"]


def unknown_type(template):
    inside(template, "storage", "account")["type"] = "Microsoft.Storage/storageAcounts"


def bad_expression(template):
    inside(template, "storage", "account")["location"] = "[parameters('location']"


def unknown_function(template):
    template["outputs"]["AZLOCAL_PLAN"]["value"] = "[refrence('storage')]"


def wrong_count(template):
    inside(template, "storage", "account")["location"] = "[toLower()]"


def undeclared(template):
    inside(template, "storage", "account")["location"] = "[parameters('region')]"


def unused(template):
    template["parameters"]["colour"] = {"type": "string", "defaultValue": "blue"}


def not_given(template):
    del template["resources"]["storage"]["properties"]["parameters"]["accountName"]


def given_too_much(template):
    template["resources"]["storage"]["properties"]["parameters"]["sku"] = {"value": "x"}


def a_secret(template):
    template["parameters"]["namePrefix"]["type"] = "securestring"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (version, "storageAccounts account: the api-version '2026-4-1' has not the form YYYY-MM-DD"),
        (other_version, "the api-version '2099-01-01' is not one of 2024-10-23"),
        (no_parent, "packages packages: needs Microsoft.Automation/automationAccounts/runtimeEnvironments environment"),
        (no_scope, "diagnosticSettings logs: needs Microsoft.Automation/automationAccounts account and does not"),
        (stranger, "containers lease: depends on 'servcie', which is no resource of this template"),
        (no_named, "dataCollectionRules rule: needs Microsoft.OperationalInsights/workspaces workspace and does not"),
        (unknown_property, "unknown property 'properties.allowSharedKeyAcess'"),
        (deep_unknown_property, "unknown property 'properties.contentLink.contentHash.sha'"),
        (unknown_member, "userAssignedIdentities observer: unknown member 'kindd'"),
        (missing_property, "schedules schedules: the property 'startTime' is missing"),
        (unknown_type, "Microsoft.Storage/storageAcounts account: a type that is not known here"),
        (bad_expression, "[parameters('location']': "),
        (unknown_function, "The template function 'refrence' is not valid"),
        (wrong_count, "requires 1 argument(s) while 0 were provided"),
        (undeclared, "template/storage: parameters('region') is not declared"),
        (unused, "parameters('colour') is declared and not used"),
        (not_given, "does not give 'accountName', which the template inside asks for"),
        (given_too_much, "gives 'sku', which the template inside does not take"),
        (a_secret, "the parameter 'namePrefix' is a secret"),
    ],
)
def test_a_broken_template_is_refused_and_told_where(edit, said):
    assert any(said in text for text in broken(edit)), broken(edit)


def test_generated_files_are_as_the_schema_the_modules_and_the_roles_have_them():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "templates.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), "run: python tools/templates.py"


def test_a_column_more_is_drift_of_table_stream_rule_and_template(monkeypatch):
    templates = generator(monkeypatch)
    from azlocal.core.tables import TABLES, Column

    more = {**TABLES, "AzLocalTick_CL": (*TABLES["AzLocalTick_CL"], Column("Weather", "string", "whether it rains"))}
    monkeypatch.setattr(templates, "TABLES", more)
    stale = {path.name for path, text in templates.files() if path.read_text("utf-8") != text}
    assert stale == {"telemetry.json", "telemetry_rule.json", "main.json"}


def generator(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import templates

    return templates


def test_every_table_of_the_schema_has_its_columns_its_stream_and_its_flow():
    from azlocal.core.tables import TABLES

    module = inside(shipped("main.json"), "telemetry")["properties"]["template"]
    tables = {one["name"]: one["columns"] for one in module["variables"]["tables"]}
    rule = module["resources"]["rule"]["properties"]
    for name, columns in TABLES.items():
        assert [one["name"] for one in tables[name]] == [one.name for one in columns]
        assert [one["type"].lower() for one in tables[name]] == [one.type for one in columns]
        assert rule["streamDeclarations"][f"Custom-{name}"]["columns"] == [
            {"name": one.name, "type": one.type} for one in columns
        ]
        assert [one["outputStream"] for one in rule["dataFlows"] if one["streams"] == [f"Custom-{name}"]] == [
            f"Custom-{name}"
        ]
    assert tables.keys() == TABLES.keys()


# roles


@pytest.mark.parametrize("path", ROLES, ids=lambda path: path.stem)
def test_a_role_names_every_action_exactly_and_once(path):
    role = json.loads(path.read_text("utf-8"))
    assert len(set(map(str.lower, role["Actions"]))) == len(role["Actions"])
    assert not any("*" in action for action in role["Actions"])
    assert (role["NotActions"], role["DataActions"], role["NotDataActions"]) == ([], [], [])


def actions(name):
    return json.loads((TEMPLATES / "roles" / f"{name}.json").read_text("utf-8"))["Actions"]


def test_the_observer_can_write_nothing():
    assert all(action.endswith("/read") for action in actions("observer"))


def test_the_operator_has_nothing_that_the_observer_has_and_can_neither_assign_nor_delete_nor_read_secrets():
    assert not set(actions("operator")) & set(actions("observer"))
    assert all(action.endswith("/write") for action in actions("operator"))
    assert not any(word in action.lower() for action in actions("operator") for word in ("authorization", "keyvault"))


def test_the_roles_in_the_templates_are_those_of_the_folder():
    for name in ("roles.json", "roles-management-group.json"):
        resources = shipped(name)["resources"]
        for role in ("observer", "operator", "lease", "approver"):
            assert resources[role]["properties"]["permissions"][0]["actions"] == actions(role)


def test_what_starts_is_assigned_at_resource_groups_only():
    """At the subscription it would reach the control group too."""
    reading = shipped("roles.json")["resources"]["reading"]["properties"]["roleDefinitionId"]
    at_subscription = [
        one for one in shipped("roles.json")["resources"].values() if one["type"].endswith("/roleAssignments")
    ]
    assert [one["properties"]["roleDefinitionId"] for one in at_subscription] == [reading]
    assert "azlocal-observer" in reading
