"""The fleet plan that goes with a scenario, as the file people would write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.documents import OPERATOR, group_id, resource_id
from azlocal.sandbox.scenarios.model import Scenario

VERSION = "azlocal.fleet/1"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
_HALF_A_YEAR = timedelta(days=183)


def container_id(scenario: Scenario, name: str) -> str:
    """Return the id of a container of the fleet's own storage account."""
    places = scenario.places
    return resource_id(
        scenario.subscriptions[0].id, places.operations, CONTAINER, places.storage, "default", name
    )  # fmt: skip


def control_id(scenario: Scenario) -> str:
    """Return the id of the control group."""
    return group_id(scenario.subscriptions[0].id, scenario.places.control)


def plan_text(scenario: Scenario, now: datetime) -> str:
    """Return the plan as YAML; *now* is when the world begins."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    head = f"# The fleet plan of the scenario {scenario.name}.\n"
    document = typed(plan_document(scenario, now))
    return head + yaml.dump(document, Dumper=Plain, sort_keys=False, default_flow_style=None, width=120)


def typed(value: Any) -> Any:
    """Return numbers and truths as such: a scenario file's scalars are text, and quotes would only irritate."""
    if isinstance(value, Mapping):
        return {name: typed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def plan_document(scenario: Scenario, now: datetime) -> dict[str, Any]:
    """Return the plan's keys in the order in which people read them."""
    told = dict(scenario.plan)
    scope: dict[str, Any] = {"subscriptions": [one.id for one in scenario.subscriptions]}
    excluded = told.pop("exclude", None)
    if excluded:
        scope["exclude"] = [one.id for one in scenario.clusters if one.name in excluded]
    return {
        "version": VERSION,
        "scope": scope,
        "control": control_id(scenario),
        "lease": container_id(scenario, scenario.places.lease),
        "inputs": "inputs",
        "rings": list(_rings(scenario, told.pop("rings", []))),
        "attestations": [_attestation(one, now) for one in told.pop("attestations", [])],
        **told,
    }


def _rings(scenario: Scenario, rings: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    bearing = Counter(one.tags.get("azlocal-ring", "") for one in scenario.clusters)
    for ring in rings:
        name = ring["name"]
        usual = {"name": name, "select": {"tags": {"azlocal-ring": name}}, "expect": bearing[name]}
        yield {**usual, **ring}


def _attestation(told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    until = (now + _HALF_A_YEAR).date().isoformat()
    return {"key": told["key"], "select": {"all": True}, "value": "yes", "by": OPERATOR, "until": until, **told}
