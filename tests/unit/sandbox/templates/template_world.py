"""A place for templates to stand, and short ways to compute them."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

from azlocal.sandbox.templates.expansion import Plan, expand
from azlocal.sandbox.templates.resolve import resolve
from azlocal.sandbox.templates.scope import LATER, Place, Scope, known, parameter_names
from azlocal.sandbox.templates.template import read

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
OTHER_SUBSCRIPTION = "33333333-3333-4333-8333-333333333333"
ABOVE = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ABOVE}/resourceGroups/rg-oslo"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
NOW = datetime(2026, 11, 23, 8, 5, 9, 120000, tzinfo=timezone.utc)


def place(scope: str = GROUP) -> Place:
    group = {"id": GROUP, "name": "rg-oslo", "location": "westeurope", "tags": {"site": "oslo"}}
    subscription = {"id": ABOVE, "subscriptionId": SUBSCRIPTION, "tenantId": "t", "displayName": "Northwind"}
    return Place(
        scope, {"tenantId": "t"}, subscription, group if scope == GROUP else None,
        {"name": "dep", "properties": {"mode": "Incremental", "template": {"contentVersion": "1.0.0.0"}}},
        {"objectId": "o"}, {"suffixes": {"storage": "core.windows.net"}}, NOW, lambda: "new-guid",
    )  # fmt: skip


def value(text: str, **parameters: Any) -> Any:
    """Compute an expression written without its brackets."""
    names = parameter_names({name: known(one) for name, one in parameters.items()})
    return resolve(f"[{text}]", Scope(place(), parameters=names))


def template(resources: Any = (), **sections: Any) -> dict[str, Any]:
    held = resources if isinstance(resources, dict) else list(resources)
    return copy.deepcopy({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": held, **sections})


def resource(name: str, kind: str = "Contoso.Works/sites", **members: Any) -> dict[str, Any]:
    return {"type": kind, "apiVersion": "2025-01-01", "name": name, **members}


def plan(raw: dict[str, Any], scope: str = GROUP, **given: Any) -> Plan:
    return expand(read(raw), given, place(scope))


def bodies(found: Plan) -> dict[str, Any]:
    return {one.name: one.body(LATER) for one in found.resources if one.deploys}


def order(found: Plan) -> dict[str, list[str]]:
    return {one.name: [other.name for other in one.depends] for one in found.resources}
