"""Upgrade inputs of one cluster as a person would write them, for the tests of this folder."""

from __future__ import annotations

import yaml

SUB = "11111111-1111-4111-8111-111111111111"
SECRET = (
    "https://kv-oslo.vault.azure.net/secrets/clu-oslo-01-AzureStackLCMUserCredential/0123456789abcdef0123456789abcdef"
)


def cluster_id(name, group="rg-oslo"):
    return f"/subscriptions/{SUB}/resourceGroups/{group}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def machine(name):
    return f"/subscriptions/{SUB}/resourceGroups/rg-machines/providers/Microsoft.HybridCompute/machines/{name}"


GOOD = {
    "failoverClusterName": "OSLOHCI01",
    "arcNodeResourceIds": [machine("oslo01-n1"), machine("oslo01-n2")],
    "physicalNodesSettings": [
        {"name": "oslo01-n1", "ipv4Address": "10.20.0.21"},
        {"name": "oslo01-n2", "ipv4Address": "10.20.0.22"},
    ],
    "domainFqdn": "ad.northwind.example",
    "startingIPAddress": "10.20.0.40",
    "endingIPAddress": "10.20.0.49",
    "subnetMask": "255.255.255.0",
    "defaultGateway": "10.20.0.1",
    "dnsServers": ["10.20.0.10", "10.20.0.11"],
    "customLocation": "cl-clu-oslo-01",
    "lcmSecretUri": SECRET,
}

NAME = "clu-oslo-01"
ID = cluster_id(NAME)


def as_yaml(data):
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
