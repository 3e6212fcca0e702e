"""Azure resource ids, compared without regard to case, and the names azlocal derives from them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_NOT_SLUG = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class ResourceId:
    """A resource id taken apart. `kind` is the full type, `names` its names, outermost first.

    Of a resource on a resource (an edge device on a machine), kind and names are its own.
    """

    subscription: str
    group: str
    kind: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the innermost name."""
        return self.names[-1]


def parse_id(text: str) -> ResourceId:
    """Parse a resource id below a resource group; raise ValueError saying what is wrong."""
    parts = text.strip().strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if len(parts) < 8 or lowered[0] != "subscriptions" or lowered[2] != "resourcegroups":
        raise ValueError(f"'{text}' is not a resource id (/subscriptions/…/resourceGroups/…/providers/…)")
    own = max(place for place in range(4, len(parts), 2) if place == 4 or lowered[place] == "providers")
    if lowered[4] != "providers" or len(parts) % 2 or len(parts) < own + 4 or not all(parts):
        raise ValueError(f"'{text}' is not a complete resource id")
    return ResourceId(parts[1], parts[3], "/".join([parts[own + 1], *parts[own + 2 :: 2]]), tuple(parts[own + 3 :: 2]))


def key(resource_id: str) -> str:
    """Return the form in which ids are compared and used as keys."""
    bare = resource_id.strip().strip("/").lower()
    return f"/{bare}" if bare else ""


def name_of(resource_id: str) -> str:
    """Return the last segment of an id."""
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def subscription_of(resource_id: str) -> str:
    """Return the subscription of an id in lower case, or an empty string."""
    parts = key(resource_id).split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else ""


def subscription_id_of(resource_id: str) -> str:
    """Return the id of the subscription that holds *resource_id*, as a key."""
    return f"/subscriptions/{subscription_of(resource_id)}"


def group_id_of(resource_id: str) -> str:
    """Return the id of the resource group that holds *resource_id*, as a key."""
    return "/".join(key(resource_id).split("/")[:5])


def group_name_of(resource_id: str) -> str:
    """Return the resource group's name as the id spells it, or an empty string."""
    parts = resource_id.split("/")
    return parts[4] if len(parts) > 4 else ""


def h10(resource_id: str) -> str:
    """Return the ten hex digits that stand for a cluster in names and tags."""
    return hashlib.sha256(key(resource_id).encode("utf-8", "surrogatepass")).hexdigest()[:10]


def deployment_name(cluster_id: str) -> str:
    """Return the one name of every deployment of a cluster: the second net against two starts."""
    slug = _NOT_SLUG.sub("-", name_of(cluster_id).lower()).strip("-")[:40]
    return f"azl-up-{slug}-{h10(cluster_id)}"
