"""Reads for the sake of upgrade inputs: what machines, edge devices, vaults and subscriptions tell beside the census."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from azlocal.azure.clients import Connection
from azlocal.azure.errors import refused
from azlocal.azure.graph import rows
from azlocal.azure.queries import MACHINES
from azlocal.azure.reader import HCI_API
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key, name_of, subscription_of
from azlocal.core.inputs_echo import parameters_of
from azlocal.core.inputs_facts import AdapterFacts, HostFacts, Surroundings, VaultFacts, interface
from azlocal.core.loose import items, mapping
from azlocal.errors import AzlocalError

VAULTS = "microsoft.keyvault/vaults"
PROVIDERS_API = "2022-12-01"
NEEDED_PROVIDERS = (
    "Microsoft.HybridCompute",
    "Microsoft.GuestConfiguration",
    "Microsoft.HybridConnectivity",
    "Microsoft.AzureStackHCI",
)
"""What must be registered in a cluster's subscription (README of the published upgrade template)."""

HOSTS_QUERY = f"""
resources
| where type =~ '{MACHINES}' and tostring(properties.cloudMetadata.provider) =~ 'AzSHCI'
    and tostring(properties.detectedProperties.model) != 'Virtual Machine'
| project id, name, principal = tostring(identity.principalId), domain = tostring(properties.domainName),
    fqdn = tostring(properties.adFqdn), interfaces = properties.networkProfile.networkInterfaces
| order by id asc
"""

VAULTS_QUERY = f"""
resources
| where type =~ '{VAULTS}'
| project id, name, uri = tostring(properties.vaultUri), access = tostring(properties.publicNetworkAccess)
| order by id asc
"""

T = TypeVar("T")


class AzureSurveyor:
    """What one identity can see around clusters."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def survey(self, clusters: Sequence[ClusterFacts], *, whole: bool) -> Surroundings:
        """Return what surrounds *clusters*: two queries, and four reads of each subscription.

        *whole* also reads each cluster's deployment settings and each machine's edge device, one by one.
        What cannot be read stays unknown and is told in `problems`.
        """
        survey = _Survey(self._connection)
        hosts = survey.hosts(_subscriptions(clusters, machines=True))
        return Surroundings(
            hosts=survey.with_adapters(hosts, clusters) if whole else hosts,
            vaults=survey.vaults(_subscriptions(clusters, machines=True)),
            unregistered=survey.unregistered(_subscriptions(clusters, machines=False)),
            echoes=survey.echoes(clusters) if whole else {},
            problems=tuple(survey.problems),
        )


def _subscriptions(clusters: Iterable[ClusterFacts], *, machines: bool) -> list[str]:
    ids = [one.id for one in clusters]
    if machines:
        ids += [machine for one in clusters for machine in _machine_ids(one)]
    return sorted({subscription_of(one) for one in ids} - {""})


def _machine_ids(cluster: ClusterFacts) -> list[str]:
    named = [node.machine_id for node in cluster.nodes if node.machine_id]
    return list(dict.fromkeys(map(key, [*named, *(one.id for one in cluster.machines or ())])))


class _Survey:
    """One survey, and what went wrong in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.problems: list[str] = []

    def hosts(self, subscriptions: Sequence[str]) -> dict[str, HostFacts]:
        """Return the Arc machines of clusters by id key."""
        found = self._or(None, lambda: list(self._rows(HOSTS_QUERY, subscriptions)))
        return {key(row["id"]): _host(row) for row in found or ()}

    def vaults(self, subscriptions: Sequence[str]) -> dict[str, VaultFacts] | None:
        """Return the vaults by name, None when they could not be read."""
        found = self._or(None, lambda: list(self._rows(VAULTS_QUERY, subscriptions)))
        return None if found is None else {str(row["name"]).lower(): _vault(row) for row in found}

    def unregistered(self, subscriptions: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the providers that are not registered, by subscription."""
        return {one: tuple(self._missing(one)) for one in subscriptions}

    def _missing(self, subscription: str) -> Iterator[str]:
        for name in NEEDED_PROVIDERS:
            path = f"/subscriptions/{subscription}/providers/{name}"
            answer = self._get(path, PROVIDERS_API, "read the resource provider")
            state = str(answer.get("registrationState", "")).lower()
            if state and state not in {"registered", "registering"}:
                yield name

    def with_adapters(self, hosts: Mapping[str, HostFacts], clusters: Iterable[ClusterFacts]) -> dict[str, HostFacts]:
        """Return *hosts*, those of *clusters* with what their edge devices report."""
        found = dict(hosts)
        for machine_id in (one for cluster in clusters for one in _machine_ids(cluster)):
            device_id = f"{machine_id}/providers/Microsoft.AzureStackHCI/edgeDevices/default"
            device = self._get(device_id, HCI_API, "read the edge device")
            if device:
                found[machine_id] = _with_device(found.get(machine_id), machine_id, device)
        return found

    def echoes(self, clusters: Iterable[ClusterFacts]) -> dict[str, Mapping[str, Any]]:
        """Return by cluster the parameters that its deployment settings echo."""
        found: dict[str, Mapping[str, Any]] = {}
        for cluster in clusters:
            settings = self._get(f"{cluster.id}/deploymentSettings/default", HCI_API, "read the deployment settings")
            parameters = parameters_of(mapping(settings.get("properties")))
            if parameters:
                found[key(cluster.id)] = parameters
        return found

    def _rows(self, query: str, subscriptions: Sequence[str]) -> Iterator[dict[str, Any]]:
        return rows(self._connection, query, subscriptions, ()) if subscriptions else iter(())

    def _get(self, path: str, api_version: str, action: str) -> Mapping[str, Any]:
        """Return what a GET answers; what is not there, or cannot be read, is empty."""
        answer = self._or(None, lambda: self._connection.get(path, api_version))
        if answer is None or answer.status == 404:
            return {}
        if answer.status >= 300:
            self._note(refused(answer, action, path))
        return mapping(answer.json) if answer.status < 300 else {}

    def _or(self, otherwise: T, read: Callable[[], T]) -> T:
        try:
            return read()
        except AzlocalError as error:
            self._note(error)
            return otherwise

    def _note(self, error: AzlocalError) -> None:
        if str(error) not in self.problems:
            self.problems.append(str(error))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# rows and documents to facts


def _host(row: Mapping[str, Any]) -> HostFacts:
    domain = _text(row.get("domain")) or _text(row.get("fqdn")).partition(".")[2]
    return HostFacts(
        id=str(row["id"]), name=_text(row.get("name")) or name_of(str(row["id"])),
        principal=_text(row.get("principal")), domain=domain if domain.lower() != "workgroup" else "",
        addresses=tuple(_addresses(items(row.get("interfaces")))),
    )  # fmt: skip


def _addresses(interfaces: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in (address for card in interfaces for address in items(card.get("ipAddresses"))):
        text = _text(one.get("address"))
        length = _text(mapping(one.get("subnet")).get("addressPrefix")).rpartition("/")[2]
        whole = f"{text}/{length}" if length.isdecimal() else text
        if interface(whole) is not None:
            yield whole


def _vault(row: Mapping[str, Any]) -> VaultFacts:
    access = _text(row.get("access")).lower()
    public = {"enabled": True, "disabled": False}.get(access)
    return VaultFacts(id=str(row["id"]), name=_text(row.get("name")), uri=_text(row.get("uri")), public=public)


def _with_device(host: HostFacts | None, machine_id: str, device: Mapping[str, Any]) -> HostFacts:
    known = host or HostFacts(id=machine_id, name=name_of(machine_id))
    reported = mapping(mapping(device.get("properties")).get("reportedProperties"))
    cards = items(mapping(reported.get("networkProfile")).get("nicDetails"))
    return HostFacts(
        id=known.id, name=known.name, principal=known.principal, domain=known.domain, addresses=known.addresses,
        adapters=tuple(map(_adapter, cards)), device_id=_text(device.get("id")),
    )  # fmt: skip


def _adapter(card: Mapping[str, Any]) -> AdapterFacts:
    servers = card.get("dnsServers")
    return AdapterFacts(
        address=_text(card.get("ip4Address")), mask=_text(card.get("subnetMask")),
        gateway=_text(card.get("defaultGateway")),
        dns=tuple(map(_text, servers)) if isinstance(servers, list) else (),
    )  # fmt: skip
