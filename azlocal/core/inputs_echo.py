"""Upgrade inputs out of the configuration that Azure echoes: the way back of `digest.settings_properties`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azlocal.core.loose import mapping

_OPTIONAL = {
    "namingPrefix": "HCI001",
    "adouPath": "",
    "streamingDataClient": True,
    "euLocation": True,
    "episodicDataUpload": True,
    "deploymentConfigurationVersion": "10.1.0.0",
}
"""What the template takes where inputs say nothing."""


def parameters_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that the properties of upgrade settings tell; what they do not tell is left out.

    Values that equal the template's defaults are left out, too.
    """
    if str(properties.get("operationType", "")).lower() != "clusterupgrade":
        return {}
    configuration = mapping(properties.get("deploymentConfiguration"))
    data = mapping(mapping(_first(configuration.get("scaleUnits"))).get("deploymentData"))
    told = {
        "failoverClusterName": mapping(data.get("cluster")).get("name"),
        "arcNodeResourceIds": _texts(properties.get("arcNodeResourceIds")),
        "physicalNodesSettings": _nodes(data.get("physicalNodes")),
        "domainFqdn": data.get("domainFqdn"),
        **_network(mapping(_first(data.get("infrastructureNetwork")))),
        "customLocation": mapping(data.get("optionalServices")).get("customLocation"),
        "lcmSecretUri": mapping(_first(data.get("secrets"))).get("secretLocation"),
        "namingPrefix": data.get("namingPrefix"),
        "adouPath": data.get("adouPath"),
        **{name: mapping(data.get("observability")).get(name) for name in _SWITCHES},
        "deploymentConfigurationVersion": configuration.get("version"),
    }
    return {name: value for name, value in told.items() if value not in (None, "", []) and value != _default(name)}


_SWITCHES = ("streamingDataClient", "euLocation", "episodicDataUpload")


def _default(name: str) -> object:
    return _OPTIONAL.get(name)


def _network(network: Mapping[str, Any]) -> dict[str, Any]:
    pool = mapping(_first(network.get("ipPools")))
    return {
        "startingIPAddress": pool.get("startingAddress"),
        "endingIPAddress": pool.get("endingAddress"),
        "subnetMask": network.get("subnetMask"),
        "defaultGateway": network.get("gateway"),
        "dnsServers": _texts(network.get("dnsServers")),
    }


def _nodes(value: Any) -> list[dict[str, str]]:
    nodes = [mapping(one) for one in value] if isinstance(value, list) else []
    return [{"name": str(one.get("name", "")), "ipv4Address": str(one.get("ipv4Address", ""))} for one in nodes]


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
