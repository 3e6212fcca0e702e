"""What each finding checks: preconditions, limbo and lag, statements, verification after success, tasks after it.

Sources are pages of Microsoft Learn (folder azure-local) and guides of Azure/AzureLocal-Supportability.
"""

from __future__ import annotations

from azlocal.core.rule import Rule

_INSTALL = ("Microsoft Learn, install the solution upgrade", "2026-04-28")
_SYSTEM = ("Microsoft Learn, Azure Local system requirements", "2026-05-04")
_CHECKER = ("AzStackHci.EnvironmentChecker, module signed 2026-05-03", "2026-05-03")
_OS = ("Microsoft Learn, upgrade 22H2 by PowerShell", "2025-11-25")
_ABOUT = ("Microsoft Learn, about Azure Local upgrades", "2025-10-08")
_TEMPLATE = ("Azure/azure-quickstart-templates, upgrade-cluster", "2026-04-28")
_SECURITY = ("Microsoft Learn, manage security after an upgrade", "2026-06-29")
_RELEASES = ("Microsoft Learn, Azure Local release information", "2026-02-17")
_LIMBO = ("Azure/AzureLocal-Supportability, unable to manage updates after the OS upgrade", "2026-11")
_STALE = ("Azure/AzureLocal-Supportability, host version still 22H2", "2026-11")
_STAMP = ("Azure/AzureLocal-Supportability, solution upgrade set wrong stamp version", "2026-11")
_OURS = ("azlocal's own choice", "2026-11")


def _rule(kind: str, name: str, title: str, text: str, source: tuple[str, str], *details: tuple[str, str]) -> Rule:
    return Rule(id=name, kind=kind, title=title, text=text, source=source[0], date=source[1], details=details)


def _check(name: str, title: str, text: str, evidence: str, verdict: str, source: tuple[str, str]) -> Rule:
    return _rule("check", name, title, text, source, ("Evidence in Azure", evidence), ("Verdict when not met", verdict))


CHECKS = (
    _check(
        "B1", "Cloud", "The cloud is Azure public or US Government; in Azure China the upgrade is not offered.",
        "the ARM endpoint that answers; one of one's own counts with medium confidence", "NotApplicable", _INSTALL,
    ),
    _check(
        "B2", "Region", "The region of the Azure resource is one that Azure Local supports.", "location",
        "NotApplicable", _SYSTEM,
    ),
    _check(
        "B3", "Not already the solution",
        "No solution version is reported and no deployment succeeded. A resource bridge or a custom location alone "
        "prove nothing.", "updateSummaries/default.currentVersion, deploymentSettings/default", "NotApplicable", _OS,
    ),
    _check(
        "B4", "One OS build",
        "All nodes run one build of OS family 25398 or 26100, and the Arc machines report the same. Unknown while the "
        "two sources differ or a machine reports nothing.",
        "reportedProperties.nodes[].osVersion, machines: properties.osVersion",
        "OsUpgradeRequired, OsUpgradeRunning, Blocked or Unknown", _CHECKER,
    ),
    _check(
        "B5", "Patch level", "The build is one that the validator takes (minimum-build-25398, minimum-build-26100).",
        "reportedProperties.nodes[].osVersion", "Blocked", _CHECKER,
    ),
    _check(
        "B6", "Registered, connected, synced",
        "The cluster is registered with a system identity, connected, and reported within factsFreshFor. An older "
        "census is unknown, never fine.", "status, connectivityStatus, identity.type, lastSyncTimestamp",
        "Blocked, or Unknown where the census is too old", _OS,
    ),
    _check(
        "B7", "Arc machines connected", "Every node is an Arc machine, and each of them is connected.",
        "machines: properties.status", "Blocked", _TEMPLATE,
    ),
    _check(
        "B8", "LCM extension", "AzureEdgeLifecycleManager is on every machine, Succeeded, at minimum-lcm or later.",
        "machines/extensions: properties.provisioningState, typeHandlerVersion", "Blocked", _CHECKER,
    ),
    _check(
        "B9", "No operation",
        "No operation runs and none failed half-way. What runs or failed makes the phase; this finding tells of it.",
        "status, deploymentSettings/default", "none: the phase says it", _INSTALL,
    ),
    _check(
        "B10", "One site, never 22H2SP",
        "The cluster is not stretched and was never on the 22H2 Supplemental Package. A successful validation shows "
        "the first; only an operator can state the second.", "attestations not-stretched, not-22h2sp", "NotApplicable",
        _ABOUT,
    ),
    _check(
        "B11", "No preview workloads",
        "No AKS hybrid and no preview Arc VMs lie beside it. That none is visible proves nothing: a validation or the "
        "attestation no-workloads does. Before the OS upgrade it only warns.",
        "provisionedClusters, connectedClusters and virtualMachines in its resource group", "Blocked", _ABOUT,
    ),
)  # fmt: skip


def _finding(name: str, title: str, text: str, evidence: str, source: tuple[str, str]) -> Rule:
    return _rule("finding", name, title, text, source, ("Evidence in Azure", evidence))


FINDINGS = (
    _finding(
        "limbo", "Between the upgrades",
        "The OS is upgraded and the solution is not there: neither the portal nor Windows Admin Center can update the "
        "cluster. Azure keeps no date of the OS upgrade, so the days are counted from the oldest thing that proves the "
        "new OS, and are at least so many.",
        "lastSyncTimestamp, azlocal-op, deploymentSettings/default, our deployment", _LIMBO,
    ),
    _finding(
        "census-stale", "Census too old",
        "The cluster reported longer ago than factsFreshFor: what it says of itself may long be otherwise.",
        "lastSyncTimestamp", _STALE,
    ),
    _finding(
        "never-synced", "Never synced", "The cluster has not synced, or Azure does not say when.", "lastSyncTimestamp", _STALE
    ),
    _finding(
        "builds-differ", "Two builds told",
        "A node's build as the cluster reports it differs from that of its Arc machine. Azure shows the old build for "
        "hours after an OS upgrade.", "reportedProperties.nodes[].osVersion, machines: properties.osVersion", _STALE,
    ),
    _finding(
        "horizon", "Support horizon", "How long the oldest build of the cluster is supported (end-of-support-…).",
        "reportedProperties.nodes[].osVersion", _RELEASES,
    ),
    _finding(
        "stuck", "Step without an end",
        "The innermost running step runs longer than validation-stuck or upgrade-stuck. Nothing starts while it may "
        "still run.", "deploymentSettings/default: reportedProperties", _OURS,
    ),
    _finding(
        "failed-step", "Failing step",
        "A step or azlocal's deployment failed with a text that no validator test explains; `diagnose` tells which "
        "known issue it is.", "deploymentSettings/default, our deployment", _OURS,
    ),
)  # fmt: skip


def _statement(key: str, title: str, text: str) -> Rule:
    return _rule("statement", f"attest-{key}", title, text, _ABOUT, ("Attestation", key))


STATEMENTS = (
    _statement(
        "not-22h2sp", "Never on the Supplemental Package",
        "The validator does not test it, so it must be attested before an upgrade.",
    ),
    _statement(
        "oem-supported", "Confirmed by the hardware vendor",
        "Microsoft wants the vendor to be asked first. The validator does not test it, so it must be attested.",
    ),
    _statement(
        "not-scvmm", "Not managed by SCVMM",
        "No source says what the upgrade does under Virtual Machine Manager, so it must be attested before an upgrade.",
    ),
)  # fmt: skip


def _expected(name: str, title: str, text: str, evidence: str, source: tuple[str, str] = _INSTALL) -> Rule:
    return _rule("verification", name, title, text, source, ("Evidence in Azure", evidence))


VERIFICATION = (
    _expected(
        "verify-solution", "Solution version", "A solution version is reported. 10.x is expected and supported.",
        "updateSummaries/default.currentVersion",
    ),
    _expected(
        "verify-stamp", "Version fits",
        "The version is of train 2311 or later, and 11.x goes with OS 25398, 12.x with OS 26100. Systems upgraded "
        "around 2508 may carry a wrong one.", "updateSummaries/default.currentVersion, nodes[].osVersion", _STAMP,
    ),
    _expected(
        "verify-bridge", "Resource bridge", "The Arc resource bridge of the cluster is there and runs.",
        "Microsoft.ResourceConnector/appliances: properties.status",
    ),
    _expected(
        "verify-location", "Custom location", "The custom location is there and rests on the cluster's bridge.",
        "Microsoft.ExtendedLocation/customLocations: provisioningState, hostResourceId",
    ),
    _expected(
        "verify-machines", "Machines", "There is a connected Arc machine for each node.", "machines: properties.status"
    ),
    _expected(
        "verify-extensions", "Extensions", "Every AzureEdge extension of the machines succeeded.",
        "machines/extensions: properties.provisioningState",
    ),
    _expected(
        "verify-cluster", "Cluster",
        "The cluster is ConnectedRecently, or still DeploymentSuccess, and no step of the upgrade reports an error.",
        "status, reportedProperties.deploymentStatus.steps",
    ),
    _expected(
        "verify-vault", "Key vault", "The vault that the configuration names is there.", "Microsoft.KeyVault/vaults"
    ),
    _expected(
        "verify-storage-account", "Storage account", "A storage account lies in the cluster's group.",
        "Microsoft.Storage/storageAccounts", _TEMPLATE,
    ),
    _expected(
        "verify-roles", "Roles of the machines",
        "Each machine's identity holds Azure Stack HCI Device Management Role and Connected InfraVMs on the group, and "
        "Key Vault Secrets User where the vault lies in it.", "Microsoft.Authorization/roleAssignments", _TEMPLATE,
    ),
    _expected(
        "verify-edge-devices", "Edge devices", "Each machine has its edge device.",
        "Microsoft.AzureStackHCI/edgeDevices/default", _TEMPLATE,
    ),
)  # fmt: skip


def _task(name: str, title: str, text: str, evidence: str, source: tuple[str, str] = _INSTALL) -> Rule:
    return _rule("task", name, title, text, source, ("Evidence", evidence))


TASKS = (
    _task(
        "task-security", "Security baselines",
        "Upgrading does not change the security posture: apply the baselines, reboot, resume BitLocker, then "
        "application control.", "securitySettings/default: properties.securityComplianceStatus", _SECURITY,
    ),
    _task(
        "task-locks", "Locks",
        "Locks against deletion are recommended, but one on the resource bridge or above it blocks the next update.",
        "Microsoft.Authorization/locks",
    ),
    _task(
        "task-storage-paths", "Storage paths", "Workloads need storage paths and volumes.",
        "Microsoft.AzureStackHCI/storageContainers",
    ),
    _task(
        "task-cau", "Cluster-Aware Updating", "Where it was never used, it needs its permissions first.",
        "attestation cau-permitted",
    ),
    _task(
        "task-drivers", "Drivers", "Install the vendor's latest drivers; the OS upgrade may have put inbox ones back.",
        "attestation drivers-current", ("Microsoft Learn, post-upgrade steps", "2025-03-10"),
    ),
    _task("task-rdp", "Remote desktop", "Allow or forbid it as you need it.", "attestation rdp-reviewed"),
    _task(
        "task-updates", "Update practice",
        "Stay within update-within-months; the bridge's certificates expire after a year without an update.",
        "updateSummaries/default.currentVersion", _RELEASES,
    ),
    _task(
        "handover", "Hand-over to updates",
        "The state of the first update that waits. azlocal reads it and starts no update: that is Update Manager's.",
        "updateSummaries/default, updates", ("Microsoft Learn, about updates", "2025-08-13"),
    ),
)  # fmt: skip
