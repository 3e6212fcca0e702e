"""From a request to the action it needs, and to the scope it needs it at.

ARM forms actions by one pattern: the resource's type, and read, write, delete, or the last word of a POST and
`action`. Where a published operation is named otherwise, its route says so. `docs/security.md` lists what is confirmed.
Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/role-definitions (actions format) and permissions.
"""

from __future__ import annotations

from collections.abc import Mapping

DATA_PLANE = "data-plane"
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
# ARM's own types whose actions carry where they live.
_OWN = {
    "microsoft.resources/resourcegroups": "Microsoft.Resources/subscriptions/resourceGroups",
    "microsoft.resources/providers": "Microsoft.Resources/subscriptions/providers",
}


def pattern(method: str, template: str, resource_type: str) -> str:
    """Return the action of a route by ARM's pattern, empty for what ARM does not authorize by one."""
    if "/" not in resource_type or (method in {"GET", "HEAD"} and not _is_managed(template)):
        return ""
    return named(resource_type, _VERBS.get(method) or f"{template.rsplit('/', 1)[-1]}/action")


def named(resource_type: str, verb: str) -> str:
    """Return the action *verb* (read, write, delete, word/action) of a type."""
    return f"{_OWN.get(resource_type.lower(), resource_type)}/{verb}"


def _is_managed(template: str) -> bool:
    """Return whether a path is below a subscription or another scope: what is at the tenant is everybody's to read."""
    return template.startswith(("/subscriptions/{", "/{scope*}/"))


def filled(action: str, params: Mapping[str, str]) -> str:
    """Return *action* with the values of the path in it."""
    return action.format(**params) if "{" in action else action


def scope_of(path: str) -> str:
    """Return the scope at which a request to *path* is authorized: the resource, or what its list or action hangs on."""
    parts = path.strip("/").split("/")
    lowered = [one.lower() for one in parts]
    if "providers" not in lowered:
        return "/" + "/".join(parts[:4] if len(parts) > 3 and lowered[2] == "resourcegroups" else parts[:2])
    at = len(lowered) - 1 - lowered[::-1].index("providers")
    tail = parts[at + 1 :]
    if len(tail) % 2:
        return "/" + "/".join(parts)
    return "/" + "/".join(parts[:at] if len(tail) == 2 else parts[:-1])
