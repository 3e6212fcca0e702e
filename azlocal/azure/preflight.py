"""Reads before the first tick: rights, providers, the telemetry's rule, vaults and their secrets, policies.

Few calls: one query for all vaults, rules and workspaces, two lists for each subscription, one list for each vault.
What cannot be read is None and told in `unread`, so that the rest is looked at all the same. Nothing here writes; the one
POST besides Resource Graph is a check that Azure RBAC counts as a read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azure.core import PipelineClient
from azure.core.rest import HttpRequest

from azlocal.azure import credentials
from azlocal.azure.clients import Answer, Connection, PatientRetry, Shared
from azlocal.azure.errors import refused, translated
from azlocal.azure.graph import rows
from azlocal.azure.surroundings import NEEDED_PROVIDERS, PROVIDERS_API
from azlocal.core.ids import key
from azlocal.core.loose import mapping
from azlocal.core.preflight import Notice, Signer, signer_of
from azlocal.core.preflight_policy import Question
from azlocal.errors import AzlocalError

AUTHORIZATION_API = "2022-04-01"
POLICY_API = "2025-01-01"
RESTRICTIONS_API = "2024-10-01"
VAULT_API = "2024-11-01"
RULE_API = "2024-03-11"
TABLE_API = "2025-02-01"
STORAGE_API = "2023-05-01"
_MOST_PAGES = 200
VAULTS, RULES, WORKSPACES = (
    "microsoft.keyvault/vaults",
    "microsoft.insights/datacollectionrules",
    "microsoft.operationalinsights/workspaces",
)
QUERY = f"""
resources
| where type in~ ('{VAULTS}', '{RULES}', '{WORKSPACES}')
| extend vault = type =~ '{VAULTS}'
| project id, name, type, access = tostring(properties.publicNetworkAccess), uri = tostring(properties.vaultUri),
    acls = iff(vault, properties.networkAcls, dynamic(null)), rbac = tobool(properties.enableRbacAuthorization),
    policies = iff(vault, properties.accessPolicies, dynamic(null)),
    immutable = tostring(properties.immutableId), customer = tostring(properties.customerId)
| order by id asc
"""
Document = Mapping[str, Any]


class PreflightReader:
    """What one identity can see of what a tick needs. `unread` tells what it could not."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.unread: list[Notice] = []

    def signer(self) -> Signer:
        """Return who signs; raise AzureRefused when nobody does."""
        return signer_of(credentials.claims_of(self._connection.credential, self._connection.cloud))

    def permissions(self, scope: str) -> list[Document] | None:
        """Return what the caller may do at a scope."""
        path = f"{scope}/providers/Microsoft.Authorization/permissions"
        return self._listed("right-missing", path, AUTHORIZATION_API, "read the permissions")

    def role(self, role_id: str) -> list[Document] | None:
        """Return the permissions of a role definition."""
        found = self._got("right-missing", role_id, AUTHORIZATION_API, "read the role definition")
        told = mapping(found.get("properties")).get("permissions") if found is not None else None
        return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else None

    def unregistered(self, subscription: str, more: Sequence[str] = ()) -> list[str]:
        """Return the needed providers that are known not to be registered in a subscription."""
        found: list[str] = []
        for name in more or NEEDED_PROVIDERS:
            before = len(self.unread)
            path = f"/subscriptions/{subscription}/providers/{name}"
            told = self._got("provider-unregistered", path, PROVIDERS_API, "read the resource provider") or {}
            if len(self.unread) > before:
                break  # the others are refused alike
            state = str(told.get("registrationState", "")).lower()
            if state and state not in {"registered", "registering"}:
                found.append(name)
        return found

    def around(self) -> dict[str, dict[str, Document]] | None:
        """Return vaults by name, rules by immutable id, workspaces by id key, each below its type."""
        found: dict[str, dict[str, Document]] = {VAULTS: {}, RULES: {}, WORKSPACES: {}}
        try:
            for row in rows(self._connection, QUERY, (), ()):
                kind = str(row.get("type")).lower()
                by = {VAULTS: row.get("name"), RULES: row.get("immutable")}.get(kind, key(str(row["id"])))
                found[kind][str(by).lower()] = row
        except AzlocalError as error:
            self._note("vault-missing", "Resource Graph", error)
            return None
        return found

    def rule(self, rule_id: str) -> Document | None:
        """Return a data collection rule."""
        return self._got("rule-missing", rule_id, RULE_API, "read the data collection rule")

    def rules(self, subscription: str) -> dict[str, Document]:
        """Return a subscription's rules by immutable id, as ARM has them now: Resource Graph is a little behind."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/dataCollectionRules"
        found = self._listed("rule-missing", path, RULE_API, "list the data collection rules") or []
        return {str(mapping(one.get("properties")).get("immutableId")).lower(): one for one in found}

    def endpoint_of(self, rule: Document) -> str:
        """Return the ingestion endpoint of a rule: its own, or that of its data collection endpoint."""
        told = mapping(rule.get("properties"))
        own = str(mapping(told.get("endpoints")).get("logsIngestion") or "")
        endpoint = str(told.get("dataCollectionEndpointId") or "")
        if own or not endpoint:
            return own
        found = self._got("rule-endpoint", endpoint, RULE_API, "read the data collection endpoint") or {}
        return str(mapping(mapping(found.get("properties")).get("logsIngestion")).get("endpoint") or "")

    def workspace(self, workspace_id: str) -> Document | None:
        """Return a Log Analytics workspace."""
        return self._got("workspace-missing", workspace_id, TABLE_API, "read the workspace")

    def tables(self, workspace_id: str, names: Sequence[str]) -> dict[str, Document | None]:
        """Return tables of a workspace by name: None is one that is not there, what could not be read is left out."""
        found: dict[str, Document | None] = {}
        for name in names:
            before = len(self.unread)
            told = self._got("table-columns", f"{workspace_id}/tables/{name}", TABLE_API, "read the table")
            if len(self.unread) == before:
                found[name] = told
        return found

    def container(self, container: str) -> Document | None:
        """Return the container of the lease; None also when it could not be read, which `unread` tells."""
        return self._got("lease-missing", container, STORAGE_API, "read the container of the fleet's lease")

    def group(self, group: str) -> Document | None:
        """Return a resource group; None also when it could not be read, which `unread` tells."""
        return self._got("control-missing", group, "2021-04-01", "read the control group")

    def secrets(self, vault_id: str) -> list[Document] | None:
        """Return a vault's secrets as ARM shows them: names, versions and dates, never a value. None: there is no vault."""
        return self._listed("secret-missing", f"{vault_id}/secrets", VAULT_API, "list the secrets", may_lack=True)

    def deleted_vaults(self, subscription: str) -> list[str]:
        """Return the names of a subscription's deleted vaults that can be recovered."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault/deletedVaults"
        return [
            str(one.get("name")) for one in self._listed("vault-deleted", path, VAULT_API, "list deleted vaults") or ()
        ]

    def assignments(self, subscription: str) -> list[Document] | None:
        """Return every role assignment in a subscription, and those above it that reach it."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments"
        return self._listed("machine-role", path, AUTHORIZATION_API, "list the role assignments")

    def policies(self, subscription: str) -> list[Document] | None:
        """Return every policy assignment in a subscription, and those above it that reach it."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/policyAssignments"
        return self._listed("policy-denies", path, POLICY_API, "list the policy assignments")

    def restrictions(self, asked: Question) -> Document | None:
        """Return what policies would do to a resource."""
        path = f"{asked.group}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
        body = {"resourceDetails": {"resourceContent": dict(asked.content), "apiVersion": asked.api_version}}
        answer = self._asked("policy-denies", "POST", path, RESTRICTIONS_API, body)
        return self._object("policy-denies", answer, "ask what policies deny", path)

    def reaches(self, url: str) -> str:
        """Ask an endpoint for anything at all; return why no answer came, empty when one did."""
        client: Any = PipelineClient(
            url, policies=[PatientRetry(retry_total=1, retry_connect=1)], transport=Shared(self._connection.transport)
        )
        try:
            with translated("reach the ingestion endpoint", url):
                client.send_request(HttpRequest("GET", url))
        except AzlocalError as error:
            return str(error)
        return ""

    # one answer, whatever it is

    def _asked(self, check: str, method: str, path: str, api_version: str, body: Any = None) -> Answer | None:
        try:
            return self._connection.request(method, path, api_version, body)
        except AzlocalError as error:
            self._note(check, path, error)
            return None

    def _got(self, check: str, path: str, api_version: str, action: str) -> Document | None:
        """Return a document; None when it is not there, or could not be read."""
        answer = self._asked(check, "GET", path, api_version)
        if answer is None or answer.status == 404:
            return None
        return self._object(check, answer, action, path)

    def _object(self, check: str, answer: Answer | None, action: str, path: str) -> Document | None:
        if answer is not None and answer.status < 300 and isinstance(answer.json, Mapping):
            return answer.json
        if answer is not None:
            self._note(check, path, refused(answer, action, path))
        return None

    def _listed(
        self, check: str, path: str, api_version: str, action: str, *, may_lack: bool = False
    ) -> list[Document] | None:
        """Return every item of a list; None when it could not be read to its end."""
        found: list[Document] = []
        for _ in range(_MOST_PAGES):
            answer = self._asked(check, "GET", path, api_version)
            if may_lack and answer is not None and answer.status == 404:
                return None
            body = self._object(check, answer, action, path)
            value = body.get("value") if body is not None else None
            if body is None or not isinstance(value, list):
                return None
            found += [one for one in value if isinstance(one, Mapping)]
            path = str(body.get("nextLink") or "")
            if not path:
                return found
        return None

    def _note(self, check: str, where: str, error: AzlocalError) -> None:
        told = Notice(
            name=check, where=where.partition("?")[0], unknown=True, message=str(error), evidence=error.evidence,
            remedy=error.remedy,
        )  # fmt: skip
        if told not in self.unread:
            self.unread.append(told)
