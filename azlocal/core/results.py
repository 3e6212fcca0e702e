"""One result of the environment checker, however it was written down.

Status and severity come as numbers (0 success, 1 failure; 0 informational, 1 warning, 2 critical) or as words;
both are in public captures. A result that was cut off before its status is neither passed nor failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.core.salvage import CUT, islands

FAILED, PASSED, OTHER, UNKNOWN = "failed", "passed", "other", "unknown"
_PASSED = frozenset({
    "0", "success", "succeeded", "passed", "pass", "ok", "healthy", "completed", "skipped", "skip", "notrun",
    "not run", "notapplicable", "not applicable",
})  # fmt: skip
_FAILED = frozenset({"1", "2", "failure", "failed", "fail", "error", "critical", "warning", "unhealthy"})
_SEVERITIES = {"0": "informational", "1": "warning", "2": "critical", "hidden": "informational"}
_MARKS = frozenset({
    "severity", "additionaldata", "healthchecksource", "remediation", "targetresourceid", "targetresourcename",
    "displayname", "detail",
})  # fmt: skip
_PAIR = re.compile(r"(?:^|;)\s*(\w+)=([^;}]*)")
_NAMES_ONLY = re.compile(r"[@\[{]+[\w, .…]*[\]}]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found on one machine. `status` is failed, passed, other (running, say) or unknown (cut off)."""

    name: str = ""
    title: str = ""
    display_name: str = ""
    status: str = UNKNOWN
    severity: str = ""
    """critical, warning or informational; empty when it says none."""
    description: str = ""
    remediation: str = ""
    detail: str = ""
    machine: str = ""

    @property
    def line(self) -> str:
        """Return what a person needs of it: which check, and the detail it found."""
        head = self.title or self.display_name or self.name
        told = self.detail or self.description
        return f"{head}: {told}" if told and told != head else head


def folded(value: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a mapping with its keys in lower case: writers disagree on them."""
    return {str(name).lower(): one for name, one in value.items()}


def outcome(value: Any) -> str:
    """Return failed, passed, other or unknown for a status as Azure or the checker spells it."""
    if value is None or value == "":
        return UNKNOWN
    word = str(int(value) if isinstance(value, bool) else value).strip().lower()
    return PASSED if word in _PASSED else FAILED if word in _FAILED else OTHER


def is_result(low: Mapping[str, Any]) -> bool:
    """Return whether a folded mapping is a result of the checker, whole or cut off."""
    if "steps" in low or not {"name", "title"} & low.keys():
        return False
    return bool(_MARKS & low.keys()) or ({"name", "title"} <= low.keys() and ("status" in low or CUT in low))


def read_result(value: Mapping[Any, Any]) -> CheckResult:
    """Return a result from its mapping; *value* must be one (`is_result`)."""
    low = folded(value)
    data = list(_data(low.get("additionaldata")))
    failing = [one for one in data if outcome(one.get("status")) != PASSED]
    told = failing[0] if failing else data[0] if data else {}
    return CheckResult(
        name=_text(low.get("name")), title=_text(low.get("title")), display_name=_text(low.get("displayname")),
        status=_status(low, data), severity=severity_of(low.get("severity")),
        description=_text(low.get("description")), remediation=_text(low.get("remediation")),
        detail=_details(low, failing or data),
        machine=_text(told.get("source")) or _text(low.get("targetresourcename")),
    )  # fmt: skip


def severity_of(value: Any) -> str:
    """Return critical, warning or informational; another word as it is, in lower case."""
    word = _text(value).lower()
    return _SEVERITIES.get(word, word)


def _status(low: Mapping[str, Any], data: Iterable[Mapping[str, Any]]) -> str:
    own = outcome(low.get("status"))
    if own != UNKNOWN:
        return own
    below = {outcome(one.get("status")) for one in data} - {UNKNOWN}
    return FAILED if FAILED in below else PASSED if below == {PASSED} and CUT not in low else UNKNOWN


def _details(low: Mapping[str, Any], data: Iterable[Mapping[str, Any]]) -> str:
    own = _text(low.get("detail"))
    return "; ".join(dict.fromkeys(one for one in (own, *(_text(part.get("detail")) for part in data)) if one))


def _data(value: Any) -> Iterable[dict[str, Any]]:
    """Yield the additional data: a mapping, several, JSON text, PowerShell's `@{…}`, or the bare detail."""
    if isinstance(value, Mapping):
        yield folded(value)
    elif isinstance(value, list):
        for one in value:
            yield from _data(one)
    elif isinstance(value, str) and value.strip().startswith("@{"):
        yield {name.lower(): told.strip() for name, told in _PAIR.findall(value.strip()[2:])}
    elif isinstance(value, str) and value.strip() and not _NAMES_ONLY.fullmatch(value.strip()):
        found = next(iter(islands(value)), None)
        yield from _data(found.value) if found and found.start == 0 else [{"detail": value.strip()}]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, Mapping | list) else str(value).strip()
