"""Known issues that the upgrade's own validator reports: one for each kind of check.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = (
    "AzStackHci.EnvironmentChecker as signed 2026-05-03 (names of checks); Microsoft Learn, validate the readiness for "
    "the solution upgrade (2025-09-19); Azure/AzureLocal-Supportability, TSG/EnvironmentValidator, at 2f67159"
)
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/EnvironmentValidator/"
_LEARN = "https://learn.microsoft.com/azure/azure-local/upgrade/"
_READINESS = _LEARN + "validate-solution-upgrade-readiness"

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "val-wdac-null-reference",
        "title": "The check of application control breaks on a policy without its base",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Known-Issue-Test-WdacEnablement-Null-Reference.md",
        "summary": "A fault of the validator, mended in 2607: a platform component left a supplemental policy file, and "
        "the check stumbles over the base policy that is not there.",
        "remedy": "Make sure that application control is not enforced on purpose, then rename the .cip files with GUID "
        "names to .backup on every node; do not delete them",
        "certain": (
            r"Invoke-AzStackHciUpgradeValidation\].{0,60}null-valued expression",
            r"null-valued expression.{0,400}AzStackHci\.Upgrade\.Helpers\.psm1",
            r"AzStackHci\.Upgrade\.Helpers\.psm1.{0,400}null-valued expression",
        ),
    },
    {
        "id": "val-os-version",
        "title": "A node's OS build is not one that can be upgraded",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "The OS family or the cumulative update of a node is not accepted, or the nodes run different builds.",
        "remedy": "Finish the OS upgrade on all nodes and bring them to the same, latest cumulative update",
        "certain": (
            r"AzStackHci_Upgrade_Windows_OS_Version",
            r"AzStackHci_Upgrade_Test_Unsupported_OS_Build",
            r"Test Windows OS is (?:Supported|23H2)",
        ),
    },
    {
        "id": "val-aks-hci-installed",
        "title": "AKS hybrid is still there",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "The old platform's Kubernetes cannot live on the new one, and the upgrade waits until it is gone.",
        "remedy": "Uninstall AKS hybrid (Uninstall-AksHci) and take the module AksHci off the nodes",
        "certain": (r"AzStackHci_Upgrade_AksHci\b", r"AKS HCI install state", r"\bAksHci is installed\b"),
    },
    {
        "id": "val-moc-installed",
        "title": "Remains of MOC are on a node",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "The preview of AKS Arc or of Arc VMs left its cloud agents behind; that the services exist is enough.",
        "remedy": "Run Uninstall-Moc and see on every node that the agents are gone",
        "certain": (
            r"AzStackHci_Upgrade_Moc(?:Services)?\b",
            r"MOC install state",
            r"MOC services running",
            r"(?:wssdcloudagent|wssdagent|MocHostAgent) service is running",
        ),
    },
    {
        "id": "val-cloud-type",
        "title": "The nodes belong to a cloud that takes no upgrade",
        "severity": "critical",
        "retry": "contact-support",
        "url": _READINESS,
        "summary": "Arc connects a node to a cloud other than Azure public or US Government, or the agent cannot say to "
        "which.",
        "remedy": "In Azure China there is no upgrade; in US Government take a validator of 2507 or later; elsewhere "
        "repair the Arc agent",
        "certain": (
            r"AzStackHci_Upgrade_SupportedCloud",
            r"Test Supported Cloud Type",
            r"cloud, which is not supported for upgrade",
        ),
    },
    {
        "id": "val-bitlocker",
        "title": "BitLocker is not suspended",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "Protection is on for a volume with a TPM protector; a restart in the upgrade would ask for the "
        "recovery key.",
        "remedy": "Suspend BitLocker on every node with -RebootCount 0; resume it after the upgrade",
        "certain": (r"AzStackHci_Upgrade_BitlockerSuspension", r"Test Bitlocker Suspension"),
    },
    {
        "id": "val-wdac-enforced",
        "title": "Application control is enforced",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "An enforced policy would stop what the solution installs.",
        "remedy": "Take the policy away or set it to audit on every node and restart where needed; the new version "
        "brings its own policies",
        "certain": (r"AzStackHci_Upgrade_WDACEnablement", r"Test WDAC Enablement"),
    },
    {
        "id": "val-language",
        "title": "The upgrade account's language is not English",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "Only English installations are upgraded; on each node the account's language list is looked at.",
        "remedy": "Sign in to each node with that account and set its language list to en-US; a system installed in "
        "another language cannot be upgraded",
        "certain": (r"AzStackHci_Upgrade_Language\b", r"Test Language is English"),
    },
    {
        "id": "val-network-atc",
        "title": "Network ATC is missing or its intents are not healthy",
        "severity": "critical",
        "retry": "after-fix",
        "url": "https://aka.ms/UpgradeNetworkATC",
        "summary": "Every node needs the feature and the service, the cluster a management intent and, with two nodes "
        "or more, a storage intent, and each intent has to be provisioned.",
        "remedy": "Set up Network ATC, mend the intents that Get-NetIntentStatus shows as failing, and wait until all "
        "are Success and Completed",
        "certain": (
            r"AzStackHci_Upgrade_Test_NetworkATC\w+",
            r"Test Network ATC feature is installed on the node",
            r"aka\.ms/UpgradeNetworkATC",
        ),
    },
    {
        "id": "val-windows-features",
        "title": "Windows roles or features are missing",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "A node lacks a role or an optional feature on which the solution builds.",
        "remedy": "Install what the readiness article lists, node by node: drain it, install, restart",
        "certain": (r"AzStackHci_Required_Windows_Features", r"Test required Windows features"),
    },
    {
        "id": "val-storage-pool",
        "title": "The storage pool is not ready",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "The pool has too little room for the infrastructure volume, is not healthy or is read-only, or still "
        "has the version of the old OS.",
        "remedy": "Make room or repair the pool as the detail says, and run Update-StoragePool",
        "certain": (r"AzStackHci_(?:Upgrade|Storage)_Test_Storage_Pool\b", r"Test storage pool\b"),
    },
    {
        "id": "val-storage-volume",
        "title": "The name Infrastructure_1 is taken",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "The upgrade makes a volume of that name and stops when a virtual disk bears it already.",
        "remedy": "Rename or remove that virtual disk; renaming changes the path that virtual machines use",
        "certain": (r"AzStackHci_(?:Upgrade|Storage)_Test_Storage_Volume\b", r"Test Storage Volume\b"),
    },
    {
        "id": "val-stretched",
        "title": "The cluster is stretched",
        "severity": "critical",
        "retry": "contact-support",
        "url": _READINESS,
        "summary": "It has more than one site fault domain, and a stretched cluster takes no solution upgrade.",
        "remedy": "Leave the solution out and plan another design: support for stretched clusters ended in April 2026",
        "certain": (r"AzStackHci_Upgrade_StretchedCluster", r"Test Stretched Cluster"),
    },
    {
        "id": "val-cluster-functional-level",
        "title": "The functional level is that of the old OS",
        "severity": "critical",
        "retry": "after-fix",
        "url": _LEARN + "post-upgrade-steps",
        "summary": "The step that follows the OS upgrade was left out.",
        "remedy": "Run Update-ClusterFunctionalLevel, from which there is no way back, and Update-StoragePool",
        "certain": (r"AzStackHci_Upgrade_ClusterFunctionalLevel", r"Checking Cluster Functional Level is \d+"),
    },
    {
        "id": "val-cluster-node-down",
        "title": "A node of the cluster is not up",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "All nodes have to be up and members of the one cluster.",
        "remedy": "Bring the node back or end its maintenance, and see it Up in Get-ClusterNode",
        "certain": (r"AzStackHci_Upgrade_ClusterNodeUp", r"are not in 'Up' state", r"Test Cluster Node is up"),
    },
    {
        "id": "val-cluster-name-length",
        "title": "The failover cluster's name is too long",
        "severity": "critical",
        "retry": "after-fix",
        "url": _LEARN + "install-solution-upgrade",
        "summary": "The name has to have 3 to 15 characters.",
        "remedy": "Give the failover cluster's own name in the inputs; if that is too long, plan a rename with the "
        "people of the directory",
        "certain": (r"AzStackHci_Upgrade_Cluster_NameLength", r"Test Cluster Name Length"),
    },
    {
        "id": "val-lcm-version",
        "title": "The Lifecycle Manager is missing, stopped or too old",
        "severity": "critical",
        "retry": "after-fix",
        "url": _READINESS,
        "summary": "A node does not run the controller in the least version that is asked for.",
        "remedy": "Install or update the extension AzureEdgeLifecycleManager on every node and wait for Succeeded",
        "certain": (
            r"AzStackHci_Upgrade_Minimum_LCM_Version",
            r"Test LCM Version meets minimum requirement",
            r"LCM Controller service is not in running state",
        ),
    },
    {
        "id": "val-tpm-warning",
        "title": "The TPM is not as it should be",
        "severity": "warning",
        "retry": "safe",
        "url": _READINESS,
        "summary": "Presence, readiness and ownership of the TPM are reported as warnings; they stop nothing.",
        "remedy": "Go on, and set the TPM right after the upgrade to use the new security features",
        "certain": (r"AzStackHci_Upgrade_(?:Test_)?Tpm\w*", r"Test TPM property"),
    },
)
