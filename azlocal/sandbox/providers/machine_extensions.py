"""Extensions of Arc machines, written as the long-running operations they are.

What becomes of a write on the machine is in `extension_work`. Source: REST reference, Machine Extensions;
`azure-mgmt-hybridcompute` 10.0.0 for statuses and headers; HCRP409 and its text from public reports.
"""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from azlocal.sandbox.api_versions import HYBRID_COMPUTE
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.extension_catalog import newest
from azlocal.sandbox.providers.extension_work import Install, Work, stated
from azlocal.sandbox.providers.generic import Resources, found, given_properties, id_of, serve
from azlocal.sandbox.providers.guards import require_parent, require_registered, require_unlocked
from azlocal.sandbox.providers.headers import async_headers, location_headers
from azlocal.sandbox.providers.ids import canonical
from azlocal.sandbox.providers.kinds import Kind
from azlocal.sandbox.providers.policies import require_allowed
from azlocal.sandbox.providers.tag_rules import checked, within_limit
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written

TYPE = "Microsoft.HybridCompute/machines/extensions"
_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/{machine}"
_RUNNING = frozenset({"Creating", "Updating", "Deleting"})
_PLAIN = ("publisher", "type", "autoUpgradeMinorVersion", "enableAutomaticUpgrade", "settings", "forceUpdateTag")


def register(azure: Azure) -> None:
    """Register the routes of extensions, and how a template writes one."""
    kind = Kind(TYPE, HYBRID_COMPUTE)
    serve(azure, Extensions(kind, ExtensionWrites()))
    azure.router.add(
        "POST", f"{_MACHINE}/upgradeExtensions", upgrade, resource_type=TYPE.rsplit("/", 1)[0],
        api_versions=HYBRID_COMPUTE,
    )  # fmt: skip


def status_base(document: Document) -> str:
    """Return what the status URLs of a machine or an extension begin with."""
    subscription = document["id"].split("/")[2]
    return f"/subscriptions/{subscription}/providers/Microsoft.HybridCompute/locations/{document['location'].upper()}"


class Extensions(Resources):
    """The handlers of extensions."""

    def put(self, call: Call) -> Response:
        """Begin to install or update an extension: 202 with both status URLs."""
        return self._begin(call, call.request.json())

    def patch(self, call: Call) -> Response:
        """Begin to update what the body names."""
        return self._begin(call, _overlaid(found(call), call.request.json()))

    def _begin(self, call: Call, body: Any) -> Response:
        written = self.handling.put(call.azure, id_of(call), body, now=call.now, principal=call.principal)
        return reply(written.document, 202, _headers(call, written.operation))

    def delete(self, call: Call) -> Response:
        """Begin to uninstall an extension; 204 when there is none."""
        azure, document = call.azure, call.azure.store.get(id_of(call))
        if document is None:
            return Response(204)
        require_unlocked(azure, document["id"], "delete")
        _require_idle(document)
        operation = azure.operations.begin(document["id"], status_base(document), call.now)
        azure.changed(stated(document, "Deleting", call.now))

        def gone(now: datetime) -> None:
            azure.store.delete(document["id"])
            operation.end("Succeeded", now)

        Work(azure, operation, document["id"], call.now, gone).begin()
        return reply(None, 202, _headers(call, operation))


def _headers(call: Call, operation: Operation | None) -> dict[str, str]:
    if operation is None:
        return {}
    return {**location_headers(call, operation), **async_headers(call, operation)}


def _overlaid(standing: Document, body: Document) -> Document:
    """Return the PUT a PATCH stands for: automatic upgrade without a version means the newest one."""
    given = given_properties(body)
    properties = {**standing["properties"], **given}
    if given.get("enableAutomaticUpgrade") and "typeHandlerVersion" not in given:
        properties.pop("typeHandlerVersion", None)
    return {"location": standing["location"], "tags": body.get("tags", standing.get("tags")), "properties": properties}


class ExtensionWrites:
    """How an extension is written."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Begin to install or update the extension, or raise `ArmError`."""
        del principal
        require_parent(azure, resource_id)
        require_registered(azure, resource_id)
        require_unlocked(azure, resource_id, "write")
        require_allowed(azure, resource_id, TYPE, body)
        before = azure.store.get(resource_id)
        wanted = _wanted(azure, resource_id, body)
        if before is not None:
            _require_idle(before)
        document = stated(_started(wanted, before), "Creating" if before is None else "Updating", now)
        operation = azure.operations.begin(document["id"], status_base(document), now)
        azure.changed(document)
        Install(azure, operation, document["id"], wanted["properties"]["typeHandlerVersion"]).begin(now)
        return Written(document, before is None, operation)


def _wanted(azure: Azure, resource_id: str, body: Any) -> Document:
    """Return the extension as it is to be, checked; secrets stay out."""
    given = given_properties(body)
    publisher, kind = str(given.get("publisher") or ""), str(given.get("type") or "")
    if not body.get("location"):
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if not publisher or not kind:
        raise ArmError(400, "HCRP400", "The publisher and the type of the extension are required.")
    known = canonical(azure, resource_id, TYPE)
    properties = {name: copy.deepcopy(given[name]) for name in _PLAIN if given.get(name) is not None}
    properties = {"autoUpgradeMinorVersion": False, "enableAutomaticUpgrade": True, "settings": {}, **properties}
    properties["typeHandlerVersion"] = str(given.get("typeHandlerVersion") or newest(publisher, kind))
    document: Document = {"id": known, "name": known.rsplit("/", 1)[-1], "type": TYPE, "location": body["location"]}
    if body.get("tags"):
        document["tags"] = within_limit(checked(body["tags"]), known)
    return {**document, "properties": properties}


def _started(wanted: Document, before: Document | None) -> Document:
    """Return what stands while the write runs: a version counts once it is there."""
    if before is None:
        return wanted
    kept = {
        name: before["properties"][name]
        for name in ("typeHandlerVersion", "instanceView")
        if name in before["properties"]
    }
    return {**wanted, "id": before["id"], "name": before["name"], "properties": {**wanted["properties"], **kept}}


def _require_idle(document: Document) -> None:
    properties = document["properties"]
    if properties.get("provisioningState") in _RUNNING:
        publisher, kind = properties.get("publisher", ""), properties.get("type", "")
        raise ArmError(
            409, "HCRP409",
            f"An extension of type {publisher}.{kind} is still processing. Only one instance of an extension may be in "
            "progress at a time for the same resource. Please retry after sometime.",
        )  # fmt: skip


def upgrade(call: Call) -> Response:
    """Begin to bring extensions of a machine to the versions the body names, under one operation."""
    azure, machine_id = call.azure, id_of(call).rsplit("/", 1)[0]
    machine = azure.store.get(machine_id)
    if machine is None:
        raise ArmError(404, "ResourceNotFound", f"The machine '{call.param('machine')}' could not be found.")
    require_unlocked(azure, machine["id"], "write")
    targets = _targets(azure, machine, call.request.json())
    for document, _ in targets:
        _require_idle(document)
    operation = azure.operations.begin(machine["id"], status_base(machine), call.now)
    _join(operation, [_upgraded(azure, document, version, call.now) for document, version in targets], call.now)
    return reply(None, 202, _headers(call, operation))


def _targets(azure: Azure, machine: Document, body: Any) -> list[tuple[Document, str]]:
    told = body.get("extensionTargets") if isinstance(body, dict) else None
    if not isinstance(told, dict) or not told:
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: extensionTargets is missing.")
    there = {_full_type(one): one for one in azure.store.of_type(TYPE, under=machine["id"] + "/")}
    targets = []
    for name, target in told.items():
        document = there.get(name.lower())
        if document is None:
            raise ArmError(404, "HCRP404", f"The machine '{machine['name']}' has no extension of type '{name}'.")
        asked = str((target or {}).get("targetVersion") or "")
        targets.append((document, asked or newest(document["properties"]["publisher"], document["properties"]["type"])))
    return targets


def _full_type(document: Document) -> str:
    return f"{document['properties'].get('publisher', '')}.{document['properties'].get('type', '')}".lower()


def _upgraded(azure: Azure, document: Document, version: str, now: datetime) -> Operation:
    operation = azure.operations.begin(document["id"], status_base(document), now)
    azure.changed(stated(document, "Updating", now))
    Install(azure, operation, document["id"], version).begin(now)
    return operation


def _join(whole: Operation, parts: list[Operation], now: datetime) -> None:
    """End *whole* when all *parts* have ended, in failure when one of them has failed."""

    def ended(_: Operation, at: datetime) -> None:
        failed = next((one for one in parts if one.done and one.status != "Succeeded"), None)
        if all(one.done for one in parts):
            whole.end("Succeeded" if failed is None else "Failed", at, failed.error if failed else None)

    for part in parts:
        part.on_end(ended, now)
