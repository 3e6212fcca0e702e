"""The support matrix of the upgrade: one row for each condition, with what it means for both parts of the road.

Version 2026-11. The keys in `sources` are pages of Microsoft Learn (folder azure-local) unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from azlocal.core.rule import Rule

YES, NO, UNKNOWN, ANY = "yes", "no", "unknown", "-"
"""Whether a part of the road is open; `-` where the condition has no say in it."""

AKS_TIMING = (
    "sources differ on when: before the OS upgrade (since 2025-10) or before the solution upgrade (2025-09, 2026-04); "
    "azlocal warns until the OS is upgraded, then blocks"
)

_ABOUT = ("Microsoft Learn, about Azure Local upgrades", "2025-10-08")
_INSTALL = ("Microsoft Learn, install the solution upgrade", "2026-04-28")
_VALIDATE = ("Microsoft Learn, validate solution upgrade readiness", "2025-09-19")
_SYSTEM = ("Microsoft Learn, Azure Local system requirements", "2026-05-04")
_CHECKER = ("AzStackHci.EnvironmentChecker, module signed 2026-05-03", "2026-05-03")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One condition. `against` says what holds for the OS upgrade and for the solution upgrade where it applies.

    `os` and `solution` are the same for people. `evidence` is where ARM shows it, `key` the attestation where it
    does not, `settled_by` what settles what is not known, and `check` the precondition that carries it.
    """

    id: str
    title: str
    os: str
    solution: str
    against: tuple[str, str]
    source: tuple[str, str]
    evidence: str = ""
    key: str = ""
    settled_by: str = ""
    check: str = ""
    severity: str = "blocking"

    @property
    def finding(self) -> str:
        """Return the id of the finding that tells of this row alone."""
        return f"support-{self.id}"

    @property
    def rule(self) -> Rule:
        """Return the row as a rule."""
        told = (
            ("OS upgrade", self.os),
            ("Evidence in Azure", self.evidence or "none"),
            ("Else", f"attestation {self.key}" if self.key else ""),
            ("Settled by", _SETTLES.get(self.settled_by, "")),
            ("Decided by", self.check),
        )
        return Rule(
            id=self.finding, kind="support", title=self.title, text=f"Solution upgrade: {self.solution}.",
            source=self.source[0], date=self.source[1], details=tuple((name, text) for name, text in told if text),
        )  # fmt: skip


_SETTLES = {
    "validation": "a successful readiness validation",
    "attestation": "nothing but the attestation, which an upgrade needs",
}

ROWS: tuple[Row, ...] = (
    Row(
        id="aks-hybrid", title="AKS hybrid on 22H2", source=_ABOUT, against=(NO, NO), check="B11",
        os="uninstall it before the OS upgrade (pages since 2025-10)",
        solution="blocks; the validator tests it. " + AKS_TIMING,
        evidence="Microsoft.HybridContainerService/provisionedClusters, Microsoft.Kubernetes/connectedClusters on "
        "Azure Stack HCI, in the cluster's group; that none is visible proves nothing",
        key="no-workloads", settled_by="validation",
    ),
    Row(
        id="arc-vms-preview", title="Preview Arc VMs on 22H2", source=_ABOUT, against=(NO, NO), check="B11",
        os="remove them with Uninstall-Moc", solution="cannot be upgraded; the validator tests MOC and its services",
        evidence="Microsoft.AzureStackHCI/virtualMachines in the cluster's group", key="no-workloads",
        settled_by="validation",
    ),
    Row(
        id="preview-bridge", title="Preview resource bridge or custom location", source=_VALIDATE, against=(ANY, NO),
        os="no rule", solution="no preview version of the Arc resource bridge may run",
        evidence="Microsoft.ResourceConnector/appliances and Microsoft.ExtendedLocation/customLocations in the "
        "cluster's group before the upgrade; which of them is a preview is not shown",
        key="no-preview-bridge", settled_by="validation",
    ),
    Row(
        id="stretched", title="Stretched cluster", check="B10", against=(NO, NO),
        source=("Microsoft Learn, upgrade a stretched cluster", "2025-09-22"),
        os="25398 only, by the ISO of 2509; never 26100, so out of support since April 2026",
        solution="no; the validator refuses more than one site fault domain", key="not-stretched",
        settled_by="validation",
    ),
    Row(
        id="scvmm", title="Managed by SCVMM", source=_ABOUT, against=(UNKNOWN, UNKNOWN), check="attest-not-scvmm",
        os="supported where SCVMM 2025 manages the 22H2 cluster; the page of 2024 said no",
        solution="no source says; azlocal starts no upgrade until it is attested that SCVMM does not manage it",
        key="not-scvmm", settled_by="attestation",
    ),
    Row(
        id="22h2sp", title="22H2 Supplemental Package", source=_ABOUT, against=(NO, NO), check="B10",
        os="not supported", solution="not supported", key="not-22h2sp", settled_by="attestation",
    ),
    Row(
        id="region", title="Region", source=_SYSTEM, against=(ANY, NO), check="B2",
        os="no rule, the OS upgrade is local", solution="only in the supported regions", evidence="location",
    ),
    Row(
        id="china", title="Azure China", source=_INSTALL, against=(ANY, NO), check="B1", os="no rule",
        solution="not offered", evidence="the ARM endpoint that answers",
    ),
    Row(
        id="us-government", title="Azure US Government", against=(YES, NO), severity="warning",
        source=("Microsoft Learn, Azure Local known issues", "2026-02-17"), os="supported",
        solution="supported from 2507 on; validators before reject the cloud",
        evidence="the ARM endpoint that answers, and the version of the LCM extension", settled_by="validation",
    ),
    Row(
        id="oem", title="Hardware confirmed by its vendor", source=_ABOUT, against=(NO, NO), os="ask the vendor first",
        solution="ask the vendor first", evidence="nodes[].manufacturer and .model say whom to ask",
        key="oem-supported", settled_by="attestation", check="attest-oem-supported",
    ),
    Row(
        id="language", title="Language of the OS", source=_VALIDATE, against=(ANY, NO), os="no rule",
        solution="English installations only; the validator tests it", key="english-os", settled_by="validation",
    ),
    Row(
        id="third-party-tooling", title="Third-party tooling", source=_ABOUT, against=(NO, ANY), severity="info",
        os="third-party tools are not supported",
        solution="supported by the portal or by the ARM template; azlocal deploys that template's contract and "
        "nothing else", key="supported-tool",
    ),
    Row(
        id="already-solution", title="Already the solution", source=_INSTALL, against=(NO, NO), check="B3",
        os="do not run it", solution="no", evidence="updateSummaries/default.currentVersion, deploymentSettings",
    ),
    Row(
        id="single-node", title="Single node", source=_CHECKER, against=(YES, YES), severity="info",
        os="supported", solution="supported; a storage intent is needed only with more nodes",
        evidence="reportedProperties.nodes",
    ),
    Row(
        id="node-count", title="Number of nodes", source=_SYSTEM, against=(ANY, NO), check="B4", os="no rule",
        solution="1 to 16; the text of May 2026 names 64 and covers disaggregated systems too",
        evidence="reportedProperties.nodes",
    ),
    Row(
        id="licences", title="OEM licence or Windows Server subscription", against=(YES, YES), severity="info",
        source=("Microsoft Learn, opt in to 24H2 updates", "2025-09-15"),
        os="supported; OEM licences had to wait for 2509 to take 12.x", solution="no source says that it matters",
        evidence="oemActivation and windowsServerSubscription of the nodes",
    ),
    Row(
        id="hyper-v-vms", title="Existing Hyper-V virtual machines", source=_INSTALL, against=(YES, YES),
        severity="info", os="they keep running", solution="they keep running and stay unmanaged: none becomes an Arc VM",
    ),
    Row(
        id="locks", title="Resource locks", against=(ANY, NO),
        source=("Azure/AzureLocal-Supportability, Troubleshooting-AzStackHci_ARBStack_ARBIsLocked", "2026-11"),
        os="no rule", solution="lift locks before the upgrade and set them again afterwards: a ReadOnly lock refuses "
        "every write, and the readiness checks refuse a locked resource bridge",
        evidence="Microsoft.Authorization/locks on the cluster, its machines and bridge, their groups and subscriptions",
    ),
    Row(
        id="san", title="External SAN", source=_SYSTEM, against=(ANY, NO), os="no rule",
        solution="the infrastructure volume needs Storage Spaces Direct with one pool; the validator tests it",
        key="s2d-storage", settled_by="validation",
    ),
    Row(
        id="policy", title="Azure Policy that denies", against=(ANY, NO), severity="warning",
        source=("Microsoft Learn, permissions for Arc registration", "2024-12-04"), os="no rule",
        solution="no policy may deny extensions, resource types or locations; the bridge and the custom location "
        "are created only by the upgrade itself",
        evidence="the answer to azlocal's own deployment", key="policy-allows", settled_by="validation",
    ),
)  # fmt: skip

BY_ID = {row.id: row for row in ROWS}
SUPPORT = tuple(row.rule for row in ROWS)
