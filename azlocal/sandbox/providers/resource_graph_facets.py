"""Facets: more statistics over the result of a query, asked for beside it.

Source: Azure/azure-rest-api-specs, Microsoft.ResourceGraph 2021-03-01, FacetRequest and its example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.providers import resource_graph_errors as errors
from azlocal.sandbox.query.pages import Answer
from azlocal.sandbox.world import Call, require

_USUAL_ROWS = 10
_MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet as it was asked for."""

    expression: str
    sort_by: str
    order: str
    filter: str
    top: int

    @classmethod
    def read(cls, call: Call, told: Any) -> Facet:
        """Read one element of `facets`; raise the answer to a wrong one."""
        facet: Mapping[str, Any] = require(told, dict, "A facet must be an object.")
        expression = facet.get("expression")
        if not isinstance(expression, str) or not expression.strip():
            raise errors.bad(call, "InvalidFacetRequest", "A facet must have an expression.")
        options = require(facet.get("options") or {}, dict, "A facet's options must be an object.")
        order = "asc" if str(options.get("sortOrder", "")).lower() == "asc" else "desc"
        top = errors.whole(call, options, "$top", 1, _MOST_ROWS) or _USUAL_ROWS
        return cls(expression, str(options.get("sortBy") or "count"), order, str(options.get("filter") or ""), top)

    def query(self, query: str) -> str:
        """Return the facet as a query over *query*."""
        chosen = f"\n| where {self.filter}" if self.filter else ""
        counted = f"\n| summarize count = count() by {self.expression}"
        return f"{query}{chosen}{counted}\n| order by {self.sort_by} {self.order}"

    def result(self, answer: Answer, *, table: bool) -> dict[str, Any]:
        """Return the facet's element of the answer."""
        count = min(self.top, len(answer.rows))
        return {
            "expression": self.expression,
            "resultType": "FacetResult",
            "totalRecords": len(answer.rows),
            "count": count,
            "data": answer.table(0, count) if table else answer.objects(0, count),
        }

    def error(self) -> dict[str, Any]:
        """Return the element of a facet that cannot be computed."""
        details = [
            {"code": "NoValidColumns", "message": "No valid columns in facet expression."},
            {"code": "InvalidColumnNames", "message": f"Invalid column names: [{self.expression}]."},
        ]
        return {"expression": self.expression, "resultType": "FacetError", "errors": details}
