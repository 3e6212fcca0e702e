"""Microsoft.HybridCompute: Arc machines. Their extensions are in `machine_extensions`.

Source: REST reference of HybridCompute 2026-07-15; `azure-mgmt-hybridcompute` 10.0.0 for statuses and headers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.api_versions import HYBRID_COMPUTE
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers import extension_catalog, machine_extensions
from azlocal.sandbox.providers.completions import Draft
from azlocal.sandbox.providers.generic import Generic, Resources, found, id_of, remove, serve
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.headers import async_headers, location_headers
from azlocal.sandbox.providers.kinds import Kind
from azlocal.sandbox.providers.odata import option
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

KIND = Kind("Microsoft.HybridCompute/machines", HYBRID_COMPUTE, created=200)
_DELETING = timedelta(seconds=30)


def register(azure: Azure) -> None:
    """Register machines, their extensions, and the catalogue of extension versions."""
    serve(azure, Machines(KIND, Generic(KIND, _prepare)))
    machine_extensions.register(azure)
    extension_catalog.register(azure)


class Machines(Resources):
    """The handlers of machines."""

    def get(self, call: Call) -> Response:
        """Answer a machine, with `$expand=instanceView` also what its extensions report."""
        machine = found(call)
        if option(call, "$expand").lower() != "instanceview":
            return reply(machine)
        return reply({**machine, "properties": {**machine["properties"], "extensions": _views(call.azure, machine)}})

    def delete(self, call: Call) -> Response:
        """Begin to remove a machine from Azure; 204 when there is none."""
        azure, identifier = call.azure, id_of(call)
        machine = azure.store.get(identifier)
        if machine is None:
            return Response(204)
        require_unlocked(azure, identifier, "delete")
        operation = azure.operations.begin(machine["id"], machine_extensions.status_base(machine), call.now)
        azure.changed(_stated(machine, "Deleting"))

        def end(now: datetime) -> None:
            remove(azure, machine["id"])
            operation.end("Succeeded", now)

        azure.after(call.now, _DELETING, end)
        return reply(None, 202, {**location_headers(call, operation), **async_headers(call, operation)})


def _views(azure: Azure, machine: Document) -> list[Any]:
    extensions = azure.store.of_type(machine_extensions.TYPE, under=machine["id"] + "/")
    return [one["properties"]["instanceView"] for one in extensions if "instanceView" in one["properties"]]


def _stated(machine: Document, state: str) -> Document:
    return {**machine, "properties": {**machine["properties"], "provisioningState": state}}


def _prepare(draft: Draft) -> None:
    """Fill what the agent reports when it connects a machine."""
    draft.keep("vmId", draft.guid)
    draft.keep("status", lambda: "Connected")
    draft.keep("lastStatusChange", lambda: stamp(draft.now))
    if len(draft.name) > 54:
        raise ArmError(400, "InvalidResourceName", f"The machine name '{draft.name}' is longer than 54 characters.")
    draft.default(displayName=draft.name)
    standing = draft.before or {}
    if "systemData" not in standing:
        draft.document.pop("systemData", None)  # Machines are answered without it.
