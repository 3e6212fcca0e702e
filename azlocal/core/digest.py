"""What a start will send, in the form Azure echoes it, and the digests that compare the two."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from azlocal.core.ids import key

SECRET_NAME = "AzureStackLCMUserCredential"


def short(digest: str) -> str:
    """Return the 12 hex digits by which a digest is shown and kept in tags."""
    return digest[:12]


def canonical_digest(value: Any) -> str:
    """Return SHA-256 (64 hex digits) over the canonical JSON of *value*."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    # What is no Unicode, such as half of a pair in a tag, has a digest too.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def template_digest(template: Mapping[str, Any]) -> str:
    """Return the digest of what a template does: its descriptions and its own version do not count."""
    parts = {name: part for name, part in template.items() if name not in _NOT_DONE}
    parameters = {
        name: {word: told for word, told in one.items() if word != "metadata"}
        for name, one in template.get("parameters", {}).items()
    }
    return canonical_digest({**parts, "parameters": parameters})


_NOT_DONE = frozenset({"$schema", "contentVersion", "metadata"})


def request_digest(configuration: str, template: str) -> str:
    """Return the digest of a whole request from the digests of its configuration and of its template.

    Azure echoes the configuration and not the template, so the first is compared with the echo, and this
    one with what azlocal announced. Without a template the request is its configuration.
    """
    return canonical_digest({"configuration": configuration, "template": template}) if template else configuration


def members_digest(cluster_ids: Iterable[str]) -> str:
    """Return the digest of a set of clusters, whatever their order and case."""
    return canonical_digest(sorted({key(one) for one in cluster_ids}))


def settings_properties(parameters: Mapping[str, Any], cluster_name: str) -> dict[str, Any]:
    """Return `deploymentSettings.properties` as `solution-upgrade.json` makes it, without the mode."""
    data = {
        "observability": {
            "streamingDataClient": parameters.get("streamingDataClient", True),
            "euLocation": parameters.get("euLocation", True),
            "episodicDataUpload": parameters.get("episodicDataUpload", True),
        },
        "cluster": {"name": parameters.get("failoverClusterName")},
        "storage": {"configurationMode": "InfraOnly"},
        "namingPrefix": parameters.get("namingPrefix", "HCI001"),
        "domainFqdn": parameters.get("domainFqdn"),
        "infrastructureNetwork": [_network(parameters)],
        "physicalNodes": parameters.get("physicalNodesSettings"),
        "adouPath": parameters.get("adouPath", ""),
        "optionalServices": {"customLocation": parameters.get("customLocation")},
        "secrets": [_secret(parameters, cluster_name)],
    }
    version = parameters.get("deploymentConfigurationVersion", "10.1.0.0")
    return {
        "arcNodeResourceIds": parameters.get("arcNodeResourceIds"),
        "operationType": "ClusterUpgrade",
        "deploymentConfiguration": {"version": version, "scaleUnits": [{"deploymentData": data}]},
    }


def _network(parameters: Mapping[str, Any]) -> dict[str, Any]:
    pool = {
        "startingAddress": parameters.get("startingIPAddress"),
        "endingAddress": parameters.get("endingIPAddress"),
    }
    return {
        "subnetMask": parameters.get("subnetMask"),
        "gateway": parameters.get("defaultGateway"),
        "ipPools": [pool],
        "dnsServers": parameters.get("dnsServers"),
    }


def _secret(parameters: Mapping[str, Any], cluster_name: str) -> dict[str, Any]:
    return {
        "secretName": f"{cluster_name}-{SECRET_NAME}",
        "eceSecretName": SECRET_NAME,
        "secretLocation": parameters.get("lcmSecretUri"),
    }


def digest_of_properties(properties: Mapping[str, Any]) -> str:
    """Return the digest of a configuration, sent or echoed: the mode and what Azure adds do not count."""
    nodes = properties.get("arcNodeResourceIds")
    return canonical_digest(
        {
            "arcNodeResourceIds": [key(str(one)) for one in nodes] if isinstance(nodes, list | tuple) else [],
            "operationType": str(properties.get("operationType", "")).lower(),
            "deploymentConfiguration": _bare(properties.get("deploymentConfiguration")),
        }
    )


def _bare(value: Any) -> Any:
    """Drop nulls and empty containers: Azure echoes absent optional parts in any of these forms."""
    if isinstance(value, Mapping):
        parts = {str(name): _bare(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, {}, [])}
    if isinstance(value, list | tuple):
        return [_bare(part) for part in value]
    return value
