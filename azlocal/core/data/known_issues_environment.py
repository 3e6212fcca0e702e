"""Known issues that the environment checker reports beside the upgrade's own checks: network, names, modules, nodes.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = "Azure/AzureLocal-Supportability, TSG/EnvironmentValidator, at 2f67159"
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/EnvironmentValidator/"
_NET = _TSG + "Networking/"

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "val-msi-no-access",
        "title": "The machines' identities cannot read the subscription",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-MSI-Does-Not-Have-Access-To-Subscription.md",
        "summary": "The nodes carry a wrong Az.Accounts, or their identities lack the roles Azure Stack HCI Device "
        "Management and Connected InfraVMs.",
        "remedy": "Leave only the Az.Accounts of the release on the nodes and give both roles to each machine's identity "
        "on the resource group",
        "certain": (r"The provided account MSI@\d+ does not have access to (?:the )?subscription",),
        # The checker's word for any exception in that validator.
        "possible": (
            r"The provided account MSI@\d+ does not have access",
            r"Exception caught in Test-AzStackHciArcIntegration validator",
        ),
    },
    {
        "id": "val-connectivity",
        "title": "Endpoints that are needed cannot be reached",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-External-Connectivity-Failures-in-Environment-Checker.md",
        "summary": "A node does not get through to one or more public endpoints; the results name node and address.",
        "remedy": "Open the listed endpoints in firewall and proxy; TCPNetConnection, StatusCode and ResponseUriMatch "
        "tell which of the two stands in the way",
        "certain": (
            r"Connectivity requirements not met",
            r"Type 'Validate(?:Upgrade)?Connectivity' of Role 'EnvironmentValidator'.{0,200}Connectivity requirements",
        ),
    },
    {
        "id": "val-infraip-readiness",
        "title": "An address of the pool cannot be used",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-IPReadiness.md",
        "summary": "An address that the check tried is in use or not routed, or the gateway does not answer ping.",
        "remedy": "Choose at least six free addresses in a row in the management subnet and let the gateway answer ping",
        "certain": (
            r"Infra_IP_Connection_IPReadiness",
            r"Cannot get the IP configured correctly on the test adapter",
            r"Connection from \d+(?:\.\d+){3} to gateway \d+(?:\.\d+){3} failed",
        ),
    },
    {
        "id": "val-infraip-endpoint",
        "title": "The pool's addresses do not reach Azure",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-Azure-Endpoint-Connection.md",
        "summary": "The hosts may get out; the addresses kept for the resource bridge do not.",
        "remedy": "Let the infrastructure addresses, too, through firewall and proxy",
        "certain": (
            r"Connection from \d+(?:\.\d+){3} \([^)]*\) to https?://\S+ failed after \d+ attempts",
            r"Test outbound connection for IP in infra IP pool",
        ),
    },
    {
        "id": "val-infraip-dns53",
        "title": "The pool's addresses do not reach the DNS servers",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-DNS-Port-53.md",
        "summary": "TCP 53 from the infrastructure addresses to a DNS server is shut; behind a proxy it only warns.",
        "remedy": "Open TCP 53 to the DNS servers, or correct their list",
        "certain": (r"Infra_IP_Connection_DNS_Server_Port_53", r"to DNS server port 53 failed after \d+ attempts"),
    },
    {
        "id": "val-infraip-dnsclient",
        "title": "The management adapter has no DNS servers",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-DNS-Client-Readiness.md",
        "summary": "Without a DNS address on that adapter the tests of the infrastructure network cannot begin.",
        "remedy": "Set DNS server addresses on the management adapter of the node",
        "certain": (
            r"Infra_IP_Connection_DNSClientServerAddress_Readiness",
            r"Cannot find correctly DNS client server address on host",
        ),
    },
    {
        "id": "val-infraip-vmswitch",
        "title": "No virtual switch fits the management intent",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-VMSwitch-Readiness.md",
        "summary": "No external switch of the host uses the adapters of the management intent.",
        "remedy": "Bring the switch and the intent to the same adapters, as a rule by mending the intent",
        "certain": (
            r"Infra_IP_Connection_VMSwitch_Readiness",
            r"Cannot test connection for infra IP with wrong VMSwitch configured",
        ),
    },
    {
        "id": "val-infraip-vnic",
        "title": "The test's virtual adapter cannot be made",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-vNIC-Readiness.md",
        "summary": "The checker could not make its own temporary adapter on the host.",
        "remedy": "Look at the services, cmdlets and rights of Hyper-V on the host that is named",
        "certain": (
            r"Infra_IP_Connection_vNIC_Readiness",
            r"VM network adapter is not configured correctly on host",
        ),
    },
    {
        "id": "val-infraip-hyperv",
        "title": "A host is without Hyper-V",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIP-Hyper-V-Readiness.md",
        "summary": "The test of the infrastructure network runs on Hyper-V, which is not on this host.",
        "remedy": "Install the role Hyper-V with its management tools and restart the host",
        "certain": (
            r"Infra_IP_Connection_Hyper_V_Readiness",
            r"Cannot test connection for infra IP without Hyper-V on host",
        ),
    },
    {
        "id": "val-infraip-exception",
        "title": "The test of the infrastructure addresses broke off",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-Infra-IP-Connection-ExceptionFound.md",
        "summary": "Something unforeseen happened in one of its parts; the detail holds message and stack.",
        "remedy": "Find the part by the function in the stack (switch, adapter, address, endpoint, manifest) and mend the "
        "host there",
        "certain": (
            r"Infra_IP_Connection_ExceptionFound",
            r"Exception found during infra IP pool connection validation",
        ),
    },
    {
        "id": "val-ip-pool",
        "title": "The address pool is not valid",
        "severity": "critical",
        "retry": "after-fix",
        "url": _NET + "Troubleshoot-Network-Test-InfraIpPoolReadiness.md",
        "summary": "The pool is too small, repeats addresses, leaves the management subnet, or hosts in it answer.",
        "remedy": "Give at least six free addresses inside the management subnet that answer neither ping nor ports 22, "
        "5985 and 5986",
        "certain": (
            r"AzStackHci_Network_Test_IP_Pools_Subnet_No_Duplicates",
            r"AzStackHci_Network_Test_Management_IP_(?:Range_Subnet|No_Active_Hosts|Range_Size|Range_Pool_Count)",
            r"Management IP range size must be between 6 and 255",
            r"Ip Pools have duplicates or do not fall in subnet",
        ),
    },
    {
        "id": "val-dns-external",
        "title": "Public names are not resolved",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-DNS-External-DNS-Resolution.md",
        "summary": "A DNS server of a node gives no address for a public name of Azure.",
        "remedy": "Correct the node's DNS servers or their forwarders; no restart is needed",
        "certain": (
            r"AzStackHci_DNS_(?:ExternalDnsResolution|Test_External_Hostname_Resolution)",
            r"Queried dns server \S+ for management\.azure\.com",
        ),
    },
    {
        "id": "val-dns-external-legacy",
        "title": "Public names are not resolved (the older check)",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-Connectivity-Test-Dns.md",
        "summary": "The check's older form failed, and with it the node's other tests of connectivity were left out.",
        "remedy": "Correct the node's DNS servers or their forwarders",
        "certain": (r"AzStackHci_Connectivity_Test_Dns", r"Queried dns server \S+ for microsoft\.com"),
    },
    {
        "id": "val-dns-ad",
        "title": "The Active Directory domain is not resolved",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-DNS-ActiveDirectory-DomainName-Resolution.md",
        "summary": "A DNS server of a node gives no address for the cluster's domain.",
        "remedy": "Point the node to DNS servers that hold the domain or forward to it",
        "certain": (r"AzStackHci_DNS_(?:ActiveDirectoryDomainName|Test_ActiveDirectory_DomainName_Resolution)",),
    },
    {
        "id": "val-system-drive-space",
        "title": "Drive C: has less than 30 GB free",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-Test-SystemDrive-Free-Space.md",
        "summary": "The platform wants 30 GB free on the system drive of each node.",
        "remedy": "Make room on C: of the node that is named",
        "certain": (
            r"AzStackHci_Hardware_(?:Test_SystemDrive_Free_Space|SystemDriveFreeSpace)",
            r"free space on root folder path '[A-Z]:'.{0,60}Expected at least 30 GB",
        ),
    },
    {
        "id": "val-arb-locked",
        "title": "The resource bridge is locked",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-AzStackHci_ARBStack_ARBIsLocked.md",
        "summary": "A lock on the bridge, its group or its subscription would stop the bridge's upgrade.",
        "remedy": "Take the lock away where it is defined, check again, and put it back afterwards",
        "certain": (r"AzStackHci_ARBStack_ARBIsLocked", r"ARB is locked, \d+ locks? found"),
    },
    {
        "id": "val-environmentchecker-module",
        "title": "A gallery copy of the checker is in the way",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-Module-Versions.md",
        "summary": "Before its run the checker removes a copy of itself that came from the gallery, and could not.",
        "remedy": "Close all PowerShell sessions and remove the gallery's AzStackHci.EnvironmentChecker with its folder "
        "on all nodes",
        "certain": (
            r"No match was found for the specified search criteria and module names.{0,20}AzStackHci\.EnvironmentChecker",
        ),
    },
    {
        "id": "val-powershell-module-version",
        "title": "PowerShell modules are not those of the release",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-Test-PowerShell-Module-Version.md",
        "summary": "A node has a version of an Azure module that the release does not allow.",
        "remedy": "Remove the versions that the detail names, and keep those of the release alone on every node",
        "certain": (r"AzStackHci_ValidatedRecipe_PowerShellModule_Version",),
    },
    {
        "id": "val-az-accounts-version",
        "title": "Az modules ask for a newer Az.Accounts",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Known-Issue-This-module-requires-Az-Accounts-version-5-3-0.md",
        "summary": "A module that builds on Az.Accounts is too new for the one that the release ships.",
        "remedy": "Take the dependent modules back to the release's versions on every node; leave Az.Accounts as it is",
        "certain": (
            r"This module requires Az\.Accounts version 5\.3\.0",
            r"Type 'ValidateClusterWitness' of Role 'EnvironmentValidator'.{0,300}Az\.Accounts",
        ),
    },
    {
        "id": "val-winrm-wildcard",
        "title": "TrustedHosts is a wildcard",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Known-Issue-WinRM-cannot-process-the-configuration-request.md",
        "summary": "With * in TrustedHosts the cluster's validator cannot add its own entries.",
        "remedy": "Clear TrustedHosts on every node",
        "certain": (r"WinRM cannot process the configuration request\. The hostname pattern is invalid",),
    },
    {
        "id": "val-allresults-crash",
        "title": "A crash of the checker hides the true failure",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Known-Issue-AllResults-property-error-during-Pre-Update-Health-Check.md",
        "summary": "In 2601 to 2603 whatever breaks in one validator comes out as an error about AllResults.",
        "remedy": "Read the true exception in AzStackHciEnvironmentProgress.json on the node that owns the orchestrator, "
        "and mend that",
        "certain": (r"property 'AllResults' cannot be found on this object",),
    },
    {
        "id": "val-test-cluster-dns",
        "title": "Cluster validation does not find a node",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Known-Issue-Test-Cluster-Access-Denied-WMI-Error.md",
        "summary": "A node has no A record in DNS, so the others cannot find it.",
        "remedy": "Register the missing records with ipconfig /registerdns and see that they resolve",
        "certain": (
            r"Failed to execute Test-Cluster: Unable to connect to \S+ via WMI",
            r"Failed to execute Test-Cluster: Access is denied",
        ),
    },
    {
        "id": "val-test-cluster-admin",
        "title": "Cluster validation says that rights are missing",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "Known-Issue-Test-Cluster-Administrative-Privileges-Failure.md",
        "summary": "The message misleads: the node was not restarted since it joined the domain.",
        "remedy": "Restart the node that is named and try a remote command on it",
        "certain": (
            r"Failed to execute Test-Cluster: You do not have administrative privileges on the server",
            r"Test-Cluster.{0,200}An error occurred opening cluster",
            r"An error occurred opening cluster.{0,200}Test-Cluster",
        ),
        "interfaces": (r"An error occurred opening cluster \S+",),
    },
    {
        "id": "val-sbe-module",
        "title": "The vendor's package does not pass its integrity check",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Troubleshooting-SBEHealth-Test-SolutionExtensionModule.md",
        "summary": "The staged Solution Builder Extension is damaged, incomplete, edited or wrongly signed.",
        "remedy": "Stage the vendor's right package anew and change nothing in it",
        "certain": (
            r"AzStackHci_SBEHealth_Test-SolutionExtensionModule",
            r"SolutionExtension module could not be validated",
        ),
    },
)
