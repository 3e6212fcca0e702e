"""Known issues of the solution upgrade itself.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = (
    "Azure/AzureLocal-Supportability, TSG/Upgrade, at 2f67159; Microsoft Learn, troubleshoot the upgrade (2025-05-28); "
    "AzStackHci.EnvironmentChecker as signed 2026-05-03"
)
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/Upgrade/"

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "upg-obsolete-lcm-package",
        "title": "The seed node holds an old upgrade package",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "How-to-remediate-an-obsolete-LCM-Upgrade-package.md",
        "summary": "The package that the Lifecycle Manager extension once downloaded is older than today's manifest, "
        "so nothing is validated with it.",
        "remedy": "If no upgrade has ever begun on any node, clear the old package as the guide says and let the "
        "extension initialize again; if one has begun, open a support case",
        "certain": (
            r"deployment package version is lower than the latest manifest version",
            r"aka\.ms/RemediateLCMPreviousZip",
        ),
        "interfaces": (r"ValidateDownloadedPackageVersionOnSeedNode",),
    },
    {
        "id": "upg-trustedhosts-gpo",
        "title": "A group policy owns TrustedHosts",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Known-issue-Solution-upgrade-failed-at-SetTrustedHost-step.md",
        "summary": "The upgrade has to write the TrustedHosts of WinRM on the nodes, and a policy forbids it.",
        "remedy": "Set the policy Trusted Hosts of the WinRM client to Not Configured for the hosts and run "
        "gpupdate /force on each",
        "certain": (r"TrustedHosts cannot be changed because is controlled by policies",),
        "interfaces": (r"Type 'SetTrustedHosts' of Role 'BareMetal' raised an exception",),
    },
    {
        "id": "upg-cloudcommon-missing",
        "title": "Nodes other than the seed lack the module CloudCommon",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG
        + "Known-issue-Solution-upgrade-failed-at-CleanUpDeploymentPackageAndNugetStoreOnNonSeedNodes-step.md",
        "summary": "The extension unpacks the package on the seed node alone, and the step that clears the other nodes "
        "needs a module from it.",
        "remedy": "Copy the folder of the module CloudCommon from the seed node to the same place on the others and "
        "unblock its files",
        "certain": (
            r"CleanUpDeploymentPackageAndNugetStoreOnNonSeedNodes.{0,200}CloudCommon",
            r"specified module 'CloudCommon' was not loaded",
        ),
    },
    {
        "id": "upg-arb-scopelocked-kva",
        "title": "A lock keeps the resource bridge's helper extension from being removed",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Known-issue-ScopeLockedError-ARB-Upgrade.md",
        "summary": "The bridge was upgraded; what fails is the removal of the extension kva-management-operator, "
        "which a delete lock forbids.",
        "remedy": "Take the lock off the appliance, delete the extension kva-management-operator, apply the appliance's "
        "configuration again and see it Running",
        "certain": (
            r"FailedToDeleteClusterExtension.{0,400}ScopeLocked",
            r"kva-management-operator.{0,400}(?:locked|ScopeLocked)",
            r"following scope\(s\) are locked.{0,200}microsoft\.resourceconnector/appliances",
        ),
    },
    {
        "id": "upg-already-deployed",
        "title": "The solution is there already",
        "severity": "critical",
        "retry": "contact-support",
        "url": "https://aka.ms/KnownIssueUpgradeOfferedOnDeployedCluster",
        "summary": "The checker found the orchestrator service: this cluster was deployed or upgraded before, although "
        "the portal offers the upgrade.",
        "remedy": "Do not upgrade it; see in updateSummaries that the solution is there, and keep it current with updates",
        "certain": (
            r"AzStackHci_Upgrade_AlreadyDeployedEnvironment",
            r"Cluster Upgrade is not allowed on a previously deployed Azure Local cluster",
            r"KnownIssueUpgradeOfferedOnDeployedCluster",
        ),
    },
    {
        "id": "upg-atc-intent-adapter",
        "title": "A network intent no longer finds its adapter",
        "severity": "error",
        "retry": "after-fix",
        "url": "https://learn.microsoft.com/azure/azure-local/upgrade/troubleshoot-upgrade-to-23h2",
        "summary": "Since the OS upgrade the virtual adapter of the management intent bears another name than the "
        "adapter of the host, and the intent keeps retrying.",
        "remedy": "Rename the adapter so that Get-NetAdapter and Get-VMNetworkAdapter -ManagementOS agree, and let the "
        "intent retry",
        "certain": (r"\bPhysicalAdapterNotFound\b",),
    },
)
