"""Known issues of the registration with Azure and with Azure Arc.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = (
    "AzStackHci.EnvironmentChecker as signed 2026-05-03; Azure/AzureLocal-Supportability, TSG/ArcRegistration, TSG/Update "
    "and TSG/Upgrade, at 2f67159; Microsoft Learn, known issues (2026-02-17)"
)
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/"

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "reg-cluster-not-registered",
        "title": "The cluster is not registered",
        "severity": "critical",
        "retry": "after-fix",
        "url": "https://learn.microsoft.com/azure/azure-local/upgrade/troubleshoot-upgrade-to-23h2",
        "summary": "The nodes do not say that their RegistrationStatus is Registered.",
        "remedy": "Look at Get-AzureStackHCI, repair the registration, and wait for the cluster to sync",
        "certain": (
            r"AzStackHci_Upgrade_ClusterRegistrationState",
            r"Cluster Registration status is:\s+(?!Registered\b)\S+",
            r"Test Cluster Registration state",
        ),
    },
    {
        "id": "reg-subscription-state",
        "title": "The subscription is not active, or cannot be asked",
        "severity": "critical",
        "retry": "after-fix",
        "url": "https://aka.ms/UpgradeRequirements",
        "summary": "For the node its Azure subscription is not active, the service cannot be reached, or the "
        "registration is gone.",
        "remedy": "Read the detail: make the subscription active, open the way out, or register again",
        "certain": (
            r"AzStackHci_Subscription_State",
            r"Azure Stack HCI Subscription is inactive on computer",
            r"Error executing Get-AzureStackHCISubscriptionStatus",
        ),
    },
    {
        "id": "reg-azcmagent-42",
        "title": "The Arc agent does not register (exit code 42)",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "ArcRegistration/TSG-Arc-registration-failing-with-error-42.md",
        "summary": "As a rule Az.Accounts on the node is newer than the release expects.",
        "remedy": "Remove every Az.Accounts but the one that is asked for, and register the node again",
        "certain": (r"AZCMAgent command failed with error: .{0,10}exitcode: 42\b",),
    },
    {
        "id": "reg-subscription-precheck",
        "title": "The registration has become invalid",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Update/BreakFix-Update-Resolve-subscription-status-precheck-failure.md",
        "summary": "A change of firmware or Secure Boot broke the keys of the registration.",
        "remedy": "Run Register-AzStackHCI with -RepairRegistration, see Connected, and run Sync-AzureStackHCI",
        "certain": (
            r"Azure Stack HCI Subscription Status not in expected status Active",
            r"\bRepairRegistrationRequired\b",
        ),
    },
    {
        "id": "reg-cloud-management-extension",
        "title": "The extension for updates of Cloud Management is not registered",
        "severity": "error",
        "retry": "after-fix",
        "url": "https://learn.microsoft.com/azure/azure-local/known-issues",
        "summary": "The step fails while the group Cloud Management runs on another node than the orchestrator; mended in "
        "2601.",
        "remedy": "Move both cluster groups to one node, or take the mended release; if the group is missing or failed, "
        "repair the registration",
        "certain": (),
        "interfaces": (
            r"Type 'RegisterCloudManagementUpdatesExtension' of Role 'CloudManagementConfig' raised an exception",
        ),
    },
    {
        "id": "reg-cloud-management-group",
        "title": "The cluster group Cloud Management is missing or failed",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Upgrade/Known-Issue-Cloud-Management-Cluster-Group-Missing-or-Failed-To-Start.md",
        "summary": "Clusters that were registered before 2024 can lack the group or its identity; then updates and alerts "
        "never reach Azure.",
        "remedy": "See every node Connected, repair the registration so that the cluster gets its identity, start or "
        "make the group, and wait 15 minutes",
        "certain": (
            r"Clustered role 'Cloud Management' has exceeded its failover threshold",
            r"Cluster resource 'Azure Stack HCI Cloud Management'.{0,120}failed",
        ),
    },
)
