"""The codes of the rules for upgrade inputs: stable words by which a mistake is looked up in `docs/inputs.md`.

They follow the table of inputs and prerequisites of the Azure Local upgrade articles (2026-04-28); rules that
the table does not name have codes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType({
    "ARC_NODES": "one Arc machine for each node, each with a system-assigned identity, each in one cluster only",
    "CLUSTER": "the inputs belong to exactly one cluster",
    "CLUSTER_IP_IN_POOL": "the address of the failover cluster is not in the pool",
    "CLUSTER_NAME": "the name of the Azure resource differs from every node's name",
    "CONFIG_VERSION": "the version of the deployment configuration is four numbers",
    "CUSTOM_LOCATION": "the custom location has a name that no other cluster of the resource group uses",
    "DNS": "at least one DNS server, each an IPv4 address",
    "DOMAIN": "the Active Directory domain is fully qualified, and the one the machines have joined",
    "FAILOVER_NAME": "the failover cluster's name has 3 to 15 characters and is the one the cluster reports",
    "GATEWAY": "the default gateway is in the subnet",
    "IP_POOL": "the pool is one range of IPv4 addresses",
    "IP_POOL_COUNT": "the template takes one range",
    "IP_POOL_IN_USE": "no address of the pool is in use",
    "IP_POOL_OVERLAP": "the pool holds no address of a host, a gateway, a DNS server or another cluster's pool",
    "IP_POOL_SIZE": "the pool has 6 to 255 addresses, the first one first",
    "IP_POOL_SUBNET": "the pool is in the subnet of the hosts",
    "KEYVAULT_ACCESS": "the vault can be reached from public networks",
    "KEYVAULT_EXISTS": "the vault is there before the upgrade",
    "KEYVAULT_NAME": "a vault's name has 3 to 24 letters, digits and single hyphens, and its host is that of the cloud",
    "LCM_PASSWORD": "the deployment user's password has at least 14 characters of four kinds, and never stands here",
    "LCM_USER": "the deployment user is a bare name of 1 to 20 characters, local administrator on every machine",
    "LOG_RETENTION": "audit logs are kept 0 to 365 days; prepared beforehand, not with the upgrade",
    "MEMORY": "every machine has more than 8 GB of free memory for the resource bridge",
    "MODE": "azlocal chooses the mode: Validate first, Deploy only what Validate has passed",
    "NAMING_PREFIX": "the prefix of names has 1 to 8 letters, digits and hyphens",
    "NETWORK": "the word that tells networks apart is one word",
    "NODES": "every node with the name and an IPv4 address it reports, each once",
    "OU_PATH": "the organizational unit is one line of text",
    "POOL_SPACE": "the storage pool has room for the infrastructure volume",
    "REGION": "the cluster's region takes the solution upgrade; it is never an input",
    "RETENTION": "deleted vaults are kept 7 to 90 days; prepared beforehand, not with the upgrade",
    "ROLES": "azlocal's identity is Azure Stack HCI Administrator and Reader of the subscription",
    "ROLES_RG": "who prepares vault, secret and storage has the roles for it on the resource group",
    "ROLES_WRITE": "every machine's identity has the three roles that the upgrade needs",
    "RP_UNREGISTERED": "the resource providers that the upgrade needs are registered in the subscription",
    "SECRET": "no secret stands in inputs",
    "SECRET_URI": "the deployment user's credential is named by a Key Vault secret's URI with its version",
    "STORAGE_NAME": "the storage account is prepared beforehand, not with the upgrade",
    "SUBNET": "the subnet mask is ones, then zeros, and the one the machines report",
    "SYSTEM_DRIVE": "30 GB are free on drive C: of every machine",
    "TABLE": "every cell of a table stands in a column with a name",
    "TELEMETRY": "a telemetry switch is yes or no",
    "TEMPLATE": "packages up to 2411.3 need another template, with a service principal, that azlocal does not send",
    "UNKNOWN_KEY": "inputs have the keys of the upgrade template and no others",
})  # fmt: skip
"""Code → the rule in a sentence."""

_OF_FIELDS: Mapping[str, str] = MappingProxyType({
    "failoverClusterName": "FAILOVER_NAME",
    "arcNodeResourceIds": "ARC_NODES",
    "physicalNodesSettings": "NODES",
    "domainFqdn": "DOMAIN",
    "startingIPAddress": "IP_POOL",
    "endingIPAddress": "IP_POOL",
    "subnetMask": "SUBNET",
    "defaultGateway": "GATEWAY",
    "dnsServers": "DNS",
    "customLocation": "CUSTOM_LOCATION",
    "lcmSecretUri": "SECRET_URI",
    "namingPrefix": "NAMING_PREFIX",
    "adouPath": "OU_PATH",
    "streamingDataClient": "TELEMETRY",
    "euLocation": "TELEMETRY",
    "episodicDataUpload": "TELEMETRY",
    "deploymentConfigurationVersion": "CONFIG_VERSION",
    "cluster": "CLUSTER",
    "network": "NETWORK",
})  # fmt: skip


def code_of(field: str) -> str:
    """Return the code of the rules for what one field holds by itself."""
    return _OF_FIELDS.get(field, "UNKNOWN_KEY")


QUESTIONS: Mapping[str, str] = MappingProxyType({
    "ROLES": "Is azlocal's identity Azure Stack HCI Administrator and Reader of the cluster's subscription?",
    "ROLES_RG": (
        "Had who prepared vault and secret Key Vault Contributor, Key Vault Secrets Officer, Key Vault Data Access "
        "Administrator and Storage Account Contributor on the resource group?"
    ),
    "ROLES_WRITE": (
        "Has every machine's identity Azure Stack HCI Device Management Role and Azure Stack HCI Connected "
        "InfraVMs on the resource group, and Key Vault Secrets User on the vault?"
    ),
    "IP_POOL_IN_USE": "Does no address of the pool answer to ping, nor on ports 22, 5985 and 5986?",
    "IP_POOL_SUBNET": "Do addresses of the pool reach the hosts and, outbound, the endpoints of Azure Local?",
    "CLUSTER_IP_IN_POOL": "Is the failover cluster's address outside the pool, and no IPv6 address among its own?",
    "GATEWAY": "Does the default gateway answer to ping from addresses of the pool?",
    "DNS": "Do the DNS servers resolve the domain and public names, on TCP 53, from addresses of the pool?",
    "LCM_USER": (
        "Is the user in the secret a bare name of 1 to 20 characters (not Administrator, no domain), local "
        "administrator on every machine, with the right to log on as a batch job, not in Protected Users, with an "
        "English language list, and used for this cluster alone?"
    ),
    "LCM_PASSWORD": "Has the user's password at least 14 characters: lower and upper case, digits and others?",
    "MEMORY": "Has every machine more than 8 GB of free memory for the resource bridge?",
    "POOL_SPACE": "Has the storage pool 512 GB unallocated (one or two machines) or 768 GB (three and more)?",
    "SYSTEM_DRIVE": "Are 30 GB free on drive C: of every machine?",
})  # fmt: skip
"""What neither a file nor Azure Local's resources tell: the code of the rule, and the question for people.

Readiness validation tests most of it.
"""
