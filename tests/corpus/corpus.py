"""The corpus: texts of failures, each with what is to be found in it, wrapped as Azure and people wrap them.

A case in a YAML file has

    it        what it is, once in the corpus
    text      the text; or
    checks    results of the checker: {name, title, detail, ok, severity, description, remediation, display}
    message   the words over the results, or what an exception with JSON says instead of results
    by        Interface/Role of the engine's exception around it
    stack     a stack trace after it
    words     true: statuses in words instead of numbers
    in        what carries it: step, steps, dump, put, operation, deployment, settings, extension, edge, run, listing
    step      name of the failing step
    cut       keep so many characters of the innermost text (of the whole, if negative: from the end)
    spoil     stamps, notes, quotes or escapes: how the JSON is not valid
    certain, possible    the known issues to be found
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PLACE = Path(__file__).parent
KINDS = ("true", "truncated", "mixed", "near-miss", "unrelated", "passed")
SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
CLUSTER = f"{SUBSCRIPTION}/resourceGroups/rg-azlocal-oslo/providers/Microsoft.AzureStackHCI/clusters/clu-oslo-01"
MACHINE = f"{SUBSCRIPTION}/resourceGroups/rg-azlocal-oslo/providers/Microsoft.HybridCompute/machines/oslo01-n2"
STEP = "Azure Stack HCI Upgrade"


@dataclass(frozen=True)
class Case:
    kind: str
    it: str
    text: str
    certain: frozenset[str]
    possible: frozenset[str]


def cases() -> list[Case]:
    return [case for path in sorted(PLACE.glob("*.yaml")) for case in _read(path)]


def _read(path: Path) -> Iterator[Case]:
    for kind, entries in yaml.safe_load(path.read_text("utf-8")).items():
        assert kind in KINDS, f"{path.name}: {kind}"
        for entry in entries:
            yield _case(kind, dict(entry))


def _case(kind: str, entry: dict[str, Any]) -> Case:
    it = entry.pop("it")
    certain, possible = frozenset(entry.pop("certain", ())), frozenset(entry.pop("possible", ()))
    return Case(kind, it, wrapped(entry), certain, possible)


def wrapped(entry: Mapping[str, Any]) -> str:
    told = inner(entry)
    cut = int(entry.get("cut", 0))
    text = carried(entry, told[:cut] if cut > 0 else told)
    return text[:cut] if cut < 0 else text


def inner(entry: Mapping[str, Any]) -> str:
    """Return the exception or the text itself."""
    body = str(entry.get("text", ""))
    if "checks" in entry or "message" in entry:
        body = engine_json(entry)
    elif entry.get("stack"):
        body = f"{body}\n{entry['stack']}"
    if not entry.get("by"):
        return body
    interface, role = entry["by"].split("/")
    return f"Type '{interface}' of Role '{role}' raised an exception: {body}"


def engine_json(entry: Mapping[str, Any]) -> str:
    checks = [result(entry, one) for one in entry.get("checks", ())]
    message: Any = entry.get("message", "Upgrade requirements not met. Review output and remediate.")
    if checks:
        message = {"Message": message, "Results": checks if len(checks) > 1 else checks[0]}
    told = {
        "ExceptionType": "json" if checks else "text", "ErrorMessage": message,
        "ExceptionStackTrace": entry.get("stack", "at RunSingleValidator, EnvironmentValidator.psm1: line 1168"),
    }  # fmt: skip
    return spoiled(json.dumps(told, indent=2 if entry.get("spoil") else None), entry.get("spoil", ""))


def spoiled(text: str, how: str) -> str:
    """Return JSON as it is not valid: bare stamps, notes of a reader, quotes inside quotes, or escaped once more."""
    if how == "stamps":
        return text.replace('"/Date(1763884800000)/"', "\\/Date(1763884800000)\\/")
    if how == "notes":
        lines = [f"{line}    <-- look here" if '"Detail"' in line else line for line in text.splitlines()]
        return "\n".join([*lines, "// pasted from the portal"])
    if how == "quotes":
        return text.replace("'", '"')
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") if how == "escapes" else text


def result(entry: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    ok, words = one.get("ok", False), entry.get("words", False)
    severity = one.get("severity", "critical")
    number = {"informational": 0, "warning": 1, "critical": 2}[severity]
    node = one.get("node", "oslo01-n2")
    return {
        "Name": one["name"], "DisplayName": one.get("display", f"{one.get('title', one['name'])} {node}"), "Tags": {},
        "Title": one.get("title", one["name"]), "Status": ("SUCCESS" if ok else "FAILURE") if words else int(not ok),
        "Severity": severity.upper() if words else number, "Description": one.get("description", "A check of the node."),
        "Remediation": one.get("remediation", "https://aka.ms/UpgradeRequirements"), "TargetResourceID": node,
        "TargetResourceName": node, "TargetResourceType": "Machine", "Timestamp": "/Date(1763884800000)/",
        "AdditionalData": {
            "Source": node, "Resource": one.get("title", ""), "Detail": one.get("detail", ""),
            "Status": "SUCCESS" if ok else "FAILURE", "TimeStamp": "/Date(1763884800000)/",
        },
        "HealthCheckSource": "Upgrade\\Standard\\Medium\\Upgrade\\0a1b2c3d",
    }  # fmt: skip


# what carries it


def carried(entry: Mapping[str, Any], told: str) -> str:
    way = entry.get("in", "")
    name = entry.get("step", STEP)
    if way == "":
        return told
    if way == "dump":
        return dump(name, told)
    if way == "listing":
        return listing(entry)
    return json.dumps(_DOCUMENTS[way](name, told), indent=2)


def step(name: str, told: str, index: str = "2", status: str = "Error") -> dict[str, Any]:
    return {
        "name": name, "description": "Check something", "fullStepIndex": index, "startTimeUtc": "2026-11-23T08:05:02",
        "endTimeUtc": "2026-11-23T08:08:10", "status": status, "steps": [], "exception": [told] if told else [],
    }  # fmt: skip


def steps(name: str, told: str) -> dict[str, Any]:
    good = step("Azure Stack HCI Connectivity", "", "0.1", "Success")
    later = {"name": "Register with Azure", "fullStepIndex": "0.3", "steps": [], "exception": []}
    outer = step("Deploy Azure Stack HCI", "", "0")
    return outer | {"steps": [good, step(name, told, "0.2"), later]}


def settings(name: str, told: str) -> dict[str, Any]:
    passed = {"status": "Success", "steps": [step("Azure Stack HCI Network", "", "1", "Success")]}
    shown = {"validationStatus": passed, "deploymentStatus": {"status": "Error", "steps": [steps(name, told)]}}
    properties = {"deploymentMode": "Deploy", "provisioningState": "Succeeded", "reportedProperties": shown}
    return {"id": f"{CLUSTER}/deploymentSettings/default", "name": "default", "properties": properties}


def dump(name: str, told: str) -> str:
    return (
        "Failed to create deployment settings. \nValidation status is {Status=Error, Steps={Name=Azure Stack HCI "
        "Connectivity, Description=Check external connectivity requirements, FullStepIndex=0, StartTimeUtc="
        "2026-11-23T08:01:12, EndTimeUtc=2026-11-23T08:03:40, Status=Success, Exception=, Steps=}, "
        f"{{Name={name}, Description=Check requirements, FullStepIndex=3, StartTimeUtc=2026-11-23T08:08:10, "
        f"EndTimeUtc=2026-11-23T08:11:33, Status=Error, Exception={told}, Steps=}}}}. \nDeployment Status is "
        "{Status=, Steps=null}"
    )


def put(name: str, told: str) -> dict[str, Any]:
    code = "UpdateDeploymentSettingsDataFailed"
    return {
        "code": code, "message": "Deployment Settings validation failed.",
        "details": [{"code": code, "message": dump(name, told)}],
    }  # fmt: skip


def operation(name: str, told: str) -> dict[str, Any]:
    return {"id": f"{SUBSCRIPTION}/providers/Microsoft.AzureStackHCI/x", "status": "Failed", "error": put(name, told)}


def deployment(name: str, told: str) -> dict[str, Any]:
    inside = json.dumps({"status": "Failed", "error": {"code": "ResourceDeploymentFailure", "message": told}})
    error = {
        "code": "DeploymentFailed", "message": "At least one resource deployment operation failed.",
        "details": [{"code": "Conflict", "message": inside}],
    }  # fmt: skip
    return {"name": f"azl-up-{name.lower()}", "properties": {"provisioningState": "Failed", "error": error}}


def extension(name: str, told: str) -> dict[str, Any]:
    status = {"code": "1", "level": "Error", "displayStatus": "Provisioning failed", "message": told}
    properties = {"type": "LcmController", "provisioningState": "Failed", "instanceView": {"status": status}}
    return {"id": f"{MACHINE}/extensions/{name}", "name": name, "properties": properties}


def edge(name: str, told: str) -> dict[str, Any]:
    profiles = [
        {"extensionName": "AzureEdgeRemoteSupport", "state": "Succeeded", "errorDetails": []},
        {"extensionName": name, "state": "Failed", "errorDetails": [{"exception": told}]},
    ]
    return {"kind": "HCI", "properties": {"reportedProperties": {"extensionProfile": {"extensions": profiles}}}}


def run(name: str, told: str) -> dict[str, Any]:
    failing = {"name": name, "description": "Update", "errorMessage": told, "status": "Error", "steps": []}
    good = {"name": "Download", "description": "", "errorMessage": "", "status": "Success", "steps": []}
    progress = {"name": "Start update", "status": "Error", "errorMessage": "", "steps": [good, failing]}
    return {"id": f"{CLUSTER}/updates/u/updateRuns/r", "properties": {"state": "Failed", "progress": progress}}


_DOCUMENTS = {
    "step": step, "steps": steps, "settings": settings, "put": put, "operation": operation, "deployment": deployment,
    "extension": extension, "edge": edge, "run": run,
}  # fmt: skip


def listing(entry: Mapping[str, Any]) -> str:
    """Return results as PowerShell's Format-List prints them."""
    blocks = []
    for one in entry["checks"]:
        told = result({**entry, "words": True}, one)
        told["AdditionalData"] = "{Source, Resource, Detail, Status...}"
        lines = [f"{name:<18} : {value}" for name, value in told.items()]
        blocks.append("\n".join([*lines, f"{'Detail':<18} : {one.get('detail', '')}"]))
    return "\n\n".join(blocks)
