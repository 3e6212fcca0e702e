"""Azure Policy as far as it stops azlocal: an assignment that denies tag writes below its scope, and any definition
that denies a resource by what it is.

An assignment is an ordinary resource (`Microsoft.Authorization/policyAssignments`), so clients see it in
lists and in Resource Graph, and whoever may can delete it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from azlocal.sandbox.providers.ids import covers, parts_of
from azlocal.sandbox.providers.policy_rules import effect_of
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
    return _definition(properties) == DENY_TAG_WRITES and _enforced(properties)


def _definition(properties: Any) -> str:
    return str(properties.get("policyDefinitionId", "")).rsplit("/", 1)[-1].lower()


def _enforced(properties: Any) -> bool:
    return str(properties.get("enforcementMode") or "Default").lower() == "default"


def denying(azure: Azure, scope: str, content: Document) -> Iterator[Document]:
    """Yield the assignments that deny a resource of some *content* (with its `type`) at *scope*."""
    for assignment in azure.store.of_type(ASSIGNMENTS):
        if _holds(assignment, scope) and _effect(azure, assignment, content) == "deny":
            yield assignment


def _holds(assignment: Document, scope: str) -> bool:
    properties = assignment["properties"]
    spared = any(covers(str(one), scope) for one in properties.get("notScopes") or ())
    return _enforced(properties) and not spared and covers(parts_of(assignment["id"]).scope, scope)


def _effect(azure: Azure, assignment: Document, content: Document) -> str:
    if _definition(assignment["properties"]) == DENY_TAG_WRITES:
        return "deny" if content.get("tags") else ""
    definition = str(assignment["properties"].get("policyDefinitionId", ""))
    return effect_of(azure.store.get(definition) or {}, assignment, content)


def require_allowed(azure: Azure, resource_id: str, kind: str, body: Any) -> None:
    """Raise RequestDisallowedByPolicy (403) when a policy denies what is to be written at *resource_id*."""
    if not isinstance(body, dict):
        return  # whoever writes it finds that out
    parts = parts_of(resource_id)
    content = {**body, "type": kind, "name": "/".join(parts.names)}
    for assignment in denying(azure, resource_id, content):
        raise _disallowed(assignment, resource_id)


def _disallowed(assignment: Document, resource_id: str) -> ArmError:
    properties, name = assignment["properties"], resource_id.rsplit("/", 1)[-1]
    definition = properties["policyDefinitionId"]
    display = properties.get("displayName") or assignment["name"]
    identifiers = [
        {
            "policyAssignment": {"name": display, "id": assignment["id"]},
            "policyDefinition": {"name": _definition(properties), "id": definition},
        }
    ]
    info = {
        "policyDefinitionId": definition,
        "policyDefinitionName": _definition(properties),
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
