"""Whether the service takes a deploymentSettings PUT in the state the cluster is in.

Source of the sentence: the public guide on OperationTimeout in deployment settings. Status and code of
the refusals are not public; 409 is the sandbox's choice.
"""

from __future__ import annotations

from azlocal.sandbox.journey_plan import ERROR, SUCCESS
from azlocal.sandbox.journey_report import Report
from azlocal.sandbox.operations import TERMINAL
from azlocal.sandbox.providers.hci_documents import properties_of
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

_CLOSED = frozenset({"disconnected", "notconnectedrecently", "notyetregistered", "error"})


def connected(cluster: Document, mode: str) -> None:
    """Raise unless the device can be reached."""
    told = properties_of(cluster)
    for name in ("status", "connectivityStatus"):
        if str(told.get(name, "")).lower() in _CLOSED:
            raise not_allowed(cluster, mode, str(told[name]))


def idle(azure: Azure, existing: Document | None, *, running: bool) -> None:
    """Raise when an operation runs and the service does not let a second one overwrite it."""
    state = str(properties_of(existing).get("provisioningState", ""))
    busy = running or (existing is not None and state not in TERMINAL)
    if busy and (state == "Deleting" or azure.switch("second-put-while-running") == "conflict"):
        raise ArmError(
            409, "AnotherOperationInProgress",
            f"Another operation is in progress on the deployment settings (provisioning state '{state}'). "
            "Please wait until it has ended.",
        )  # fmt: skip


def in_place(azure: Azure, cluster: Document, existing: Document | None, mode: str) -> None:
    """Raise when settings that exist must be deleted before the cluster is validated again."""
    if mode == "Validate" and existing is not None and azure.switch("validate-in-place") == "refuse":
        raise not_allowed(cluster, mode, _status(cluster))


def validated(azure: Azure, cluster: Document, existing: Document | None, mode: str) -> None:
    """Raise when the service wants a successful validation first and there is none."""
    reported = reported_of(existing)
    known = (reported.get("validationStatus") or {}).get("status") == SUCCESS or bool(reported.get("deploymentStatus"))
    if mode == "Deploy" and not known and azure.switch("deploy-without-validate") == "refuse":
        raise not_allowed(cluster, mode, _status(cluster))


def repeated(azure: Azure, cluster: Document, existing: Document | None, unfinished: Report | None) -> str:
    """Return what a Deploy after a failed Deploy does (resume, restart, no-op); empty when none failed, or raise."""
    if failed_deployment(existing) is None and unfinished is None:
        return ""
    setting = azure.switch("repeated-deploy")
    if setting == "refuse":
        raise not_allowed(cluster, "Deploy", _status(cluster))
    return setting


def failed_deployment(existing: Document | None) -> Report | None:
    """Return `deploymentStatus` of settings that show a failed upgrade."""
    told = reported_of(existing).get("deploymentStatus") or {}
    return told if told.get("status") == ERROR else None


def reported_of(existing: Document | None) -> Report:
    """Return what settings show of the device's report."""
    return dict(properties_of(existing).get("reportedProperties") or {})


def not_allowed(cluster: Document, mode: str, state: str) -> ArmError:
    """Return the service's refusal of an operation in a state."""
    return ArmError(
        409, "OperationNotAllowed",
        f"{mode} Operation is not allowed in Current State [{state}] for HciCluster {cluster['id']}.",
    )  # fmt: skip


def _status(cluster: Document) -> str:
    return str(properties_of(cluster).get("status", "NotSpecified"))
