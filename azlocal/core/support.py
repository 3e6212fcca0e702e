"""The support matrix, judged for one cluster: what each row means for the OS upgrade and for the solution upgrade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from azlocal.core.attestations import QUESTIONS
from azlocal.core.checks_statements import AKS_KINDS, how_to_attest, visible_workload, without_workloads
from azlocal.core.data.support import ANY, BY_ID, ROWS, UNKNOWN, YES, Row
from azlocal.core.facts import DeploymentFacts, ExtensionFacts, RelatedFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import key
from azlocal.core.locks import read_only, scope_of
from azlocal.core.subject import Subject
from azlocal.core.verification import is_upgraded
from azlocal.core.versions import numbers
from azlocal.words import count as counted

_NOT_PREPARED = "such a cluster cannot take the solution upgrade as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """One row for one cluster: whether the OS upgrade and the solution upgrade are open to it, and the finding.

    `os` and `solution` are yes, no, unknown, or `-` where the row has no say.
    """

    row: Row
    os: str
    solution: str
    finding: Finding


def matrix(subject: Subject, decided: tuple[Finding, ...]) -> tuple[RowVerdict, ...]:
    """Return every row's verdict. *decided* holds the preconditions, which carry some of the rows."""
    by_check = {one.check: one for one in decided}
    return tuple(_verdict(row, _finding(row, subject, by_check)) for row in ROWS)


def deciding(subject: Subject) -> tuple[Finding, ...]:
    """Return the findings of rows that decide beside the preconditions: locks, and what an operator denied."""
    if is_upgraded(subject.cluster):
        return ()
    denied = {name for name, said in subject.attested.items() if not said.value}
    rows = [row for row in _OWN if row.key in denied] if denied else []
    return (locks(subject), *(_EVALUATE[row.id](row, subject) for row in rows))


def advice(subject: Subject, decided: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings of the rows that no precondition carries, but for those that only inform."""
    told = {one.check for one in decided}
    return tuple(
        _EVALUATE[row.id](row, subject)
        for row in _OWN
        if row.severity != "info" and row.finding not in told and (row.id != "us-government" or _is_government(subject))
    )


_OWN = tuple(row for row in ROWS if not row.check)


def _is_government(subject: Subject) -> bool:
    return subject.cloud == "usgovernment"


def _finding(row: Row, subject: Subject, by_check: dict[str, Finding]) -> Finding:
    own = _EVALUATE.get(row.id)
    if own is not None:
        return by_check.get(row.finding) or own(row, subject)
    return by_check[row.check]


def _verdict(row: Row, finding: Finding) -> RowVerdict:
    if finding.passes:
        return RowVerdict(row=row, os=_open(row.against[0]), solution=_open(row.against[1]), finding=finding)
    if finding.status is Status.NOT_MET:
        return RowVerdict(row=row, os=row.against[0], solution=row.against[1], finding=finding)
    unsure = (word if word in {YES, ANY} else UNKNOWN for word in row.against)
    return RowVerdict(row=row, os=next(unsure), solution=next(unsure), finding=finding)


def _open(word: str) -> str:
    return word if word == ANY else YES


# rows, one function each


def aks(row: Row, subject: Subject) -> Finding:
    """AKS hybrid: what ARM shows of it, else the statement about workloads."""
    return _workload(row, subject, lambda one: one.kind in AKS_KINDS)


def virtual_machines(row: Row, subject: Subject) -> Finding:
    """Preview Arc VMs: what ARM shows of them, else the statement about workloads."""
    return _workload(row, subject, lambda one: one.kind not in AKS_KINDS)


def _workload(row: Row, subject: Subject, wanted: Callable[[RelatedFacts], bool]) -> Finding:
    found = tuple(one for one in subject.cluster.workloads or () if wanted(one))
    return visible_workload(subject, row.finding, found) if found else without_workloads(subject, row.finding)


def preview_bridge(row: Row, subject: Subject) -> Finding:
    """A resource bridge or custom location before the upgrade: visible, but not whether it is a preview."""
    cluster = subject.cluster
    remedy = "remove the preview bridge and its custom location (Uninstall-Moc)"
    said = subject.stated(row.finding, row.key, remedy=remedy)
    unread = cluster.appliances is None or cluster.custom_locations is None
    if said is not None and not (unread and said.passes):
        return said
    if unread:
        return _ask(row, subject, "bridges and custom locations beside it were not read", remedy=remedy)
    beside = (*(cluster.appliances or ()), *(cluster.custom_locations or ()))
    if not beside:
        return subject.found(
            row.finding, True, "no resource bridge or custom location lies in its group", path="resource group",
            confidence="medium",
        )  # fmt: skip
    settled = subject.validated(row.finding, "no preview bridge runs")
    return settled or _ask(
        row, subject, f"{beside[0].id.rsplit('/', 1)[-1]} is there before the upgrade; whether it is a preview is not shown",
        value=beside[0].kind, resource_id=beside[0].id, path="type", remedy=remedy,
    )  # fmt: skip


def one_site(row: Row, subject: Subject) -> Finding:
    """Stretched: a statement, else the validator."""
    return _settled(row, subject, "one site", "such a cluster cannot take the solution upgrade")


def never_22h2sp(row: Row, subject: Subject) -> Finding:
    """The Supplemental Package: a statement, and nothing else."""
    remedy = "such a cluster cannot take the solution upgrade"
    return subject.stated(row.finding, row.key, remedy=remedy) or _ask(row, subject, f"{row.key} is not attested")


def china(row: Row, subject: Subject) -> Finding:
    """Azure China by the endpoint that answered."""
    if subject.cloud == "china":
        return subject.found(
            row.finding, False, "the cloud is Azure China", value="china", path="ARM endpoint",
            remedy="the solution upgrade is offered in Azure public and US Government only",
        )  # fmt: skip
    known = True if subject.cloud in {"public", "usgovernment"} else None
    return subject.found(
        row.finding, known, f"the cloud is {subject.cloud}", value=subject.cloud, path="ARM endpoint",
        remedy="ask which cloud stands behind this endpoint",
    )  # fmt: skip


def us_government(row: Row, subject: Subject) -> Finding:
    """US Government: validators before 2507 reject the cloud; their version shows in the LCM extension."""
    if not _is_government(subject):
        return subject.found(
            row.finding, True, f"the cloud is {subject.cloud}", value=subject.cloud, path="ARM endpoint"
        )
    settled = subject.validated(row.finding, "the validator takes the cloud")
    if settled is not None:
        return settled
    least, more = subject.rules.minimum_lcm_government, subject.rules.touched("minimum-lcm-government")
    known = [(one, _lcm(one.lcm)) for one in subject.cluster.machines or ()]
    low = next(((one, version) for one, version in known if version is not None and version < least), None)
    wanted = ".".join(map(str, least))
    remedy = "update the extension AzureEdgeLifecycleManager on every machine before the validation"
    if low is not None:
        return subject.found(
            row.finding, False, f"{low[0].name}: the LCM extension is older than {wanted}, whose validator takes the cloud",
            value=".".join(map(str, low[1] or ())), resource_id=low[0].id, path="extensions/AzureEdgeLifecycleManager",
            severity=row.severity, remedy=remedy, overridden=more,
        )  # fmt: skip
    met = None if not known or any(version is None for _, version in known) else True
    return subject.found(
        row.finding, met, f"US Government is taken from LCM extension {wanted} on", value=wanted,
        path="extensions/AzureEdgeLifecycleManager", severity=row.severity, remedy=remedy, overridden=more,
        settled_by=row.settled_by,
    )  # fmt: skip


def _lcm(read: object) -> tuple[int, ...] | None:
    return numbers(read.version) if isinstance(read, ExtensionFacts) else None


def language(row: Row, subject: Subject) -> Finding:
    """The language of the OS: a statement, else the validator."""
    return _settled(row, subject, "English", "install the operating system in English; there is no way around it")


def tooling(row: Row, subject: Subject) -> Finding:
    """How the OS was upgraded: a statement. The solution upgrade itself is azlocal's, by the published template."""
    return subject.stated(row.finding, row.key, severity=row.severity, remedy="ask Microsoft before going on") or _ask(
        row, subject, "by which tool the OS is upgraded is not shown"
    )


def single_node(row: Row, subject: Subject) -> Finding:
    """A single node is supported; it is told so that nobody wonders."""
    count = len(subject.cluster.nodes)
    return subject.found(
        row.finding, True if count else None, counted(count, "node") if count else "not known",
        value=str(count), path="reportedProperties.nodes", severity=row.severity, remedy="run Sync-AzureStackHCI on a node",
    )  # fmt: skip


def node_count(row: Row, subject: Subject) -> Finding:
    """The number of nodes alone."""
    count, most = len(subject.cluster.nodes), subject.rules.maximum_nodes
    return subject.found(
        row.finding, count <= most if count else None, f"{counted(count, 'node')}, at most {most} are taken" if count else "not known",
        value=str(count), path="reportedProperties.nodes", overridden=subject.rules.touched("maximum-nodes"),
        remedy=_NOT_PREPARED if count else "run Sync-AzureStackHCI on a node",
    )  # fmt: skip


def licences(row: Row, subject: Subject) -> Finding:
    """Licences of the nodes: shown, and without a say."""
    told = sorted({
        f"{name} {word}"
        for node in subject.cluster.nodes
        for name, word in (("OEM", node.oem_activation), ("subscription", node.windows_server_subscription))
        if word
    })  # fmt: skip
    return subject.found(
        row.finding, True, ", ".join(told) or "no licence is reported", value=", ".join(told), severity=row.severity,
        path="reportedProperties.nodes[].oemActivation",
    )  # fmt: skip


def hyper_v(row: Row, subject: Subject) -> Finding:
    """Existing virtual machines: Azure does not show them and does not need to."""
    return subject.found(
        row.finding, True, "existing virtual machines keep running and stay unmanaged", severity=row.severity,
        path="nothing in Azure shows them",
    )  # fmt: skip


def locks(subject: Subject) -> Finding:
    """Locks on the cluster, on what belongs to it, or above: ReadOnly refuses every write, the others are lifted."""
    row, found = BY_ID["locks"], subject.cluster.locks
    if found is None:
        return subject.found(
            row.finding, None, "the locks on it and above it were not read", path="Microsoft.Authorization/locks",
            remedy="let azlocal's identity read locks (Microsoft.Authorization/locks/read, part of Reader)",
        )  # fmt: skip
    if not found:
        return subject.found(
            row.finding, True, "no lock stands on it or above it", path="Microsoft.Authorization/locks"
        )
    worst = read_only(found)
    lock = worst or found[0]
    where = "it" if scope_of(lock) == key(subject.cluster.id) else lock.id[: len(scope_of(lock))]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    effect = "refuses every write" if worst else "keeps from deleting; the readiness checks refuse a locked bridge"
    return subject.found(
        row.finding, False, f"a {lock.status} lock on {where}{more} {effect}", value=lock.status,
        resource_id=lock.id, path="properties.level", severity="blocking" if worst else "warning",
        remedy=f"lift the lock {lock.id.rsplit('/', 1)[-1]} for the upgrade, and set it again afterwards",
    )  # fmt: skip


def storage(row: Row, subject: Subject) -> Finding:
    """Storage: a statement, else the validator's test of the pool."""
    return _settled(
        row, subject, "one S2D pool", "set up Storage Spaces Direct with one pool; a SAN alone is not enough"
    )


def policy(row: Row, subject: Subject) -> Finding:
    """Azure Policy: denied by the answer to azlocal's deployment, else a statement, else the validation's deployment."""
    ours = subject.cluster.deployment
    remedy = "exempt the resource group from the policy, or allow what the upgrade creates"
    if isinstance(ours, DeploymentFacts) and ours.error_code == "RequestDisallowedByPolicy":
        return subject.found(
            row.finding, False, f"a policy refused azlocal's deployment: {ours.error_message[:200]}",
            value=ours.error_code, resource_id=ours.id, path="properties.error.code", observed_at=ours.observed_at,
            severity=row.severity, remedy=remedy,
        )  # fmt: skip
    return _settled(row, subject, "no policy refused its deployment", remedy)


def _settled(row: Row, subject: Subject, shows: str, remedy: str) -> Finding:
    """Return what was stated, else what a validation shows, else the question."""
    return (
        subject.stated(row.finding, row.key, remedy=remedy)
        or subject.validated(row.finding, shows)
        or _ask(row, subject, f"{row.key} is not attested; readiness validation tests it")
    )


def _ask(row: Row, subject: Subject, message: str, **more: str) -> Finding:
    severity = row.severity if row.severity != "blocking" or not row.settled_by else "warning"
    return subject.found(
        row.finding, None, message, **{
            "path": "attestation", "question": QUESTIONS[row.key], "severity": severity, "settled_by": row.settled_by,
            "remedy": how_to_attest(row.key), **more,
        },
    )  # fmt: skip


_EVALUATE: dict[str, Callable[[Row, Subject], Finding]] = {
    "aks-hybrid": aks, "arc-vms-preview": virtual_machines, "preview-bridge": preview_bridge, "stretched": one_site,
    "22h2sp": never_22h2sp, "china": china, "us-government": us_government, "language": language,
    "third-party-tooling": tooling, "single-node": single_node, "node-count": node_count, "licences": licences,
    "hyper-v-vms": hyper_v, "locks": lambda _, subject: locks(subject), "san": storage, "policy": policy,
}  # fmt: skip
