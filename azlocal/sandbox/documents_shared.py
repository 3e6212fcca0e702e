"""What stands beside clusters: storage, vaults, telemetry, roles, the previews of 22H2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.documents import TENANT, guid, name_of, system_data, system_identity, tracked
from azlocal.sandbox.store import Document

_OLD = timedelta(days=400)


def storage_account(resource: str, location: str, now: datetime) -> Document:
    """Return a general-purpose storage account."""
    name = name_of(resource)
    services = ("blob", "dfs", "file", "queue", "table", "web")
    return tracked(
        resource, "Microsoft.Storage/storageAccounts", location,
        {
            "provisioningState": "Succeeded",
            "creationTime": stamp(now - _OLD),
            "primaryLocation": location,
            "statusOfPrimary": "available",
            "primaryEndpoints": {one: f"https://{name}.{one}.core.windows.net/" for one in services},
            "accessTier": "Hot",
            "allowBlobPublicAccess": False,
            "allowSharedKeyAccess": False,
            "minimumTlsVersion": "TLS1_2",
            "supportsHttpsTrafficOnly": True,
            "isHnsEnabled": False,
            "networkAcls": {"bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [], "defaultAction": "Allow"},
            "encryption": {
                "keySource": "Microsoft.Storage",
                "services": {one: {"enabled": True, "keyType": "Account"} for one in ("blob", "file")},
            },
        },
        kind="StorageV2", sku={"name": "Standard_LRS", "tier": "Standard"},
    )  # fmt: skip


def container(account_id: str, name: str, now: datetime) -> Document:
    """Return a blob container that nobody has leased."""
    return {
        "id": f"{account_id}/blobServices/default/containers/{name}",
        "name": name,
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "etag": f'"0x8D{guid(account_id, name)[:13].replace("-", "").upper()}"',
        "properties": {
            "deleted": False,
            "remainingRetentionDays": 0,
            "publicAccess": "None",
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "lastModifiedTime": stamp(now - _OLD),
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": False,
        },
    }


def vault(resource: str, location: str, now: datetime) -> Document:
    """Return a key vault that asks Azure RBAC who may read."""
    return tracked(
        resource, "Microsoft.KeyVault/vaults", location,
        {
            "provisioningState": "Succeeded",
            "sku": {"family": "A", "name": "standard"},
            "tenantId": TENANT,
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enabledForDiskEncryption": False,
            "enabledForTemplateDeployment": True,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 30,
            "enableRbacAuthorization": True,
            "vaultUri": f"https://{name_of(resource)}.vault.azure.net/",
            "publicNetworkAccess": "Enabled",
        },
        systemData=system_data(now - _OLD, now - _OLD),
    )  # fmt: skip


def secret_version(vault_id: str, name: str) -> str:
    """Return the version (32 hex digits) of a secret that the operator has prepared."""
    return guid(vault_id, name, "version").replace("-", "")


def secret_uri(vault_id: str, name: str) -> str:
    """Return a secret's URI with its version."""
    return f"https://{name_of(vault_id)}.vault.azure.net/secrets/{name}/{secret_version(vault_id, name)}"


def secret(vault_id: str, name: str, location: str, now: datetime) -> Document:
    """Return a secret as the management plane shows it: never its value."""
    uri = f"https://{name_of(vault_id)}.vault.azure.net/secrets/{name}"
    moment = int((now - timedelta(days=20)).timestamp())
    return tracked(
        f"{vault_id}/secrets/{name}", "Microsoft.KeyVault/vaults/secrets", location,
        {
            "attributes": {"enabled": True, "created": moment, "updated": moment},
            "contentType": "Secret",
            "secretUri": uri,
            "secretUriWithVersion": secret_uri(vault_id, name),
        },
    )  # fmt: skip


def role_assignment(scope: str, role: str, principal: str, now: datetime) -> Document:
    """Return a role assignment at *scope*; *role* is the role definition's GUID."""
    name = guid(scope, role, principal)
    granted = stamp(now - timedelta(days=20))
    subscription = "/".join(scope.split("/")[:3])
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "scope": scope,
            "condition": None,
            "conditionVersion": None,
            "createdOn": granted,
            "updatedOn": granted,
            "createdBy": guid(TENANT, "operator"),
            "updatedBy": guid(TENANT, "operator"),
            "delegatedManagedIdentityResourceId": None,
            "description": None,
        },
    }


def workspace(resource: str, location: str, customer_id: str, now: datetime) -> Document:
    """Return a Log Analytics workspace; *customer_id* is the id that queries name."""
    return tracked(
        resource, "Microsoft.OperationalInsights/workspaces", location,
        {
            "provisioningState": "Succeeded",
            "customerId": customer_id,
            "createdDate": stamp(now - _OLD),
            "modifiedDate": stamp(now - _OLD),
            "sku": {"name": "PerGB2018", "lastSkuUpdate": stamp(now - _OLD)},
            "retentionInDays": 90,
            "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
            "workspaceCapping": {"dailyQuotaGb": -1.0, "dataIngestionStatus": "RespectQuota"},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
        },
        etag=f'"{guid(resource, "etag")}"',
    )  # fmt: skip


def log_table(workspace_id: str, name: str, columns: Sequence[Mapping[str, str]]) -> Document:
    """Return a custom table of a workspace."""
    return {
        "id": f"{workspace_id}/tables/{name}",
        "name": name,
        "type": "Microsoft.OperationalInsights/workspaces/tables",
        "properties": {
            "provisioningState": "Succeeded",
            "plan": "Analytics",
            "retentionInDays": 90,
            "totalRetentionInDays": 90,
            "retentionInDaysAsDefault": True,
            "schema": {
                "name": name,
                "tableType": "CustomLog",
                "tableSubType": "DataCollectionRuleBased",
                "solutions": ["LogManagement"],
                "columns": [dict(one) for one in columns],
            },
        },
    }


def collection_rule(
    resource: str,
    location: str,
    *,
    immutable_id: str,
    streams: Mapping[str, Sequence[Mapping[str, str]]],
    workspace_id: str,
    customer_id: str,
) -> Document:
    """Return a data collection rule of kind Direct: every stream goes as it comes to the table of its name."""
    short = name_of(resource)
    host = f"https://{short}-{guid(resource)[:4]}-{location}"
    return tracked(
        resource, "Microsoft.Insights/dataCollectionRules", location,
        {
            "immutableId": immutable_id,
            "endpoints": {
                "logsIngestion": f"{host}.logs.z1.ingest.monitor.azure.com",
                "metricsIngestion": f"{host}.metrics.z1.ingest.monitor.azure.com",
            },
            "streamDeclarations": {name: {"columns": [dict(one) for one in columns]} for name, columns in streams.items()},
            "destinations": {
                "logAnalytics": [{"workspaceResourceId": workspace_id, "workspaceId": customer_id, "name": "law"}]
            },
            "dataFlows": [
                {"streams": [name], "destinations": ["law"], "transformKql": "source", "outputStream": name}
                for name in streams
            ],
            "provisioningState": "Succeeded",
        },
        kind="Direct",
    )  # fmt: skip


def preview_bridge(resource: str, location: str, now: datetime) -> Document:
    """Return a resource bridge of the previews on 22H2: no upgrade made it, and none tolerates it."""
    made = now - _OLD
    return tracked(
        resource, "Microsoft.ResourceConnector/appliances", location,
        {
            "provisioningState": "Succeeded",
            "status": "Running",
            "distro": "AKSEdge",
            "version": "1.0.12",
            "infrastructureConfig": {"provider": "HCI"},
        },
        identity=system_identity(resource), systemData=system_data(made, made),
    )  # fmt: skip


def preview_location(resource: str, location: str, bridge: str, now: datetime) -> Document:
    """Return the custom location on a preview's resource bridge; *bridge* is the appliance's id."""
    made = now - _OLD
    return tracked(
        resource, "Microsoft.ExtendedLocation/customLocations", location,
        {
            "provisioningState": "Succeeded",
            "displayName": name_of(resource),
            "hostType": "Kubernetes",
            "namespace": "preview",
            "hostResourceId": bridge,
            "clusterExtensionIds": [f"{bridge}/providers/Microsoft.KubernetesConfiguration/extensions/vmoperator"],
        },
        systemData=system_data(made, made),
    )  # fmt: skip


def aks_hybrid(resource: str, location: str, now: datetime) -> Document:
    """Return a preview AKS hybrid cluster, which no solution upgrade tolerates."""
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "kubernetesVersion": "v1.24.6",
        "enableRbac": True,
        "agentPoolProfiles": [{"name": "nodepool1", "count": 2, "osType": "Linux", "vmSize": "Standard_A4_v2"}],
    }
    kind = "Microsoft.HybridContainerService/provisionedClusters"
    return tracked(resource, kind, location, properties, systemData=system_data(now - _OLD, now - _OLD))


def preview_machine(resource: str, location: str, custom_location: str, now: datetime) -> Document:
    """Return a preview Arc VM of 22H2; *custom_location* is the id of the one it runs on."""
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "hardwareProfile": {"vmSize": "Custom", "processors": 4, "memoryMB": 8192},
        "osProfile": {"computerName": name_of(resource), "osType": "Windows"},
        "status": {"powerState": "Running"},
    }
    return tracked(
        resource, "Microsoft.AzureStackHCI/virtualMachines", location, properties,
        extendedLocation={"type": "CustomLocation", "name": custom_location},
        systemData=system_data(now - _OLD, now - _OLD),
    )  # fmt: skip
