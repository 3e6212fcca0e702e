"""Log Analytics: queries over a workspace's tables, by the query API and by ARM.

Source: Azure Monitor documentation, Log Analytics API (requests, responses, errors, batch).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.query import dialect
from azlocal.sandbox.query.engine import Result
from azlocal.sandbox.query.logs import Logs
from azlocal.sandbox.query.moments import span
from azlocal.sandbox.query.refusals import Refused
from azlocal.sandbox.query.tokens import Walk
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, require

_WORKSPACES = "Microsoft.OperationalInsights/workspaces"
_ARM = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{_WORKSPACES}/{{name}}"
_ARM_VERSIONS = (
    "2014-09-01", "2015-11-01-preview", "2017-01-01-preview", "2017-10-01", "2020-08-01", "2020-10-01",
    "2021-06-01", "2021-12-01-preview", "2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01",
)  # fmt: skip
_BATCH = 100
_ACTION = f"{_WORKSPACES}/query/read"
"""What a query needs of each workspace. Source: Azure Monitor documentation, manage access to workspaces."""


def register(azure: Azure) -> None:
    """Register the query routes."""
    service = LogAnalytics(azure)
    for method in ("GET", "POST"):
        for template, handler in (
            ("/v1/workspaces/{workspace}/query", service.query),
            ("/v1/{resource*}/query", service.query_resource),
        ):
            azure.router.add(method, template, handler, resource_type="data-plane", action=_ACTION, data=True)
        for tail in ("api/query", "query"):
            azure.router.add(
                method,
                f"{_ARM}/{tail}",
                service.query_by_arm,
                resource_type=_WORKSPACES,
                api_versions=_ARM_VERSIONS,
                action=_ACTION,
            )
    azure.router.add("POST", "/v1/$batch", service.batch, resource_type="data-plane", action=_ACTION, data=True)


class LogsError(ArmError):
    """An error as the query API answers it: reasons nested in `innererror`."""

    def __init__(
        self, azure: Azure, status: int, code: str, message: str, inner: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(status, code, message)
        self._correlation = str(uuid.UUID(int=azure.random.getrandbits(128)))
        self._inner = inner

    def error(self) -> dict[str, Any]:
        """Return the object that stands under `error`."""
        body: dict[str, Any] = {"message": self.message, "code": self.code, "correlationId": self._correlation}
        return body if self._inner is None else {**body, "innererror": dict(self._inner)}


@dataclass(frozen=True, slots=True)
class Asked:
    """One query: its text, its span, the workspaces beside the main one, and what else the answer shall tell."""

    query: str
    timespan: str
    workspaces: tuple[str, ...]
    prefer: str


class LogAnalytics:
    """The service over one world."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._logs = Logs(azure)

    def query(self, call: Call) -> Response:
        """Answer a query of a workspace by its GUID."""
        return reply(self._answer(call, call.param("workspace"), _asked(call)))

    def query_resource(self, call: Call) -> Response:
        """Answer a query of a resource by its id; only workspaces hold logs here."""
        return reply(self._answer(call, self._customer(f"/{call.param('resource').strip('/')}"), _asked(call)))

    def query_by_arm(self, call: Call) -> Response:
        """Answer a query of a workspace through ARM."""
        path = call.request.path
        resource = path[: path.lower().rindex("/api/query" if path.lower().endswith("/api/query") else "/query")]
        if self._azure.store.get(resource) is None:
            text = (
                f"The Resource '{_WORKSPACES}/{call.param('name')}' under resource group '{call.param('group')}' was not "
                "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
            )
            raise ArmError(404, "ResourceNotFound", text)
        return reply(self._answer(call, self._customer(resource), _asked(call)))

    def batch(self, call: Call) -> Response:
        """Answer several queries, each with its own status."""
        body = require(call.request.json(), dict, "The request body must be an object.")
        requests = require(body.get("requests"), list, "'requests' must be a list.")
        if len(requests) > _BATCH:
            raise LogsError(self._azure, 400, "BadArgumentError", f"A batch holds at most {_BATCH} requests.")
        return reply(
            {"responses": [self._one(call, require(one, dict, "A request is an object.")) for one in requests]}
        )

    def _one(self, call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
        headers = {str(name).lower(): str(value) for name, value in (request.get("headers") or {}).items()}
        told = request.get("body") or {}
        try:
            asked = _read(self._azure, told, headers.get("prefer", ""))
            status, body = 200, self._answer(call, str(request.get("workspace", "")), asked)
        except ArmError as error:
            status, body = error.status, {"error": error.error()}
        return {"id": request.get("id"), "status": status, "headers": {}, "body": body}

    def _customer(self, resource: str) -> str:
        """Return the GUID of a workspace by its resource id; the id itself when it is none."""
        document = self._azure.store.get(resource) or {}
        return str(document.get("properties", {}).get("customerId", resource))

    def _answer(self, call: Call, workspace: str, asked: Asked) -> dict[str, Any]:
        workspaces = [workspace, *(self._customer(one) for one in asked.workspaces)]
        for one in workspaces:
            if one.lower() not in self._azure.workspaces:
                raise LogsError(self._azure, 404, "PathNotFoundError", "The requested path does not exist")
            self._require_right(call, self._azure.workspaces[one.lower()])
        try:
            limits = span(asked.timespan, call.now) if asked.timespan else None
        except ValueError as error:
            inner = {"code": "InvalidTimespan", "message": f"The timespan is invalid: {error}."}
            raise self._bad(inner) from error
        try:
            result = self._logs.ask(dialect.common(asked.query), workspaces, limits, call.now)
        except Refused as refused:
            raise self._bad(_inner(refused)) from refused
        return {"tables": [_table(result)], **_more(result, asked)}

    def _require_right(self, call: Call, workspace: Mapping[str, Any]) -> None:
        if not self._azure.may(call.principal, _ACTION, str(workspace.get("id", ""))):
            text = "The provided credentials have insufficient access to perform the requested operation"
            raise LogsError(self._azure, 403, "InsufficientAccessError", text)

    def _bad(self, inner: Mapping[str, Any]) -> LogsError:
        return LogsError(self._azure, 400, "BadArgumentError", "The request had some invalid properties", inner)


def _asked(call: Call) -> Asked:
    prefer = call.request.headers.get("prefer", "")
    if call.request.method == "GET":
        return _read(call.azure, call.request.query, prefer)
    return _read(call.azure, require(call.request.json(), dict, "The request body must be an object."), prefer)


def _read(azure: Azure, told: Mapping[str, Any], prefer: str) -> Asked:
    query = told.get("query")
    if not isinstance(query, str) or not query.strip():
        inner = {"code": "QueryValidationError", "message": "Query cannot be null or empty."}
        raise LogsError(azure, 400, "BadArgumentError", "The request had some invalid properties", inner)
    workspaces = told.get("workspaces") or ()
    if isinstance(workspaces, str):
        workspaces = [one for one in workspaces.split(",") if one]
    return Asked(query, str(told.get("timespan") or ""), tuple(str(one) for one in workspaces), prefer.lower())


def _inner(refused: Refused) -> dict[str, Any]:
    if refused.kind == "syntax":
        place = f" on line [{refused.line},{refused.column}]" if refused.line > 0 else ""
        reason = {"code": "SYN0002", "message": refused.message + place, "line": refused.line, "pos": refused.column}
        return {
            "code": "SyntaxError",
            "message": "A recognition error occurred in the query.",
            "innererror": {**reason, "token": refused.token},
        }
    reason = {"code": "SEM0100", "message": refused.message}
    return {"code": "SemanticError", "message": "A semantic error occurred.", "innererror": reason}


def _table(result: Result) -> dict[str, Any]:
    writers = [column.logs_writer() for column in result.columns]
    return {
        "name": "PrimaryResult",
        "columns": [{"name": column.name, "type": column.type} for column in result.columns],
        "rows": [[write(value) for write, value in zip(writers, row)] for row in result.rows],
    }


def _more(result: Result, asked: Asked) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if "include-statistics=true" in asked.prefer:
        size = len(json.dumps(_table(result)["rows"]))
        dataset = [{"tableRowCount": len(result.rows), "tableSize": size}]
        more["statistics"] = {"query": {"executionTime": 0.0, "datasetStatistics": dataset}}
    if "include-render=true" in asked.prefer:
        more["render"] = {"visualization": _visualization(asked.query), "title": None, "accumulate": False}
    return more


def _visualization(query: str) -> str:
    walk = Walk(query)
    return next((walk[at + 1].text for at in walk.operators() if walk[at].named("render")), "table")
