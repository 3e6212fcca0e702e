"""Make the workbook from its parts: `python tools/workbook.py` writes it, `--check` only compares.

`arm-templates/workbook/*.yaml` says in short what stands on which tab; the queries are those of
`arm-templates/queries` and, for what Azure Resource Graph tells, of `arm-templates/workbook/live`. From these come
`workbook.gallery.json` (to paste into the portal's editor), `workbook.json` (a template that stands alone) and
`modules/workbook.json` (the same for `main.json`, which `tools/templates.py` compiles).
Source of the format: microsoft/Application-Insights-Workbooks, schema/workbook.json and Documentation.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "arm-templates"
PARTS = TEMPLATES / "workbook"
PACK = TEMPLATES / "queries"
LIVE = PARTS / "live"
SCHEMA = "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json"
LOGS, GRAPH = (0, "microsoft.operationalinsights/workspaces"), (1, "microsoft.resourcegraph/resources")
LETS = {
    "lookback": "{TimeRange:seconds}s",
    "rings": "dynamic([{Rings}])",
    "cluster": '"{Cluster:escapejson}"',
}
"""What may be set in a query of the pack → what the workbook sets it to."""
# Of a grid's columns. Source: workbooks that Microsoft publishes.
FORMATTERS = {
    "text": 1, "bar": 4, "hidden": 5, "date": 6, "link": 7, "heat": 8, "big": 12, "resource": 13, "thresholds": 18,
}  # fmt: skip
TYPES = {"text": 1, "list": 2, "time": 4, "resource": 5, "subscription": 6}
_NAMES = uuid.UUID("0e0c6a0e-57a4-5a3e-9f0a-6c1f9a1d2b37")
_LET = re.compile(r"^let (\w+) = (.*);$")
_COLUMN = re.compile(r'\[\\"(\w+)\\"\]')
Item = dict[str, Any]


def gallery() -> Item:
    """Return the workbook as the portal's editor takes it."""
    item: Item = _settled(workbook(), lambda baked: baked["else"])
    return item


def module() -> Item:
    """Return the template that deploys the workbook, with the places of an installation in it."""
    template: Item = _part("template")
    content = _settled(_escaped(workbook()), lambda baked: f"[parameters('{baked['bake']}')]")
    return {**template, "variables": {**template.get("variables", {}), "content": content}}


def workbook() -> Item:
    """Return the workbook; what an installation decides stands in it as {"bake": parameter, "else": value}."""
    tabs = [_part(name) for name in _part("tabs")]
    items = [_item(one) for one in _part("parameters")["items"]]
    return {
        "version": "Notebook/1.0",
        "items": [*items, _tab_links(tabs), *(_tab(one) for one in tabs)],
        "fallbackResourceIds": ["azure monitor"],
        "$schema": SCHEMA,
    }


def _settled(value: Any, settle: Callable[[Mapping[str, Any]], Any]) -> Any:
    if isinstance(value, list):
        return [_settled(one, settle) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"bake", "else"}:
        return settle(value)
    return {name: _settled(one, settle) for name, one in value.items()}


def _escaped(value: Any) -> Any:
    """Return *value* with texts in brackets told apart from expressions of the template language."""
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if isinstance(value, dict):
        return {name: _escaped(one) for name, one in value.items()}
    return f"[{value}" if isinstance(value, str) and value.startswith("[") and value.endswith("]") else value


# tabs


def _tab_links(tabs: list[Item]) -> Item:
    links = [
        {
            "id": _id(f"tab {one['tab']}"),
            "cellValue": "Tab",
            "linkTarget": "parameter",
            "linkLabel": one["tab"],
            "subTarget": one["tab"],
            "style": "link",
        }
        for one in tabs
    ]
    content = {"version": "LinkItem/1.0", "style": "tabs", "tabStyle": "bigger", "links": links}
    return {"type": 11, "content": content, "name": "tabs"}


def _tab(told: Item) -> Item:
    items = [_item(one) for one in told["items"]]
    content = {"version": "NotebookGroup/1.0", "groupType": "editable", "loadType": "always", "items": items}
    return {
        "type": 12,
        "content": content,
        "conditionalVisibility": {"parameterName": "Tab", "comparison": "isEqualTo", "value": told["tab"]},
        "name": f"tab {told['tab']}",
    }


def _item(told: Item) -> Item:
    (kind,) = told.keys() & KINDS.keys()
    item = KINDS[kind](told[kind], told)
    extra: Item = {"name": told["name"]}
    if "width" in told:
        extra["customWidth"] = str(told["width"])
    if "when" in told:
        name, comparison, value = told["when"]
        extra["conditionalVisibility"] = {"parameterName": name, "comparison": comparison, "value": value}
    return {**item, **extra}


def _text(told: str, item: Item) -> Item:
    style = {"style": item["style"]} if "style" in item else {}
    return {"type": 1, "content": {"json": told.strip(), **style}}


# parameters


def _parameters(told: list[Item], item: Item) -> Item:
    content = {"version": "KqlParameterItem/1.0", "parameters": [_parameter(one) for one in told], "style": "pills"}
    return {"type": 9, "content": {**content, **_source(LOGS)}}


def _parameter(told: Item) -> Item:
    made: Item = {
        "id": _id(f"parameter {told['name']}"),
        "version": "KqlParameterItem/1.0",
        "name": told["name"],
        "type": TYPES[told["type"]],
        **({"query": _query_text(told), **_scope(told)} if {"kql", "live"} & told.keys() else {}),
    }
    plain = {"label", "description", "typeSettings", "value", "defaultValue", "multiSelect", "quote", "delimiter"}
    made |= {name: told[name] for name in told if name in plain | {"isRequired", "isHiddenWhenLocked", "isGlobal"}}
    return made


# queries


def _query(told: Item, item: Item, visualization: str, settings: Item) -> Item:
    content: Item = {
        "version": "KqlItem/1.0",
        "query": _query_text(told),
        "size": told.get("size", 0),
        "showAnalytics": True,
        "title": told["title"],
        "noDataMessage": told["none"],
        "noDataMessageStyle": 3 if told.get("good") else 4,
        **_scope(told),
        "visualization": visualization,
        **settings,
    }
    if visualization == "table":
        content["showExportToExcel"] = True
    return {"type": 3, "content": content}


def _query_text(told: Item) -> str:
    if "pack" in told:
        text = pack_query(told["pack"])
    else:
        text = (LIVE / f"{told['live']}.kql").read_text("utf-8").strip() if "live" in told else told["kql"].strip()
    return "\n".join([text, *([told["then"].strip()] if "then" in told else [])])


def pack_query(name: str) -> str:
    """Return a query of the pack with the workbook's parameters in its `let` lines."""
    lines = (PACK / f"{name}.kql").read_text("utf-8").strip().splitlines()
    return "\n".join(_bound(line) for line in lines)


def _bound(line: str) -> str:
    found = _LET.match(line)
    return f"let {found[1]} = {LETS[found[1]]};" if found and found[1] in LETS else line


def _scope(told: Item) -> Item:
    live = "live" in told or told.get("over") == "subscriptions"
    scope: Item = {**_source(GRAPH if live else LOGS)}
    scope["crossComponentResources"] = ["{Subscriptions}" if live else "{Workspace}"]
    return scope if live else {"timeContextFromParameter": "TimeRange", **scope}


def _source(source: tuple[int, str]) -> Item:
    return {"queryType": source[0], "resourceType": source[1]}


def _tiles(told: Item, item: Item) -> Item:
    tile = {
        "titleContent": {"columnMatch": told["of"], "formatter": 1},
        "leftContent": {"columnMatch": told["count"], "formatter": 12, "formatOptions": {"palette": "auto"}},
        "showBorder": True,
        "size": "auto",
    }
    if "about" in told:
        tile["secondaryContent"] = {"columnMatch": told["about"], "formatter": 1}
    return _query(told, item, "tiles", {"tileSettings": tile})


def _chart(told: Item, item: Item) -> Item:
    settings = {"xAxis": told["x"], "yAxis": told["y"], "showLegend": True}
    settings |= {"group": told["group"], "createOtherGroup": 10} if "group" in told else {}
    return _query(told, item, told["as"], {"chartSettings": settings})


def _grid(told: Item, item: Item) -> Item:
    columns: Mapping[str, Item] = told.get("columns", {})
    grid: Item = {
        "formatters": [_formatter(name, one) for name, one in columns.items() if set(one) != {"label"}],
        "rowLimit": 10000,
        "filter": True,
        "labelSettings": [{"columnId": name, "label": one["label"]} for name, one in columns.items() if "label" in one],
    }
    sort = [
        {"itemKey": name, "sortOrder": 2 if one["sort"] == "down" else 1}
        for name, one in columns.items()
        if "sort" in one
    ]
    exported = [
        {"fieldName": field, "parameterName": name, "parameterType": 1, "defaultValue": ""}
        for name, field in told.get("exports", {}).items()
    ]
    settings: Item = {"gridSettings": {**grid, "sortBy": sort}, "sortBy": sort} if sort else {"gridSettings": grid}
    return _query(told, item, "table", settings | ({"exportedParameters": exported} if exported else {}))


def _formatter(name: str, told: Item) -> Item:
    options = _link(told) if "link" in told else {}
    if "icons" in told:
        options |= {"thresholdsOptions": "icons", "thresholdsGrid": [_threshold(*one) for one in told["icons"]]}
    if "palette" in told:
        options["palette"] = told["palette"]
    if "width" in told:
        options["customColumnWidthSetting"] = told["width"]
    kind = told.get("as") or ("thresholds" if "icons" in told else "link" if "link" in told else "text")
    made: Item = {"columnMatch": f"^{name}$", "formatter": FORMATTERS[kind]}
    if options:
        made["formatOptions"] = options
    if kind == "date":
        made["dateFormat"] = {"showUtcTime": True, "formatName": "shortDateTimePattern"}
    return made


def _threshold(operator: str, value: str | None, icon: str) -> Item:
    return {"operator": operator, "thresholdValue": value, "representation": icon, "text": "{0}{1}"}


# links


def _links(told: list[Item], item: Item) -> Item:
    links = [{"id": _id(f"link {one['say']}"), "style": one.get("style", "secondary"), **_link(one)} for one in told]
    return {"type": 11, "content": {"version": "LinkItem/1.0", "style": item.get("as", "toolbar"), "links": links}}


def _link(told: Item) -> Item:
    made: Item = {"linkTarget": told["link"]}
    for name, here in (("cell", "cellValue"), ("say", "linkLabel"), ("menu", "subTarget"), ("of", "linkColumn")):
        if name in told:
            made[here] = told[name]
    if told["link"] == "ArmAction":
        made |= {"linkIsContextBlade": True, "armActionContext": _action(_part("actions")[told["action"]])}
    if told["link"] == "OpenBlade":
        made |= {"linkIsContextBlade": False, "bladeOpenContext": told["blade"]}
    return made


def _action(told: Item) -> Item:
    # A column is written ["Name"] even inside a JSON text.
    body = _COLUMN.sub(r'["\1"]', json.dumps(told["body"], indent=2))
    return {
        "path": told["path"],
        "headers": [],
        "params": [{"key": "api-version", "value": told["version"]}],
        "isLongOperation": False,
        "httpMethod": told["method"],
        "body": body,
        "title": told["title"],
        "description": told["description"].strip(),
        "actionName": told["title"],
        "runLabel": told["run"],
    }


KINDS: dict[str, Callable[[Any, Item], Item]] = {
    "text": _text, "parameters": _parameters, "tiles": _tiles, "chart": _chart, "grid": _grid, "links": _links,
}  # fmt: skip


# files


def _part(name: str) -> Any:
    return yaml.safe_load((PARTS / f"{name}.yaml").read_text("utf-8"))


def _id(name: str) -> str:
    return str(uuid.uuid5(_NAMES, name))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def files() -> Iterator[tuple[Path, str]]:
    """Yield every generated file with what belongs in it."""
    yield TEMPLATES / "workbook.gallery.json", _json(gallery())
    yield TEMPLATES / "workbook.json", _json(module())
    yield TEMPLATES / "modules" / "workbook.json", _json(module())


def written(made: Iterable[tuple[Path, str]], arguments: list[str]) -> int:
    """Write what was made, or compare with `--check`; return 1 when comparing finds a file that differs."""
    stale = [(path, text) for path, text in made if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        print(path.relative_to(ROOT))
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    return min(len(stale), 1) if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(written(files(), sys.argv[1:]))
