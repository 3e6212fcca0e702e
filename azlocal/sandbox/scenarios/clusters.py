"""One cluster of a scenario file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azlocal.sandbox.documents_arc import LCM, Hardware
from azlocal.sandbox.journey import ENDS, Behaviour, Outcome
from azlocal.sandbox.scenarios.model import ClusterSpec, MachineSpec, OsUpgrade, Past
from azlocal.sandbox.scenarios.reading import Part

KEYS = (
    "name", "subscription", "group", "machineGroup", "region", "ring", "tags", "nodes", "os", "census", "model",
    "manufacturer", "status", "connectivity", "syncedAgo", "identity", "machines", "lcm", "solution", "workloads",
    "locks", "oemActivation", "windowsServerSubscription", "inputs", "past", "behaviour", "osUpgrade", "story",
)  # fmt: skip
INPUT_KEYS = (
    "cluster", "failoverClusterName", "domainFqdn", "subnetMask", "defaultGateway", "startingIPAddress",
    "endingIPAddress", "dnsServers", "physicalNodesSettings", "arcNodeResourceIds", "customLocation", "lcmSecretUri",
    "namingPrefix", "adouPath", "streamingDataClient", "euLocation", "episodicDataUpload",
)  # fmt: skip
_TRUTHS = frozenset({"streamingDataClient", "euLocation", "episodicDataUpload"})
CURRENT_BUILD = "26100.33158"
OLD_LCM = "30.2405.0.412"
_STATUSES = (
    "NotYetRegistered", "ConnectedRecently", "NotConnectedRecently", "Disconnected", "Error", "NotSpecified",
    "ValidationInProgress", "ValidationSuccess", "ValidationFailed", "DeploymentInProgress", "DeploymentFailed",
    "DeploymentSuccess",
)  # fmt: skip
_CONNECTIVITY = (
    "NotYetRegistered", "Connected", "NotConnectedRecently", "PartiallyConnected", "Disconnected", "NotSpecified",
)  # fmt: skip
_BUILD = re.compile(r"\d{5}\.\d+")
MOST_NODES = 64
"""More than the upgrade takes: what is too much must be seen, too."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a cluster takes from its scenario: the region, its number, and how to find its subscription."""

    region: str
    site: int
    subscription: Callable[[Part], str]


def cluster(item: Any, place: str, around: Around) -> ClusterSpec:
    """Return one cluster; raise ScenarioError naming what is wrong."""
    told = Part(item, place, KEYS)
    name = told.text("name")
    told.place = f"{place} ({name})"
    group = told.text("group", f"rg-azlocal-{site_of(name)}")
    ring = told.text("ring", "")
    return ClusterSpec(
        name=name,
        subscription=around.subscription(told),
        group=group,
        machine_group=told.text("machineGroup", group),
        region=told.text("region", around.region),
        site=around.site,
        failover_name=failover_name(name),
        machines=_machines(told, name),
        hardware=Hardware(
            manufacturer=told.text("manufacturer", Hardware().manufacturer), model=told.text("model", Hardware().model)
        ),
        tags={"site": site_of(name), **({"azlocal-ring": ring} if ring else {}), **told.map("tags")},
        status=told.text("status", "ConnectedRecently", _STATUSES),
        connectivity=told.text("connectivity", "Connected", _CONNECTIVITY),
        identity=told.text("identity", "SystemAssigned", ("SystemAssigned", "None")),
        synced_ago=told.span("syncedAgo", timedelta(minutes=25)),
        solution=told.text("solution", ""),
        workloads=_workloads(told),
        locks=locks_of(told),
        licences=_licences(told),
        inputs=_inputs(told),
        vault=f"kv-{site_of(name)}"[:24].rstrip("-"),
        past=tuple(_past(one, where) for one, where in told.items("past")),
        behaviour=_behaviour(told),
        os_upgrade=_os_upgrade(told),
        story=told.text("story", ""),
    )


def site_of(name: str) -> str:
    """Return the site that a cluster's name tells: `clu-oslo-01` stands in oslo."""
    parts = [part for part in name.lower().split("-") if part != "clu" and not part.isdecimal()]
    return "-".join(parts) or name.lower()


def failover_name(name: str) -> str:
    """Return the failover cluster's name: at most 15 characters, the number kept."""
    words = "".join(character for character in name.removeprefix("clu-") if character.isalnum()).upper()
    digits = re.search(r"\d*$", words)
    tail = "HCI" + (digits[0] if digits else "")
    return words[: len(words) - len(tail) + 3][: 15 - len(tail)] + tail


def _machines(told: Part, name: str) -> tuple[MachineSpec, ...]:
    names = _node_names(told, name)
    builds = _each(told, "os", CURRENT_BUILD, len(names))
    reported = _each(told, "census", "", len(names))
    statuses = _each(told, "machines", "Connected", len(names))
    lcm = _each(told, "lcm", LCM.version, len(names))
    for build in (*builds, *filter(None, reported)):
        if _BUILD.fullmatch(build) is None:
            raise told.error("os", f"'{build}' is no build such as {CURRENT_BUILD}")
    return tuple(
        MachineSpec(
            name=node, os_version=f"10.0.{builds[place]}", status=statuses[place],
            reported_version=f"10.0.{reported[place] or builds[place]}",
            **_lcm(lcm[place]),
        )
        for place, node in enumerate(names)
    )  # fmt: skip


def _node_names(told: Part, name: str) -> tuple[str, ...]:
    if isinstance(told.raw("nodes"), list):
        return told.texts("nodes")
    count = told.number("nodes", 2)
    if not 1 <= count <= MOST_NODES:
        raise told.error("nodes", f"a cluster has 1 to {MOST_NODES} nodes, not {count}")
    return tuple(f"{name.removeprefix('clu-')}-n{place}" for place in range(1, count + 1))


def _each(told: Part, name: str, default: str, count: int) -> tuple[str, ...]:
    """Return one value for each node: the one that stands for all, or as many as there are nodes."""
    values = told.texts(name) if told.has(name) else (default,)
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise told.error(name, f"one value or {count} are wanted, one for each node, not {len(values)}")
    return values


def _lcm(word: str) -> dict[str, str]:
    if word == "missing":
        return {"lcm": ""}
    if word == "failed":
        return {"lcm": LCM.version, "lcm_state": "Failed"}
    return {"lcm": word}


def _workloads(told: Part) -> tuple[str, ...]:
    found = told.texts("workloads")
    if set(found) - {"aks", "vm", "bridge"}:
        raise told.error("workloads", "a workload is aks, vm or bridge")
    return found


def locks_of(told: Part) -> tuple[str, ...]:
    """Return the levels of the locks that something bears."""
    locks = told.texts("locks")
    if set(locks) - {"CanNotDelete", "ReadOnly"}:
        raise told.error("locks", "a lock is CanNotDelete or ReadOnly")
    return locks


def _licences(told: Part) -> dict[str, str]:
    names = ("oemActivation", "windowsServerSubscription")
    return {name: told.text(name, words=("Enabled", "Disabled")) for name in names if told.has(name)}


def _inputs(told: Part) -> dict[str, Any] | None:
    value = told.raw("inputs", "complete")
    if value in {"complete", "missing"} if isinstance(value, str) else False:
        return {} if value == "complete" else None
    part = Part(value, told.at("inputs"), (*INPUT_KEYS, "without", "also"))
    known = {
        name: part.truth(name, True) if name in _TRUTHS else part.raw(name) for name in INPUT_KEYS if part.has(name)
    }
    return {**known, **part.raw("also", {}), **dict.fromkeys(part.texts("without"))}


def _past(item: Any, place: str) -> Past:
    told = Part(item, place, ("mode", "ago", "inputs"))
    mode = told.text("mode", words=("Validate", "Deploy"))
    if not told.has("ago"):
        raise told.error("ago", "missing")
    return Past(mode=mode, ago=told.span("ago", timedelta(0)), inputs=told.text("inputs", "other", ("own", "other")))


def _behaviour(told: Part) -> Behaviour:
    part = Part(
        told.raw("behaviour", {}), told.at("behaviour"),
        ("validations", "upgrades", "solutionVersion", "syncs", "extension"),
    )  # fmt: skip
    return Behaviour(
        validations=_outcomes(part, "validations", tuple(end for end in ENDS if end != "refused")),
        upgrades=_outcomes(part, "upgrades", ENDS),
        solution_version=part.text("solutionVersion", ""),
        syncs=part.truth("syncs", True),
        extension=part.text("extension", "success", ("success", "failure")),
    )


def _outcomes(part: Part, name: str, ends: tuple[str, ...]) -> tuple[Outcome, ...]:
    found = tuple(_outcome(item, place, ends) for item, place in part.items(name))
    return found or (Outcome(),)


def _outcome(item: Any, place: str, ends: tuple[str, ...]) -> Outcome:
    if isinstance(item, str):
        item = {"ends": item}
    told = Part(item, place, ("ends", "step", "text"))
    return Outcome(ends=told.text("ends", words=ends), step=told.text("step", ""), text=told.text("text", ""))


def _os_upgrade(told: Part) -> OsUpgrade | None:
    if not told.has("osUpgrade"):
        return None
    part = Part(told.raw("osUpgrade"), told.at("osUpgrade"), ("after", "to"))
    build = part.text("to")
    if _BUILD.fullmatch(build) is None or not part.has("after"):
        raise part.error("to", f"after and a build such as {CURRENT_BUILD} are wanted")
    return OsUpgrade(after=part.span("after", timedelta(0)), version=f"10.0.{build}")
