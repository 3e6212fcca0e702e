"""What Azure Policy would deny of what a tick writes: who is governed alike, what is asked, what the answers mean.

Asked is `Microsoft.PolicyInsights/checkPolicyRestrictions`: it changes nothing and counts as a read, so Reader may ask.
`Microsoft.Resources/deployments/validate` would tell as much and more, but it is a right that no shipped role has, and
it would send what only the one module of law 5 sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azlocal.core.ids import group_id_of, key
from azlocal.core.loose import Json, items, mapping, texts
from azlocal.core.preflight import Notice, Target, names
from azlocal.core.preflight_clusters import covers, grouped


@dataclass(frozen=True, slots=True)
class Question:
    """A question to Azure Policy: may this resource (*content*, of *api_version*) be written in *group*?"""

    group: str
    what: str
    content: Json
    api_version: str
    targets: tuple[Target, ...]


def governed(targets: Iterable[Target], assignments: Sequence[Json]) -> list[list[Target]]:
    """Return clusters that are under the same policies and in one region together; those under none are left out."""
    enforced = [one for one in assignments if _enforced(one)]
    found = grouped(targets, lambda one: (_over(one, enforced), one.location.lower()))
    return [members for (over, _), members in found.items() if any(over)]


def _enforced(assignment: Json) -> bool:
    return str(mapping(assignment.get("properties")).get("enforcementMode") or "Default").lower() == "default"


def _over(one: Target, assignments: Sequence[Json]) -> tuple[frozenset[str], ...]:
    """Return the assignments over the cluster's group, and those over the group of its machines."""
    return tuple(
        frozenset(key(str(each.get("id"))) for each in assignments if _reaches(each, group)) for group in groups_of(one)
    )


def groups_of(one: Target) -> tuple[str, str]:
    """Return the keys of the groups of a cluster and of its (first) machine."""
    return key(one.group), group_id_of(one.machines[0]) if one.machines else key(one.group)


def _reaches(assignment: Json, group: str) -> bool:
    told = mapping(assignment.get("properties"))
    scope = key(str(told.get("scope") or key(str(assignment.get("id"))).rpartition("/providers/")[0]))
    spared = any(covers(key(each), group) for each in texts(told.get("notScopes")))
    return covers(scope, group) and not spared


def questions(members: Sequence[Target], *, extension: bool) -> Iterator[Question]:
    """Yield what to ask of clusters that are governed alike: the first stands for all of them."""
    first = members[0]
    asked: list[tuple[str, str, Json, str]] = [
        ("the tag that announces a start", first.group, {
            "type": "Microsoft.AzureStackHCI/clusters", "name": first.name, "location": first.location,
            "tags": {"azlocal-op": "m=validate;n=1;f=0;i=000000000000;p=000000000000;t=20260101T000000Z"},
        }, "2024-09-01-preview"),
        ("the deployment", first.group, {"type": "Microsoft.Resources/deployments", "name": "azl-up"}, "2025-04-01"),
        ("deploymentSettings", first.group, {
            "type": "Microsoft.AzureStackHCI/clusters/deploymentSettings", "name": f"{first.name}/default",
            "properties": {"deploymentMode": "Validate", "operationType": "ClusterUpgrade"},
        }, "2024-09-01-preview"),
    ]  # fmt: skip
    if first.machines:
        _, group = groups_of(first)
        asked.append(
            ("edge devices", group, {"type": "Microsoft.AzureStackHCI/edgeDevices", "name": "default", "kind": "HCI"},
             "2024-09-01-preview")
        )  # fmt: skip
        if extension:
            asked.append(("the LCM extension", group, _extension(first), "2024-07-10"))
    for what, group, content, version in asked:
        yield Question(group, what, content, version, tuple(members))


def _extension(one: Target) -> Json:
    return {
        "type": "Microsoft.HybridCompute/machines/extensions",
        "name": f"{one.machines[0].rsplit('/', 1)[-1]}/AzureEdgeLifecycleManager", "location": one.location,
        "properties": {"publisher": "Microsoft.AzureStack.Orchestration", "type": "LcmController"},
    }  # fmt: skip


def policy_notices(asked: Question, answer: Json) -> Iterator[Notice]:
    """Yield the policies that deny what was asked about."""
    for one in items(mapping(answer.get("contentEvaluationResult")).get("policyEvaluations")):
        info, effect = mapping(one.get("policyInfo")), mapping(one.get("effectDetails"))
        denied = str(effect.get("policyEffect") or "deny").lower() == "deny"
        if denied and str(one.get("evaluationResult", "")).lower() == "noncompliant":
            yield Notice(
                name="policy-denies", where=str(info.get("policyAssignmentId")), clusters=names(asked.targets),
                message=f"a policy denies {asked.what} ({asked.content['type']})",
                evidence=f"checkPolicyRestrictions in {asked.group}: {info.get('policyDefinitionId')}",
                remedy="exempt the clusters' groups from the assignment, or have its rule spare this resource type",
            )  # fmt: skip
