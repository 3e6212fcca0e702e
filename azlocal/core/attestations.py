"""What operators state because ARM cannot show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import FleetPlan, Traits
from azlocal.core.tags import ATTEST, parse_day, read_pairs, write_pairs

QUESTIONS = {
    "not-stretched": "Is the cluster in one site (Get-ClusterFaultDomain -Type Site lists at most one)?",
    "not-22h2sp": "Was the cluster never on the 22H2 Supplemental Package preview?",
    "oem-supported": "Has the hardware vendor confirmed these models for the solution upgrade?",
    "not-scvmm": "Is the cluster not managed by System Center Virtual Machine Manager?",
    "english-os": "Is the operating system of every machine installed in English?",
    "no-workloads": "Is the cluster free of AKS hybrid and of preview Arc VMs?",
    "no-preview-bridge": "Is no Arc resource bridge or custom location left over from a preview on 22H2?",
    "s2d-storage": "Is its storage one Storage Spaces Direct pool (and not an external SAN alone)?",
    "policy-allows": "Does no Azure Policy deny the extensions, resource types or locations of the upgrade there?",
    "supported-tool": "Was (or will) the OS be upgraded by a supported tool, and by no third-party one?",
    "cau-permitted": "Do the Cluster-Aware Updating permissions exist, if it was never used before?",
    "drivers-current": "Are the hardware vendor's latest drivers installed since the OS upgrade?",
    "rdp-reviewed": "Was remote desktop access reviewed since the upgrade?",
}
"""Key → the question that `yes` answers."""

NEEDED_BEFORE_DEPLOY = ("not-22h2sp", "oem-supported", "not-scvmm")
"""What the validator does not test (design, law 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One statement that holds today: yes or no, by whom, until when, and where it stands. `at`: the day it was made."""

    key: str
    value: bool
    by: str
    until: date | None
    source: str
    at: date | None = None

    @property
    def told(self) -> str:
        """Return the statement in words: what, who, when, until when."""
        day = f" on {self.at}" if self.at else ""
        end = f", until {self.until}" if self.until else ", without an end"
        return f"attested {'yes' if self.value else 'no'} by {self.by or 'nobody named'}{day}{end}"


def statement(*, value: bool, at: date, until: date | None = None, by: str = "") -> str:
    """Return the value of the tag that makes a statement; raise ValueError when it is too long for a tag."""
    return write_pairs({"v": "yes" if value else "no", "until": until or "", "by": by, "at": at})


def attested(cluster: ClusterFacts, plan: FleetPlan | None, now: datetime) -> Mapping[str, Attested]:
    """Return the statements about *cluster* that hold at *now*. A `no` anywhere outweighs a `yes`."""
    found: dict[str, Attested] = {}
    for statement in (*_from_plan(cluster, plan), *_from_tags(cluster)):
        lasting = statement.until is None or statement.until >= now.date()
        standing = found.get(statement.key)
        if lasting and (standing is None or standing.value):
            found[statement.key] = statement
    return found


def _from_plan(cluster: ClusterFacts, plan: FleetPlan | None) -> list[Attested]:
    if plan is None or not plan.attestations:
        return []
    traits = Traits.of(cluster)
    return [
        Attested(key=one.key, value=one.value == "yes", by=one.by, until=one.until, source="plan", at=one.at)
        for one in plan.attestations
        if one.select.fits(traits)
    ]


def _from_tags(cluster: ClusterFacts) -> list[Attested]:
    return [
        statement
        for name, text in sorted(cluster.tags.items())
        if name.lower().startswith(ATTEST)
        if (statement := _from_tag(name, text)) is not None
    ]


def _from_tag(name: str, text: str) -> Attested | None:
    pairs = read_pairs(text)
    until = parse_day(pairs.get("until", ""))
    value = pairs.get("v", "").lower()
    # A tag whose end cannot be read, or that says neither yes nor no, states nothing.
    if value not in {"yes", "no"} or ("until" in pairs and until is None):
        return None
    key = name.lower().removeprefix(ATTEST)
    at = parse_day(pairs.get("at", ""))
    return Attested(key=key, value=value == "yes", by=pairs.get("by", ""), until=until, source=f"tag {name}", at=at)
