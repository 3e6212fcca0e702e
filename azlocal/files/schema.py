"""The JSON Schema of an inputs file, for editors that check and complete YAML.

A schema knows single values; what must hold between them, and between clusters, `inputs check` tells.
"""

from __future__ import annotations

from typing import Any

from azlocal.files.inputs_fields import KNOWN, NODE, NODES, REQUIRED
from azlocal.files.inputs_rules import LARGEST_POOL, SMALLEST_POOL

_ADDRESS = {"type": "string", "format": "ipv4"}
_YES_NO = {"enum": [True, False, "yes", "no", "on", "off"]}
_MACHINE = r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[Mm]icrosoft\.[Hh]ybrid[Cc]ompute/machines/[^/]+/?$"
_SECRET = (
    r"^https://[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]\.vault(\.[A-Za-z0-9-]+)+/secrets/[A-Za-z0-9-]+/[A-Za-z0-9-]+/?$"
)

_SHAPES: dict[str, dict[str, Any]] = {
    "failoverClusterName": {"type": "string", "minLength": 3, "maxLength": 15},
    "arcNodeResourceIds": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": _MACHINE}},
    NODES: {
        "type": "array", "minItems": 1,
        "items": {
            "type": "object", "additionalProperties": False, "required": list(NODE),
            "properties": {
                "name": {"type": "string", "minLength": 1, "description": "name of the node, as the cluster reports it"},
                "ipv4Address": {**_ADDRESS, "description": "its address in the management network"},
            },
        },
    },
    "domainFqdn": {"type": "string", "pattern": r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"},
    "startingIPAddress": _ADDRESS,
    "endingIPAddress": _ADDRESS,
    "subnetMask": _ADDRESS,
    "defaultGateway": _ADDRESS,
    "dnsServers": {"type": "array", "minItems": 1, "items": _ADDRESS},
    "customLocation": {"type": "string", "minLength": 1},
    "lcmSecretUri": {"type": "string", "pattern": _SECRET},
    "namingPrefix": {"type": "string", "pattern": r"^[A-Za-z0-9-]{1,8}$"},
    "adouPath": {"type": "string"},
    "streamingDataClient": _YES_NO,
    "euLocation": _YES_NO,
    "episodicDataUpload": _YES_NO,
    "deploymentConfigurationVersion": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+){3}$"},
}  # fmt: skip

_TEXTS = {
    "failoverClusterName": "name of the failover cluster",
    "arcNodeResourceIds": "resource ids of the Arc machines, one for each node; the first usually becomes the seed node",
    NODES: "name and IPv4 address of every node",
    "domainFqdn": "Active Directory domain, fully qualified",
    "startingIPAddress": f"first of {SMALLEST_POOL} to {LARGEST_POOL} free addresses in a row, in the hosts' subnet",
    "endingIPAddress": "last of them",
    "subnetMask": "mask of the hosts' subnet",
    "defaultGateway": "gateway of the hosts' subnet",
    "dnsServers": "DNS servers that resolve the domain and public names",
    "customLocation": "name of the custom location that the upgrade creates",
    "lcmSecretUri": "URI, with version, of the Key Vault secret that holds the deployment user's credential",
    "namingPrefix": "prefix of the names of what the upgrade creates; default HCI001",
    "adouPath": "organizational unit in Active Directory; default none",
    "streamingDataClient": "whether telemetry is sent to Microsoft; default yes",
    "euLocation": "whether logs and diagnostic data stay in the EU; default yes",
    "episodicDataUpload": "whether diagnostic data is uploaded; default yes",
    "deploymentConfigurationVersion": "version of the deployment configuration; default 10.1.0.0",
}
_OWN = {
    "cluster": {
        "type": "string", "minLength": 1,
        "description": "whose inputs these are: name, group/name or resource id; default the name of the file",
    },
    "network": {
        "type": "string", "pattern": r"^[A-Za-z0-9._-]{1,64}$",
        "description": "tells networks with the same addresses apart: clusters of different networks never collide",
    },
}  # fmt: skip


def inputs_schema() -> dict[str, Any]:
    """Return the schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "azlocal upgrade inputs",
        "description": "Upgrade inputs of one cluster: parameters of solution-upgrade.json.",
        "type": "object",
        "additionalProperties": False,
        "required": list(REQUIRED),
        "properties": _OWN | {name: {**_SHAPES[name], "description": _TEXTS[name]} for name in KNOWN},
    }
