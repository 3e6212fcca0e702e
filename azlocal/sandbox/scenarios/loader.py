"""Scenario files to scenarios.

A scenario file is YAML. Every scalar is read as text, so `os: 25398.1910` keeps its last zero. Durations
are ISO 8601 and count back from, or on from, the moment the sandbox starts. An unknown key is an error
that names it. A key without default below must be there.

    version: azlocal.sandbox/1
    about: one line for `sandbox list`
    region: westeurope                 # where resources lie that name no region
    subscriptions:
    - {name: Northwind Edge Europe, id: GUID by name, tags: {}}
    groups:                            # only those with something particular; others are made as clusters need them
    - {name: rg-x, subscription: the first, region: the file's, tags: {}, locks: [CanNotDelete]}
    places: {control: rg-azlocal-control, operations: rg-azlocal-operations, storage: stazlocalops,
             lease: azlocal-lease, files: azlocal-files, rule: dcr-azlocal, workspace: law-azlocal}
    switches: {echo: complete}         # azlocal.sandbox.world.SWITCHES
    faults: []                         # as POST /_sandbox/faults takes them
    quotas: false                      # whether Azure's request quotas hold
    rbac: false                        # whether role assignments decide what a caller may do
    indexLag: PT30S                    # how far Resource Graph lags behind
    pageSize: 500                      # resources on one page of an ARM list
    cloud: AzureCloud                  # as the endpoint tells: AzureUSGovernment, AzureChinaCloud
    defaults: {}                       # keys of a cluster that hold for all that do not say otherwise
    clusters:
    - name: clu-oslo-01
      subscription: the first          # by name
      group: rg-azlocal-<site>
      machineGroup: the cluster's group
      region: the file's
      ring:                            # becomes the tag azlocal-ring
      tags: {}
      nodes: 2                         # how many, or a list of names
      os: 26100.33158                  # one build, or one for each node
      census: as os                    # what the cluster reports, where its census is behind
      model: AX-650
      manufacturer: Contoso Hardware
      status: ConnectedRecently
      connectivity: Connected
      syncedAgo: PT25M
      identity: SystemAssigned         # or None
      machines: Connected              # one status, or one for each node
      lcm: 30.2604.0.2017              # version, missing or failed; one for all or one for each node
      solution:                        # its version where the cluster already is the solution
      workloads: []                    # preview workloads beside it: aks, vm, or a bridge left over
      locks: []                        # on the cluster itself: CanNotDelete, ReadOnly
      oemActivation: Disabled          # or Enabled, as windowsServerSubscription
      inputs: complete                 # or missing, or a mapping of what the inputs file says instead; in it,
                                       #   without: [keys it leaves out], also: {keys that inputs may not have};
                                       #   '{net}.40' is an address of the cluster's own subnet
      past:                            # what somebody requested before the start, oldest first
      - {mode: Validate, ago: P1D, inputs: other}      # inputs: own (of the inputs file) or other
      behaviour:                       # how it takes what is asked of it, what lies in the past included
        validations: [success]         # of each attempt, the last one repeating: success, failure, stuck,
        upgrades: [success]            #   refused, silent, or {ends: …, step: …, text: …}
        solutionVersion:
        syncs: true
        extension: success             # how a write of the LCM extension ends
      osUpgrade: {after: P2D, to: 26100.33158}
      story: what becomes of it
    plan:                              # the plan's keys beyond version, scope, control, lease, inputs
      rings:                           # `select` defaults to the ring's tag, `expect` to the clusters that bear it
      - {name: canary, gate: none}
    people: {approve: [rings], resume: [clusters]}     # what the person of the story does
    acts: [tick]                       # what happens before the world is looked at (azlocal.sandbox.scenarios.acts)

In attestations `until` defaults to half a year from the start, and `by` to the fleet's operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from azlocal.sandbox.documents import guid
from azlocal.sandbox.scenarios.acts import acts, fault
from azlocal.sandbox.scenarios.clusters import Around, cluster, locks_of
from azlocal.sandbox.scenarios.model import (
    ClusterSpec,
    GroupSpec,
    People,
    Places,
    Scenario,
    ScenarioError,
    SubscriptionSpec,
)
from azlocal.sandbox.scenarios.reading import Part
from azlocal.sandbox.world import SWITCHES

VERSION = "azlocal.sandbox/1"
_KEYS = (
    "version", "about", "region", "subscriptions", "groups", "places", "switches", "faults", "quotas",
    "rbac", "indexLag", "pageSize", "cloud", "defaults", "clusters", "plan", "people", "acts",
)  # fmt: skip
_PLAN_KEYS = (
    "rings", "attestations", "acceptedRisks", "freezes", "paused", "updateExtension", "validationFreshFor",
    "factsFreshFor", "exclude", "control", "lease", "overrides",
)  # fmt: skip


_CLOUDS = ("AzureCloud", "AzureUSGovernment", "AzureChinaCloud")


def read(text: str, name: str) -> Scenario:
    """Return the scenario that a file's *text* describes; raise ScenarioError naming what is wrong."""
    return read_document(yaml_of(text), name)


def read_document(told: Any, name: str) -> Scenario:
    """Return the scenario that a document describes, all of its scalars text."""
    part = Part(told, "", _KEYS)
    part.text("version", words=(VERSION,))
    region = part.text("region", "westeurope")
    subscriptions = _subscriptions(part)
    clusters = _clusters(part, region, subscriptions)
    _names_once("clusters", [one.name for one in clusters])
    return Scenario(
        name=name,
        about=part.text("about"),
        region=region,
        subscriptions=subscriptions,
        groups=tuple(_group(item, place, region, subscriptions) for item, place in part.items("groups")),
        clusters=clusters,
        plan=_plan(part, clusters),
        places=_places(part),
        people=_people(part, clusters),
        switches=_switches(part),
        faults=tuple(fault(item, place) for item, place in part.items("faults")),
        quotas=part.truth("quotas", False),
        rbac=part.truth("rbac", False),
        index_lag=part.span("indexLag", timedelta(0)) if part.has("indexLag") else None,
        page_size=part.number("pageSize", 0) or None,
        cloud=part.text("cloud", "AzureCloud", _CLOUDS),
        acts=acts(part),
    )


def yaml_of(text: str) -> Any:
    """Return a YAML text's document, all of its scalars text; raise ScenarioError for what is no YAML."""
    import yaml

    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - the base loader makes nothing but text
    except yaml.YAMLError as error:
        raise ScenarioError(f"not YAML: {' '.join(str(error).split())}") from error


def _subscriptions(part: Part) -> tuple[SubscriptionSpec, ...]:
    found = []
    for item, place in part.items("subscriptions"):
        told = Part(item, place, ("name", "id", "tags"))
        name = told.text("name")
        found.append(SubscriptionSpec(id=told.text("id", guid(name)).lower(), name=name, tags=told.map("tags")))
    if not found:
        raise part.error("subscriptions", "at least one is wanted")
    _names_once("subscriptions", [one.name for one in found])
    return tuple(found)


def _group(item: Any, place: str, region: str, subscriptions: tuple[SubscriptionSpec, ...]) -> GroupSpec:
    told = Part(item, place, ("name", "subscription", "region", "tags", "locks"))
    return GroupSpec(
        name=told.text("name"),
        subscription=by_name(told, subscriptions),
        region=told.text("region", region),
        tags=told.map("tags"),
        locks=locks_of(told),
    )


def by_name(told: Part, subscriptions: tuple[SubscriptionSpec, ...]) -> str:
    """Return the id of the subscription that *told* names, the first one's when it names none."""
    name = told.text("subscription", subscriptions[0].name)
    for one in subscriptions:
        if name in {one.name, one.id}:
            return one.id
    raise told.error("subscription", f"'{name}' is none of {', '.join(one.name for one in subscriptions)}")


def _clusters(part: Part, region: str, subscriptions: tuple[SubscriptionSpec, ...]) -> tuple[ClusterSpec, ...]:
    defaults = part.raw("defaults", {})
    if not isinstance(defaults, Mapping):
        raise part.error("defaults", "a mapping is wanted")
    found = []
    for site, (item, place) in enumerate(part.items("clusters"), 1):
        merged = {**defaults, **item} if isinstance(item, Mapping) else item
        around = Around(region, site, lambda told: by_name(told, subscriptions))
        found.append(cluster(merged, place, around))
    if not found:
        raise part.error("clusters", "at least one is wanted")
    return tuple(found)


def _names_once(what: str, names: list[str]) -> None:
    lowered = [name.lower() for name in names]
    twice = sorted({name for name in lowered if lowered.count(name) > 1})
    if twice:
        raise ScenarioError(f"{what}: '{twice[0]}' stands twice")


def _plan(part: Part, clusters: tuple[ClusterSpec, ...]) -> Mapping[str, Any]:
    told = part.raw("plan", {})
    Part(told, "plan", _PLAN_KEYS)
    known = {one.name for one in clusters}
    for name in told.get("exclude", ()):
        if name not in known:
            raise ScenarioError(f"plan.exclude: '{name}' is no cluster of this scenario")
    return dict(told)


def _places(part: Part) -> Places:
    told = Part(part.raw("places", {}), "places", Places.__slots__)
    usual = Places()
    return Places(**{name: told.text(name, getattr(usual, name)) for name in Places.__slots__})


def _people(part: Part, clusters: tuple[ClusterSpec, ...]) -> People:
    told = Part(part.raw("people", {}), "people", People.__slots__)
    resume = told.texts("resume")
    strange = sorted(set(resume) - {one.name for one in clusters})
    if strange:
        raise told.error("resume", f"'{strange[0]}' is no cluster of this scenario")
    return People(approve=told.texts("approve"), resume=resume)


def _switches(part: Part) -> Mapping[str, str]:
    told = Part(part.raw("switches", {}), "switches", SWITCHES)
    return {name: told.text(name, words=SWITCHES[name]) for name in SWITCHES if told.has(name)}
