"""Ids of resources: put together, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from azlocal.sandbox.templates.errors import TemplateError, see


@dataclass(frozen=True, slots=True)
class Parts:
    """An id taken apart: the scope it hangs on, its type with namespace, its names."""

    scope: str
    type: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the names joined, as a template writes them."""
        return "/".join(self.names)


def below(scope: str, kind: str, names: str) -> str:
    """Return the id of a resource: `below('/s', 'A.B/c/d', 'x/y')` is `/s/providers/A.B/c/x/d/y`."""
    namespace, *types = kind.split("/")
    pairs = zip_longest(types, names.split("/"))
    path = "/".join(part for pair in pairs for part in pair if part is not None)
    return f"{scope.rstrip('/')}/providers/{namespace}/{path}"


def group_id(subscription: str, group: str) -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def taken_apart(resource_id: str) -> Parts | None:
    """Return the parts of an id by its last `/providers/`, or None when it has none."""
    scope, mark, path = _partitioned(resource_id.rstrip("/"))
    segments = path.split("/")
    if not mark or len(segments) < 3 or len(segments) % 2 == 0:
        return None
    return Parts(scope, "/".join([segments[0], *segments[1::2]]), tuple(segments[2::2]))


def _partitioned(resource_id: str) -> tuple[str, str, str]:
    at = resource_id.lower().rfind("/providers/")
    if at < 0:
        return resource_id, "", ""
    return resource_id[:at], "/providers/", resource_id[at + len("/providers/") :]


def segments_fit(kind: str, name: str) -> bool:
    """Return whether a name has one segment for each segment of the type after the namespace."""
    return kind.count("/") == len(name.split("/")) and all(name.split("/"))


def wrong_segments(kind: str, name: str) -> TemplateError:
    """Return the refusal of a name that does not fit its type."""
    return TemplateError(
        f"The template resource '{name}' for type '{kind}' has incorrect segment lengths. A nested resource type must "
        "have identical number of segments as its resource name. A root resource type must have segment length one "
        f"greater than its resource name. {see('arm-syntax-resources')}"
    )
