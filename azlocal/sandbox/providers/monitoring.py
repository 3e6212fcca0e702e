"""Workspaces, tables and data collection rules: what they must be, and what ingestion and queries take from them.

`azure.workspaces` and `azure.rules` follow the resources, whoever stores them.
Source: MicrosoftDocs/azure-monitor-docs, data-collection-rule-structure and create-custom-table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers.completions import Draft
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

WORKSPACE = "microsoft.operationalinsights/workspaces"
TABLE = f"{WORKSPACE}/tables"
RULE = "microsoft.insights/datacollectionrules"
ENDPOINT = "microsoft.insights/datacollectionendpoints"
_STREAM_TYPES = frozenset({"string", "int", "long", "real", "boolean", "dynamic", "datetime"})
_TABLE_TYPES = _STREAM_TYPES | {"guid"}
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,44}")
_RESERVED = frozenset({"_resourceid", "id", "_subscriptionid", "tenantid", "type", "uniqueid", "title"})


def _workspace(draft: Draft) -> None:
    draft.keep("customerId", draft.guid)
    draft.keep("createdDate", lambda: stamp(draft.now))
    draft.properties["modifiedDate"] = stamp(draft.now)
    draft.default(
        sku={"name": "PerGB2018"}, retentionInDays=30, features={"enableLogAccessUsingOnlyResourcePermissions": True},
        publicNetworkAccessForIngestion="Enabled", publicNetworkAccessForQuery="Enabled",
        workspaceCapping={
            "dailyQuotaGb": -1.0, "quotaNextResetTime": stamp(draft.now + timedelta(days=1)),
            "dataIngestionStatus": "RespectQuota",
        },
    )  # fmt: skip


def _table(draft: Draft) -> None:
    properties = draft.properties
    schema = properties.get("schema")
    if isinstance(schema, dict):
        _check_schema(draft.name, schema)
        schema.setdefault("name", draft.name)
        schema.update(tableSubType="DataCollectionRuleBased", tableType="CustomLog", solutions=["LogManagement"])
    elif draft.before is not None:
        properties["schema"] = draft.before["properties"].get("schema")
    elif draft.name.lower().endswith("_cl"):
        raise _bad_table(draft.name, "a schema is required for a custom table")
    retention = properties.get("retentionInDays")
    draft.default(plan="Analytics", retentionInDays=30, totalRetentionInDays=retention or 30)
    properties["retentionInDaysAsDefault"] = retention is None


def _check_schema(name: str, schema: dict[str, Any]) -> None:
    columns = schema.get("columns") or []
    names = [str(one.get("name", "")) for one in columns if isinstance(one, dict)]
    if not name.lower().endswith("_cl") or not 4 <= len(name) <= 63:
        raise _bad_table(name, "the name of a custom table has 4 to 63 characters and ends in _CL")
    if "timegenerated" not in [one.lower() for one in names]:
        raise _bad_table(name, "the schema has no column 'TimeGenerated'")
    for column in columns:
        _check_column(name, column)


def _check_column(table: str, column: Any) -> None:
    name, kind = (str(column.get("name", "")), str(column.get("type", ""))) if isinstance(column, dict) else ("", "")
    if _COLUMN.fullmatch(name) is None or name.lower() in _RESERVED:
        raise _bad_table(table, f"the column name '{name}' is not allowed")
    if kind.lower() not in _TABLE_TYPES:
        raise _bad_table(table, f"the type '{kind}' of the column '{name}' is not known")


def _bad_table(name: str, why: str) -> ArmError:
    return ArmError(400, "InvalidParameter", f"The table '{name}' is invalid: {why}.")


def _endpoint(draft: Draft) -> None:
    draft.keep("immutableId", lambda: _immutable(draft, "dce"))
    host = _host(draft)
    draft.properties.update(
        configurationAccess={"endpoint": f"https://{host}.handler.control.monitor.azure.com"},
        logsIngestion={"endpoint": f"https://{host}.ingest.monitor.azure.com"},
        metricsIngestion={"endpoint": f"https://{host}.metrics.ingest.monitor.azure.com"},
    )
    draft.default(networkAcls={"publicNetworkAccess": "Enabled"})


def _rule(draft: Draft) -> None:
    problems = list(_problems(draft.azure, draft.properties))
    if problems:
        raise ArmError(400, "InvalidPayload", "Data collection rule is invalid", details=problems)
    draft.keep("immutableId", lambda: _immutable(draft, "dcr"))
    for destination in _destinations(draft.properties).values():
        workspace = draft.azure.store.get(str(destination.get("workspaceResourceId", "")))
        if workspace is not None:
            destination["workspaceId"] = workspace["properties"]["customerId"]
    if str(draft.document.get("kind", "")).lower() == "direct":
        draft.keep("endpoints", lambda: _endpoints(_host(draft)))


def _endpoints(host: str) -> dict[str, str]:
    return {
        "logsIngestion": f"https://{host}.logs.z1.ingest.monitor.azure.com",
        "metricsIngestion": f"https://{host}.metrics.z1.ingest.monitor.azure.com",
    }


def _immutable(draft: Draft, prefix: str) -> str:
    return f"{prefix}-{draft.guid().replace('-', '')}"


def _host(draft: Draft) -> str:
    place = str(draft.document.get("location", "")).replace(" ", "").lower()
    return f"{draft.name.lower()}-{draft.properties['immutableId'][4:8]}-{place}"


def _destinations(properties: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    told = (properties.get("destinations") or {}).get("logAnalytics") or []
    return {str(one.get("name", "")): one for one in told if isinstance(one, dict)}


def _problems(azure: Azure, properties: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    declared = properties.get("streamDeclarations") or {}
    for stream, declaration in declared.items():
        yield from _stream_problems(stream, declaration)
    destinations = _destinations(properties)
    for name, destination in destinations.items():
        if azure.store.get(str(destination.get("workspaceResourceId", ""))) is None:
            text = f"The workspace of destination '{name}' could not be found."
            yield _problem("InvalidWorkspace", text, f"properties.destinations.logAnalytics.{name}")
    for place, flow in enumerate(properties.get("dataFlows") or []):
        yield from _flow_problems(azure, flow, f"properties.dataFlows[{place}]", declared, destinations)


def _stream_problems(stream: str, declaration: Any) -> Iterator[dict[str, str]]:
    target = f"properties.streamDeclarations.{stream}"
    if not stream.startswith("Custom-"):
        yield _problem("InvalidStream", f"The name of stream '{stream}' must start with 'Custom-'.", target)
    columns = declaration.get("columns") if isinstance(declaration, dict) else None
    for column in columns or []:
        if str(column.get("type", "")).lower() not in _STREAM_TYPES:
            text = f"The type '{column.get('type')}' of column '{column.get('name')}' is not supported."
            yield _problem("InvalidStreamColumn", text, target)


def _flow_problems(
    azure: Azure, flow: Mapping[str, Any], target: str, declared: Mapping[str, Any], destinations: Mapping[str, Any]
) -> Iterator[dict[str, str]]:
    for stream in flow.get("streams") or []:
        if str(stream).startswith("Custom-") and stream not in declared:
            yield _problem("InvalidStream", f"Stream '{stream}' is not declared in the rule.", target)
    output = str(flow.get("outputStream") or next(iter(flow.get("streams") or [""])))
    for name in flow.get("destinations") or []:
        if name not in destinations:
            yield _problem("InvalidDestination", f"Destination '{name}' is not defined in the rule.", target)
        elif output.startswith("Custom-") and not _has_table(azure, destinations[name], output):
            text = (
                f"Table for output stream '{output}' is not available for destination '{name}'. "
                "Please ensure that the table exists in Log Analytics Workspace before creating or updating the rule."
            )
            yield _problem("InvalidOutputTable", text, target)


def _problem(code: str, message: str, target: str) -> dict[str, str]:
    return {"code": code, "message": message, "target": target}


def _has_table(azure: Azure, destination: Mapping[str, Any], output: str) -> bool:
    table = output.removeprefix("Custom-")
    return azure.store.get(f"{destination.get('workspaceResourceId', '')}/tables/{table}") is not None


PREPARE: dict[str, Callable[[Draft], None]] = {
    WORKSPACE: _workspace,
    TABLE: _table,
    ENDPOINT: _endpoint,
    RULE: _rule,
}


def follow(azure: Azure) -> None:
    """Keep `azure.workspaces` and `azure.rules` as the stored workspaces, tables and rules say."""
    known: dict[str, Document] = {}

    def changed(key: str, document: Document | None) -> None:
        before = known.pop(key, None)
        if document is not None and document["type"].lower() in _TAKEN:
            known[key] = document
            _TAKEN[document["type"].lower()](azure, document)
        elif before is not None:
            _forget(azure, before)

    for document in azure.store.all():
        changed(document["id"].lower(), document)
    azure.store.listen(changed)


def _take_workspace(azure: Azure, document: Document) -> None:
    workspace = azure.workspaces.setdefault(document["properties"]["customerId"].lower(), {"tables": {}})
    workspace["id"] = document["id"]
    for table in azure.store.of_type(TABLE, under=document["id"] + "/"):
        _take_table(azure, table)


def _take_table(azure: Azure, document: Document) -> None:
    owner = azure.store.get(document["id"].rsplit("/", 2)[0])
    columns = (document["properties"].get("schema") or {}).get("columns")
    if owner is not None and columns is not None:
        known = azure.workspaces.setdefault(owner["properties"]["customerId"].lower(), {"tables": {}})
        known["tables"][document["name"]] = _typed(columns)


def _take_rule(azure: Azure, document: Document) -> None:
    properties = document["properties"]
    flows = {
        stream: str(flow.get("outputStream") or stream).removeprefix("Custom-")
        for flow in properties.get("dataFlows") or []
        for stream in flow.get("streams") or []
    }
    declared = properties.get("streamDeclarations") or {}
    azure.rules[properties["immutableId"].lower()] = {
        "id": document["id"],
        "streams": {stream: _typed(one.get("columns") or []) for stream, one in declared.items()},
        "tables": flows,
        "workspace": next((str(one.get("workspaceId", "")) for one in _destinations(properties).values()), "").lower(),
    }


def _typed(columns: Any) -> dict[str, str]:
    kinds = {"guid": "string"}
    return {one["name"]: kinds.get(str(one["type"]).lower(), str(one["type"]).lower()) for one in columns}


def _forget(azure: Azure, document: Document) -> None:
    kind, properties = document["type"].lower(), document["properties"]
    if kind == RULE:
        azure.rules.pop(properties["immutableId"].lower(), None)
    elif kind == WORKSPACE:
        azure.workspaces.pop(properties["customerId"].lower(), None)
    else:
        for workspace in azure.workspaces.values():
            if document["id"].lower().startswith(str(workspace.get("id", "?")).lower() + "/"):
                workspace["tables"].pop(document["name"], None)


_TAKEN: dict[str, Callable[[Azure, Document], None]] = {
    WORKSPACE: _take_workspace,
    TABLE: _take_table,
    RULE: _take_rule,
}
