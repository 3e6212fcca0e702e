"""Which extensions Azure offers machines, and in which versions.

Source: versions named in public reports on Azure Local (microsoft/azure_arc issues, Azure Local release notes).
"""

from __future__ import annotations

from typing import Any

from azlocal.sandbox.api_versions import HYBRID_COMPUTE
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

_TYPE = "Microsoft.HybridCompute/locations/publishers/extensionTypes/versions"
# (publisher, type): versions, oldest first.
VERSIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Microsoft.AzureStack.Orchestration", "LcmController"): (
        "30.2408.0.660", "30.2411.2.789", "30.2503.0.907", "30.2504.0.959", "30.2505.0.961", "30.2604.0.2017",
    ),
    ("Microsoft.AzureStack.Observability", "TelemetryAndDiagnostics"): ("2.0.18.0",),
    ("Microsoft.AzureStack.Observability", "EdgeRemoteSupport"): ("1.1.7.0",),
    ("Microsoft.Edge", "DeviceManagementExtension"): ("1.2604.0.3037",),
    ("Microsoft.Azure.Monitor", "AzureMonitorWindowsAgent"): ("1.33.0.0", "1.34.0.0"),
    ("Microsoft.Compute", "CustomScriptExtension"): ("1.10.15", "1.10.18"),
}  # fmt: skip


def versions_of(publisher: str, kind: str) -> tuple[str, ...]:
    """Return the versions of an extension, oldest first; none when it is not known."""
    wanted = (publisher.lower(), kind.lower())
    return next((known for key, known in VERSIONS.items() if (key[0].lower(), key[1].lower()) == wanted), ())


def newest(publisher: str, kind: str) -> str:
    """Return the newest version; an extension that is not known has one version, 1.0.0.0."""
    return (versions_of(publisher, kind) or ("1.0.0.0",))[-1]


def register(azure: Azure) -> None:
    """Register the catalogue at a subscription and, as its second form, at the tenant."""
    tail = (
        "/providers/Microsoft.HybridCompute/locations/{location}/publishers/{publisher}/extensionTypes/{type}/versions"
    )
    for base in (f"/subscriptions/{{subscription}}{tail}", tail):
        azure.router.add("GET", base, list_all, resource_type=_TYPE, api_versions=HYBRID_COMPUTE)
        azure.router.add("GET", f"{base}/{{version}}", get, resource_type=_TYPE, api_versions=HYBRID_COMPUTE)


def list_all(call: Call) -> Response:
    """Answer the versions of an extension type."""
    versions = versions_of(call.param("publisher"), call.param("type"))
    return page(call, (_shown(call, one) for one in versions))


def get(call: Call) -> Response:
    """Answer one version."""
    version = call.param("version")
    if version not in versions_of(call.param("publisher"), call.param("type")):
        raise ArmError(404, "ResourceNotFound", f"The extension version '{version}' could not be found.")
    return reply(_shown(call, version))


def _shown(call: Call, version: str) -> dict[str, Any]:
    base = call.request.path.rstrip("/")
    listed = base if base.lower().endswith("/versions") else base.rsplit("/", 1)[0]
    properties = {"version": version, "extensionType": call.param("type"), "publisher": call.param("publisher")}
    return {"id": f"{listed}/{version}", "name": version, "type": _TYPE, "properties": properties}
