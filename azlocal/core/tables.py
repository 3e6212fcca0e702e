"""The one schema of the five telemetry tables. Templates, the data collection rule and the sandbox's rule follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Log Analytics type, and what it means."""

    name: str
    type: str
    meaning: str


def _columns(*texts: str) -> tuple[Column, ...]:
    return tuple(Column(*(part.strip() for part in text.split("|", 2))) for text in texts)


_COMMON = _columns(
    "TimeGenerated|datetime|the tick's moment: the Date of its first ARM answer",
    "RowId|string|deterministic; the same row sent twice has the same id",
    "TickId|string|the tick that sent the row",
)
_CLUSTER = _columns(
    "ClusterId|string|resource id in lower case",
    "ClusterName|string|name of the Azure resource",
    "Ring|string|ring of the plan, empty when none",
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "AzLocalCluster_CL": _COMMON
    + _CLUSTER
    + _columns(
        "SubscriptionGuid|string|subscription of the cluster",
        "ResourceGroupName|string|resource group of the cluster",
        "Region|string|location of the Azure resource",
        "Phase|string|where the cluster stands on the road",
        "PhaseReason|string|why, for machines",
        "PhaseMessage|string|why, for people",
        "Verdict|string|what the preconditions add up to",
        "Confidence|string|high, medium or low",
        "Decision|string|what azlocal does next: Wait, Hold, a start, Verify, Done",
        "DecisionReason|string|why, for machines",
        "DecisionMessage|string|why, for people",
        "Remedy|string|what a person does next",
        "OsVersion|string|OS build of the first node",
        "SolutionVersion|string|current solution version, empty before the upgrade",
        "NodeCount|int|nodes the cluster reports",
        "ConnectionStatus|string|properties.status",
        "LastSync|datetime|last census of the cluster",
        "Attempt|int|number of the last announced start, 0 when none",
        "AttemptMode|string|validate, deploy or extension",
        "Failures|int|failed upgrades so far",
        "StepName|string|innermost running or failing step",
        "Stuck|boolean|whether that step is older than it should be",
        "ValidationStatus|string|reportedProperties.validationStatus.status",
        "DeploymentStatus|string|reportedProperties.deploymentStatus.status",
        "CorrelationId|string|ARM correlation id of our last deployment",
        "PlanDigest|string|12 hex digits",
        "InputsDigest|string|12 hex digits",
        "RuleVersion|string|version of the rules behind the verdict; +plan where the plan overrides one",
        "Model|string|hardware model of the first node that names one",
        "Mode|string|validate or deploy: the operation that the phase speaks of, empty when it speaks of none",
        "Ours|boolean|whether azlocal started that operation",
        "InFlight|boolean|whether an operation runs, or may run, by any source",
        "OperationStartedAt|datetime|start of the running or failed operation",
        "StepStartedAt|datetime|start of the innermost running step, else the last moment any step shows: the stuck clock",
        "StepsDone|int|steps (those without steps of their own) that succeeded or were skipped",
        "StepsTotal|int|steps (those without steps of their own)",
        "ExpectedEnd|datetime|of a running upgrade of azlocal's: its start and what nine of ten upgrades take",
        "ValidatedAt|datetime|end of the last successful validation",
        "UpgradeStartedAt|datetime|of an upgraded cluster: announced by azlocal, else the first step's start",
        "UpgradedAt|datetime|of an upgraded cluster: the end of its last step, else the announced start",
        "LimboSince|datetime|since when at least it stands between OS upgrade and solution upgrade",
        "SupportEnds|datetime|end of support of its oldest build, where a date is known",
    ),
    "AzLocalFinding_CL": _COMMON
    + _CLUSTER
    + _columns(
        "Check|string|B1 to B11, or the name of the check",
        "Severity|string|blocking, warning or info",
        "Status|string|met, not-met, unknown or attested",
        "Message|string|the finding in one sentence",
        "Value|string|the value found",
        "EvidenceId|string|resource that shows it",
        "EvidenceProperty|string|property that shows it",
        "ObservedAt|datetime|when it was read",
        "Confidence|string|high, medium or low",
        "Remedy|string|what to do",
        "Question|string|what to ask the operator",
        "RuleVersion|string|version of the rule; +plan where the plan overrides it",
    ),
    "AzLocalStep_CL": _COMMON
    + _CLUSTER
    + _columns(
        "Mode|string|validate or deploy",
        "Attempt|int|number of the attempt, 0 when it was not azlocal's",
        "StepPath|string|indexes from the top, joined by dots",
        "StepName|string|name of the step",
        "Status|string|Success, InProgress, Error, Skipped, or empty before it starts",
        "StartedAt|datetime|start of the step",
        "EndedAt|datetime|end of the step",
        "DurationSeconds|real|seconds from start to end",
        "Failing|boolean|whether this step failed",
        "Message|string|its exception, cut to 8,000 characters",
        "Diagnosis|string|of a failing step: ids of the known issues that are certain, joined by ;",
        "RetryClass|string|of a failing step: safe, after-fix, contact-support, or person when nobody knows it",
        "Signature|string|of a failing step: what is alike on other clusters with the same failure, joined by ;",
        "CorrelationId|string|ARM correlation id of our deployment",
    ),
    "AzLocalAction_CL": _COMMON
    + _CLUSTER
    + _columns(
        "Action|string|UpdateExtension, StartValidation, StartUpgrade or Resume",
        "Mode|string|validate, deploy or extension",
        "Attempt|int|number of the attempt",
        "Outcome|string|accepted, refused, unknown, stood-down or not-sent; announced where a later tick tells it by the tag alone",
        "HttpStatus|int|status of ARM's answer",
        "Code|string|ARM's error code",
        "Message|string|ARM's message",
        "Reason|string|reason of the decision",
        "RequestedAt|datetime|moment of the intent",
        "CorrelationId|string|ARM correlation id of the request",
        "PlanDigest|string|12 hex digits",
        "InputsDigest|string|12 hex digits",
    ),
    "AzLocalTick_CL": _COMMON
    + _columns(
        "Cloud|string|cloud that answered",
        "PlanDigest|string|12 hex digits",
        "Lease|string|clean, taken-over, held, none, lost or refused",
        "Clusters|int|clusters seen",
        "Starts|int|starts accepted",
        "Decisions|dynamic|count by decision",
        "Phases|dynamic|count by phase",
        "Rings|dynamic|each ring: state, numbers, digests, approval and forecast (arm-templates/queries/README.md)",
        "Problems|dynamic|what could not be read or done",
        "Calls|int|requests sent",
        "Throttled|int|answers that were 429",
        "DurationSeconds|real|seconds on ARM's clock",
        "Failed|boolean|whether something failed, halted or broke: the exit status of the tick is 1",
        "RowsSent|int|rows taken before this one",
        "RowsLost|int|rows of this tick that were not taken; the next ticks heal them",
    ),
}
"""Table → its columns. Templates, the data collection rule and the sandbox's rule come from this."""
