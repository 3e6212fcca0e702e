"""Microsoft.AzureStackHCI/clusters/updates, updateRuns and updateSummaries: what follows the upgrade."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from azlocal.sandbox.api_versions import HCI_UPDATES
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey_plan import share
from azlocal.sandbox.journey_world import summary_document
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.hci_documents import (
    CLUSTER,
    NAMESPACE,
    begin,
    changed,
    cluster_id_of,
    found,
    parent_cluster,
    properties_of,
)
from azlocal.sandbox.providers.hci_update_run import UpdateRun
from azlocal.sandbox.providers.headers import async_headers, location_headers
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, require

KIND = f"{NAMESPACE}/clusters/updates"
RUNS = f"{KIND}/updateRuns"
SUMMARIES = f"{NAMESPACE}/clusters/updateSummaries"
_CHECKS_SINCE = frozenset(version for version in HCI_UPDATES if version >= "2026-04-30")
_CHECK_TAKES = timedelta(seconds=40)
Handler = Callable[[Call], Response]


def register(azure: Azure) -> None:
    """Register the routes."""
    update, summary = f"{CLUSTER}/updates/{{update}}", f"{CLUSTER}/updateSummaries/{{summary}}"
    routes: tuple[tuple[str, str, Handler, str, frozenset[str], str], ...] = (
        ("GET", f"{CLUSTER}/updates", list_updates, KIND, HCI_UPDATES, "read"),
        ("GET", update, get_update, KIND, HCI_UPDATES, "read"),
        ("POST", f"{update}/apply", apply, KIND, HCI_UPDATES, "apply/action"),
        ("GET", f"{update}/updateRuns", list_runs, RUNS, HCI_UPDATES, "read"),
        ("GET", f"{update}/updateRuns/{{run}}", get_run, RUNS, HCI_UPDATES, "read"),
        ("GET", f"{CLUSTER}/updateSummaries", list_summaries, SUMMARIES, HCI_UPDATES, "read"),
        ("GET", summary, get_summary, SUMMARIES, HCI_UPDATES, "read"),
        ("POST", f"{summary}/checkUpdates", check_updates, SUMMARIES, _CHECKS_SINCE, "checkUpdates/action"),
        ("POST", f"{summary}/checkHealth", check_health, SUMMARIES, _CHECKS_SINCE, "checkHealth/action"),
    )
    for method, template, handler, kind, versions, verb in routes:
        azure.router.add(
            method, template, handler, resource_type=kind, api_versions=versions, action=f"{kind}/{verb}"
        )  # fmt: skip


def list_updates(call: Call) -> Response:
    """Answer the updates of a cluster; before the upgrade there is nothing to be managed here."""
    cluster = _managed(call, "updates")
    return page(call, call.azure.store.of_type(KIND, under=f"{cluster['id']}/updates/"))


def get_update(call: Call) -> Response:
    """Answer one update."""
    return reply(found(call.azure, _update_id(call)))


def list_runs(call: Call) -> Response:
    """Answer the runs of one update."""
    update = found(call.azure, _update_id(call))
    return page(call, call.azure.store.of_type(RUNS, under=f"{update['id']}/updateRuns/"))


def get_run(call: Call) -> Response:
    """Answer one run of an update."""
    return reply(found(call.azure, f"{_update_id(call)}/updateRuns/{call.param('run')}"))


def list_summaries(call: Call) -> Response:
    """Answer the one summary there can be."""
    return page(call, [_present(_summary(call, "default"))])


def get_summary(call: Call) -> Response:
    """Answer the update summary."""
    return reply(_present(_summary(call, call.param("summary"))))


def apply(call: Call) -> Response:
    """Answer apply: 202, and a run that takes some hours."""
    azure, update = call.azure, found(call.azure, _update_id(call))
    summary = _summary(call, "default")
    state = str(properties_of(update).get("state"))
    if properties_of(summary).get("state") == "UpdateInProgress":
        raise ArmError(409, "AnotherOperationInProgress", "Another update is in progress on the cluster.")
    if state not in {"Ready", "ReadyToInstall", "InstallationFailed"}:
        raise ArmError(409, "UpdateNotReady", f"The update '{update['name']}' cannot be applied in state '{state}'.")
    cluster = parent_cluster(azure, cluster_id_of(call), "write", "clusters/updates")
    operation = begin(azure, update["id"], str(cluster.get("location", "")), call.now)
    name = str(uuid.UUID(int=azure.random.getrandbits(128), version=4))
    pace = 0.9 + 0.2 * share(azure.seed, update["id"], "apply")
    UpdateRun(azure, cluster["id"], update["id"], summary["id"], name, call.now, pace, operation).begin()
    return reply(None, 202, {**location_headers(call, operation), **async_headers(call, operation)})


def check_updates(call: Call) -> Response:
    """Answer checkUpdates: 202, and some seconds later the summary says when it was last checked."""
    if call.request.body:
        require(call.request.json(), dict, "The request content was invalid: a JSON object is required.")
    return _check(call, "lastChecked")


def check_health(call: Call) -> Response:
    """Answer checkHealth: 202, and some seconds later the summary says how healthy the cluster is."""
    return _check(call, "healthCheckDate")


def _check(call: Call, stamped: str) -> Response:
    azure = call.azure
    summary = _summary(call, call.param("summary"))
    cluster = parent_cluster(azure, cluster_id_of(call), "write", "clusters/updateSummaries")
    operation = begin(azure, summary["id"], str(cluster.get("location", "")), call.now)
    if stamped == "healthCheckDate":
        azure.changed(changed(summary, healthState="InProgress"))
    azure.after(call.now, _CHECK_TAKES, partial(_checked, azure, summary["id"], stamped, operation))
    return reply(None, 202, location_headers(call, operation))


def _checked(azure: Azure, summary_id: str, stamped: str, operation: Operation, at: datetime) -> None:
    summary = azure.store.get(summary_id)
    if summary is not None:
        health = {"healthState": "Success"} if stamped == "healthCheckDate" else {}
        azure.changed(changed(summary, **{stamped: stamp(at)}, **health))
    operation.end("Succeeded", at)


def _managed(call: Call, kind: str) -> Document:
    """Return a cluster that is managed here, or raise 404: without the solution there is no such resource."""
    cluster = parent_cluster(call.azure, cluster_id_of(call), "read", f"clusters/{kind}")
    _summary(call, "default")
    return cluster


def _update_id(call: Call) -> str:
    cluster = parent_cluster(call.azure, cluster_id_of(call), "read", "clusters/updates")
    return f"{cluster['id']}/updates/{call.param('update')}"


def _summary(call: Call, name: str) -> Document:
    """Return the summary, or before the upgrade what the service shows then: nothing, or a stub."""
    cluster = parent_cluster(call.azure, cluster_id_of(call), "read", "clusters/updateSummaries")
    summary = call.azure.store.get(f"{cluster['id']}/updateSummaries/{name}")
    if summary is not None and properties_of(summary).get("currentVersion"):
        return summary
    if name.lower() != "default" or call.azure.switch("update-summary-before-upgrade") == "absent":
        raise not_found(f"{cluster['id']}/updateSummaries/{name}")
    return summary or summary_document(cluster, "", call.now)


def _present(summary: Document) -> Document:
    """Return a summary with the type that GET spells shorter than the index does (spec example, 2026-10-01)."""
    return {**summary, "type": f"{NAMESPACE}/updateSummaries"}
