"""Everything that is known of one cluster's change, for a board that was not there: gathered, nothing judged.

What was before, and which attempts there were, Azure itself forgets: it is in azlocal's rows in Log Analytics, where a
workspace is named. What could not be read is said in `problems`; nothing is made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from azlocal.core.diagnosis import Diagnosis
from azlocal.core.facts import ClusterFacts
from azlocal.core.failed_steps import diagnosis_of
from azlocal.core.plan import FleetPlan, Inputs
from azlocal.core.rollout import ClusterDecision
from azlocal.service.look import FleetLook, pick

Rows = Sequence[Mapping[str, Any]]
STATES, FINDINGS, STEPS, ACTIONS = "AzLocalCluster_CL", "AzLocalFinding_CL", "AzLocalStep_CL", "AzLocalAction_CL"
TABLES = (STATES, FINDINGS, STEPS, ACTIONS)


class Traces(Protocol):
    """What Azure remembers of a change beside its facts."""

    @property
    def problems(self) -> Sequence[str]:
        """Return what could not be read."""

    def operations(self, cluster: ClusterFacts) -> Rows:
        """Return the operations of azlocal's deployment of the cluster, as ARM lists them; none is read empty."""

    def rows(self, cluster: ClusterFacts) -> Mapping[str, Rows] | None:
        """Return azlocal's rows about the cluster by table, the oldest first; None when no workspace tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One cluster's change as it can be shown now.

    `plan_text` is the plan as it was read, empty where only its values are known; `rows` is None without a workspace.
    """

    look: FleetLook
    one: ClusterDecision
    diagnosis: Diagnosis
    plan: FleetPlan | None = None
    plan_text: str = ""
    inputs: Inputs | None = None
    operations: Rows = ()
    rows: Mapping[str, Rows] | None = None
    problems: Sequence[str] = ()


def gather(look: FleetLook, word: str, plan: FleetPlan | None, plan_text: str, traces: Traces | None) -> Change:
    """Return what is known of the cluster that *word* means; without *traces* the look alone must do.

    Raises BadInput when the word means none or several.
    """
    one = pick(look, word)
    operations = traces.operations(one.cluster) if traces else ()
    rows = traces.rows(one.cluster) if traces else None
    unread = [one.cluster.error] if one.cluster.error else []
    return Change(
        look=look, one=one, diagnosis=diagnosis_of(one.cluster, one.reading), plan=plan, plan_text=plan_text,
        inputs=one.inputs, operations=operations, rows=rows,
        problems=(*look.facts.gaps, *unread, *(traces.problems if traces else ())),
    )  # fmt: skip
