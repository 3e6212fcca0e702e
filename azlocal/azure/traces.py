"""What Azure remembers of one cluster's change: operations of its deployment, and azlocal's own rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from azlocal.azure.clients import Connection
from azlocal.azure.errors import refused
from azlocal.azure.logs import query
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import deployment_name, key, parse_id
from azlocal.errors import AzlocalError
from azlocal.service.evidence import STATES, TABLES, Rows

DEPLOYMENTS_API = "2026-06-01"
MOST_ROWS = 5000
"""Of one table: a cluster's hourly states of half a year."""
_MOST_PAGES = 20


class AzureTraces:
    """Reads for one change. `problems` tells what could not be read."""

    def __init__(self, connection: Connection, workspace: str = "") -> None:
        self._connection, self._workspace = connection, workspace
        self.problems: list[str] = []

    def operations(self, cluster: ClusterFacts) -> Rows:
        """Return the operations of azlocal's deployment; what is not there is empty."""
        target = parse_id(cluster.id)
        group = f"/subscriptions/{target.subscription}/resourcegroups/{target.group}"
        return list(self._listed(f"{group}/deployments/{deployment_name(cluster.id)}/operations"))

    def _listed(self, path: str) -> Iterator[Mapping[str, Any]]:
        for _ in range(_MOST_PAGES):
            try:
                answer = self._connection.get(path, DEPLOYMENTS_API)
            except AzlocalError as error:
                self.problems.append(str(error))
                return
            if answer.status >= 300 or not isinstance(answer.json, Mapping):
                if answer.status != 404:
                    self.problems.append(str(refused(answer, "read", path)))
                return
            found = answer.json.get("value")
            yield from (one for one in (found if isinstance(found, list) else ()) if isinstance(one, Mapping))
            path = str(answer.json.get("nextLink") or "")
            if not path:
                return

    def rows(self, cluster: ClusterFacts) -> Mapping[str, Rows] | None:
        """Return azlocal's rows about *cluster*, each once, the oldest first; None when they cannot be read."""
        if not self._workspace:
            return None
        try:
            return {table: self._rows(table, cluster.id) for table in TABLES}
        except AzlocalError as error:
            self.problems.append(str(error))
            return None

    def _rows(self, table: str, cluster_id: str) -> Rows:
        found = query(self._connection, self._workspace, _about(table, cluster_id), self._connection.cloud.query)
        if len(found) > MOST_ROWS:
            self.problems.append(f"of {table} only the newest {MOST_ROWS} rows about the cluster were read")
        return list(reversed(found[:MOST_ROWS]))


def _about(table: str, cluster_id: str) -> str:
    """Return the query of a cluster's rows, the newest first: of a row that came again, when it first came.

    A state came with one tick only; of the others the first time is when it became known.
    """
    once = "arg_max" if table == STATES else "arg_min"
    return (
        f"{table} | where ClusterId == {json.dumps(key(cluster_id))} "
        f"| summarize {once}(TimeGenerated, *) by RowId | sort by TimeGenerated desc | take {MOST_ROWS + 1}"
    )
