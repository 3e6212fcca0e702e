"""The whole journey under roles: azlocal installed by its own templates, each door as the identity that it signs as.

A world is installed once; every journey begins on a copy of its documents, with RBAC on, so that one right can be taken
away and the step that misses it named.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from installation import NOW, Installation, SignedIn, push

from azlocal.app import App, read_settings
from azlocal.sandbox import identity
from azlocal.sandbox.assemble import assemble
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.documents import tracked
from azlocal.sandbox.documents_shared import role_assignment
from azlocal.sandbox.front import Front
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.service.tick import TickRequest
from azlocal.simulation.answers import know_answers

SCENARIO = Path(__file__).with_name("least_privilege.yaml")
CONTROL = "rg-azlocal-control"
ROAD, FAILS, DONE = "clu-road", "clu-fails", "clu-done"
PERSON = identity.OBJECTS[identity.PERSON_CLIENT][1]
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
DEFINITIONS, ASSIGNMENTS = "Microsoft.Authorization/roleDefinitions", "Microsoft.Authorization/roleAssignments"
CLUSTERS = "Microsoft.AzureStackHCI/clusters"


@dataclass
class Installed:
    """Everything an installation left: documents, blobs, and what the product must know."""

    documents: list[dict[str, Any]]
    blobs: dict[Any, bytes]
    behaviours: dict[str, Any]
    tables: dict[str, Any]
    outputs: dict[str, str]
    roles: dict[str, str]
    plan: str
    inputs: dict[str, str]


def install() -> Installed:
    """Install azlocal as a person who owns the subscription, with RBAC on; then take that person's rights away."""
    place = Installation(str(SCENARIO))
    store = place.azure.store
    groups = {one["id"].split("/")[4] for one in store.of_type(CLUSTERS)}
    place.install()
    roles = place.give_roles(
        clusterResourceGroups=sorted(groups), controlResourceGroup=CONTROL,
        approvers=[{"principalId": PERSON, "principalType": "User"}],
    )  # fmt: skip
    store.put(role_assignment(place.group_id, BLOB_CONTRIBUTOR, PERSON, NOW))
    push(place)
    _take_away(place, roles)
    _surround(place)
    return Installed(
        list(store.all()), dict(place.azure.blobs), dict(place.azure.behaviours), dict(place.azure.tables),
        place.outputs, roles, place.plan_here(), dict(place.inputs),
    )  # fmt: skip


def _take_away(place: Installation, roles: dict[str, str]) -> None:
    """Leave nobody a right but by the four roles and what main.json assigns."""
    known = {one.lower() for one in roles.values()}
    strangers = {PERSON, identity.OBJECTS[identity.IDENTITY_CLIENT][1]}
    for one in list(place.azure.store.of_type(ASSIGNMENTS)):
        told = one["properties"]
        if told["principalId"] in strangers and told["roleDefinitionId"].lower() not in known:
            place.azure.store.delete(one["id"])


def _surround(place: Installation) -> None:
    """Let there be what the journey looks for beside the clusters: a vault elsewhere, an AKS cluster, a failed update."""
    store = place.azure.store
    road = next(one for one in store.of_type(CLUSTERS) if one["name"] == ROAD)
    group = road["id"].split("/providers/")[0]
    elsewhere = group.rpartition("/")[0] + "/rg-vaults"
    for one in list(store.all()):
        if one["id"].startswith(f"{group}/providers/Microsoft.KeyVault/vaults/"):
            store.delete(one["id"])
            store.put({**one, "id": elsewhere + one["id"].removeprefix(group)})
    for kind, name in (
        ("Microsoft.Storage/storageAccounts", "stroad"),
        ("Microsoft.AzureStackHCI/storageContainers", "path"),
    ):
        store.put(tracked(f"{group}/providers/{kind}/{name}", kind, "westeurope", {}))
    update = next(one for one in store.of_type("Microsoft.AzureStackHCI/clusters/updates") if f"/{DONE}/" in one["id"])
    store.put({**update, "properties": {**update["properties"], "state": "InstallationFailed"}})
    run = {"state": "Failed", "timeStarted": "2026-11-20T08:00:00Z", "progress": {"steps": []}}
    store.put(
        {"id": f"{update['id']}/updateRuns/first", "name": "first", "type": f"{update['type']}/updateRuns", "properties": run}
    )  # fmt: skip
    blocked = group.rpartition("/")[0] + "/rg-azlocal-blocked"
    aks = f"{blocked}/providers/Microsoft.Kubernetes/connectedClusters/aks-preview"
    store.put(
        tracked(aks, "Microsoft.Kubernetes/connectedClusters", "westeurope", {"infrastructure": "azure_stack_hci"})
    )


@dataclass
class Journey:
    """One walk down the road. *without* names (role, action) that is missing; *switches* are set in its world."""

    installed: Installed
    folder: Path
    without: tuple[str, str] | None = None
    unassigned: Callable[[dict[str, Any]], bool] = lambda _: False
    switches: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.azure = assemble(VirtualClock(NOW))
        self.azure.rbac = True
        self.azure.control_group = ""
        self.azure.switches.update(self.switches)
        self.front = Front(self.azure)
        for document in self.installed.documents:
            if not self.unassigned(document):
                self.azure.store.put(self._role(document))
        self.azure.blobs.update(self.installed.blobs)
        self.azure.behaviours.update(self.installed.behaviours)
        self.azure.tables.update({name: [] for name in self.installed.tables})
        know_answers(self.azure)
        self.transport = InProcessTransport(_public(self.front), self.azure.clock.sleep)

    def _role(self, document: dict[str, Any]) -> dict[str, Any]:
        if self.without is None or document["id"] != self.installed.roles[self.without[0]]:
            return document
        changed = copy.deepcopy(document)
        changed["properties"]["permissions"][0]["actions"].remove(self.without[1])
        return changed

    # who

    def app(self, who: str) -> App:
        """Return the product as a runbook of *who* (observer, operator) runs it, or as a person at a shell does."""
        told = {name: one for name, one in self.installed.outputs.items() if name.startswith("AZLOCAL_")}
        client = identity.PERSON_CLIENT if who == "person" else self.installed.outputs[f"{who}ClientId"]
        if who == "person":
            self._write_files()
            told |= {"AZLOCAL_PLAN": str(self.folder / "plan.yaml"), "AZLOCAL_INPUTS": str(self.folder / "inputs")}
        credential = SignedIn(self.azure, client)
        return App(read_settings({}, told), {}, transport=self.transport, credential=credential)

    def _write_files(self) -> None:
        (self.folder / "inputs").mkdir(exist_ok=True)
        (self.folder / "plan.yaml").write_text(self.installed.plan, "utf-8")
        for name, text in self.installed.inputs.items():
            (self.folder / "inputs" / name).write_text(text, "utf-8")

    # the steps, in order

    def steps(self) -> dict[str, Callable[[], Any]]:
        """Return the named steps of the journey; each gives what was seen or done in it."""
        return {
            "census": self._census,
            "pause and resume": self._pause,
            "validate": self._validate,
            "look at the validation": self._validated,
            "diagnose": self._diagnose,
            "approve": self._approve,
            "upgrade": self._upgrade,
            "verify": self._verify,
        }

    def walk(self) -> dict[str, Any]:
        """Walk the whole road; what goes wrong in a step is what was seen in it."""
        return {name: attempt(step) for name, step in self.steps().items()}

    def broken(self, right: dict[str, Any]) -> tuple[str, Any]:
        """Return the first step in which this journey differs from *right*, and what was seen in it."""
        for name, step in self.steps().items():
            seen = attempt(step)
            if seen != right[name]:
                return name, seen
        return "", None

    def _tick(self, who: str, *ceiling: str) -> Any:
        return self.app(who).tick(TickRequest(ceiling=frozenset(ceiling)))

    def _census(self) -> Any:
        report = self._tick("observer")
        found = {one.cluster.name: _around(one.cluster) for one in report.clusters}
        rows = {name: len(self.azure.tables[name]) for name in sorted(self.azure.tables)}
        return found, dict(report.facts.holds), report.problems, report.delivery, rows

    def _pause(self) -> Any:
        """The person has the approver's role alone, and stops the fleet in a hurry."""
        person = self.app("person")
        return person.pause("storm"), person.resume()

    def _validate(self) -> Any:
        report = self._tick("operator", "UpdateExtension", "StartValidation")
        self.azure.advance(timedelta(hours=2))
        devices = sorted(one["id"] for one in self.azure.store.of_type("Microsoft.AzureStackHCI/edgeDevices"))
        tags = {one["name"]: sorted(one.get("tags") or {}) for one in self.azure.store.of_type(CLUSTERS)}
        return _done(report), report.lease, devices, tags, report.delivery

    def _validated(self) -> Any:
        report = self._tick("observer")
        return {one.cluster.name: _attempt(one.cluster) for one in report.clusters}

    def _diagnose(self) -> Any:
        found = [self.app("observer").diagnose(name) for name in (FAILS, DONE)]
        return [(one.problems, one.diagnosis) for one in found]

    def _approve(self) -> Any:
        """The person reads the fleet, too, from here on."""
        self._let_person_read()
        return self.app("person").approve("all", by="a person")

    def _let_person_read(self) -> None:
        reading = self.installed.roles["observer"]
        subscription = "/".join(reading.split("/")[:3])
        document = role_assignment(subscription, "acdd72a7-3385-48ef-bd42-f606fba81ae7", PERSON, NOW)
        document["properties"]["roleDefinitionId"] = reading
        self.azure.store.put(document)

    def _upgrade(self) -> Any:
        report = self._tick("operator", "StartUpgrade", "Resume")
        self.azure.advance(timedelta(hours=9))
        return _done(report), report.lease

    def _verify(self) -> Any:
        report = self._tick("observer")
        road = next(one for one in report.clusters if one.cluster.name == ROAD)
        after = road.cluster.after
        seen = None if after is None else (
            _kinds(after.resources), after.vault, len(after.roles or ()), after.edge_devices, after.security,
        )  # fmt: skip
        return seen, _around(road.cluster), road.decision, sorted((one.check, one.status) for one in road.findings)


def attempt(step: Callable[[], Any]) -> Any:
    """Return what a step gives, or what it raises, as a value."""
    try:
        return step()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _public(front: Front) -> Callable[[Any], Any]:
    """Answer as Azure does under its public names: blobs are on a host of the account's own."""
    return lambda request: Installation.handle(_Named(front), request)


@dataclass
class _Named:
    front: Front


def _kinds(found: Any) -> Any:
    return None if found is None else sorted((one.kind, one.status, one.host) for one in found)


def _around(cluster: Any) -> Any:
    machines = [(one.name, one.principal != "", one.lcm) for one in cluster.machines or ()]
    return (
        cluster.error, machines, _kinds(cluster.workloads), _kinds(cluster.appliances),
        _kinds(cluster.custom_locations), cluster.solution, _kinds(cluster.locks),
    )  # fmt: skip


def _attempt(cluster: Any) -> Any:
    settings, ours = cluster.settings, cluster.deployment
    told = (str(getattr(ours, name, ours))[:60] for name in ("provisioning_state", "error_code", "error_message"))
    return cluster.error, getattr(settings, "validation_status", settings), tuple(told)


def _done(report: Any) -> Any:
    return sorted((one.cluster_id, one.kind, one.outcome, one.status, one.code) for one in report.actions)
