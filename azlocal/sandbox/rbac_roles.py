"""The built-in roles that this field's people and templates use, permission by permission.

Source: the role definitions that Azure publishes (iann0036/iam-dataset, azure/built-in-roles-raw.json, August 2026;
MicrosoftDocs/azure-docs, articles/role-based-access-control/built-in-roles).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def built_in() -> Mapping[str, Mapping[str, Any]]:
    """Return the roles by GUID: `roleName`, and `permissions` as a role definition has them."""
    found: dict[str, Mapping[str, Any]] = json.loads((Path(__file__).parent / "builtin_roles.json").read_text("utf-8"))
    return found
