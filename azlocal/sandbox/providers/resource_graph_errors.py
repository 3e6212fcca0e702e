"""How Resource Graph says no: one envelope, the reasons in its details.

Source: public reports of its answers (Azure CLI, Azure PowerShell and workbook issues).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.query.refusals import Refused
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Call

_INVALID = (
    "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before "
    "retrying."
)
_THROTTLED = (
    "Client application has been throttled and should not attempt to repeat the request until an amount of time has "
    "elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
)
_CODES = {
    "syntax": "ParserFailure", "operator": "InvalidQueryLanguage", "flavor": "UnsupportedJoinFlavor",
    "name": "SemanticError", "limit": "QueryLimitExceeded",
}  # fmt: skip


def refusal(call: Call, refused: Refused) -> ArmError:
    """Return the answer to a query that cannot be answered."""
    if refused.kind == "table":
        text = f"Table {refused.token} is invalid, unsupported or disallowed."
        return bad(call, "DisallowedLogicalTableName", text)
    code = _CODES[refused.kind]
    detail: dict[str, Any] = {"code": code, "message": code if refused.kind == "syntax" else refused.message}
    if refused.kind == "operator":
        detail |= {"line": refused.line, "characterPositionInLine": refused.column, "token": refused.token}
    return _error(call, 400, "BadRequest", [{"code": "InvalidQuery", "message": _INVALID}, detail])


def bad(call: Call, code: str, message: str) -> ArmError:
    """Return the answer to a request that is wrong in one way."""
    return _error(call, 400, "BadRequest", [{"code": code, "message": message}])


def denied(call: Call) -> ArmError:
    """Return the answer to a caller who can read nothing of what was asked for."""
    detail = {"code": "AccessDenied", "message": "Access is denied to the requested resource."}
    return _error(call, 403, "AccessDenied", [detail])


def throttled(call: Call) -> ArmError:
    """Return the answer beyond the quota. It carries no Retry-After."""
    return _error(call, 429, "RateLimiting", [{"code": "RateLimiting", "message": _THROTTLED}])


def too_large(call: Call, size: int, limit: int) -> ArmError:
    """Return the answer in place of one of *size* bytes."""
    text = (
        f"Response payload size is {size}, and has exceeded the limit of {limit}. Please consider querying less data at a "
        "time and make paginated call if needed."
    )
    return bad(call, "ResponsePayloadTooLarge", text)


def whole(call: Call, options: Mapping[str, Any], key: str, least: int, most: int | None) -> int | None:
    """Return an option that is a whole number, or None when it is not given; raise the answer to a wrong one."""
    value = options.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least or (most is not None and value > most):
        limit = f"between {least} and {most}" if most is not None else f"{least} or more"
        raise bad(call, "InvalidQueryOptions", f"The option '{key}' must be a whole number, {limit}.")
    return value


def _error(call: Call, status: int, code: str, details: list[dict[str, Any]]) -> ArmError:
    given = call.request.headers.get("x-ms-correlation-request-id")
    correlation = given or str(uuid.UUID(int=call.azure.random.getrandbits(128)))
    message = (
        f"Please provide below info when asking for support: timestamp = {stamp(call.now)}, "
        f"correlationId = {correlation}."
    )
    return ArmError(status, code, message, details=details, headers={"x-ms-correlation-request-id": correlation})
