"""Where Azure is: endpoints and audiences of each cloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from azlocal.core.loose import mapping
from azlocal.errors import AzureRefused, BadInput

_NAMES = {"azurecloud": "public", "azureusgovernment": "usgovernment", "azurechinacloud": "china"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud. Scopes are what tokens are asked for, each ending in `/.default`."""

    name: str
    arm: str
    arm_scope: str
    authority: str
    monitor_scope: str = "https://monitor.azure.com//.default"
    storage_scope: str = "https://storage.azure.com/.default"
    query_scope: str = "https://api.loganalytics.io/.default"
    query: str = "https://api.loganalytics.io"
    """Where Log Analytics workspaces are queried."""
    portal: str = "https://portal.azure.com"
    custom: bool = False


# Source: azure-mgmt-core `get_arm_endpoints`, and the Logs Ingestion audiences of Azure Monitor's docs.
PUBLIC = Cloud(
    name="public",
    arm="https://management.azure.com",
    arm_scope="https://management.azure.com/.default",
    authority="https://login.microsoftonline.com",
)
US_GOVERNMENT = Cloud(
    name="usgovernment",
    arm="https://management.usgovcloudapi.net",
    arm_scope="https://management.core.usgovcloudapi.net/.default",
    authority="https://login.microsoftonline.us",
    monitor_scope="https://monitor.azure.us//.default",
    query_scope="https://api.loganalytics.us/.default",
    query="https://api.loganalytics.us",
    portal="https://portal.azure.us",
)


def cloud(setting: str, fetch: Callable[[str], Any]) -> Cloud:
    """Return the cloud a setting names; *fetch* GETs the JSON of an endpoint that tells of itself.

    Raises BadInput for a setting that is no cloud, and AzureRefused for an endpoint that is no ARM.
    """
    word = setting.strip()
    known = {"public": PUBLIC, "usgovernment": US_GOVERNMENT}.get(word.lower())
    if known is not None:
        return known
    if not word.lower().startswith("https://"):
        raise BadInput(
            [f"cloud: '{setting}' is neither public, nor usgovernment, nor an https ARM endpoint"],
            remedy="set AZLOCAL_CLOUD or --cloud to one of these",
        )
    base = word.rstrip("/")
    return _custom(base, fetch(f"{base}/metadata/endpoints?api-version=2022-09-01"))


def _custom(base: str, told: Any) -> Cloud:
    found = mapping(told[0] if isinstance(told, list) and told else told)
    signing = mapping(found.get("authentication"))
    audiences = signing.get("audiences")
    if not isinstance(audiences, list) or not audiences:
        raise AzureRefused(
            f"{base}/metadata/endpoints does not tell of an ARM endpoint",
            remedy="check that AZLOCAL_CLOUD is the address of Azure Resource Manager",
        )
    name = _NAMES.get(str(found.get("name", "")).lower(), "custom")
    # What the metadata does not tell is as in the cloud it names.
    known = US_GOVERNMENT if name == US_GOVERNMENT.name else PUBLIC
    return replace(
        known,
        name=name,
        arm=base,
        arm_scope=f"{audiences[0]}/.default",
        authority=str(signing.get("loginEndpoint", "")).rstrip("/"),
        portal=str(found.get("portal") or known.portal).rstrip("/"),
        query=str(found.get("logAnalyticsResourceId") or known.query).rstrip("/"),
        custom=True,
    )
