"""Where telemetry goes, compared with the one schema: the rule with its streams, its flows and endpoint, the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from azlocal.core.ids import key
from azlocal.core.loose import Json, items, mapping, texts
from azlocal.core.preflight import Notice
from azlocal.core.tables import TABLES

_SAME = {"bool": "boolean", "double": "real"}
_DEPLOY = "deploy arm-templates/main.json again: it brings rule and tables to this version's schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What was told and what was read. Of `tables`, None is one that is not there; one that was not read is left out.

    `endpoint_of` is the ingestion endpoint by the rule or its data collection endpoint, empty when it is not known.
    """

    endpoint: str
    rule_id: str
    workspace_id: str
    rule: Json | None = None
    endpoint_of: str = ""
    workspace: Json | None = None
    tables: Mapping[str, Json | None] = field(default_factory=dict)
    known_cloud: bool = True
    """Whether endpoints have their public names here."""


def setting_notices(endpoint: str, rule_id: str) -> Iterator[Notice]:
    """Yield that only one half of the address of telemetry is given: then nothing is sent."""
    if bool(endpoint) != bool(rule_id):
        given, lacks = ("AZLOCAL_INGESTION_ENDPOINT", "AZLOCAL_DCR_ID")[:: 1 if endpoint else -1]
        yield Notice(
            name="telemetry-settings", where=lacks, message=f"{given} is given and {lacks} is not: no row is sent",
            evidence="flags, JSON keys and the environment",
            remedy="give both, as the outputs of main.json tell them, or neither",
        )  # fmt: skip


def telemetry_notices(seen: Telemetry) -> Iterator[Notice]:
    """Yield what of rule, workspace and tables would lose rows."""
    if seen.rule is None:
        yield Notice(
            name="rule-missing", where=seen.rule_id, message="no data collection rule has this immutable id",
            evidence="Resource Graph over every subscription that the identity reads",
            remedy="check AZLOCAL_DCR_ID (the rule's immutableId), and that the identity may read the rule",
        )  # fmt: skip
        return
    where, properties = str(seen.rule.get("id")), mapping(seen.rule.get("properties"))
    yield from _endpoint(seen, where)
    yield from _streams(where, properties)
    yield from _workspace(seen, where)
    for table, found in seen.tables.items():
        yield from _table(table, found, str(mapping(seen.workspace).get("id", "")))


def _endpoint(seen: Telemetry, where: str) -> Iterator[Notice]:
    wanted, given = seen.endpoint_of.rstrip("/").lower(), seen.endpoint.rstrip("/").lower()
    if seen.known_cloud and wanted and wanted != given:
        yield Notice(
            name="rule-endpoint", where=where, message=f"rows are sent to {seen.endpoint}, the rule's is {seen.endpoint_of}",
            evidence="properties.endpoints.logsIngestion", remedy="set AZLOCAL_INGESTION_ENDPOINT to the rule's own",
        )  # fmt: skip


def columns_of(listed: object) -> dict[str, str]:
    """Return the type of every column by its name, as rule and table list them."""
    found = {str(one.get("name")): str(one.get("type", "")).lower() for one in items(listed)}
    return {name: _SAME.get(kind, kind) for name, kind in found.items()}


def _streams(where: str, properties: Json) -> Iterator[Notice]:
    declared = mapping(properties.get("streamDeclarations"))
    flows = {
        stream: str(one.get("outputStream") or stream)
        for one in items(properties.get("dataFlows"))
        for stream in texts(one.get("streams"))
    }
    for table in TABLES:
        stream = f"Custom-{table}"
        lacks = differences(table, columns_of(mapping(declared.get(stream)).get("columns")))
        if stream not in declared:
            lacks = "it is not declared"
        if lacks:
            yield _schema("rule-stream", where, f"stream {stream}: {lacks}", "properties.streamDeclarations")
        elif flows.get(stream, "").lower() != stream.lower():
            told = f"stream {stream} flows into {flows.get(stream) or 'no table'}"
            yield _schema("rule-flow", where, told, "properties.dataFlows")


def differences(table: str, found: Mapping[str, str]) -> str:
    """Return how columns differ from the schema, empty when every one that azlocal sends is there as it is sent."""
    lacks = [one.name for one in TABLES[table] if one.name not in found]
    other = [
        f"{one.name} is {found[one.name]} and not {one.type}"
        for one in TABLES[table]
        if found.get(one.name, one.type) != one.type
    ]
    return "; ".join([*([f"lacks {', '.join(lacks)}"] if lacks else []), *other])


def _schema(name: str, where: str, message: str, evidence: str) -> Notice:
    return Notice(name=name, where=where, message=message, evidence=evidence, remedy=_DEPLOY)


def destination_of(rule: Json) -> Json:
    """Return the first workspace that a rule sends to: its `workspaceResourceId` and `workspaceId`."""
    destinations = mapping(mapping(rule.get("properties")).get("destinations"))
    return next(iter(items(destinations.get("logAnalytics"))), {})


def _workspace(seen: Telemetry, where: str) -> Iterator[Notice]:
    told = destination_of(seen.rule or {})
    if seen.workspace is None:
        yield Notice(
            name="workspace-missing", where=str(told.get("workspaceResourceId") or where),
            message="the rule's workspace is not seen", evidence=f"properties.destinations of {where}",
            remedy="restore the workspace or let the identity read it; else deploy main.json again",
        )  # fmt: skip
        return
    customer = str(mapping(seen.workspace.get("properties")).get("customerId", ""))
    if seen.workspace_id and key(seen.workspace_id) != key(customer):
        yield Notice(
            name="workspace-missing", where=str(seen.workspace.get("id")),
            message=f"AZLOCAL_WORKSPACE_ID is {seen.workspace_id}, and the rule's workspace is {customer}",
            evidence="properties.customerId", remedy="set AZLOCAL_WORKSPACE_ID to the workspace of the rule",
        )  # fmt: skip


def _table(table: str, found: Json | None, workspace: str) -> Iterator[Notice]:
    where = f"{workspace}/tables/{table}"
    if found is None:
        yield _schema("table-columns", where, f"the table {table} is not there", "tables of the workspace")
        return
    schema = mapping(mapping(found.get("properties")).get("schema"))
    columns = {**columns_of(schema.get("standardColumns")), **columns_of(schema.get("columns"))}
    lacks = differences(table, columns)
    if lacks:
        yield _schema("table-columns", where, f"the table {table}: {lacks}", "properties.schema.columns")
