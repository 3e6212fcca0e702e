"""What the environment checker finds in the world itself, whatever a scenario says.

Limits: AzStackHci.EnvironmentChecker as signed 2026-05-03 (builds 25398.1904 and 26100.32814, pools of 6
to 255 addresses); extension 30.2408 is the Azure side of its controller minimum 10.2408.0.537.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox import journey_texts as texts
from azlocal.sandbox.journey_plan import Failure
from azlocal.sandbox.journey_steps import ARC, NETWORK, UPGRADE
from azlocal.sandbox.store import Document, Store

MINIMUM_REVISION = {25398: 1904, 26100: 32814}
MINIMUM_LCM = (30, 2408)
LCM_NAME = "AzureEdgeLifecycleManager"
LCM_PUBLISHER, LCM_TYPE = "Microsoft.AzureStack.Orchestration", "LcmController"
_BUILD = re.compile(r"(?:10\.0\.)?(\d{5})\.(\d+)")
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster as the checker meets it."""

    store: Store
    cluster: Document
    machines: tuple[str, ...]
    data: Mapping[str, Any]
    """`deploymentData` of the request."""

    @property
    def group(self) -> str:
        """Return the id of the cluster's resource group."""
        return "/".join(str(self.cluster["id"]).split("/")[:5])


def findings(site: Site) -> tuple[Failure, ...]:
    """Return what the world makes fail, one exception for each step concerned."""
    found = (_upgrade(site), _network(site), _arc(site))
    return tuple(one for one in found if one is not None)


def machine_name(machine_id: str) -> str:
    """Return the last segment of a machine's id."""
    return machine_id.rstrip("/").rsplit("/", 1)[-1]


def lcm_extension(store: Store, machine_id: str) -> Document | None:
    """Return a machine's LCM extension: usually by its usual name, else by publisher and type."""
    usual = store.get(f"{machine_id}/extensions/{LCM_NAME}")
    if usual is not None:
        return usual
    kind = "Microsoft.HybridCompute/machines/extensions"
    return next((one for one in store.of_type(kind, under=f"{machine_id}/extensions/") if _is_lcm(one)), None)


def _is_lcm(extension: Document) -> bool:
    told = extension.get("properties") or {}
    return (str(told.get("publisher")).lower(), str(told.get("type")).lower()) == (
        LCM_PUBLISHER.lower(),
        LCM_TYPE.lower(),
    )


def _upgrade(site: Site) -> Failure | None:
    results = [*_builds(site), *_controllers(site), *_workloads(site), *_deployed(site)]
    return _failure(UPGRADE, "Upgrade", "ValidateUpgrade", results)


def _failure(step: str, heading: str, interface: str, results: list[Result]) -> Failure | None:
    failing = [one for one in results if one["Status"] == 1]
    if not failing:
        return None
    return Failure(step, texts.with_results(heading, interface, results), str(failing[0]["TargetResourceName"]))


def _builds(site: Site) -> Iterable[Result]:
    builds = {
        machine_name(one): _build_of(document) for one in site.machines if (document := site.store.get(one)) is not None
    }
    for node, build in builds.items():
        yield _build_result(node, build)
    if len(set(builds.values())) > 1:
        told = ", ".join(f"{node} {build}" for node, build in builds.items())
        yield texts.result(
            "AzStackHci_Upgrade_Test_Unsupported_OS_Build", "Test OS build is the same on all nodes",
            f"The nodes run different builds: {told}.", ok=False, node=list(builds)[-1],
        )  # fmt: skip


def _build_of(machine: Document) -> str:
    found = _BUILD.search(str((machine.get("properties") or {}).get("osVersion", "")))
    return f"{found[1]}.{found[2]}" if found else "unknown"


def _build_result(node: str, build: str) -> Result:
    family, _, revision = build.partition(".")
    minimum = MINIMUM_REVISION.get(int(family)) if family.isdecimal() else None
    ok = minimum is not None and int(revision) >= minimum
    wanted = " or ".join(f"{one}.{least}" for one, least in MINIMUM_REVISION.items())
    detail = f"{node} runs build {build}; {'supported' if ok else f'at least {wanted} is required'}."
    return texts.result(
        "AzStackHci_Upgrade_Windows_OS_Version", "Test Windows OS is Supported", detail, ok=ok, node=node
    )


def _controllers(site: Site) -> Iterable[Result]:
    for machine in site.machines:
        node = machine_name(machine)
        problem = _lcm_problem(lcm_extension(site.store, machine), node)
        detail = problem or f"The controller on {node} is recent enough."
        yield texts.result(
            "AzStackHci_Upgrade_Minimum_LCM_Version", "Test LCM Version meets minimum requirement", detail,
            ok=not problem, node=node,
        )  # fmt: skip


def _lcm_problem(extension: Document | None, node: str) -> str:
    if extension is None:
        return f"LCM Controller service is not found on {node}."
    told = extension.get("properties") or {}
    state = str(told.get("provisioningState", ""))
    if state != "Succeeded":
        return f"LCM Controller service is not in running state on {node} (extension {state or 'of unknown state'})."
    version = str(told.get("typeHandlerVersion") or "")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    return "" if numbers >= MINIMUM_LCM else f"LCM controller {version or 'of unknown version'} on {node} is too old."


def _workloads(site: Site) -> Iterable[Result]:
    kinds = (
        ("Microsoft.HybridContainerService/provisionedClusters", "AzStackHci_Upgrade_AksHci",
         "Test AKS HCI install state"),
        ("Microsoft.AzureStackHCI/virtualMachines", "AzStackHci_Upgrade_Moc", "Test MOC install state"),
    )  # fmt: skip
    seed = machine_name(site.machines[0]) if site.machines else ""
    for kind, name, title in kinds:
        found = next(site.store.of_type(kind, under=f"{site.group}/providers/"), None)
        detail = f"{found['name']} is there; the state expected is NotInstalled." if found else "NotInstalled."
        yield texts.result(name, title, detail, ok=found is None, node=seed)
    bridge = preview_appliance(site.store, site.group)
    detail = f"wssdcloudagent service is running for {bridge}." if bridge else "No service of MOC exists."
    yield texts.result("AzStackHci_Upgrade_MocServices", "Test MOC services running", detail, ok=not bridge, node=seed)


def preview_appliance(store: Store, group: str) -> str:
    """Return the name of a resource bridge that no upgrade made, or an empty string.

    An upgrade names its bridge `{cluster}-arcbridge`, with the cluster in the same group.
    """
    for one in store.of_type("Microsoft.ResourceConnector/appliances", under=f"{group}/providers/"):
        owner = str(one["name"]).lower().removesuffix("-arcbridge")
        ours = str(one["name"]).lower().endswith("-arcbridge")
        if not ours or store.get(f"{group}/providers/Microsoft.AzureStackHCI/clusters/{owner}") is None:
            return str(one["name"])
    return ""


def _deployed(site: Site) -> Iterable[Result]:
    summary = site.store.get(f"{site.cluster['id']}/updateSummaries/default")
    version = str(((summary or {}).get("properties") or {}).get("currentVersion") or "")
    detail = (
        f"Cluster Upgrade is not allowed on a previously deployed Azure Local cluster ({version})."
        if version
        else "No orchestrator service exists."
    )
    yield texts.result(
        "AzStackHci_Upgrade_AlreadyDeployedEnvironment", "Test environment is not deployed", detail,
        ok=not version, node=str(site.cluster["name"]), severity=0,
    )  # fmt: skip


def _network(site: Site) -> Failure | None:
    networks = site.data.get("infrastructureNetwork") or []
    results = [result for one in networks for result in _pools(site, one)]
    return _failure(NETWORK, "Network", "ValidateUpgradeNetwork", results)


def _pools(site: Site, network: Mapping[str, Any]) -> Iterable[Result]:
    node = machine_name(site.machines[0])
    pools = [_range(pool) for pool in network.get("ipPools") or []]
    size = sum(max(0, int(last) - int(first) + 1) for first, last in pools)
    yield texts.result(
        "AzStackHci_Network_Test_Management_IP_Range_Size", "Test Management IP Range Size",
        f"Management IP range size must be between 6 and 255; it is {size}.", ok=6 <= size <= 255, node=node,
    )  # fmt: skip
    subnet = ipaddress.IPv4Network(f"{network['gateway']}/{network['subnetMask']}", strict=False)
    inside = all(one in subnet for pool in pools for one in pool)
    yield texts.result(
        "AzStackHci_Network_Test_IP_Pools_Subnet_No_Duplicates", "Test IP Pools in Management Subnet",
        f"Ip Pools {'are unique and in' if inside else 'have duplicates or do not fall in subnet'} {subnet}.",
        ok=inside, node=node,
    )  # fmt: skip


def _range(pool: Mapping[str, Any]) -> tuple[ipaddress.IPv4Address, ipaddress.IPv4Address]:
    return ipaddress.IPv4Address(pool["startingAddress"]), ipaddress.IPv4Address(pool["endingAddress"])


def _arc(site: Site) -> Failure | None:
    for machine in site.machines:
        document = site.store.get(machine)
        state = "NotFound" if document is None else str((document.get("properties") or {}).get("status", ""))
        if state.lower() != "connected":
            node = machine_name(machine)
            message = f"The Arc machine of {node} is not connected: {state or 'Unknown'}."
            return Failure(
                ARC, texts.with_message("ValidateUpgradeArcIntegration", "EnvironmentValidator", message), node
            )
    return None
