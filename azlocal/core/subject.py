"""What checks look at: one cluster, the moment, what was attested, and the values in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from azlocal.core.attestations import Attested
from azlocal.core.data.thresholds import OLD_FAMILY, SOLUTION_FAMILIES
from azlocal.core.facts import ClusterFacts, MachineFacts, NodeFacts, SettingsFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import key
from azlocal.core.overrides import USUAL, InForce
from azlocal.core.versions import os_build

_FRESH_FOR = timedelta(hours=24)
_STATUS = {None: Status.UNKNOWN, True: Status.MET, False: Status.NOT_MET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the checks look at. `fresh_for` of None means the default of 24 h."""

    cluster: ClusterFacts
    cloud: str
    now: datetime
    fresh_for: timedelta | None = None
    attested: Mapping[str, Attested] = field(default_factory=dict)
    rules: InForce = USUAL
    accepted: Mapping[str, str] = field(default_factory=dict)
    """The risks that people took on, in words by check."""

    def found(self, check: str, met: bool | None, message: str, **more: Any) -> Finding:
        """Return the finding of *check* with the cluster as evidence; None means not known."""
        # Made a dozen times for each cluster of a fleet, so it is kept to one dict and one call.
        if met:
            more["remedy"] = more["settled_by"] = ""
        if more.get("overridden"):
            message = f"{message}; {more['overridden']}"
        cluster, confidence = self.cluster, "high" if met is not None else "low"
        usual = {"resource_id": cluster.id, "observed_at": cluster.observed_at, "confidence": confidence}
        finding = Finding(check=check, status=_STATUS[met], message=message, **{**usual, **more})
        return self._with_risk(finding) if self.accepted else finding

    def stated(self, check: str, key: str, *, remedy: str, **more: Any) -> Finding | None:
        """Return the finding that the statement *key* makes, or None when nobody stated it.

        A check that does not bear the key's name says it.
        """
        statement = self.attested.get(key)
        if statement is None:
            return None
        return self._with_risk(Finding(
            check=check, status=Status.ATTESTED if statement.value else Status.NOT_MET,
            message=statement.told if check == f"attest-{key}" else f"{key}: {statement.told}",
            value="yes" if statement.value else "no", resource_id=self.cluster.id, path=statement.source,
            observed_at=self.cluster.observed_at, remedy="" if statement.value else remedy, **more,
        ))  # fmt: skip

    def _with_risk(self, finding: Finding) -> Finding:
        """Return *finding* with the acceptance of its risk, which never applies to what blocks."""
        said = self.accepted.get(finding.check, "")
        applies = said and not finding.passes and finding.severity != "blocking"
        return replace(finding, accepted=said) if applies else finding

    def validated(self, check: str, message: str) -> Finding | None:
        """Return the finding that a successful readiness validation makes, or None when there was none."""
        settings = self.cluster.settings
        if not isinstance(settings, SettingsFacts) or not _passed(settings):
            return None
        return self.found(
            check, True, f"readiness validation succeeded: {message}", value="Success", resource_id=settings.id,
            path="reportedProperties.validationStatus.status", observed_at=settings.observed_at,
        )  # fmt: skip

    @property
    def fresh(self) -> timedelta:
        """Return how old a census may be."""
        return self.fresh_for or _FRESH_FOR


def _passed(settings: SettingsFacts) -> bool:
    """Return whether an upgrade's validation succeeded: by itself, or on the way of an upgrade that began after it."""
    words = (settings.mode.lower(), settings.validation_status.lower(), settings.provisioning_state.lower())
    if settings.operation_type.lower() != "clusterupgrade":
        return False
    if words[0] == "deploy":
        return "success" in {words[1], settings.deployment_status.lower()}
    return words == ("validate", "success", "succeeded")


def differing(cluster: ClusterFacts) -> tuple[NodeFacts, MachineFacts] | None:
    """Return a node whose build the cluster reports otherwise than its Arc machine does, with that machine."""
    machines = cluster.machines or ()
    if len({one.os_version for one in cluster.nodes} | {one.os_version for one in machines}) < 2:
        return None
    known = {one.name.lower(): one for one in machines} | {key(one.id): one for one in machines}
    for node in cluster.nodes:
        machine = known.get(key(node.machine_id)) or known.get(node.name.lower())
        if (
            machine is not None
            and "" not in {machine.os_version, node.os_version}
            and machine.os_version != node.os_version
        ):
            return node, machine
    return None


def families(cluster: ClusterFacts) -> frozenset[int]:
    """Return the OS families of the nodes; empty when one of them is not known."""
    builds = [os_build(node.os_version) for node in cluster.nodes]
    return frozenset() if None in builds else frozenset(build[0] for build in builds if build is not None)


def on_old_os(cluster: ClusterFacts) -> bool:
    """Return whether every node is shown to run the OS from before the upgrade."""
    return families(cluster) == {OLD_FAMILY}


def on_new_os(cluster: ClusterFacts) -> bool:
    """Return whether every node is shown to run an OS that the solution upgrade takes."""
    found = families(cluster)
    return bool(found) and found <= set(SOLUTION_FAMILIES)
