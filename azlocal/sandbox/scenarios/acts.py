"""What happens in a world, in order, before anybody looks at it. Read here; done by who plays the people of the story.

    acts:
    - tick                                  # azlocal runs: a number of times, {tick: 3}
    - advance: PT20M                        # time passes
    - watch: {deploymentStatus: Success}    # time passes until the cluster's settings show it: validationStatus,
                                            #   deploymentStatus or provisioningState, and no longer
    - ask: {mode: Validate, inputs: other}  # somebody else requests it
    - approve: ring                         # people decide: approve RING, resume, hold REASON, release, pause REASON
    - send: {method: DELETE, path: '{settings}', version: 2026-10-01, body: …}      # a person's own request
    - change: {path: '{cluster}', to: {properties: {status: Error}}}      # what no request could make; `to` is merged,
                                            #   and a null takes a key away
    - gone: '{settings}'                    # a resource vanishes by no request
    - plan: {paused: true}                  # somebody edits the plan: these keys are replaced
    - inputs: {dnsServers: [10.0.0.1]}      # somebody edits the inputs of the cluster
    - switch: {repeated-deploy: no-op}
    - fault: {kind: status, status: 503, path: clusters}

Acts are about the first cluster of the scenario. Paths are whole ids, or begin with a place: {cluster}, {settings},
{group}, {machine} (of the last node), {first} (of the first), {control} (the control group) or {deployment}
(azlocal's, of the cluster).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from azlocal.sandbox.faults import Fault
from azlocal.sandbox.scenarios.model import Act
from azlocal.sandbox.scenarios.reading import Part
from azlocal.sandbox.world import SWITCHES

PLACES = ("cluster", "settings", "group", "machine", "first", "control", "deployment")
_SHOWN = ("validationStatus", "deploymentStatus", "provisioningState")
_PEOPLE = ("approve", "resume", "hold", "release", "pause")


def acts(part: Part) -> tuple[Act, ...]:
    """Return the acts of a scenario; raise ScenarioError naming the one that cannot be done."""
    return tuple(_act(item, place) for item, place in part.items("acts"))


def _act(item: Any, place: str) -> Act:
    if isinstance(item, str):
        item = {item: ""}
    told = Part(item, place, (*_KINDS, *_PEOPLE))
    words = [word for word in (*_KINDS, *_PEOPLE) if told.has(word)]
    if len(words) != 1:
        raise told.error("", f"one act is wanted, not {len(words)}")
    word = words[0]
    if word in _PEOPLE:
        return Act(word=word, told={"text": told.text(word, "")})
    return Act(word=word, told=_KINDS[word](told, word))


def _tick(told: Part, word: str) -> Mapping[str, Any]:
    return {"times": 1 if told.raw(word) == "" else told.number(word, 1)}


def _span(told: Part, word: str) -> Mapping[str, Any]:
    return {"by": told.span(word, timedelta(0))}


def _watch(told: Part, word: str) -> Mapping[str, Any]:
    part = Part(told.raw(word), told.at(word), _SHOWN)
    return {name: part.text(name) for name in _SHOWN if part.has(name)}


def _ask(told: Part, word: str) -> Mapping[str, Any]:
    part = Part(told.raw(word), told.at(word), ("mode", "inputs"))
    return {
        "mode": part.text("mode", words=("Validate", "Deploy")),
        "inputs": part.text("inputs", "other", ("own", "other")),
    }


def _send(told: Part, word: str) -> Mapping[str, Any]:
    part = Part(told.raw(word), told.at(word), ("method", "path", "version", "body"))
    method = part.text("method", words=("PUT", "PATCH", "POST", "DELETE"))
    return {
        "method": method, "path": _place(part, "path"), "version": part.text("version"), "body": part.raw("body"),
    }  # fmt: skip


def _change(told: Part, word: str) -> Mapping[str, Any]:
    part = Part(told.raw(word), told.at(word), ("path", "to"))
    to = part.raw("to")
    if not isinstance(to, Mapping):
        raise part.error("to", "a mapping is wanted")
    return {"path": _place(part, "path"), "to": dict(to)}


def _gone(told: Part, word: str) -> Mapping[str, Any]:
    return {"path": _place(told, word)}


def _place(part: Part, name: str) -> str:
    path = part.text(name)
    if not path.startswith(("/subscriptions/", *(f"{{{one}}}" for one in PLACES))):
        raise part.error(name, f"'{path}' begins neither with /subscriptions/ nor with a place in braces")
    return path


def _edit(told: Part, word: str) -> Mapping[str, Any]:
    value = told.raw(word)
    if not isinstance(value, Mapping):
        raise told.error(word, "a mapping is wanted")
    return dict(value)


def _switch(told: Part, word: str) -> Mapping[str, Any]:
    part = Part(told.raw(word), told.at(word), SWITCHES)
    return {name: part.text(name, words=SWITCHES[name]) for name in SWITCHES if part.has(name)}


def fault(item: Any, place: str) -> Mapping[str, Any]:
    """Return a fault as it is ordered."""
    names = [{"retry_after": "retryAfter"}.get(name, name) for name in Fault.__slots__]
    told = Part(item, place, names)
    words = {name: told.text(name) for name in ("kind", "method", "path", "mode", "code", "body") if told.has(name)}
    numbers: dict[str, Any] = {name: told.number(name, 0) for name in ("status", "times") if told.has(name)}
    for name in ("retryAfter", "seconds"):
        if told.has(name):
            numbers[name] = _seconds(told, name)
    return {**words, **numbers}


def _seconds(told: Part, name: str) -> float:
    try:
        return float(told.text(name))
    except ValueError as error:
        raise told.error(name, f"'{told.text(name)}' is no number of seconds") from error


_KINDS: Mapping[str, Callable[[Part, str], Mapping[str, Any]]] = {
    "tick": _tick, "advance": _span, "watch": _watch, "ask": _ask, "send": _send, "change": _change, "gone": _gone,
    "plan": _edit, "inputs": _edit, "switch": _switch, "fault": lambda told, word: fault(told.raw(word), told.at(word)),
}  # fmt: skip
