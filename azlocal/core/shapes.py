"""The shapes in which Azure and the checker write failures as JSON, and the results in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from azlocal.core.results import FAILED, UNKNOWN, CheckResult, folded, is_result, read_result
from azlocal.core.salvage import islands

Low = Mapping[str, Any]
"""A mapping whose keys are in lower case."""
DEEPEST = 40
"""How deep anything is looked into."""


def is_envelope(low: Low) -> bool:
    """Return whether it is what the engine puts around an exception, or the message with results in that."""
    engine = {"exceptiontype", "exceptionstacktrace"} & low.keys()
    return ("errormessage" in low and bool(engine)) or ("results" in low and "message" in low)


def is_step(low: Low) -> bool:
    """Return whether it is a step of a validation, an upgrade or an update, or a status over steps."""
    if "fullstepindex" in low or ("steps" in low and ("status" in low or "name" in low)):
        return True
    return "status" in low and ("exception" in low or "errormessage" in low)


def is_error(low: Low) -> bool:
    """Return whether it is an error of ARM, or the status of an extension."""
    return "code" in low and "message" in low


def is_shaped(value: Any, depth: int = 0) -> bool:
    """Return whether a value holds anything that Azure or the checker writes; else it stays text."""
    if depth > DEEPEST:
        return False
    if isinstance(value, list):
        return any(is_shaped(one, depth + 1) for one in value)
    if not isinstance(value, Mapping):
        return False
    low = folded(value)
    known = (is_envelope, is_result, is_step, is_error, is_extension)
    return any(one(low) for one in known) or any(is_shaped(one, depth + 1) for one in low.values())


def is_extension(low: Low) -> bool:
    """Return whether it is an extension as an edge device reports it."""
    return "errordetails" in low and "state" in low


def results_in(values: Iterable[Any], depth: int = 0) -> Iterator[tuple[CheckResult, bool]]:
    """Yield every result in some values, and whether it is the only one its exception carries."""
    for value in values if depth <= DEEPEST else ():
        if isinstance(value, list):
            yield from ((one, False) for one, _ in results_in(value, depth + 1))
        elif isinstance(value, Mapping):
            low = folded(value)
            if is_result(low):
                yield read_result(value), True
            else:
                yield from results_in(map(_opened, low.values()), depth + 1)


def _opened(value: Any) -> Any:
    """Return the value that a text is, where it is JSON; PowerShell writes what lies too deep as text."""
    return whole_json(value.strip()) if isinstance(value, str) and value.strip()[:1] in {"[", "{"} else value


def failing_of(results: Iterable[tuple[CheckResult, bool]]) -> Iterator[tuple[CheckResult, bool]]:
    """Yield the failing results, and whether it is sure that they failed.

    A single result that was cut off before its status is the one for which the exception was raised.
    """
    for result, alone in results:
        if result.status == FAILED:
            yield result, True
        elif result.status == UNKNOWN:
            yield result, alone


def holds_results(text: str) -> bool:
    """Return whether a message is itself JSON with results: one layer of the engine wraps the other."""
    return text.lstrip()[:1] in {"{", "["} and any(is_shaped(one.value) for one in islands(text))


def messages_of(value: Any) -> Iterator[str]:
    """Yield the texts of an envelope: its message, then its stack trace."""
    low = folded(value) if isinstance(value, Mapping) else {}
    message = low.get("errormessage", low if "results" in low else None)
    inner = folded(message) if isinstance(message, Mapping) else {}
    for told in (inner.get("message") if inner else message, low.get("exceptionstacktrace")):
        if isinstance(told, str) and told.strip():
            yield told


def whole_json(text: str) -> Any:
    """Return the JSON value that *text* is, or None."""
    if text[:1] not in {"{", "[", '"'}:
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
