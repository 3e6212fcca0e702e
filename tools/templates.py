"""Compile the templates and the sandbox's rule: `python tools/templates.py` writes them, `--check` only compares.

Telemetry is told once, in `azlocal/core/tables.py`; roles are told once, in `arm-templates/roles`. What
`arm-templates/modules` says in parts becomes templates that stand alone: {"module": file} is replaced by a module,
{"kql": file} by a query, the properties of a role definition by a role. The workbook is made by `tools/workbook.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import workbook  # noqa: E402

from azlocal.core.tables import TABLES  # noqa: E402

TEMPLATES = ROOT / "arm-templates"
RULE = ROOT / "azlocal" / "sandbox" / "scenarios" / "telemetry_rule.json"
TELEMETRY = "telemetry.json"
WORKBOOK = "workbook.json"
COMPILED = ("main", "roles", "roles-management-group")
# Tables spell one type differently from streams. Source: Azure/bicep-types-az, Microsoft.OperationalInsights tables.
_TABLE_TYPES = {"datetime": "dateTime"}


def streams() -> dict[str, list[dict[str, str]]]:
    """Return the streams of the data collection rule, each with its columns."""
    return {
        f"Custom-{table}": [{"name": one.name, "type": one.type} for one in columns]
        for table, columns in TABLES.items()
    }  # fmt: skip


def telemetry(told: dict[str, Any]) -> dict[str, Any]:
    """Return the telemetry module with the tables, streams and flows of the schema."""
    filled: dict[str, Any] = json.loads(json.dumps(told))
    filled["variables"]["tables"] = [
        {
            "name": table,
            "columns": [
                {"name": one.name, "type": _TABLE_TYPES.get(one.type, one.type), "description": one.meaning}
                for one in columns
            ],
        }
        for table, columns in TABLES.items()
    ]
    properties = filled["resources"]["rule"]["properties"]
    properties["streamDeclarations"] = {name: {"columns": columns} for name, columns in streams().items()}
    properties["dataFlows"] = [
        {"streams": [name], "destinations": ["workspace"], "transformKql": "source", "outputStream": name}
        for name in streams()
    ]
    return filled


def compiled(value: Any) -> Any:
    """Return *value* with modules and roles put in."""
    if isinstance(value, list):
        return [compiled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"module"}:
        return compiled(module(value["module"]))
    if set(value) == {"kql"}:
        return (TEMPLATES / "queries" / value["kql"]).read_text("utf-8").strip()
    if set(value) == {"role", "suffix", "assignableScopes"}:
        return _role(value)
    return {name: compiled(one) for name, one in value.items()}


def _role(told: dict[str, Any]) -> dict[str, Any]:
    role = _read(TEMPLATES / "roles" / told["role"])
    return {
        # Names of custom roles are unique in a tenant.
        "roleName": told["suffix"].replace("[format(' ", f"[format('{role['Name']} ", 1),
        "description": role["Description"],
        "type": "CustomRole",
        "assignableScopes": told["assignableScopes"],
        "permissions": [
            {
                "actions": role["Actions"],
                "notActions": role["NotActions"],
                "dataActions": role["DataActions"],
                "notDataActions": role["NotDataActions"],
            }
        ],
    }


def files() -> Iterator[tuple[Path, str]]:
    """Yield every generated file with what belongs in it."""
    yield TEMPLATES / "modules" / TELEMETRY, _text(module(TELEMETRY))
    yield from workbook.files()
    yield RULE, json.dumps(streams(), indent=1) + "\n"
    for name in COMPILED:
        yield TEMPLATES / f"{name}.json", _text(compiled(module(f"{name}.json")))


def module(name: str) -> dict[str, Any]:
    """Return a module, that of telemetry as the schema has it now, that of the workbook as its parts have it."""
    if name == WORKBOOK:
        return workbook.module()
    found: dict[str, Any] = _read(TEMPLATES / "modules" / name)
    return telemetry(found) if name == TELEMETRY else found


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _text(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(workbook.written(files(), sys.argv[1:]))
