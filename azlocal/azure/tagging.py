"""Tags, written by `tags/default` PATCH only, which never touches the resource itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from azlocal.azure.clients import Connection
from azlocal.azure.errors import raise_for

API = "2025-04-01"


def merge_tags(connection: Connection, scope_id: str, tags: Mapping[str, str]) -> Mapping[str, str]:
    """Add or change *tags* on a resource, group or subscription; return the tags that then stand."""
    return _patch(connection, scope_id, "Merge", tags)


def delete_tags(connection: Connection, scope_id: str, tags: Mapping[str, str]) -> Mapping[str, str]:
    """Remove *tags*, which must be given with the values they have; return the tags that are left."""
    return _patch(connection, scope_id, "Delete", tags)


def drop_tags(connection: Connection, scope_id: str, names: Iterable[str]) -> tuple[str, ...]:
    """Remove tags by name; return the names that were there."""
    answer = connection.get(f"{scope_id}/providers/Microsoft.Resources/tags/default", API)
    raise_for(answer, "read the tags", scope_id)
    standing = _tags(answer.json)
    wanted = {name.lower() for name in names}
    found = {name: value for name, value in standing.items() if name.lower() in wanted}
    if found:
        delete_tags(connection, scope_id, found)
    return tuple(found)


def _patch(connection: Connection, scope_id: str, operation: str, tags: Mapping[str, str]) -> Mapping[str, str]:
    answer = connection.patch(
        f"{scope_id}/providers/Microsoft.Resources/tags/default",
        API,
        {"operation": operation, "properties": {"tags": dict(tags)}},
    )
    raise_for(answer, "write the tags", scope_id)
    return _tags(answer.json)


def _tags(body: object) -> Mapping[str, str]:
    properties = body.get("properties") if isinstance(body, dict) else None
    tags = properties.get("tags") if isinstance(properties, dict) else None
    return {str(name): str(value) for name, value in tags.items()} if isinstance(tags, dict) else {}
