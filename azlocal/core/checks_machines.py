"""The preconditions B7 and B8: the Arc machines of a cluster and their LCM extension."""

from __future__ import annotations

from azlocal.core.facts import Absence, ExtensionFacts, MachineFacts
from azlocal.core.findings import Finding
from azlocal.core.overrides import USUAL, InForce
from azlocal.core.subject import Subject
from azlocal.core.versions import numbers
from azlocal.words import count

_REREAD = "let azlocal's identity read the machines (Reader), and look again"


def arc_connected(subject: Subject) -> Finding:
    """B7: every node is an Arc machine that is connected."""
    machines = subject.cluster.machines
    path = "machines: properties.status"
    if machines is None or not subject.cluster.nodes:
        return subject.found("B7", None, "the Arc machines are not known", path=path, remedy=_REREAD)
    missing = len(subject.cluster.nodes) - len(machines)
    if missing > 0:
        return subject.found(
            "B7", False, f"no Arc machine for {missing} of {count(len(subject.cluster.nodes), 'node')}",
            path="reportedProperties.nodes[].ehcResourceId", remedy="connect every node to Azure Arc",
        )  # fmt: skip
    for one in machines:
        if one.status and one.status.lower() != "connected":
            return subject.found(
                "B7", False, f"{one.name} is {one.status}", value=one.status, path="properties.status",
                resource_id=one.id, observed_at=one.observed_at, remedy=f"reconnect the Arc agent of {one.name}",
            )  # fmt: skip
    silent = next((one for one in machines if not one.status), None)
    if silent is not None:
        return subject.found(
            "B7", None, "the connection of some machines is not known", path="properties.status",
            resource_id=silent.id, remedy=f"look at the Arc agent of {silent.name}",
        )  # fmt: skip
    return subject.found("B7", True, f"{len(machines)} Arc machines are connected", path="properties.status")


def lcm_extension(subject: Subject) -> Finding:
    """B8: the LCM extension on every machine, Succeeded, and recent enough."""
    machines, rules = subject.cluster.machines, subject.rules
    overridden = rules.touched("minimum-lcm")
    if not machines:
        return subject.found(
            "B8", None, "the machines' extensions are not known", path="extensions/AzureEdgeLifecycleManager",
            remedy=_REREAD,
        )  # fmt: skip
    states = [(one, *lcm_state(one, rules)) for one in machines]
    bad = [(one, text) for one, current, text in states if current is False]
    open_ = [(one, text) for one, current, text in states if current is None]
    if bad:
        machine, text = bad[0]
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        return subject.found(
            "B8", False, f"{machine.name}: {text}{more}", value=_version(machine), resource_id=machine.id,
            path="extensions/AzureEdgeLifecycleManager", observed_at=machine.observed_at, overridden=overridden,
            remedy="install or update the extension AzureEdgeLifecycleManager (updateExtension: true lets azlocal)",
        )  # fmt: skip
    if open_:
        machine, text = open_[0]
        return subject.found(
            "B8", None, f"{machine.name}: {text}", value=_version(machine), resource_id=machine.id,
            path="extensions/AzureEdgeLifecycleManager", overridden=overridden,
            remedy=f"wait until the extension settles; if it does not, look at it on {machine.name}",
        )  # fmt: skip
    return subject.found(
        "B8", True, "the LCM extension is current on every machine", value=_version(machines[0]),
        path="properties.typeHandlerVersion", overridden=overridden,
    )  # fmt: skip


def lcm_state(machine: MachineFacts, rules: InForce = USUAL) -> tuple[bool | None, str]:
    """Return whether a machine's LCM extension is current, None when that is not known, and in words why not."""
    lcm = machine.lcm
    if lcm is None:
        return None, "the LCM extension is not known"
    if isinstance(lcm, Absence):
        return False, "the LCM extension is missing"
    state, version = lcm.provisioning_state.lower(), numbers(lcm.version)
    if state in {"failed", "canceled"}:
        return False, f"the LCM extension is {lcm.provisioning_state}"
    if state != "succeeded":
        return None, f"the LCM extension is {lcm.provisioning_state or 'in an unknown state'}"
    if version is None:
        return None, "the LCM extension is of unknown version"
    if version >= rules.minimum_lcm:
        return True, ""
    return False, f"the LCM extension is {lcm.version}, older than {'.'.join(map(str, rules.minimum_lcm))}"


def _version(machine: MachineFacts) -> str:
    return machine.lcm.version if isinstance(machine.lcm, ExtensionFacts) else ""
