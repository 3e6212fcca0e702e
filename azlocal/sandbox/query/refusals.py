"""Why a query is not answered, before any service puts it into its own words."""

from __future__ import annotations

from azlocal.sandbox.wire import ArmError

_MISSING = (
    "Resource Graph and Log Analytics of the sandbox need Python 3.11 or newer with the packages duckdb and "
    "duckdb-kql: pip install 'azlocal-upgrade[sandbox]'."
)


class Refused(Exception):
    """A query that cannot be answered.

    *kind* is `syntax` (it does not parse), `operator` (a part of KQL that is not taken, named by *token*), `table`
    (*token* is no table), `name` (a column or function *token* is not known), `flavor` (a kind of join) or `limit`
    (too many of *token*). *line* begins at 1, *column* at 0; both are -1 when there is no place.
    """

    def __init__(self, kind: str, message: str, *, token: str = "", line: int = -1, column: int = -1) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.token = token
        self.line = line
        self.column = column


class EngineMissing(ArmError):
    """The query engine is not installed; its packages exist only for Python 3.11 and newer."""

    def __init__(self) -> None:
        super().__init__(501, "QueryEngineMissing", _MISSING)
