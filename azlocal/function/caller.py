"""Who calls over HTTP: what App Service authentication says of them, and nothing else.

The platform checks the token and puts the claims into `X-MS-CLIENT-PRINCIPAL`; a header of that name from outside is
taken off. Where the platform does not do so, anybody could write it: nobody is let in then.
Source: App Service documentation, Work with user identities in authentication; app roles of Microsoft Entra ID.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

READER = "reader"
DOORBELL = "doorbell"
HEADER = "x-ms-client-principal"
GUARDED = "WEBSITE_AUTH_ENABLED"
"""The platform's own variable: whether its authentication stands before the app."""
_ROLE_CLAIMS = frozenset({"roles", "role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})
_MOST = 64 * 1024


def guarded(environment: Mapping[str, str]) -> bool:
    """Return whether the platform's authentication stands before this app."""
    return environment.get(GUARDED, "").strip().lower() in {"true", "1"}


def roles_of(headers: Mapping[str, str]) -> frozenset[str] | None:
    """Return the app roles of whoever calls, or None where nobody is signed in. Header names are in lower case."""
    text = headers.get(HEADER, "")
    if not text or len(text) > _MOST:
        return None
    try:
        told = json.loads(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(told, dict) or str(told.get("auth_typ", "")).lower() != "aad":
        return None
    claims = told.get("claims")
    return frozenset(_roles(claims)) if isinstance(claims, list) else None


def _roles(claims: list[Any]) -> list[str]:
    found = (one for one in claims if isinstance(one, dict) and str(one.get("typ")) in _ROLE_CLAIMS)
    return [one["val"] for one in found if isinstance(one.get("val"), str)]
