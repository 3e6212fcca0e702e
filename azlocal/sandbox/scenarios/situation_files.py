"""Situations: one cluster each, in a state that somebody will meet one day. `situation-<name>` is a world of its own.

The files in `situations/` are YAML; what they leave out is as follows.

    version: azlocal.situations/1
    title: a heading over the situations of this file
    site: oslo                          # tags `site` and `owner` of its clusters
    owner: edge-north
    situations:
    - name: aks-hybrid                  # the world is situation-aks-hybrid, the cluster clu-aks-hybrid
      of: the row of a table, or the kind of failure, that is shown
      about: one line
      cluster: {}                       # as in a scenario file
      others: []                        # further clusters, in the same ring unless they say otherwise
      unstated: []                      # keys that the plan does not state for the cluster
      ring: {}                          # keys of the plan's one ring, whose windows are always open and which
                                        #   needs no approval
      plan: {}                          # further keys of the plan
      groups: [], subscriptions: [], switches: {}, cloud: AzureCloud, acts: []      # as in a scenario file

`situations` is a fleet with every situation that is nothing but a cluster: no ring, plan, switch or act of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from azlocal.sandbox.scenarios.clusters import KEYS
from azlocal.sandbox.scenarios.loader import VERSION, read_document, yaml_of
from azlocal.sandbox.scenarios.model import Scenario, ScenarioError
from azlocal.sandbox.scenarios.reading import Part

FLEET, PREFIX = "situations", "situation-"
_FORMAT = "azlocal.situations/1"
_FOLDER = Path(__file__).parent / "situations"
_WORLD = ("plan", "ring", "groups", "subscriptions", "switches", "cloud", "acts", "others")
_STATED = (
    "not-stretched", "not-22h2sp", "oem-supported", "not-scvmm", "english-os", "no-workloads", "no-preview-bridge",
    "s2d-storage", "policy-allows", "supported-tool",
)  # fmt: skip
_SUBSCRIPTION = {"name": "Northwind Edge", "id": "11111111-1111-4111-8111-111111111111"}
_RING = {
    "name": "all", "maxConcurrent": "2", "soak": "PT0S", "gate": "none",
    "windows": [{"days": "all", "from": "00:00", "to": "24:00", "zone": "UTC"}],
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One situation as its file tells it. *world* holds what makes it more than a cluster."""

    name: str
    title: str
    of: str
    about: str
    cluster: Mapping[str, Any]
    stated: tuple[str, ...]
    world: Mapping[str, Any] = field(default_factory=dict)


@cache
def situations() -> tuple[Situation, ...]:
    """Return every situation, in the order of the files and within them; raise ScenarioError for a bad file."""
    found = [one for path in sorted(_FOLDER.glob("*.yaml")) for one in _named_in_errors(path)]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"situations: '{name}' stands twice")
    return tuple(found)


def named(scenario: str) -> bool:
    """Return whether a scenario's name is that of a situation, or of the fleet of them."""
    return scenario == FLEET or scenario.startswith(PREFIX)


def load(name: str) -> Scenario:
    """Return the world of one situation, or the fleet of those that are nothing but a cluster."""
    if name == FLEET:
        return _fleet()
    wanted = name.removeprefix(PREFIX)
    for one in situations():
        if one.name == wanted:
            return read_document(_document(one), name)
    raise ScenarioError(f"'{wanted}' is no situation: azlocal-upgrade sandbox list situations")


def _named_in_errors(path: Path) -> list[Situation]:
    try:
        return list(_file(path.read_text("utf-8")))
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from error


def _file(text: str) -> Iterator[Situation]:
    part = Part(yaml_of(text), "", ("version", "title", "site", "owner", "situations"))
    part.text("version", words=(_FORMAT,))
    tags = {name: part.text(name) for name in ("site", "owner")}
    for item, place in part.items("situations"):
        yield _situation(Part(item, place, ("name", "of", "about", "cluster", "unstated", *_WORLD)), part, tags)


def _situation(told: Part, part: Part, tags: Mapping[str, str]) -> Situation:
    name = told.text("name")
    given = Part(told.raw("cluster", {}), f"{name}.cluster", KEYS)
    cluster = {key: given.raw(key) for key in KEYS if given.has(key)}
    cluster["nodes"] = _nodes(name, given)
    cluster["tags"] = {**tags, **given.map("tags")}
    return Situation(
        name=name, title=part.text("title"), of=told.text("of"), about=told.text("about"),
        cluster={"name": f"clu-{name}", "ring": _RING["name"], **cluster},
        stated=tuple(key for key in _STATED if key not in told.texts("unstated")),
        world={key: told.raw(key) for key in _WORLD if told.has(key)},
    )  # fmt: skip


def _nodes(name: str, given: Part) -> list[str]:
    """Return the nodes by names that Windows takes: at most 15 characters."""
    if isinstance(given.raw("nodes"), list):
        return list(given.texts("nodes"))
    short = name.replace("-", "")[:10]
    return [f"{short}-n{place}" for place in range(1, given.number("nodes", 2) + 1)]


def _document(one: Situation) -> dict[str, Any]:
    """Return the scenario document of one situation."""
    world = copy.deepcopy(dict(one.world))
    plan, ring = world.pop("plan", {}), world.pop("ring", {})
    subscriptions = [_SUBSCRIPTION, *world.pop("subscriptions", [])]
    others = [{"ring": _RING["name"], **other} for other in world.pop("others", [])]
    return {
        "version": VERSION, "about": one.about, "subscriptions": subscriptions, **world,
        "clusters": [dict(one.cluster), *others],
        "plan": {"rings": [{**_RING, **ring}], "attestations": _attestations([one]), **plan},
    }  # fmt: skip


def _fleet() -> Scenario:
    plain = [one for one in situations() if not one.world]
    ring = {**_RING, "maxConcurrent": "9", "failureBudget": "99"}
    document = {
        "version": VERSION, "about": f"{len(plain)} clusters, each in a situation of its own",
        "subscriptions": [_SUBSCRIPTION], "clusters": [dict(one.cluster) for one in plain],
        "plan": {"rings": [ring], "attestations": _attestations(plain)},
    }  # fmt: skip
    return read_document(document, FLEET)


def _attestations(shown: list[Situation]) -> list[dict[str, Any]]:
    """Return the statements of the plan, each for the clusters of the situations that make it."""
    names = {key: [f"clu-{one.name}" for one in shown if key in one.stated] for key in _STATED}
    return [{"key": key, "select": {"names": chosen}} for key, chosen in names.items() if chosen]
