"""The tests of the upgrade validator: what each is called, when it fails, and who puts it right.

Version 2026-05. Sources: Microsoft Learn, validate solution upgrade readiness (2025-09-19), for names and numbered
remediations; AzStackHci.EnvironmentChecker (module signed 2026-05-03) for result names, limits and severities; the
guides of Azure/AzureLocal-Supportability for the validators that run in an upgrade beside it. Newer modules may differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from azlocal.core.data import (
    known_issues_environment,
    known_issues_registration,
    known_issues_upgrade,
    known_issues_validation,
)

BLOCKING, WARNING, INFO = "blocking", "warning", "info"
NODE_ADMIN, NETWORK, OEM, AZURE = "node admin", "network", "OEM", "Azure"
_ARTICLE = "https://learn.microsoft.com/azure/azure-local/upgrade/validate-solution-upgrade-readiness"
_REQUIREMENTS = "https://aka.ms/UpgradeRequirements"
_SYSTEM = "https://learn.microsoft.com/azure/azure-local/concepts/system-requirements-23h2"
_GUIDES = "https://github.com/Azure/AzureLocal-Supportability/tree/main/TSG"
_NETWORK_GUIDES = f"{_GUIDES}/EnvironmentValidator/Networking"
_ATC = "https://aka.ms/UpgradeNetworkATC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorTest:
    """One test. `results` are the names by which its results come; a `*` stands for any part of a name.

    `remediation` is the article's number (R3), `precheck` what Azure shows of it before anything is validated.
    """

    id: str
    title: str
    results: tuple[str, ...]
    fails_when: str
    link: str
    remedy: str = ""
    who: str = NODE_ADMIN
    severity: str = BLOCKING
    remediation: str = ""
    precheck: str = "no"
    always: bool = False
    """Whether it blocks however harmless its result claims to be."""


_TESTS: tuple[ValidatorTest, ...] = (
    ValidatorTest(
        id="val-os-version", title="Windows OS is supported",
        results=("AzStackHci_Upgrade_Windows_OS_Version", "AzStackHci_Upgrade_Test_Unsupported_OS_Build"),
        fails_when="the OS is not of family 25398 or 26100, is below 25398.1904 or 26100.32814, or nodes differ",
        link=_REQUIREMENTS, precheck="B4, B5",
    ),
    ValidatorTest(
        id="val-aks-hci-installed", title="AKS HCI install state", results=("AzStackHci_Upgrade_AksHci",),
        fails_when="the AksHci configuration has another install state than NotInstalled",
        link=_ARTICLE, remediation="R11", precheck="B11",
    ),
    ValidatorTest(
        id="val-cloud-type", title="Supported cloud type", results=("AzStackHci_Upgrade_SupportedCloud",),
        fails_when="the Arc agent's cloud is neither AzureCloud nor AzureUSGovernment, or there is no agent",
        link=_SYSTEM, who=AZURE, precheck="B1",
    ),
    ValidatorTest(
        id="val-bitlocker", title="BitLocker suspension", results=("AzStackHci_Upgrade_BitlockerSuspension",),
        fails_when="protection is on for a volume with a TPM protector",
        link=_ARTICLE, remediation="R3",
    ),
    ValidatorTest(
        id="val-cluster-exists", title="Cluster exists", results=("AzStackHci_Upgrade_Cluster_Exists",),
        fails_when="no failover cluster is found",
        remedy="start the cluster service on every node, and repair the cluster where it is gone", link=_ARTICLE,
        precheck="the cluster resource itself",
    ),
    ValidatorTest(
        id="val-cluster-members", title="All nodes in same cluster", results=(),
        fails_when="a node is not a member of the cluster; by which name its result comes is not known",
        remedy="join every node to the cluster, or take the stranger out of the inputs", link=_ARTICLE,
        precheck="reportedProperties.nodes",
    ),
    ValidatorTest(
        id="val-cluster-node-down", title="Cluster node is up", results=("AzStackHci_Upgrade_ClusterNodeUp",),
        fails_when="the state of a cluster node is not Up",
        link=_ARTICLE, remediation="R2", precheck="B7, in part",
    ),
    ValidatorTest(
        id="val-stretched", title="Stretched cluster", results=("AzStackHci_Upgrade_StretchedCluster",),
        fails_when="there is more than one site fault domain",
        link="https://learn.microsoft.com/azure/azure-local/upgrade/upgrade-stretched-cluster-to-23h2", who=AZURE,
        precheck="attestation not-stretched",
    ),
    ValidatorTest(
        id="val-language", title="Language is English", results=("AzStackHci_Upgrade_Language",),
        fails_when="the language list of the user holds no en-*",
        link=_ARTICLE, remediation="R5", precheck="attestation english-os",
    ),
    ValidatorTest(
        id="val-moc-installed", title="MOC install state", results=("AzStackHci_Upgrade_Moc",),
        fails_when="the Moc configuration has another install state than NotInstalled",
        link=_ARTICLE, remediation="R10", precheck="B11",
    ),
    ValidatorTest(
        id="val-moc-services", title="MOC services running", results=("AzStackHci_Upgrade_MocServices",),
        fails_when="one of the services wssdcloudagent, wssdagent and MocHostAgent exists, even stopped",
        remedy="uninstall MOC (Uninstall-Moc), and delete the services that it leaves behind", link=_ARTICLE,
        remediation="R10",
    ),
    ValidatorTest(
        id="val-network-atc", title="Network ATC",
        results=(
            "AzStackHci_Upgrade_Test_NetworkATCFeature_Installed", "AzStackHci_Upgrade_Test_NetworkATCService_Running",
            "AzStackHci_Upgrade_Test_NetworkATCIntents_Present",
            "AzStackHci_Upgrade_Test_NetworkATCManagementIntent_Present",
            "AzStackHci_Upgrade_Test_NetworkATCStorageIntent_Present",
            "AzStackHci_Upgrade_Test_NetworkATCRequiredIntents_Present",
            "AzStackHci_Upgrade_Test_NetworkATCIntent_HealthyState",
            "AzStackHci_Upgrade_Test_NetworkATCIntent_StatusNull", "AzStackHci_Upgrade_*NetworkATC*",
        ),
        fails_when="the feature, its service or an intent is missing (storage from two nodes on), or an intent is not "
        "Success and Completed after 18 minutes",
        link=_ATC,
    ),
    ValidatorTest(
        id="val-windows-features", title="Required Windows features", results=("AzStackHci_Required_Windows_Features",),
        fails_when="a role or an optional feature is missing",
        link=_ARTICLE, remediation="R1",
    ),
    ValidatorTest(
        id="val-storage-pool", title="Storage pool",
        results=("AzStackHci_Upgrade_Test_Storage_Pool", "AzStackHci_Storage_Test_Storage_Pool"),
        fails_when="there is a pool without Storage Spaces Direct, or several, or it is unhealthy, read-only, below "
        "version 28, or has less unallocated than 512 GB (1 or 2 nodes) or 768 GB",
        link=_ARTICLE, remediation="R6, R8",
    ),
    ValidatorTest(
        id="val-storage-volume", title="Storage volume",
        results=("AzStackHci_Upgrade_Test_Storage_Volume", "AzStackHci_Storage_Test_Storage_Volume"),
        fails_when="a virtual disk is named Infrastructure_1 already",
        link=_ARTICLE,
        remediation="R7",
    ),
    ValidatorTest(
        id="val-wdac-enforced", title="WDAC enablement", results=("AzStackHci_Upgrade_WDACEnablement",),
        fails_when="an active Application Control policy is enforced, not audited",
        link=_ARTICLE,
        remediation="R4", precheck="only after the upgrade",
    ),
    ValidatorTest(
        id="val-cluster-functional-level", title="Cluster functional level",
        results=("AzStackHci_Upgrade_ClusterFunctionalLevel",), fails_when="the functional level is not 12",
        link="https://learn.microsoft.com/azure/azure-local/upgrade/post-upgrade-steps", remediation="R8",
    ),
    ValidatorTest(
        id="val-cluster-name-length", title="Cluster name", results=("AzStackHci_Upgrade_Cluster_NameLength",),
        fails_when="the failover cluster's name is longer than 15 characters",
        link=_REQUIREMENTS,
        precheck="reportedProperties.clusterName",
    ),
    ValidatorTest(
        id="val-cluster-name-resource", title="Cluster name resource", results=("AzStackHci_Cluster_ResourceOnline",),
        fails_when="the cluster's network name is not Online",
        remedy="bring the cluster name resource online; repair its computer object and DNS record", link=_REQUIREMENTS,
    ),
    ValidatorTest(
        id="val-cluster-ip", title="Cluster IP",
        results=("AzStackHci_Upgrade_ClusterIPExcludedFromIPPool", "AzStackHci_Upgrade_ClusterIPNotIpv6"),
        fails_when="the cluster's address is inside the IP pool, or is an IPv6 resource",
        remedy="choose a pool without the cluster's address, and remove its IPv6 address resource", link=_REQUIREMENTS,
        who=NETWORK,
    ),
    ValidatorTest(
        id="reg-cluster-not-registered", title="Cluster registration",
        results=("AzStackHci_Upgrade_ClusterRegistrationState",), fails_when="RegistrationStatus is not Registered",
        link=_REQUIREMENTS, precheck="B6",
    ),
    ValidatorTest(
        id="reg-subscription-state", title="Azure Stack HCI subscription", results=("AzStackHci_Subscription_State",),
        fails_when="its status is not Active, cannot be read or is missing; with an empty detail this may pass by itself",
        link=_REQUIREMENTS, who=AZURE, precheck="the subscription's state",
    ),
    ValidatorTest(
        id="val-lcm-version", title="Lifecycle Manager version", results=("AzStackHci_Upgrade_Minimum_LCM_Version",),
        fails_when="the service LcmController does not run, or its package is below 10.2408.0.537",
        link=_ARTICLE, remediation="R9", precheck="B8",
    ),
    ValidatorTest(
        id="val-free-memory", title="Free memory", results=("AzStackHci_Upgrade_FreeMemory",),
        fails_when="8 GB of memory or less are free on a node",
        remedy="move or stop virtual machines until more than 8 GB are free on every node", link=_REQUIREMENTS,
    ),
    ValidatorTest(
        id="upg-already-deployed", title="Already deployed", results=("AzStackHci_Upgrade_AlreadyDeployedEnvironment",),
        fails_when="the orchestrator service exists; comes as Informational with status FAILURE, and blocks",
        link="https://aka.ms/KnownIssueUpgradeOfferedOnDeployedCluster", who=AZURE, precheck="B3", always=True,
    ),
    ValidatorTest(
        id="val-tpm-warning", title="TPM properties", results=("AzStackHci_Upgrade_*Tpm*",),
        fails_when="one of OwnerClearDisabled, TpmReady, TpmPresent, LockoutCount, TpmActivated, ManagedAuthLevel, "
        "AutoProvisioning, LockedOut and TpmEnabled is not as expected",
        link=_ARTICLE, severity=WARNING, precheck="the machine's tpmEkCertificate hints that there is one",
    ),
    ValidatorTest(
        id="val-infraip-readiness", title="Infrastructure IP: readiness",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_IPReadiness",),
        fails_when="an address of the pool cannot be used on the test adapter",
        link=_NETWORK_GUIDES, who=NETWORK,
    ),
    ValidatorTest(
        id="val-infraip-dns53", title="Infrastructure IP: DNS, port 53",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_DNS_Server_Port_53",),
        fails_when="a DNS server does not answer an address of the pool on TCP 53; a warning behind a proxy",
        link=_NETWORK_GUIDES, who=NETWORK,
    ),
    ValidatorTest(
        id="val-infraip-dnsclient", title="Infrastructure IP: DNS client",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_DNSClientServerAddress_Readiness",),
        fails_when="the management adapter has no DNS servers",
        link=_NETWORK_GUIDES,
    ),
    ValidatorTest(
        id="val-infraip-hyperv", title="Infrastructure IP: Hyper-V",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_Hyper_V_Readiness",),
        fails_when="Hyper-V is missing on a host", link=_NETWORK_GUIDES,
    ),
    ValidatorTest(
        id="val-infraip-vmswitch", title="Infrastructure IP: virtual switch",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_VMSwitch_Readiness",),
        fails_when="no virtual switch belongs to the management intent",
        link=_NETWORK_GUIDES,
    ),
    ValidatorTest(
        id="val-infraip-vnic", title="Infrastructure IP: virtual adapter",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_vNIC_Readiness",),
        fails_when="the test adapter cannot be made on a host",
        link=_NETWORK_GUIDES,
    ),
    ValidatorTest(
        id="val-infraip-exception", title="Infrastructure IP: exception",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_ExceptionFound",),
        fails_when="the test itself broke", link=_NETWORK_GUIDES,
    ),
    ValidatorTest(
        id="val-infraip-endpoint", title="Infrastructure IP: endpoints",
        results=("AzureLocal_NetworkInfraConnection_Test_Infra_IP_Connection_*",),
        fails_when="an address of the pool does not reach a service of Azure; not tested with an Arc gateway",
        link=_NETWORK_GUIDES,
        who=NETWORK,
    ),
    ValidatorTest(
        id="val-ip-pool", title="IP pool",
        results=("AzStackHci_Network_Test_IP_Pools_*", "AzStackHci_Network_Test_Management_IP_*"),
        fails_when="the pool is not in the subnet, too small or too large, overlaps, or an address of it answers",
        link=_NETWORK_GUIDES,
        who=NETWORK, precheck="inputs check",
    ),
    ValidatorTest(
        id="val-virtual-adapter", title="Virtual adapter of an intent",
        results=("AzureLocal_Network_Test_IntentVirtualAdapterExistence",),
        fails_when="a virtual adapter that an intent names is not there",
        remedy="nothing before the upgrade; name the adapter as Network ATC does if it fails later",
        link=_NETWORK_GUIDES, severity=INFO,
    ),
    ValidatorTest(
        id="val-system-drive-space", title="System drive",
        results=("AzStackHci_Hardware_Test_SystemDrive_Free_Space", "AzStackHci_Hardware_SystemDriveFreeSpace"),
        fails_when="less than 30 GB are free on drive C: of a node", link=f"{_GUIDES}/EnvironmentValidator",
    ),
    ValidatorTest(
        id="val-connectivity", title="External connectivity", results=("AzStackHci_Connectivity_*",),
        fails_when="a node does not reach an endpoint that Azure Local needs",
        link="https://aka.ms/hci-fw",
        who=NETWORK,
    ),
    ValidatorTest(
        id="val-dns-external", title="External names", results=("AzStackHci_DNS_*External*",),
        fails_when="a DNS server does not resolve public names",
        link=_NETWORK_GUIDES, who=NETWORK,
    ),
    ValidatorTest(
        id="val-dns-ad", title="Active Directory names", results=("AzStackHci_DNS_*",),
        fails_when="a DNS server does not resolve the Active Directory domain",
        link=_NETWORK_GUIDES,
        who=NETWORK,
    ),
    ValidatorTest(
        id="val-msi-no-access", title="Arc integration", results=("AzStackHci_ArcIntegration_*",),
        fails_when="a machine's identity cannot read the subscription, or the machine is not connected",
        link=f"{_GUIDES}/EnvironmentValidator", who=AZURE, precheck="B7",
    ),
    ValidatorTest(
        id="val-arb-locked", title="Lock on the resource bridge", results=("AzStackHci_ARBStack_ARBIsLocked",),
        fails_when="a lock stands on the resource bridge, its group or its subscription",
        link=f"{_GUIDES}/EnvironmentValidator",
        who=AZURE, precheck="support-locks",
    ),
    ValidatorTest(
        id="val-validator-exception", title="Environment Validator Exception", results=("*Validator*Exception*",),
        fails_when="a validator broke; in 2601 to 2603 an `AllResults` error hides the true cause",
        remedy="run the checker on a node to see the true cause, mend that, and validate again",
        link=f"{_GUIDES}/EnvironmentValidator",
    ),
)  # fmt: skip

_REMEDIES = {
    one["id"]: one["remedy"]
    for module in (
        known_issues_validation, known_issues_environment, known_issues_registration, known_issues_upgrade,
    )
    for one in module.ISSUES
}  # fmt: skip
TESTS = tuple(one if one.remedy else replace(one, remedy=_REMEDIES[one.id]) for one in _TESTS)
"""Every test. Those that are known issues, too, by the same id, have the remedy that is told there."""
