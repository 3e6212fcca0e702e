"""What preflight makes of documents: rights, vaults and secrets, machines' roles, locks, policies, the rule's streams."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from azlocal.core.facts import RelatedFacts
from azlocal.core.preflight import CHECKS, Target, signer_of
from azlocal.core.preflight_clusters import (
    MACHINE_ROLES,
    SECRETS_USER,
    lock_notices,
    machine_notices,
    place_of,
    secret_notices,
    vault_notices,
)
from azlocal.core.preflight_policy import governed, policy_notices, questions
from azlocal.core.preflight_rights import allowed, consent_notices, missing
from azlocal.core.preflight_telemetry import columns_of, differences, setting_notices
from azlocal.core.tables import TABLES

NOW = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
S = "/subscriptions/11111111-1111-4111-8111-111111111111"
VERSION = "a" * 32


def target(name="oslo", group="rg-a", location="westeurope", vault="kv-a", machine_group=""):
    where = f"{S}/resourceGroups/{group}"
    machines = f"{S}/resourceGroups/{machine_group or group}/providers/Microsoft.HybridCompute/machines"
    return Target(
        id=f"{where}/providers/Microsoft.AzureStackHCI/clusters/{name}", name=name, location=location, group=where,
        machines=(f"{machines}/{name}-1",), principals=(f"p-{name}",),
        secret=f"https://{vault}.vault.azure.net/secrets/{name}-lcm/{VERSION}",
    )  # fmt: skip


def permission(*actions, no=(), data=()):
    return {"actions": list(actions), "notActions": list(no), "dataActions": list(data)}


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ([], False),
        ([permission("*")], True),
        ([permission("*/read")], False),
        ([permission("microsoft.resources/TAGS/*")], True),
        ([permission("*", no=["Microsoft.Resources/tags/write"])], False),
        ([permission("*", no=["Microsoft.Resources/*"]), permission("Microsoft.Resources/tags/write")], True),
        ([permission("Microsoft.Resources/tags/writeAll")], False),
        ([{"actions": "nonsense"}, {}], False),
    ],
)
def test_an_action_is_allowed_by_a_role_that_names_it_and_does_not_except_it(permissions, expected):
    assert allowed(permissions, "Microsoft.Resources/tags/write") is expected
    assert bool(missing(permissions, ["Microsoft.Resources/tags/write"])) is not expected


def test_data_actions_are_no_actions():
    assert allowed([permission(data=["Microsoft.Insights/*"])], "Microsoft.Insights/Telemetry/Write", data=True)
    assert not allowed([permission("*")], "Microsoft.Insights/Telemetry/Write", data=True)


def test_whoever_may_write_the_groups_tags_could_approve_itself():
    assert [one.name for one in consent_notices("g", [permission("Microsoft.Resources/*")])] == ["control-writable"]
    assert list(consent_notices("g", [permission("*/read", "Microsoft.AzureStackHCI/*")])) == []


@pytest.mark.parametrize(
    ("claims", "kind", "name"),
    [
        ({"oid": "o", "xms_mirid": "/m", "appid": "a"}, "managed identity", "/m"),
        ({"oid": "o", "upn": "anna@contoso.com", "scp": "user_impersonation"}, "user", "anna@contoso.com"),
        ({"oid": "o", "azp": "a", "idtyp": "app"}, "application", ""),
        ({}, "application", ""),
    ],
)
def test_the_token_says_who_signs(claims, kind, name):
    found = signer_of(claims)
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://KV-A.vault.azure.net/secrets/lcm/v1", ("kv-a", "lcm", "v1")),
        ("https://kv-a.vault.usgovcloudapi.net/secrets/lcm/v1/", ("kv-a", "lcm", "v1")),
        ("https://kv-a.vault.azure.net/secrets/lcm", None),
        ("https://kv-a.vault.azure.net/keys/lcm/v1", None),
        ("", None),
    ],
)
def test_a_secrets_uri_tells_vault_name_and_version(uri, expected):
    found = place_of(uri)
    assert (found and (found.vault, found.name, found.version)) == expected


# vaults and secrets


def vault(**told):
    return {"id": f"{S}/resourceGroups/rg-v/providers/Microsoft.KeyVault/vaults/kv-a", "rbac": True, **told}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"access": "Enabled"}, []),
        ({"access": "Disabled"}, ["vault-network"]),
        ({"acls": {"defaultAction": "Deny"}}, ["vault-network"]),
        ({"acls": {"defaultAction": "Deny", "ipRules": [{"value": "192.0.2.1"}]}}, []),
        ({"acls": {"defaultAction": "Allow"}}, []),
        ({"acls": None, "access": ""}, []),
    ],
)
def test_a_vault_is_in_reach_unless_it_lets_nobody_in(told, expected):
    assert [one.name for one in vault_notices([target()], {"kv-a": vault(**told)}, [])] == expected


def test_clusters_with_one_vault_are_told_together():
    (one,) = vault_notices([target(), target("bergen")], {}, ["KV-A"])
    assert (one.name, one.clusters) == ("vault-deleted", ("oslo", "bergen"))


def secret(version=VERSION, **attributes):
    uri = f"https://kv-a.vault.azure.net/secrets/oslo-lcm/{version}"
    return {"id": "s", "name": "oslo-lcm", "properties": {"secretUriWithVersion": uri, "attributes": attributes}}


DAY = 86400


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([secret()], []),
        ([], ["secret-missing"]),
        ([secret("b" * 32)], ["secret-version"]),
        ([secret(enabled=False)], ["secret-disabled"]),
        ([secret(exp=NOW.timestamp() - 1)], ["secret-expired"]),
        ([secret(exp=NOW.timestamp() + 6 * DAY)], ["secret-expired"]),
        ([secret(exp=NOW.timestamp() + 8 * DAY)], []),
        ([secret(nbf=NOW.timestamp() + 1)], ["secret-expired"]),
        ([secret(exp=True, nbf="soon")], []),
        ([secret(exp=10**18)], []),
        # Of an older version nothing but its being older is known.
        ([secret("b" * 32, enabled=False, exp=0)], ["secret-version"]),
    ],
)
def test_a_secret_is_the_one_that_is_named_enabled_and_in_its_time(found, expected):
    assert [one.name for one in secret_notices([target()], {"kv-a": found}, NOW)] == expected


def test_of_a_vault_that_was_not_read_nothing_is_said():
    assert list(secret_notices([target()], {}, NOW)) == []


# roles of machines


def assignment(role, scope, principal="p-oslo"):
    return {"properties": {"roleDefinitionId": f"{S}/x/{role}", "principalId": principal, "scope": scope}}


GROUP = f"{S}/resourceGroups/rg-a"


@pytest.mark.parametrize(
    ("scopes", "held", "lacking"),
    [
        ([S, S, S], vault(), 0),
        ([GROUP, GROUP, vault()["id"]], vault(), 0),
        ([GROUP.upper(), GROUP, f"{S}/resourceGroups/rg-v"], vault(), 0),
        (["/providers/Microsoft.Management/managementGroups/m"] * 3, vault(), 0),
        ([GROUP, GROUP, GROUP], vault(), 1),
        ([f"{S}/resourceGroups/rg-abc"] * 3, vault(), 3),
        ([GROUP, GROUP, GROUP], vault(rbac=False), 1),
        (
            [GROUP, GROUP, ""],
            vault(rbac=False, policies=[{"objectId": "P-OSLO", "permissions": {"secrets": ["Get"]}}]),
            0,
        ),
        ([GROUP, GROUP, GROUP], None, 0),
    ],
)
def test_a_machine_needs_its_roles_at_group_and_vault_or_above(scopes, held, lacking):
    given = [assignment(role, scope) for role, scope in zip(MACHINE_ROLES, scopes) if scope]
    found = list(machine_notices([target()], given, {"kv-a": held} if held else {}))
    assert sum(one.message.count("1 of 1 machines") for one in found) == lacking
    assert list(MACHINE_ROLES)[-1] == SECRETS_USER


# locks and policies


@pytest.mark.parametrize(
    ("scope", "level", "clusters"),
    [
        (GROUP, "ReadOnly", ("oslo",)),
        (S, "ReadOnly", ("oslo", "bergen")),
        (GROUP, "CanNotDelete", None),
        (f"{S}/resourceGroups/rg", "ReadOnly", None),
        (f"{S}/resourceGroups/rg-m", "ReadOnly", ("bergen",)),
    ],
)
def test_a_lock_is_told_when_it_refuses_writes_over_a_cluster_or_its_machines(scope, level, clusters):
    lock = RelatedFacts(id=f"{scope}/providers/Microsoft.Authorization/locks/l", kind="lock", status=level)
    found = list(lock_notices([target(), target("bergen", "rg-b", machine_group="rg-m")], {}, [lock]))
    assert [one.clusters for one in found] == ([] if clusters is None else [clusters])


def policy(name, scope=S, mode="Default", spared=()):
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/policyAssignments/{name}",
        "properties": {"scope": scope, "enforcementMode": mode, "notScopes": list(spared)},
    }


def test_clusters_under_the_same_policies_in_one_region_are_asked_about_once():
    fleet = [target("a"), target("b", "rg-b"), target("c", "rg-c"), target("d", location="eastus")]
    policies = [policy("all"), policy("one", f"{S}/resourceGroups/rg-c"), policy("none", mode="DoNotEnforce")]
    assert [[one.name for one in alike] for alike in governed(fleet, policies)] == [["a", "b"], ["c"], ["d"]]


@pytest.mark.parametrize("policies", [[], [policy("p", mode="DoNotEnforce")], [policy("p", spared=[GROUP])]])
def test_where_no_policy_reaches_nothing_is_asked(policies):
    assert governed([target()], policies) == []


def test_the_extension_is_asked_about_only_where_the_plan_lets_it_be_updated():
    kinds = {
        extension: [one.content["type"] for one in questions([target()], extension=extension)]
        for extension in (True, False)
    }
    assert set(kinds[True]) - set(kinds[False]) == {"Microsoft.HybridCompute/machines/extensions"}


@pytest.mark.parametrize(
    ("evaluation", "count"),
    [
        ({"evaluationResult": "NonCompliant", "effectDetails": {"policyEffect": "Deny"}}, 1),
        ({"evaluationResult": "NonCompliant"}, 1),
        ({"evaluationResult": "NonCompliant", "effectDetails": {"policyEffect": "Audit"}}, 0),
        ({"evaluationResult": "Compliant", "effectDetails": {"policyEffect": "Deny"}}, 0),
    ],
)
def test_only_a_policy_that_denies_is_told(evaluation, count):
    asked = next(iter(questions([target()], extension=False)))
    answer = {"contentEvaluationResult": {"policyEvaluations": [evaluation]}}
    assert len(list(policy_notices(asked, answer))) == count


# telemetry


def test_a_column_too_many_or_a_type_by_another_name_loses_nothing():
    told = [{"name": one.name, "type": {"boolean": "bool", "real": "double"}.get(one.type, one.type.upper())}
            for one in TABLES["AzLocalStep_CL"]]  # fmt: skip
    assert differences("AzLocalStep_CL", columns_of([*told, {"name": "More", "type": "string"}])) == ""


@pytest.mark.parametrize(
    ("endpoint", "rule", "lacks"), [("e", "", "AZLOCAL_DCR_ID"), ("", "r", "AZLOCAL_INGESTION_ENDPOINT")]
)
def test_half_an_address_is_told(endpoint, rule, lacks):
    assert [one.where for one in setting_notices(endpoint, rule)] == [lacks]
    assert list(setting_notices(endpoint or "e", rule or "r")) == []


def test_names_of_checks_are_words_joined_by_hyphens():
    assert all(name == name.lower() and " " not in name for name in CHECKS)
