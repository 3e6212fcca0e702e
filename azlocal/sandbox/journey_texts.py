r"""What a failing step says, in the forms in which Azure carries it.

The grammar is the engine's: `Type '<interface>' of Role '<role>' raised an exception: <body>`, where the
body is plain text, or JSON whose `ErrorMessage` is a text or an object with `Results` (one object when
there is one result, as PowerShell writes it), with stamps as `\/Date(ms)\/`; long bodies arrive cut.
Sources: the public guides of Azure/AzureLocal-Supportability and the names of AzStackHci.EnvironmentChecker.
The sentences are the sandbox's own; names, codes and the marks by which guides recognise them are facts.

`@node@`, `@seed@` (the first node), `@cluster@` and `@millis@` in a text stand for what the attempt knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.journey_steps import ARC, CONNECTIVITY, HARDWARE, NETWORK, UPGRADE

CHECKER_STACK = "at RunSingleValidator, EnvironmentValidator.psm1: line 1168"
CUT_AT = 900
_HEADINGS = {CONNECTIVITY: "Connectivity", NETWORK: "Network", UPGRADE: "Upgrade", HARDWARE: "Hardware", ARC: "Arc"}


@dataclass(frozen=True, slots=True)
class Text:
    """An exception and the step that usually carries it."""

    step: str
    text: str


def raised(interface: str, role: str, body: str) -> str:
    """Return an exception as the engine reports it."""
    return f"Type '{interface}' of Role '{role}' raised an exception: {body}"


def result(
    name: str, title: str, detail: str, *, ok: bool, remediation: str = "https://aka.ms/UpgradeRequirements",
    node: str = "@node@", severity: int = 2, words: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return one result of the environment checker; *words* spells status and severity out, as some captures do."""
    status = ("SUCCESS" if ok else "FAILURE") if words else (0 if ok else 1)
    level = ("Informational", "Warning", "Critical")[severity] if words else severity
    return {
        "Name": name, "DisplayName": f"{title} {node}", "Tags": {}, "Title": title, "Status": status,
        "Severity": level, "Description": title.replace("Test ", "Checking ", 1), "Remediation": remediation,
        "TargetResourceID": node, "TargetResourceName": node, "TargetResourceType": "Machine",
        "Timestamp": "/Date(@millis@)/",
        "AdditionalData": {
            "Source": node, "Resource": title, "Detail": detail, "Status": "SUCCESS" if ok else "FAILURE",
            "TimeStamp": "/Date(@millis@)/",
        },
        "HealthCheckSource": f"Upgrade\\Standard\\Medium\\{name.split('_')[1] if '_' in name else name}\\0a1b2c3d",
    }  # fmt: skip


def with_results(heading: str, interface: str, results: Sequence[Mapping[str, Any]]) -> str:
    """Return an exception whose body is JSON with results, passed ones among them."""
    told = results[0] if len(results) == 1 else list(results)
    message = {"Message": f"{heading} requirements not met. Review output and remediate.", "Results": told}
    return raised(interface, "EnvironmentValidator", _json("json", message))


def with_message(interface: str, role: str, message: str, stack: str = CHECKER_STACK) -> str:
    """Return an exception whose body is JSON around a text."""
    return raised(interface, role, _json("text", message, stack))


def _json(kind: str, message: Any, stack: str = CHECKER_STACK) -> str:
    text = json.dumps({"ExceptionType": kind, "ErrorMessage": message, "ExceptionStackTrace": stack})
    return text.replace('"/Date(@millis@)/"', '"\\/Date(@millis@)\\/"')


def cut(text: str) -> str:
    """Return a text as it arrives when it was too long."""
    return text[:CUT_AT]


def filled(text: str, told: Mapping[str, str]) -> str:
    """Return *text* with `@name@` replaced by what *told* says of it."""
    for name, value in told.items():
        text = text.replace(f"@{name}@", value)
    return text


def text_of(key_or_text: str) -> Text | None:
    """Return the known text of a key, or None when it is no key but the text itself."""
    return TEXTS.get(key_or_text)


_PASSED = result(
    "AzStackHci_Upgrade_Cluster_Exists", "Test Cluster Exists", "A failover cluster was found on @node@.", ok=True
)
# The checker marks this one Informational and still fails on it.
_INFORMATIONAL = {"upg-already-deployed"}
# key, step, interface, result name, title, detail
_RESULTS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("val-os-version", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Windows_OS_Version",
     "Test Windows OS is Supported", "@node@ runs a build that cannot be upgraded."),
    ("val-aks-hci-installed", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_AksHci",
     "Test AKS HCI install state", "AksHci is installed on @node@; the state expected is NotInstalled."),
    ("val-moc-installed", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Moc",
     "Test MOC install state", "Moc is installed on @node@; the state expected is NotInstalled."),
    ("val-cloud-type", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_SupportedCloud",
     "Test Supported Cloud Type", "@node@ is connected to a cloud, which is not supported for upgrade."),
    ("val-bitlocker", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_BitlockerSuspension",
     "Test Bitlocker Suspension", "Protection of volume C: on @node@ is On; suspend it first."),
    ("val-wdac-enforced", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_WDACEnablement",
     "Test WDAC Enablement", "An application control policy is enforced on @node@."),
    ("val-language", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Language",
     "Test Language is English", "The language list on @node@ holds no English: nb-NO."),
    ("val-windows-features", UPGRADE, "ValidateUpgrade", "AzStackHci_Required_Windows_Features",
     "Test required Windows features", "Not installed on @node@: NetworkVirtualization, BitLocker."),
    ("val-storage-pool", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Test_Storage_Pool",
     "Test storage pool", "The pool of @cluster@ has 310 GB unallocated; 512 GB are needed."),
    ("val-storage-volume", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Test_Storage_Volume",
     "Test Storage Volume", "A virtual disk named Infrastructure_1 exists already on @cluster@."),
    ("val-stretched", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_StretchedCluster",
     "Test Stretched Cluster", "@cluster@ has 2 site fault domains."),
    ("val-cluster-functional-level", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_ClusterFunctionalLevel",
     "Test Cluster Functional Level", "The functional level of @cluster@ is 11; 12 is expected."),
    ("val-cluster-node-down", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_ClusterNodeUp",
     "Test Cluster Node is up", "These nodes are not in 'Up' state: @node@ (Paused)."),
    ("val-lcm-version", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Minimum_LCM_Version",
     "Test LCM Version meets minimum requirement", "LCM Controller service is not in running state on @node@."),
    ("reg-cluster-not-registered", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_ClusterRegistrationState",
     "Test Cluster Registration state", "Cluster Registration status is: NotRegistered"),
    ("reg-subscription-state", UPGRADE, "ValidateUpgrade", "AzStackHci_Subscription_State",
     "Test Azure Stack HCI subscription", "Azure Stack HCI Subscription is inactive on computer @node@."),
    ("upg-already-deployed", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_AlreadyDeployedEnvironment",
     "Test environment is not deployed",
     "Cluster Upgrade is not allowed on a previously deployed Azure Local cluster (@cluster@)."),
    ("val-network-atc", NETWORK, "ValidateUpgradeNetwork", "AzStackHci_Upgrade_Test_NetworkATCIntent_HealthyState",
     "Test Network ATC intent is healthy", "Intent 'mgmt_compute' on @node@ is Retrying after 1080 seconds."),
    ("val-ip-pool", NETWORK, "ValidateUpgradeNetwork", "AzStackHci_Network_Test_Management_IP_Range_Size",
     "Test Management IP Range Size", "Management IP range size must be between 6 and 255; it is 4."),
    ("val-infraip-readiness", NETWORK, "ValidateUpgradeNetwork",
     "AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_IPReadiness", "Test infra IP readiness",
     "Cannot get the IP configured correctly on the test adapter of @node@."),
    ("val-cluster-exists", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Cluster_Exists",
     "Test Cluster Exists", "No failover cluster was found on @node@."),
    ("val-moc-services", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_MocServices",
     "Test MOC services running", "These services exist on @node@: wssdagent (Stopped)."),
    ("val-cluster-name-length", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Cluster_NameLength",
     "Test Cluster Name Length", "The name of @cluster@ has 17 characters; at most 15 are allowed."),
    ("val-cluster-name-resource", UPGRADE, "ValidateUpgrade", "AzStackHci_Cluster_ResourceOnline",
     "Test Cluster Name Resource", "The resource Cluster Name of @cluster@ is Failed; Online is expected."),
    ("val-cluster-ip", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_ClusterIPExcludedFromIPPool",
     "Test Cluster IP is not in the IP pool", "The cluster's address 10.20.1.45 is inside the pool of @cluster@."),
    ("val-free-memory", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_FreeMemory",
     "Test Free Memory", "@node@ has 5.1 GB of free memory; more than 8 GB are needed."),
    ("val-infraip-dns53", NETWORK, "ValidateUpgradeNetwork",
     "AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_DNS_Server_Port_53", "Test DNS server port 53",
     "Connection from 10.20.1.40 to DNS server port 53 failed after 3 attempts."),
    ("val-infraip-endpoint", NETWORK, "ValidateUpgradeNetwork",
     "AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_Azure_Arc",
     "Test outbound connection for IP in infra IP pool",
     "Connection from 10.20.1.40 (@node@) to https://gbl.his.arc.azure.com failed after 3 attempts."),
    ("val-infraip-vmswitch", NETWORK, "ValidateUpgradeNetwork",
     "AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_VMSwitch_Readiness", "Test VMSwitch readiness",
     "Cannot test connection for infra IP with wrong VMSwitch configured on @node@."),
    ("val-dns-external", NETWORK, "ValidateUpgradeNetwork", "AzStackHci_DNS_Test_External_Hostname_Resolution",
     "Test external hostname resolution", "Queried dns server 10.20.1.10 for management.azure.com on @node@: no answer."),
    ("val-dns-ad", NETWORK, "ValidateUpgradeNetwork", "AzStackHci_DNS_Test_ActiveDirectory_DomainName_Resolution",
     "Test Active Directory domain name resolution", "The domain could not be resolved on @node@ by 10.20.1.11."),
    ("val-arb-locked", ARC, "ValidateUpgradeArcIntegration", "AzStackHci_ARBStack_ARBIsLocked",
     "Test ARB is not locked", "ARB is locked, 1 lock found on the resource group of @cluster@."),
    ("val-stranger-check", UPGRADE, "ValidateUpgrade", "AzStackHci_Upgrade_Test_Quorum_Witness",
     "Test quorum witness", "The witness of @cluster@ is offline."),
    ("val-system-drive-space", HARDWARE, "ValidateHardware", "AzStackHci_Hardware_Test_SystemDrive_Free_Space",
     "Test System Drive free space",
     "Machine: @node@ has 18.4 GB free space on root folder path 'C:'. Expected at least 30 GB"),
)  # fmt: skip


def _from_results() -> dict[str, Text]:
    texts = {}
    for key, step, interface, name, title, detail in _RESULTS:
        results = [result(name, title, detail, ok=False, severity=0 if key in _INFORMATIONAL else 2)]
        if step == UPGRADE:
            results = [_PASSED, *results]
        texts[key] = Text(step, with_results(_HEADINGS[step], interface, results))
    return texts


def _mixed() -> str:
    """Return what two nodes fail on together, with warnings and with tests that passed."""
    told = (
        ("AzStackHci_Upgrade_BitlockerSuspension", "Test Bitlocker Suspension",
         "Protection of volume C: on {} is On; suspend it first.", "@seed@", False, 2),
        ("AzStackHci_Upgrade_BitlockerSuspension", "Test Bitlocker Suspension",
         "Protection of volume C: on {} is On; suspend it first.", "@node@", False, 2),
        ("AzStackHci_Upgrade_FreeMemory", "Test Free Memory", "{} has 96.4 GB of free memory.", "@seed@", True, 2),
        ("AzStackHci_Upgrade_FreeMemory", "Test Free Memory",
         "{} has 5.1 GB of free memory; more than 8 GB are needed.", "@node@", False, 2),
        ("AzStackHci_Upgrade_Test_Tpm_LockoutCount", "Test TPM property LockoutCount",
         "LockoutCount is 3 on {}; 0 is expected.", "@node@", False, 1),
    )  # fmt: skip
    results = [
        result(name, title, detail.format(node), ok=ok, node=node, severity=severity)
        for name, title, detail, node, ok, severity in told
    ]  # fmt: skip
    return with_results("Upgrade", "ValidateUpgrade", [_PASSED, *results])


def _broken() -> str:
    """Return what comes when a validator itself breaks."""
    told = result(
        "AzStackHci_Network_Validator_Exception", "Environment Validator Exception",
        "Exception caught in a validator on @node@: Object reference not set to an instance of an object.",
        ok=False, words=True,
    )  # fmt: skip
    return with_results("Network", "ValidateUpgradeNetwork", [{**told, "Status": "ERROR"}])


def _connectivity() -> str:
    services = ("login.microsoftonline.com", "dp.stackhci.azure.com", "mcr.microsoft.com", "crl3.digicert.com")
    results = [
        result(
            f"AzStackHci_Connectivity_Test_{host.replace('.', '_')}", f"Test connectivity to https://{host}",
            f"Layer 7 connection from @node@ to https://{host}: {'200' if place < 1 else 'no answer'}.",
            ok=place < 1, remediation="https://aka.ms/hci-fw", words=True,
        )
        for place, host in enumerate(services)
    ]  # fmt: skip
    return with_results("Connectivity", "ValidateUpgradeConnectivity", results)


TEXTS: Mapping[str, Text] = {
    **_from_results(),
    "val-connectivity": Text(CONNECTIVITY, _connectivity()),
    "val-connectivity-cut": Text(CONNECTIVITY, cut(_connectivity())),
    "val-mixed": Text(UPGRADE, _mixed()),
    "val-mixed-cut": Text(UPGRADE, _mixed()[: _mixed().index('"Title": "Test TPM')]),
    "val-validator-exception": Text(NETWORK, _broken()),
    "val-stranger": Text(CONNECTIVITY, raised(
        "ValidateUpgradeConnectivity", "EnvironmentValidator",
        "The inventory service on @node@ answered with an unexpected document.\nat Get-Inventory, Inventory.psm1: line 77",
    )),
    "val-msi-no-access": Text(ARC, with_message(
        "ValidateUpgradeArcIntegration", "EnvironmentValidator",
        "Exception caught in Test-AzStackHciArcIntegration validator: The provided account MSI@50342 does not have "
        "access to subscription ID of @cluster@.",
        "at Invoke-AzStackHciArcIntegrationValidation, AzStackHci.ArcIntegration.psm1: line 166",
    )),
    "val-wdac-null-reference": Text(UPGRADE, with_message(
        "ValidateUpgrade", "EnvironmentValidator", "You cannot call a method on a null-valued expression.",
        "at Test-WdacEnablement, AzStackHci.Upgrade.Helpers.psm1: line 2204",
    )),
    "val-allresults-crash": Text(UPGRADE, raised(
        "ValidateUpgrade", "EnvironmentValidator",
        "The property 'AllResults' cannot be found on this object. Verify that the property exists.\n"
        + CHECKER_STACK,
    )),
    "lcm-customerconfiguration-missing": Text(CONNECTIVITY, raised(
        "ValidateUpgradeConnectivity", "EnvironmentValidator",
        "Item 'CustomerConfiguration.xml' not found in store.\nat EceStore.GetItem, EceStore.cs: line 412",
    )),
    "lcm-access-denied": Text(UPGRADE, "CloudEngine.Actions.InterfaceInvocationFailedException: " + raised(
        "ValidateUpgrade", "EnvironmentValidator",
        "Connecting to remote server @node@ failed with the following error message : Access is denied.\n"
        + CHECKER_STACK,
    )),
    "upg-obsolete-lcm-package": Text("Check deployment package", raised(
        "ValidateDownloadedPackageVersionOnSeedNode", "DeploymentService",
        "on @seed@ the deployment package version is lower than the latest manifest version. "
        "See https://aka.ms/RemediateLCMPreviousZip.",
    )),
    "upg-trustedhosts-gpo": Text("Set trusted hosts", raised(
        "SetTrustedHosts", "BareMetal",
        "The value of TrustedHosts cannot be changed because is controlled by policies on @node@.\n"
        "at Set-WSManTrustedHosts, BareMetal.psm1: line 96",
    )),
    "upg-cloudcommon-missing": Text("Check deployment package", raised(
        "CleanUpDeploymentPackageAndNugetStoreOnNonSeedNodes", "BareMetal",
        "The specified module 'CloudCommon' was not loaded on @node@ because no valid module file was found.\n"
        "at Import-Module, CleanUp.psm1: line 31",
    )),
    "upg-atc-intent-adapter": Text("Validate network settings for servers", raised(
        "ValidateNetworkATC", "HostNetwork", "Intent 'mgmt_compute' on @node@ is Failed with PhysicalAdapterNotFound.",
    )),
    "upg-arb-scopelocked-kva": Text("Deploy appliance", raised(
        "DeployArb", "MocArb",
        "FailedToDeleteClusterExtension: the extension kva-management-operator could not be removed: ScopeLocked, "
        "following scope(s) are locked: '@group@/providers/Microsoft.ResourceConnector/appliances/@cluster@-arcbridge'.",
    )),
    "dep-mandatory-extensions": Text("Install mandatory extensions", raised(
        "ValidateMandatoryExtensions", "ObservabilityConfig",
        "The mandatory Arc extensions are not installed on @node@: AzureEdgeRemoteSupport.",
    )),
    "upg-stranger": Text("Deploy orchestrator services", raised(
        "InstallServices", "UpdateBootstrap", "The package catalogue on @seed@ lists no entry for 'Fabric.Ring'.",
    )),
    "dep-pip-certificate": Text("Check prerequisites", raised(
        "DeployPreRequisites", "MocArb", "An error occurred. Pip failed with status code 1 on @seed@.",
    )),
    "dep-missing-spn": Text("Deploy appliance", raised(
        "DeployArb", "MocArb",
        "SecretNotFoundException: secret DefaultARBApplication was not found\n"
        "at Get-CloudDeploymentServicePrincipal, ArbDeployment.psm1: line 188",
    )),
    "reg-cloud-management-extension": Text("Register with Azure", raised(
        "RegisterCloudManagementUpdatesExtension", "CloudManagementConfig",
        "The agent extension could not be registered on @seed@ within 300 seconds.",
    )),
}  # fmt: skip
"""Texts by the id under which public guides know the failure; `-cut` is the same, cut."""

USUAL_TEXTS = {"Validate": "val-bitlocker", "Deploy": "upg-trustedhosts-gpo", "refused": "val-cluster-node-down"}


def nodes_known(nodes: Iterable[str], cluster: str, group: str) -> dict[str, str]:
    """Return what a text may ask for: the last node is the one that fails, the first one the seed."""
    known = list(nodes) or [cluster]
    return {"node": known[-1], "seed": known[0], "cluster": cluster, "group": group}
