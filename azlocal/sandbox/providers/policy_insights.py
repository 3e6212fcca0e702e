"""Microsoft.PolicyInsights/checkPolicyRestrictions, and the list of the policies that hold at a scope.

The check says what policies would do to a resource of some content; it changes nothing, and Azure RBAC counts it as a
read. Source: REST reference, Policy Restrictions (api-version 2024-10-01) and Policy Assignments, List; MicrosoftDocs,
permissions/management-and-governance (`Microsoft.PolicyInsights/checkPolicyRestrictions/read`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azlocal.sandbox.api_versions import POLICY
from azlocal.sandbox.providers.generic import id_of
from azlocal.sandbox.providers.ids import covers, parts_of
from azlocal.sandbox.providers.odata import filter_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.policies import ASSIGNMENTS, denying
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

TYPE = "Microsoft.PolicyInsights/checkPolicyRestrictions"
VERSIONS = ("2020-07-01", "2020-07-01-preview", "2022-03-01", "2023-03-01", "2024-10-01")
ACTION = f"{TYPE}/read"


def register(azure: Azure) -> None:
    """Register the check in a resource group and in a subscription, and the list of assignments."""
    for scope in ("/subscriptions/{subscription}/resourceGroups/{group}", "/subscriptions/{subscription}"):
        add = azure.router.add
        add("POST", f"{scope}/providers/{TYPE}", check, resource_type=TYPE, api_versions=VERSIONS, action=ACTION)
        add(
            "GET", f"{scope}/providers/{ASSIGNMENTS}", assignments, resource_type=ASSIGNMENTS, api_versions=POLICY,
            action=f"{ASSIGNMENTS}/read",
        )  # fmt: skip


def assignments(call: Call) -> Response:
    """Answer the assignments that hold at a scope: its own, those above, and (without `atScope()`) those below."""
    path = id_of(call)
    scope = path[: path.lower().rindex("/providers/")]
    narrow = any(clause.name == "atscope" for clauses in filter_of(call) for clause in clauses)
    found = (
        one
        for one in call.azure.store.of_type(ASSIGNMENTS)
        if covers(where := parts_of(one["id"]).scope, scope) or (not narrow and covers(scope, where))
    )
    return page(call, found)


def check(call: Call) -> Response:
    """Answer what policies would do to the resource that the body describes."""
    body, path = call.request.json(), id_of(call)
    details = body.get("resourceDetails") if isinstance(body, dict) else None
    content = details.get("resourceContent") if isinstance(details, dict) else None
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        text = "The request content was invalid: 'resourceDetails.resourceContent' must be an object with a 'type'."
        raise ArmError(400, "InvalidCheckRestrictionsRequest", text)
    scope = path[: path.lower().rindex("/providers/")]
    return reply(
        {
            "fieldRestrictions": [],
            "contentEvaluationResult": {"policyEvaluations": [*_evaluated(call.azure, scope, content)]},
        }
    )


def _evaluated(azure: Azure, scope: str, content: Document) -> Iterator[dict[str, Any]]:
    for assignment in denying(azure, scope, content):
        yield {
            "policyInfo": {
                "policyDefinitionId": str(assignment["properties"].get("policyDefinitionId", "")),
                "policyAssignmentId": assignment["id"],
            },
            "evaluationResult": "NonCompliant",
            "effectDetails": {"policyEffect": "Deny"},
        }
