"""Diagnosis: why one cluster failed, who else has the same now, and what fails over the fleet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from azlocal.core.diagnosis import Diagnosis, FailureGroup, diagnose, diagnose_cluster, groups, names_of
from azlocal.core.evidence_reading import from_document
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key, name_of
from azlocal.core.rollout import ClusterDecision
from azlocal.errors import AzlocalError
from azlocal.ports import Reader
from azlocal.service.look import FleetLook, pick

MOST_READ = 200
"""How many failed clusters are read to see what they have in common; beyond it the census must do."""


class Failures(Protocol):
    """Reads everything that may tell of one cluster's failure."""

    @property
    def problems(self) -> Sequence[str]:
        """Return what could not be read."""

    def documents(self, cluster: ClusterFacts) -> Iterable[Mapping[str, Any]]:
        """Yield Azure's documents about the cluster's failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDiagnosis:
    """One cluster's failure, and the clusters that have the same now.

    `alike` holds a group for each of its signatures, this cluster left out of it; groups without others are not there.
    """

    look: FleetLook
    one: ClusterDecision
    diagnosis: Diagnosis
    alike: tuple[FailureGroup, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Return the ids of the other clusters that have a failure in common with it."""
        return tuple(dict.fromkeys(cluster for group in self.alike for cluster in group.clusters))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDiagnosis:
    """What fails over the fleet, by what is alike in it. `unread` counts failed clusters that were not looked into."""

    look: FleetLook
    groups: tuple[FailureGroup, ...]
    diagnoses: Mapping[str, Diagnosis]
    unread: int = 0
    problems: tuple[str, ...] = ()


def diagnose_one(look: FleetLook, word: str, reader: Reader | None, failures: Failures | None) -> ClusterDiagnosis:
    """Return why the cluster that *word* means failed. Without *reader* and *failures* the look alone must do."""
    one = pick(look, word)
    told = list(failures.documents(one.cluster)) if failures else []
    known = diagnose(from_document(told), names_of(one.cluster)) if told else Diagnosis()
    diagnosis = known if known.evidence else diagnose_cluster(one.cluster)
    fleet = diagnose_fleet(look, reader, without=one.cluster.id)
    mine = set(diagnosis.signatures)
    return ClusterDiagnosis(
        look=look, one=one, diagnosis=diagnosis,
        alike=tuple(group for group in fleet.groups if group.signature in mine),
        problems=(*(failures.problems if failures else ()), *fleet.problems),
    )  # fmt: skip


def diagnose_fleet(look: FleetLook, reader: Reader | None, without: str = "") -> FleetDiagnosis:
    """Return what fails over the fleet. Clusters of which the look knows only that they failed are read by *reader*."""
    failed = [one for one in look.clusters if one.reading.phase.failed and key(one.cluster.id) != key(without)]
    problems: list[str] = []
    read = {one.id: one for one in _read(failed, reader, problems)}
    diagnoses = {one.id: diagnose_cluster(one) for one in read.values()}
    return FleetDiagnosis(
        look=look, diagnoses=diagnoses, groups=groups(diagnoses), problems=tuple(problems),
        unread=sum(not diagnosis.evidence for diagnosis in diagnoses.values()),
    )  # fmt: skip


def _read(failed: Iterable[ClusterDecision], reader: Reader | None, problems: list[str]) -> Iterator[ClusterFacts]:
    left = MOST_READ
    for one in failed:
        cluster = one.cluster
        if cluster.settings is None and reader is not None and left > 0:
            left -= 1
            try:
                cluster = replace(cluster, settings=reader.settings(cluster.id))
            except AzlocalError as error:
                problems.append(f"{name_of(cluster.id)}: {error}")
        yield cluster
