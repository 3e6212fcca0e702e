"""Azure Policy as far as it stops azlocal: an assignment that denies tag writes below its scope.

The assignment is an ordinary resource (`Microsoft.Authorization/policyAssignments`), so clients see it in
lists and in Resource Graph, and whoever may can delete it.
"""

from __future__ import annotations

import json
from typing import Any

from azlocal.sandbox.providers.ids import covers, parts_of
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

ASSIGNMENTS = "Microsoft.Authorization/policyAssignments"
DENY_TAG_WRITES = "deny-tag-writes"
_DISPLAY = "Tags are written by the platform team only"


def deny_tags(azure: Azure, scope: str) -> Document:
    """Deny every write of tags on *scope* and below; return the policy assignment that does it."""
    subscription = "/".join(scope.split("/")[:3])
    document: Document = {
        "id": f"{scope}/providers/{ASSIGNMENTS}/{DENY_TAG_WRITES}",
        "name": DENY_TAG_WRITES,
        "type": ASSIGNMENTS,
        "properties": {
            "displayName": _DISPLAY,
            "policyDefinitionId": f"{subscription}/providers/Microsoft.Authorization/policyDefinitions/{DENY_TAG_WRITES}",
            "scope": scope,
            "notScopes": [],
            "parameters": {},
            "enforcementMode": "Default",
        },
    }
    azure.changed(document)
    return document


def require_tags_allowed(azure: Azure, resource_id: str) -> None:
    """Raise RequestDisallowedByPolicy (403) when a policy forbids tag writes on *resource_id*."""
    for assignment in azure.store.of_type(ASSIGNMENTS):
        if _denies(assignment["properties"]) and covers(parts_of(assignment["id"]).scope, resource_id):
            raise _disallowed(assignment, resource_id)


def _denies(properties: Any) -> bool:
    definition = str(properties.get("policyDefinitionId", "")).rsplit("/", 1)[-1].lower()
    return definition == DENY_TAG_WRITES and str(properties.get("enforcementMode", "Default")).lower() == "default"


def _disallowed(assignment: Document, resource_id: str) -> ArmError:
    properties, name = assignment["properties"], resource_id.rsplit("/", 1)[-1]
    definition = properties["policyDefinitionId"]
    display = properties.get("displayName") or assignment["name"]
    identifiers = [
        {
            "policyAssignment": {"name": display, "id": assignment["id"]},
            "policyDefinition": {"name": DENY_TAG_WRITES, "id": definition},
        }
    ]
    info = {
        "policyDefinitionId": definition,
        "policyDefinitionName": DENY_TAG_WRITES,
        "policyDefinitionEffect": "deny",
        "policyAssignmentId": assignment["id"],
        "policyAssignmentName": assignment["name"],
        "policyAssignmentDisplayName": display,
        "policyAssignmentScope": parts_of(assignment["id"]).scope,
        "policyAssignmentParameters": {},
    }
    return ArmError(
        403, "RequestDisallowedByPolicy",
        f"Resource '{name}' was disallowed by policy. Policy identifiers: '{json.dumps(identifiers)}'.",
        target=name, additional_info=[{"type": "PolicyViolation", "info": info}],
    )  # fmt: skip
