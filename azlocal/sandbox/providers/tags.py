"""`Microsoft.Resources/tags/default`: the tags of a subscription, a group or a resource, apart from the thing itself.

Source: REST reference, Tags At Scope. PATCH takes an operation: Merge, Replace, or Delete, which removes a tag
only when the name (in any case) and the value are both as given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azlocal.sandbox.api_versions import TAGS
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.providers.policies import require_tags_allowed
from azlocal.sandbox.providers.tag_rules import checked, merged, removed, within_limit
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, require

TYPE = "Microsoft.Resources/tags"
_PATH = "/{scope*}/providers/Microsoft.Resources/tags/default"
Tags = Mapping[str, str]
_OPERATIONS: dict[str, Callable[[Tags, Tags], dict[str, str]]] = {
    "merge": merged,
    "replace": lambda standing, given: dict(given),
    "delete": removed,
}


def register(azure: Azure) -> None:
    """Register the four methods, on whatever scope."""
    for method, handler in (("GET", get), ("PUT", put), ("PATCH", patch), ("DELETE", delete)):
        azure.router.add(method, _PATH, handler, resource_type=TYPE, api_versions=TAGS)


def get(call: Call) -> Response:
    """Answer the tags of the scope."""
    return _answer(_found(call))


def put(call: Call) -> Response:
    """Set the tags of the scope to those given."""
    return _answer(_write(call, dict(_given(_body(call)))))


def patch(call: Call) -> Response:
    """Merge, replace or delete tags."""
    body = _body(call)
    word = str(body.get("operation") or "")
    operation = _OPERATIONS.get(word.lower())
    if operation is None:
        raise ArmError(
            400, "InvalidRequestContent",
            f"The request content was invalid: the tags patch operation '{word}' is not one of Merge, Replace, Delete.",
        )  # fmt: skip
    return _answer(_write(call, operation(_tags(_found(call)), _given(body))))


def delete(call: Call) -> Response:
    """Remove every tag of the scope."""
    _write(call, {})
    return reply(None, 200)


def _found(call: Call) -> Document:
    scope = "/" + call.param("scope").strip("/")
    document = call.azure.store.get(scope)
    if document is None:
        raise not_found(scope)
    return document


def _tags(document: Document) -> dict[str, str]:
    return dict(document.get("tags") or {})


def _body(call: Call) -> dict[str, Any]:
    message = "The request content was invalid and could not be deserialized: an object was expected."
    body: dict[str, Any] = require(call.request.json(), dict, message)
    return body


def _given(body: Mapping[str, Any]) -> dict[str, str]:
    properties = body.get("properties")
    tags = properties.get("tags") if isinstance(properties, dict) else None
    if not isinstance(tags, dict):
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: properties.tags is missing.")
    return checked(tags)


def _write(call: Call, tags: dict[str, str]) -> Document:
    document = _found(call)
    require_unlocked(call.azure, document["id"], "write")
    require_tags_allowed(call.azure, document["id"])
    within_limit(tags, document["id"])
    if tags == _tags(document):
        return document
    changed = {**document, "tags": tags}
    call.azure.changed(changed)
    return changed


def _answer(document: Document) -> Response:
    identifier = f"{document['id']}/providers/{TYPE}/default"
    return reply({"id": identifier, "name": "default", "type": TYPE, "properties": {"tags": _tags(document)}})
