"""What a moment of a planned attempt looks like in `reportedProperties` and in an operation's error. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from azlocal.sandbox.clock import step_stamp
from azlocal.sandbox.journey_plan import ERROR, RUNNING, SUCCESS, Failure, Planned
from azlocal.sandbox.journey_texts import filled

Report = dict[str, Any]
ADDED_2026_10 = ("error", "percentComplete", "additionalData", "recommendedSteps")
"""The step fields that came with api-version 2026-10-01."""


def status(steps: Sequence[Planned], now: datetime) -> Report:
    """Return `validationStatus` or `deploymentStatus` as it stands at *now*."""
    reports = [report(step, now) for step in steps]
    return {"status": _verdict(steps, reports, now), "steps": reports}


def _verdict(steps: Sequence[Planned], reports: Sequence[Report], now: datetime) -> str:
    if not all(step.over(now) for step in steps):
        return RUNNING
    return ERROR if any(one.get("status") == ERROR for one in reports) else SUCCESS


def report(step: Planned, now: datetime) -> Report:
    """Return one step as it stands at *now*: not reached steps have no status and no times, running ones no end."""
    if step.kept is not None:
        return dict(step.kept)
    told: Report = {"name": step.name, "description": step.description, "fullStepIndex": step.index}
    if step.starts is not None and step.starts <= now:
        told |= _times(step, now)
    told["steps"] = [report(part, now) for part in step.parts]
    told["exception"] = []
    if step.starts is None or step.starts > now:
        return told
    if step.ends is None or step.ends > now:
        return told | _progress(step, now)
    return told | _failure(step.failures, step.ends) if step.failures else told


def _times(step: Planned, now: datetime) -> Report:
    started = step_stamp(step.starts) if step.starts else ""
    if step.ends is None or step.ends > now:
        return {"startTimeUtc": started, "endTimeUtc": "", "status": RUNNING}
    return {"startTimeUtc": started, "endTimeUtc": step_stamp(step.ends), "status": step.status}


def _progress(step: Planned, now: datetime) -> Report:
    if not step.parts:
        return {}
    leaves = list(_leaves(step))
    return {
        "percentComplete": round(100 * sum(leaf.kept is not None or _ended(leaf, now) for leaf in leaves) / len(leaves))
    }


def _ended(step: Planned, now: datetime) -> bool:
    return step.ends is not None and step.ends <= now


def _leaves(step: Planned) -> Iterable[Planned]:
    if not step.parts:
        yield step
    for part in step.parts:
        yield from _leaves(part)


def _failure(failures: Sequence[Failure], at: datetime) -> Report:
    texts = [filled(one.text, {"millis": str(int(at.timestamp() * 1000))}) for one in failures]
    node = failures[0].node
    return {
        "exception": texts,
        "error": {
            "code": "DeploymentStepFailed", "message": texts[0], "target": node, "details": [], "additionalInfo": [],
        },
        "recommendedSteps": [f"Correct the cause on {node}", "Send the same request again"],
        "additionalData": [{"key": "NodeName", "value": node}],
    }  # fmt: skip


def as_before_2026_10(steps: Iterable[Mapping[str, Any]]) -> list[Report]:
    """Return reported steps as api-versions before 2026-10-01 know them."""
    return [
        {name: value for name, value in step.items() if name not in ADDED_2026_10}
        | {"steps": as_before_2026_10(step.get("steps") or ())}
        for step in steps
    ]


def dumped(reported: Mapping[str, Any]) -> str:
    """Return both statuses flattened as the service prints them into an operation's error.

    The form is the one of public logs: `{Status=Error, Steps={Name=…, FullStepIndex=0, …, Steps=}, {…}}`.
    """
    validation, deployment = reported.get("validationStatus") or {}, reported.get("deploymentStatus") or {}
    return (
        f"Failed to create deployment settings. \nValidation status is {_dump_status(validation)}. "
        f"\nDeployment Status is {_dump_status(deployment)}"
    )


def _dump_status(told: Mapping[str, Any]) -> str:
    return f"{{Status={told.get('status', '')}, Steps={_dump_steps(told.get('steps')) if told else 'null'}}}"


def _dump_steps(steps: Iterable[Mapping[str, Any]] | None) -> str:
    return ", ".join(map(_dump_step, steps or ()))


def _dump_step(step: Mapping[str, Any]) -> str:
    told = {
        "Name": step.get("name"), "Description": step.get("description"), "FullStepIndex": step.get("fullStepIndex"),
        "StartTimeUtc": step.get("startTimeUtc", ""), "EndTimeUtc": step.get("endTimeUtc", ""),
        "Status": step.get("status", ""), "Exception": ", ".join(step.get("exception") or ()),
        "Steps": _dump_steps(step.get("steps")),
    }  # fmt: skip
    return "{" + ", ".join(f"{name}={value}" for name, value in told.items()) + "}"
