"""Which setting of each unconfirmed behaviour Azure shows, by what may be read. `docs/contracts.md` describes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azlocal.core.loose import mapping
from azlocal.core.probe import Seen

SWITCHES: Mapping[str, tuple[str, ...]] = {
    "echo": ("complete", "without-secrets", "without-optional"),
    "validation-status-after-deploy": ("kept", "dropped"),
    "provisioning-state-after-failed-deploy": ("Failed", "Succeeded"),
    "update-summary-before-upgrade": ("absent", "stub"),
    "status-after-upgrade": ("DeploymentSuccess", "ConnectedRecently"),
    "graph-id-case": ("kept", "lower"),
    "graph-default-top": ("100", "1000"),
}
"""Those that reading can show; the others need a write, and are told by what a fleet goes through."""
OTHER = "other"
Json = Mapping[str, Any]


@dataclass(slots=True)
class Sight:
    """What switches are read from. Ids are lower case → as Azure wrote them."""

    clusters: dict[str, Json] = field(default_factory=dict)
    settings: list[Json] = field(default_factory=list)
    summaries: dict[str, Json | None] = field(default_factory=dict)
    """By cluster; None is that there is none."""
    arm_ids: dict[str, str] = field(default_factory=dict)
    graph_ids: dict[str, str] = field(default_factory=dict)
    default_rows: int | None = None
    """Rows on a page when none were asked for, where there were more."""


def seen(sight: Sight) -> tuple[Seen, ...]:
    """Return every switch that reading can show, with what was observed."""
    found: dict[str, set[str]] = {name: set() for name in SWITCHES}
    for name, told in _observed(sight):
        found[name].add(told if told in SWITCHES[name] else OTHER)
    return tuple(
        Seen(name=name, settings=settings, observed=tuple(sorted(found[name]))) for name, settings in SWITCHES.items()
    )


def _observed(sight: Sight) -> Iterator[tuple[str, str]]:
    for one in sight.settings:
        yield from _of_settings(mapping(one.get("properties")))
    for cluster, summary in sight.summaries.items():
        yield from _of_cluster(mapping(sight.clusters.get(cluster)), summary)
    for key, arm in sight.arm_ids.items():
        graph = sight.graph_ids.get(key)
        if graph is not None and arm != key:
            yield "graph-id-case", "kept" if graph == arm else "lower" if graph == key else OTHER
    if sight.default_rows is not None:
        yield "graph-default-top", str(sight.default_rows)


def _of_settings(told: Json) -> Iterator[tuple[str, str]]:
    yield from (("echo", one) for one in _echo(told))
    reported = mapping(told.get("reportedProperties"))
    deployed = mapping(reported.get("deploymentStatus"))
    if deployed:
        yield "validation-status-after-deploy", "kept" if reported.get("validationStatus") else "dropped"
    if str(deployed.get("status", "")).lower() == "error":
        yield "provisioning-state-after-failed-deploy", str(told.get("provisioningState"))


def _echo(told: Json) -> Iterator[str]:
    units = mapping(told.get("deploymentConfiguration")).get("scaleUnits")
    for unit in units if isinstance(units, list) else ():
        data = mapping(mapping(unit).get("deploymentData"))
        if not data.get("secrets"):
            yield "without-secrets"
        elif data.get("optionalServices") and data.get("observability"):
            yield "complete"
        else:
            yield "without-optional"


def _of_cluster(cluster: Json, summary: Json | None) -> Iterator[tuple[str, str]]:
    told = mapping(cluster.get("properties"))
    if summary is None:
        yield "update-summary-before-upgrade", "absent"
    elif not mapping(summary.get("properties")).get("currentVersion"):
        yield "update-summary-before-upgrade", "stub"
    elif str(told.get("connectivityStatus", "")).lower() == "connected":
        yield "status-after-upgrade", str(told.get("status"))


def ids_of(documents: Iterable[Json]) -> dict[str, str]:
    """Return the ids of documents, lower case → as written."""
    return {str(one["id"]).lower(): str(one["id"]) for one in documents if one.get("id")}
