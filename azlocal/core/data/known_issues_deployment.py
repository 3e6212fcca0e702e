"""Known issues that deployments and upgrades share: the resource provider, firmware, the resource bridge.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = (
    "Azure/AzureLocal-Supportability, TSG/Deployment and TSG/EnvironmentValidator, at 2f67159; Microsoft Learn, known "
    "issues (2026-02-17)"
)
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/"
_TIMEOUT = (
    _TSG
    + "Deployment/Triggering-deployment-settings-validation-call-results-in-OperationTimeout-2411-1-and-LCM-Extension-2411-1.md"
)

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "dep-operation-timeout",
        "title": "The cluster did not answer within ten minutes",
        "severity": "error",
        "retry": "after-fix",
        "url": _TIMEOUT,
        "summary": "For 600 seconds the seed node reported nothing. Early builds of the extension did this on nodes "
        "that were not set to UTC or to the date formats of en-US.",
        "remedy": "See that LcmController runs on every node and that the extension is current (30.2411.2.789 or later)",
        "certain": (
            r"OperationTimeout.{0,40}No updates received from device for operation",
            r"beyond timeout of \[600000\] ms",
        ),
    },
    {
        "id": "dep-state-not-allowed",
        "title": "The cluster's state does not allow the operation",
        "severity": "error",
        "retry": "after-fix",
        "url": _TIMEOUT,
        "summary": "The resource provider refuses while the cluster is, say, Disconnected.",
        "remedy": "Wait until the cluster is connected and nothing runs on it; never delete the cluster resource to get "
        "past this",
        "certain": (r"(?:Validate|Deploy) Operation is not allowed in Current State \[[^\]]*\] for HciCluster",),
    },
    {
        "id": "dep-hardware-vbs-secureboot",
        "title": "Virtualization or Secure Boot is switched off",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Deployment/23H2-Deployment-Failure-at-Validation-task-of-Azure-Stack-HCI-Hardware.md",
        "summary": "The firmware of a node has virtualization or Secure Boot disabled.",
        "remedy": "Switch both on in the firmware of the nodes that are named, and restart them",
        "certain": (r"AzStackHci_Hardware_Test_Processor_Instance_Property_VMMonitorModeExtensions",),
        # Any other check of the hardware begins with the same words.
        "headings": (
            r"Type 'ValidateHardware' of Role 'EnvironmentValidator'.{0,300}Hardware requirements not met",
            r"Hardware requirements not met\. \s*Review output and remediate",
        ),
    },
    {
        "id": "dep-secure-boot",
        "title": "Secure Boot is off",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "EnvironmentValidator/Troubleshooting-Hardware-Test-Secure-Boot.md",
        "summary": "A machine does not start with UEFI Secure Boot.",
        "remedy": "Look at BitLocker first, then switch Secure Boot on in the firmware",
        "certain": (
            r"AzStackHci_Hardware_(?:Test_Secure_Boot|SecureBoot)\b",
            r"SecureBoot is 'False' on \S+\. Expected 'True'",
        ),
    },
    {
        "id": "dep-missing-spn",
        "title": "The resource bridge's service principal is missing",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Deployment/TSG-Azure-LOCAL-HCI-missing-spn.md",
        "summary": "Packages up to 2411.3 need the secret of a service principal, and none was given.",
        "remedy": "Make a service principal with the role Azure Resource Bridge Deployment and store its credential on "
        "the seed node as the guide says; newer packages need none",
        "certain": (
            r"Type 'DeployArb' of Role 'MocArb'.{0,300}SecretNotFoundException",
            r"Get-CloudDeploymentServicePrincipal",
        ),
    },
    {
        "id": "dep-pip-certificate",
        "title": "Extensions of the Azure CLI do not install behind a proxy",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Deployment/Type-DeployPreRequisites-of-Role-MocArb-raised-an-exception-ERROR-An-error-occurred-"
        "Pip-failed-with-status-code11.md",
        "summary": "Behind a proxy or the Arc gateway the nodes could not fetch a root certificate.",
        "remedy": "Fetch the certificate on every node by the guide's two web requests and see it in the root store",
        "certain": (r"Type 'DeployPreRequisites' of Role 'MocArb'.{0,200}Pip failed with status code",),
        "possible": (r"Pip failed with status code",),
    },
    {
        "id": "dep-csv-encryption",
        "title": "Volumes cannot be encrypted on 24H2",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG
        + "Deployment/Deployment-or-ScaleOut-failure-at-EncryptClusterSharedVolumes-of-AzureStackBitlocker.md",
        "summary": "On OS 26100 security settings are missing without which BitLocker may not store its recovery key in "
        "the directory.",
        "remedy": "See whether it persists on the node that is named, and correct the registry as the guide says",
        "certain": (r"Group policy does not permit the storage of recovery information to Active Directory",),
        "interfaces": (r"Type 'EncryptClusterSharedVolumes' of Role 'AzureStackBitlocker'",),
    },
    {
        "id": "dep-mandatory-extensions",
        "title": "Mandatory Arc extensions are said to be missing",
        "severity": "error",
        "retry": "safe",
        "url": "https://learn.microsoft.com/azure/azure-local/known-issues",
        "summary": "Now and then validation takes extensions for missing that are just being installed.",
        "remedy": "See that all extensions are Succeeded on every machine, and repeat it as it is",
        "certain": (r"mandatory (?:Arc )?extensions?.{0,60}not.{0,10}installed",),
    },
)
