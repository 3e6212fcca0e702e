"""Links into the portal."""

from __future__ import annotations

_PORTALS = {
    "public": "https://portal.azure.com",
    "usgovernment": "https://portal.azure.us",
    "china": "https://portal.azure.cn",
}


def portal_link(cloud: str, resource_id: str) -> str:
    """Return the address of a resource's page in the portal, or nothing for a cloud without a known one."""
    base = _PORTALS.get(cloud)
    return f"{base}/#resource{resource_id}/overview" if base else ""
