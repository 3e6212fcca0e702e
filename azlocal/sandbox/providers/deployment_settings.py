"""Microsoft.AzureStackHCI/clusters/deploymentSettings: where readiness validation and the upgrade are asked for."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from azlocal.sandbox.api_versions import HCI_DEPLOYMENT
from azlocal.sandbox.journey import behaviour_of, outcome_of
from azlocal.sandbox.journey_checks import Site, findings, machine_name
from azlocal.sandbox.journey_course import Attempt, course_of
from azlocal.sandbox.journey_plan import share
from azlocal.sandbox.journey_report import Report, as_before_2026_10
from azlocal.sandbox.journey_run import Runs
from azlocal.sandbox.journey_texts import nodes_known
from azlocal.sandbox.journey_world import Upgraded
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers import hci_gate as gate
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.hci_documents import (
    CLUSTER,
    NAMESPACE,
    allow_write,
    begin,
    body_of,
    changed,
    cluster_id_of,
    parent_cluster,
    system_data,
)
from azlocal.sandbox.providers.hci_settings_body import checked, checked_name
from azlocal.sandbox.providers.headers import async_headers, location_headers
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.policies import require_allowed
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written

KIND = f"{NAMESPACE}/clusters/deploymentSettings"
STORED_KIND = KIND.lower()
FULL_STEPS_SINCE = "2026-10-01"
_CHILD = "clusters/deploymentSettings"
_OPTIONAL = ("optionalServices", "observability", "adouPath")
"""What the service may leave out of its echo: nothing in `deploymentData` but these is sure to be optional."""


def register(azure: Azure) -> None:
    """Register the routes and the writer."""
    settings = DeploymentSettings(Runs(azure))
    azure.resource_type(KIND, settings)
    one = f"{CLUSTER}/deploymentSettings/{{name}}"
    for method, template, handler, verb in (
        ("GET", f"{CLUSTER}/deploymentSettings", settings.list_all, "read"),
        ("GET", one, settings.get, "read"),
        ("PUT", one, settings.put_by_client, "write"),
        ("DELETE", one, settings.delete, "delete"),
    ):
        azure.router.add(
            method, template, handler, resource_type=KIND, api_versions=HCI_DEPLOYMENT, action=f"{KIND}/{verb}"
        )


@dataclass(frozen=True, slots=True)
class _Before:
    """What reads still show some time after a write; None is that nothing was there."""

    until: datetime
    document: Document | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A PUT that the service has found well formed."""

    azure: Azure
    cluster: Document
    settings_id: str
    existing: Document | None
    properties: Document
    now: datetime
    principal: Principal | None

    @property
    def mode(self) -> str:
        """Return Validate or Deploy."""
        return str(self.properties["deploymentMode"])

    @property
    def cluster_id(self) -> str:
        """Return the cluster's id as it is stored."""
        return str(self.cluster["id"])

    @property
    def machines(self) -> tuple[str, ...]:
        """Return the machines the request names."""
        return tuple(self.properties["arcNodeResourceIds"])


def _require_machines(request: _Request) -> None:
    """Ask for more than the write itself, as a provider may: the right to change each machine. Nothing confirms it."""
    for machine in request.machines:
        write = (f"{KIND}/write", request.settings_id)
        request.azure.require_linked(request.principal, write, ("Microsoft.HybridCompute/machines/write", machine))


@dataclass(slots=True)
class DeploymentSettings:
    """The settings of every cluster, and the attempts they began."""

    runs: Runs
    before: dict[str, _Before] = field(default_factory=dict)

    def list_all(self, call: Call) -> Response:
        """Answer the settings of one cluster."""
        cluster = parent_cluster(call.azure, cluster_id_of(call), "read", _CHILD)
        prefix = f"{cluster['id']}/deploymentSettings/"
        ids = [one["id"] for one in call.azure.store.of_type(STORED_KIND, under=prefix)]
        shown = (self._visible(call, one) for one in ids)
        return page(call, [_present(one, call.api_version) for one in shown if one is not None])

    def get(self, call: Call) -> Response:
        """Answer one cluster's settings."""
        cluster = parent_cluster(call.azure, cluster_id_of(call), "read", _CHILD)
        resource_id = f"{cluster['id']}/deploymentSettings/{call.param('name')}"
        document = self._visible(call, resource_id)
        if document is None:
            raise not_found(resource_id)
        return reply(_present(document, call.api_version))

    def put_by_client(self, call: Call) -> Response:
        """Answer a PUT: 201 for new settings, 200 for existing ones, and where to follow the operation."""
        resource_id = f"{cluster_id_of(call)}/deploymentSettings/{call.param('name')}"
        written = self.put(call.azure, resource_id, body_of(call), now=call.now, principal=call.principal)
        headers = async_headers(call, written.operation) if written.operation else {}
        return reply(_present(written.document, call.api_version), 201 if written.created else 200, headers)

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Accept a validation or an upgrade, or raise what the service answers.

        A *now* in the past is welcome: what has fallen due since happens with the next `settle`.
        """
        path, _, name = resource_id.rpartition("/")
        cluster = parent_cluster(azure, path.rpartition("/")[0], "write", _CHILD)
        settings_id = f"{cluster['id']}/deploymentSettings/{checked_name(name)}"
        allow_write(azure, settings_id)
        require_allowed(azure, settings_id, KIND, body)
        request = _Request(
            azure=azure, cluster=cluster, settings_id=settings_id, existing=azure.store.get(settings_id),
            properties=checked(body), now=now, principal=principal,
        )  # fmt: skip
        repeated = self._allowed(request)
        operation = begin(azure, settings_id, str(cluster.get("location", "")), now)
        if repeated == "no-op" and request.existing is not None:
            azure.after(now, timedelta(seconds=20), lambda at: operation.end("Succeeded", at))
            return Written(request.existing, created=False, operation=operation)
        return Written(self._accept(request, repeated, operation), request.existing is None, operation)

    def delete(self, call: Call) -> Response:
        """Answer a DELETE: what runs is given up, and some seconds later the settings are gone."""
        azure = call.azure
        cluster = parent_cluster(azure, cluster_id_of(call), "delete", _CHILD)
        document = azure.store.get(f"{cluster['id']}/deploymentSettings/{call.param('name')}")
        if document is None:
            return reply(None, 204)
        require_unlocked(azure, document["id"], "delete")
        operation = begin(azure, document["id"], str(cluster.get("location", "")), call.now)
        self.runs.abort(cluster["id"], call.now)
        self._remember(azure, document["id"], document, call.now)
        azure.changed(changed(document, provisioningState="Deleting"))
        azure.after(call.now, timedelta(seconds=25), partial(_gone, azure, document["id"], operation))
        return reply(None, 202, location_headers(call, operation))

    def _allowed(self, request: _Request) -> str:
        """Ask the service's questions in order; return what a Deploy after a failed one does."""
        azure, cluster, existing, mode = request.azure, request.cluster, request.existing, request.mode
        key = request.cluster_id.lower()
        if azure.switch("upgrade-linked-rights") == "checked":
            _require_machines(request)
        gate.connected(cluster, mode)
        gate.idle(azure, existing, running=key in self.runs.current)
        gate.in_place(azure, cluster, existing, mode)
        gate.validated(azure, cluster, existing, mode)
        return gate.repeated(azure, cluster, existing, self.runs.unfinished.get(key)) if mode == "Deploy" else ""

    def _accept(self, request: _Request, repeated: str, operation: Operation) -> Document:
        azure, cluster_id, mode = request.azure, request.cluster_id, request.mode
        number = self.runs.count(cluster_id, mode)
        outcome = outcome_of(behaviour_of(azure.behaviours, cluster_id), mode, number)
        # A refused attempt is asked by the checker, so it does not go on behind the steps of the failed one.
        earlier = self._earlier(request) if repeated == "resume" and outcome.ends != "refused" else None
        base = _base(request, earlier)
        attempt = Attempt(
            mode=mode, number=number, cluster_id=cluster_id.lower(), accepted=request.now, seed=azure.seed,
            outcome=outcome, base=base, earlier=earlier,
            found=() if earlier else findings(_site(request)), unknown_device=_unknown_device(request),
            known=_known(request),
        )  # fmt: skip
        self.runs.abandon(cluster_id, request.now)
        self._remember(azure, request.settings_id, request.existing, request.now)
        document = _document(request, base)
        azure.changed(document)
        upgraded = Upgraded(cluster_id, request.properties)
        self.runs.begin(request.settings_id, upgraded, course_of(attempt), operation)
        return document

    def _earlier(self, request: _Request) -> Report | None:
        return gate.failed_deployment(request.existing) or self.runs.unfinished.get(request.cluster_id.lower())

    def _remember(self, azure: Azure, settings_id: str, document: Document | None, now: datetime) -> None:
        """Let reads lag behind a write, when the service's do."""
        if azure.switch("read-after-write") == "delayed":
            lag = timedelta(seconds=5 + round(20 * share(azure.seed, settings_id, str(now))))
            self.before[settings_id.lower()] = _Before(now + lag, document)

    def _visible(self, call: Call, settings_id: str) -> Document | None:
        before = self.before.get(settings_id.lower())
        if before is not None and call.now < before.until:
            return before.document
        self.before.pop(settings_id.lower(), None)
        return call.azure.store.get(settings_id)


def _gone(azure: Azure, settings_id: str, operation: Operation, at: datetime) -> None:
    document = azure.store.get(settings_id)
    if document is not None and document["properties"].get("provisioningState") == "Deleting":
        azure.effects += 1
        azure.store.delete(settings_id)
    operation.end("Succeeded", at)


def _base(request: _Request, earlier: Report | None) -> Report:
    """Return what `reportedProperties` show until the device reports: a validation starts from nothing."""
    base: Report = {}
    validation = gate.reported_of(request.existing).get("validationStatus")
    if request.mode == "Deploy" and validation and request.azure.switch("validation-status-after-deploy") == "kept":
        base["validationStatus"] = validation
    if earlier is not None:
        base["deploymentStatus"] = earlier
    return base


def _document(request: _Request, base: Report) -> Document:
    echo = _echo(request.properties, request.azure.switch("echo"))
    return {
        "id": request.settings_id, "name": request.settings_id.rsplit("/", 1)[-1], "type": STORED_KIND,
        "systemData": system_data(request.existing, request.principal, request.now),
        "properties": {**echo, "provisioningState": "Accepted", "reportedProperties": base},
    }  # fmt: skip


def _echo(properties: Document, setting: str) -> Document:
    hidden = {"without-secrets": ("secrets", "secretsLocation"), "without-optional": _OPTIONAL}.get(setting, ())
    if not hidden:
        return properties
    echo = copy.deepcopy(properties)
    for unit in echo["deploymentConfiguration"]["scaleUnits"]:
        for name in hidden:
            (unit.get("deploymentData") or {}).pop(name, None)
    return echo


def _site(request: _Request) -> Site:
    data = request.properties["deploymentConfiguration"]["scaleUnits"][0]["deploymentData"]
    return Site(request.azure.store, request.cluster, request.machines, data)


def _known(request: _Request) -> dict[str, str]:
    group = "/".join(request.cluster_id.split("/")[:5])
    return nodes_known(map(machine_name, request.machines), str(request.cluster["name"]), group)


def _unknown_device(request: _Request) -> str:
    """Return the first machine without edge device, when a validation fails for that."""
    if request.mode != "Validate" or request.azure.switch("validate-without-edge-device") == "accept":
        return ""
    device = "providers/Microsoft.AzureStackHCI/edgeDevices/default"
    return next((one for one in request.machines if request.azure.store.get(f"{one}/{device}") is None), "")


def _present(document: Document, version: str) -> Document:
    """Return settings as an api-version knows them."""
    if version.lower() >= FULL_STEPS_SINCE:
        return document
    reported = {
        name: {**told, "steps": as_before_2026_10(told.get("steps") or ())} if isinstance(told, dict) else told
        for name, told in (document["properties"].get("reportedProperties") or {}).items()
    }
    return changed(document, reportedProperties=reported)
