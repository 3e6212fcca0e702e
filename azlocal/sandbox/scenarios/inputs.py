"""The upgrade inputs of a cluster: its file beside the plan, and what somebody else once sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from azlocal.sandbox.documents_arc import DOMAIN
from azlocal.sandbox.documents_hci import SECRET
from azlocal.sandbox.documents_shared import secret_uri
from azlocal.sandbox.scenarios.model import ClusterSpec


def parameters(spec: ClusterSpec) -> dict[str, Any]:
    """Return complete inputs as they usually are, by the names of the upgrade template's parameters."""
    network = spec.network
    first, last = network.pool()
    return {
        "failoverClusterName": spec.failover_name,
        "domainFqdn": DOMAIN,
        "subnetMask": "255.255.255.0",
        "defaultGateway": network.gateway,
        "startingIPAddress": first,
        "endingIPAddress": last,
        "dnsServers": list(network.dns),
        "physicalNodesSettings": [
            {"name": one.name, "ipv4Address": network.host(place)} for place, one in enumerate(spec.machines)
        ],
        "arcNodeResourceIds": spec.machine_ids,
        "customLocation": f"{spec.name}-cl",
        "lcmSecretUri": secret_uri(spec.vault_id, f"{spec.name}-{SECRET}"),
    }


def own_parameters(spec: ClusterSpec) -> dict[str, Any]:
    """Return the inputs as the cluster's file says them."""
    own = {name: _placed(value, spec.network.prefix) for name, value in (spec.inputs or {}).items()}
    return {name: value for name, value in {**parameters(spec), **own}.items() if value is not None}


def _placed(value: Any, network: str) -> Any:
    """Return a value of a scenario file with `{net}` as the first three octets of the cluster's subnet."""
    if isinstance(value, list):
        return [_placed(part, network) for part in value]
    if isinstance(value, Mapping):
        return {name: _placed(part, network) for name, part in value.items()}
    return value.replace("{net}", network) if isinstance(value, str) else value


def others_parameters(spec: ClusterSpec) -> dict[str, Any]:
    """Return the inputs that somebody else used: another range of addresses, and the secret without version."""
    first, last = spec.network.pool(60)
    own = parameters(spec)
    return {
        **own,
        "startingIPAddress": first,
        "endingIPAddress": last,
        "lcmSecretUri": own["lcmSecretUri"].rsplit("/", 1)[0],
    }


def input_text(spec: ClusterSpec) -> str:
    """Return the inputs file of a cluster, as YAML."""
    told = {"cluster": spec.id, **own_parameters(spec)}
    return f"# Upgrade inputs of {spec.name}.\n" + "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Write what inputs hold: scalars, and lists of scalars or of flat mappings. JSON scalars are YAML."""
    for name, value in told.items():
        if not isinstance(value, list):
            yield f"{name}: {json.dumps(value)}"
            continue
        yield f"{name}:"
        for item in value:
            yield f"- {_flow(item)}"


def _flow(item: Any) -> str:
    if not isinstance(item, Mapping):
        return json.dumps(item)
    return "{" + ", ".join(f"{name}: {json.dumps(value)}" for name, value in item.items()) + "}"
