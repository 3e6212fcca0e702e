"""Known issues of the Lifecycle Manager: its extension, its account, its store.

The keys of an entry: see azlocal.core.known_issues.
"""

from __future__ import annotations

from typing import Any

VERSION = "2026-11"
DATE = "2026-07-17"
SOURCE = "Azure/AzureLocal-Supportability, TSG/LCM and TSG/Deployment, at 2f67159"
_TSG = "https://github.com/Azure/AzureLocal-Supportability/blob/main/TSG/"

ISSUES: tuple[dict[str, Any], ...] = (
    {
        "id": "lcm-customerconfiguration-missing",
        "title": "The second validation does not find its configuration",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "LCM/How-to-Recreate-Customerconfig.xml-For-Validate.md",
        "summary": "A locked file kept the clean-up between two validations from ending, and the seed node lost the "
        "configuration.",
        "remedy": "If no deployment has begun, initialize the Lifecycle Manager on the seed node anew as the guide says, "
        "restart it, and wait 15 to 20 minutes",
        "certain": (r"Item 'CustomerConfiguration\.xml' not found in store",),
    },
    {
        "id": "lcm-extension-crl-blocked",
        "title": "The Lifecycle Manager extension cannot be enabled",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "Deployment/Firewall-blocking-required-outbound-access.md",
        "summary": "Sites of certificate revocation are blocked, so that packages are not verified and time runs out.",
        "remedy": "Open crl3.digicert.com, crl4.digicert.com and ocsp.digicert.com on port 80, remove the failed "
        "extension and install it again",
        "certain": (r"Extension failed during enable.{0,120}Device initialization is in progress",),
        # The log of every installation bears this name, whatever went wrong in it.
        "possible": (r"Install-LCMController_\S+\.log",),
    },
    {
        "id": "lcm-access-denied",
        "title": "The Lifecycle Manager's account is denied access",
        "severity": "critical",
        "retry": "after-fix",
        "url": _TSG + "LCM/access-denied-lcm-user.md",
        "summary": "Its password is stale, its rights are too few, it is in Protected Users, a policy on NTLM or logon "
        "hits it, or WinRM's trust is wrong.",
        "remedy": "Sign in to a node with the account to try it, then go through the guide's causes",
        "certain": (
            r"Connecting to remote server \S+ failed with the following error message ?: Access is denied",
            r"Unable to create a valid session to \S+: \[[^\]]*\].{0,200}Access is denied",
            r"Action plan GetCauDeviceInfo ID \S+ failed with state: Failed",
        ),
        "interfaces": (r"Unable to create a valid session to \S+: \[",),
    },
    {
        "id": "lcm-cluster-spn",
        "title": "The cluster object has a WSMAN name that it should not have",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "LCM/access-denied-lcm-user.md",
        "summary": "An entry wsman/<cluster> on the cluster object breaks CredSSP to the cluster's name.",
        "remedy": "Delete the wsman entries of the cluster object; those of the nodes are as they should be",
        "certain": (r"An unknown security error occu?r?red",),
    },
    {
        "id": "lcm-remote-logon-gpo",
        "title": "A policy shuts local administrators out",
        "severity": "error",
        "retry": "after-fix",
        "url": _TSG + "LCM/access-denied-lcm-user.md",
        "summary": "Local administrators may not log on over the network, so the engine does not get back to the node.",
        "remedy": "Take SeDenyNetworkLogonRight from the group Administrators in the policy that applies",
        "certain": (
            r"Type 'AddAsZHostToDomain' of Role 'BareMetal' raised an exception: Unable to connect to the \S+ using",
        ),
    },
)
