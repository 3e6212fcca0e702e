"""What an ARM id tells: the scope a resource is on, its type, its names, its parent."""

from __future__ import annotations

from dataclasses import dataclass

from azlocal.sandbox.store import group_of
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure


@dataclass(frozen=True, slots=True)
class Parts:
    """An id taken apart at its innermost `/providers/`. *scope* is what stands before it, empty at the tenant."""

    scope: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def type(self) -> str:
        """Return the full type as the id spells it."""
        return "/".join((self.namespace, *self.types))

    @property
    def path(self) -> str:
        """Return types and names in turn, as Azure's messages name a resource."""
        return "/".join((self.namespace, *(part for pair in zip(self.types, self.names) for part in pair)))

    @property
    def parent(self) -> str:
        """Return the id of the resource this one is a child of, empty for a top-level type."""
        if len(self.types) < 2:
            return ""
        pairs = list(zip(self.types, self.names))[:-1]
        return f"{self.scope}/providers/{self.namespace}" + "".join(f"/{kind}/{name}" for kind, name in pairs)


def parts_of(resource_id: str) -> Parts:
    """Take *resource_id* apart; raise ArmError (400) when it names no resource of a provider."""
    segments = resource_id.rstrip("/").split("/")
    places = [place for place, segment in enumerate(segments) if segment.lower() == "providers"]
    tail = segments[places[-1] + 1 :] if places else []
    if len(tail) < 3 or len(tail) % 2 == 0:
        raise ArmError(400, "InvalidResourceId", f"The resource id '{resource_id}' is malformed or invalid.")
    scope = "/".join(segments[: places[-1]])
    return Parts(scope, tail[0], tuple(tail[1::2]), tuple(tail[2::2]))


def canonical(azure: Azure, resource_id: str, kind: str) -> str:
    """Return *resource_id* as Azure stores it: type, group and the word `resourceGroups` in their own spelling."""
    parts = parts_of(resource_id)
    namespace, *types = kind.split("/")
    pairs = "".join(f"/{one}/{name}" for one, name in zip(types, parts.names))
    return f"{_spelled(azure, parts.scope)}/providers/{namespace}{pairs}"


def _spelled(azure: Azure, scope: str) -> str:
    if not group_of(scope):
        return scope
    segments = scope.split("/")
    group = azure.store.get("/".join(segments[:5]))
    head = group["id"] if group is not None else f"/subscriptions/{segments[2]}/resourceGroups/{segments[4]}"
    return "/".join((head, *segments[5:]))


def covers(scope: str, resource_id: str) -> bool:
    """Return whether *scope* is *resource_id* or stands above it."""
    scope, resource_id = scope.lower(), resource_id.lower()
    return scope in {"", "/", resource_id} or resource_id.startswith(scope + "/")


def not_found(resource_id: str) -> ArmError:
    """Return ARM's answer to a resource that is not there."""
    parts = parts_of(resource_id)
    group = resource_id.split("/")[4] if group_of(resource_id) else ""
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{parts.path}' under resource group '{group or '<null>'}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )
