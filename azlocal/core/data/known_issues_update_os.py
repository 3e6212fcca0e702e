"""Known issues of updates in cluster-aware updating, .NET and the OS build, and of nodes that do not drain.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = "Azure/AzureLocal-Supportability, TSG/Update and TSG/Networking, at 2f67159"
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/"
_UPDATE = _TSG + "Update/"

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "upd-cau-run-canceled",
        "title": "Cluster-aware updating gives up at once on every retry",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Update-CAU-run-fails-previous-CAU-run-status-was-Canceled.md",
        "summary": "A marker file, caufailureinfo.txt, was left behind, and each retry takes it for its own failure.",
        "remedy": "Find the first failure in Get-CauReport and mend it, then move the marker file away",
        "certain": (
            r"Previous CAU run status was Canceled",
            r"Type 'EvalCauRetryApplicability' of Role 'CAU'.{0,200}Exceeded max CAU retries",
        ),
    },
    {
        "id": "upd-cau-clearcorruptreports",
        "title": "Cluster-aware updating does not know ClearCorruptReports",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Update-gets-stuck-with-ClearCorruptReports-CAU-error.md",
        "summary": "The engine calls a recovery with a parameter that this OS level has not, on every retry.",
        "remedy": "Recover the state of cluster-aware updating by hand as the guide says",
        "certain": (r"parameter cannot be found that matches parameter name 'ClearCorruptReports'",),
    },
    {
        "id": "upd-cau-postversioncheck",
        "title": "The OS level did not rise",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Manually-retry-after-failed-at-CauPostVersionCheck.md",
        "summary": "A node did not install the OS payload, and a plain retry only repeats the check.",
        "remedy": "Run the guide's script for a full retry; for 11.2510.1002.87 first install the packages it names and "
        "restart the nodes",
        "certain": (
            r"Current node platform version is '[\d.]+' but expect version should be greater than or equal to '[\d.]+'",
        ),
        "interfaces": (r"Type 'CauPostVersionCheck' of Role 'CAU' raised an exception",),
    },
    {
        "id": "upd-cau-defender-asr",
        "title": "A Defender rule stops cluster-aware updating",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Solution-Update-CAU-Run-fails-due-to-Windows-Defender-blocking-WMI-commands.md",
        "summary": "The rule against processes made by PSExec and WMI is set to Block; event 1121 on the node shows it.",
        "remedy": "Look for event 1121 on the node, and set the rule to Audit in the baseline or the policy that owns it",
        "certain": (),
        # The code of every run in which too many nodes failed, for whatever cause.
        "possible": (r"MaxFailedNodesExceeded",),
    },
    {
        "id": "upd-os-build-mismatch",
        "title": "The nodes run different OS builds",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "UpdateOsBuildNumberInEce-MismatchedBuilds.md",
        "summary": "OS updates were installed past the solution, and not on all nodes.",
        "remedy": "Bring all nodes to the highest build that is there, or skip the step as the guide allows",
        "certain": (
            r"Found different OS build number between cluster nodes",
            r"Expected \S+ to be on OS Build Number",
        ),
        "interfaces": (r"Type 'UpdateOsBuildNumberInEce' of Role 'OsUpdate' raised an exception",),
    },
    {
        "id": "upd-dotnet-out-of-band",
        "title": "A newer .NET update is there already",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Update-during-.NET-Updates-Installation-Out-of-Band-.Net-Updates-Installed-on-the-cluster.md",
        "summary": "The check looks for one package and does not count a newer one.",
        "remedy": "If a newer package is on all nodes, mark the step as skipped; else install the missing one",
        "certain": (r"\[PostCheck\] Dotnet KBs not installed are",),
    },
    {
        "id": "upd-dotnet-wusa",
        "title": "A .NET package was not installed",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "ValidateDotNetUpdatesOnCluster-wusa-exit-code.md",
        "summary": "The package does not install in a remote session, and the check finds the exit code of wusa.",
        "remedy": "Install it in a session on the node that is named, and restart on exit code 3010",
        "certain": (r"wusa\.exe process completed with exit code: (?!0\b)-?\d+",),
    },
    {
        "id": "upd-dotnet-clustername",
        "title": "CLUSTER_NAME is empty",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Update-during-.NET-Updates-Installation-Cannot-validate-argument-on-parameter-ClusterName.md",
        "summary": "The machine variables CLUSTER_NAME and HCI_RESOURCE_URI are missing on a node.",
        "remedy": "Set both variables on the nodes",
        "certain": (
            r"Type 'InstallDotNetUpdatesOnCluster' of Role 'OsUpdate'.{0,400}(?:ClusterName|CLUSTER_NAME|HCI_RESOURCE_URI)",
        ),
        # Either alone is said of other failures, too.
        "possible": (
            r"Cannot validate argument on parameter 'ClusterName'",
            r"Type 'InstallDotNetUpdatesOnCluster' of Role 'OsUpdate'",
        ),
    },
    {
        "id": "upd-updatedistribution-denied",
        "title": "An old distribution folder is in the way",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "mitigation-for-cannot-remove-c-update-distribution-with-access-denied.md",
        "summary": r"Files in C:\UpdateDistribution are in use since an earlier run.",
        "remedy": "Recover the state of cluster-aware updating, free the files, and delete the folder on all nodes",
        "certain": (
            r"Type 'CauPreRequisites' of Role 'CAU'.{0,200}C:\\UpdateDistribution",
            r"Cannot remove item C:\\UpdateDistribution",
        ),
    },
    {
        "id": "upd-merged-storage-networks",
        "title": "The storage networks have become one",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Networking/Host-Network/Troubleshoot-ClusterNetworks-MergedStorageNetworksBlockUpdate.md",
        "summary": "Storage adapters share a subnet, and the cluster sees one network where it should see two.",
        "remedy": "Give each storage VLAN a subnet of its own, in a maintenance window",
        "certain": (r"Cluster storage network for storage network intent \[ .{1,40} \] not ready",),
        "interfaces": (r"Type 'ValidateAndTuneNetworkATCAndClusterConfigurationPostUpdate' of Role 'HostNetwork'",),
    },
    {
        "id": "upd-live-migration-sid",
        "title": "Virtual machines cannot be moved off a node",
        "severity": "error",
        "retry": "after-fix",
        "url": _UPDATE + "Live-migration-fails-with-No-mapping-between-account-names-and-security-IDs.md",
        "summary": "On 12.x before 12.2605 a machine whose creator no longer resolves is not live-migrated, and the node "
        "does not drain.",
        "remedy": "Set those machines to quick migration for the update to 12.2605 or later, then back",
        "certain": (
            r"^(?!.*(?:\bagent\b|local ?group|administrators)).*No mapping between account names and security IDs was done",
            r"^(?!.*(?:\bagent\b|local ?group|administrators)).*0x80070534",
        ),
        # Windows says the same of any account that it does not find.
        "possible": (r"No mapping between account names and security IDs was done", r"0x80070534"),
    },
)
