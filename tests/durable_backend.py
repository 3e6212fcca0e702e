"""A backend of Durable Functions in memory: history, work items and timers, around Microsoft's own orchestrator code.

What is there is what a storage backend keeps: the history as JSON. A host may die at any point that `at` is called for,
before or after it; what was not written into the history by then is done again, as by Azure Storage's queues.
Source: the replay schema of azure-functions-durable 1.7; Durable Functions documentation, reliability.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

STARTED, SCHEDULED, COMPLETED, FAILED, TIMER, FIRED, EPISODE, EPISODE_ENDS = 0, 4, 5, 6, 10, 11, 12, 13
ACTIVITY, CREATE_TIMER, ANY, ALL = 0, 5, 11, 12
NOON = datetime(2026, 11, 24, 12, 7, tzinfo=timezone.utc)
LARGE = 45 * 1024
"""Bytes of a payload above which Azure Storage needs a blob for it."""


class HostDied(BaseException):
    """The process is gone; the history is not."""


class Activity(Exception):
    """An activity that is to hang: it never answers."""


def handled(orchestrate):
    """Return what hands a context to an orchestrator, as the host has it from the SDK."""
    from azure.durable_functions import Orchestrator

    create = Orchestrator.create(orchestrate)
    return lambda told: create(SimpleNamespace(body=told))


class Backend:
    """One instance of an orchestration, given as *handled* has it; `activities` are functions of one JSON value by name."""

    def __init__(self, handle, activities, told=None, dies=None, instance="azlocal-fleet", now=NOON):
        self._handle = handle
        self._activities, self._instance, self._dies = activities, instance, dies
        self.now = now
        self.history, self._input = [], json.dumps(told or {})
        self.points, self.calls, self.sizes, self.output, self.error = [], [], [], None, None
        self.done = False
        self._episode(self._event(STARTED, Name="fleet_run", Input=self._input, Version=""))

    def _event(self, kind, number=-1, **more):
        stamp = self.now.isoformat().replace("+00:00", "Z")
        return {"EventType": kind, "EventId": number, "IsPlayed": False, "Timestamp": stamp, **more}

    def _episode(self, *events):
        self.now += timedelta(milliseconds=250)
        self.history += [self._event(EPISODE), *events]
        self._waiting = True

    def at(self, point):
        """Reach a point at which a host may die, once each."""
        self.points.append(point)
        if self._dies == len(self.points):
            self._dies = None
            raise HostDied(point)

    def run(self):
        """Go on until the orchestration ends, as many hosts as that takes; return its output or raise its error."""
        while not self.done:
            self.step()
        if self.error is not None:
            raise RuntimeError(self.error)
        return self.output

    def step(self):
        """Do one thing: an episode of the orchestrator, an activity, or the firing of a timer."""
        with contextlib.suppress(HostDied):
            self._orchestrated() if self._waiting else self._worked()

    # the orchestrator

    def _orchestrated(self):
        """Replay the history as a host that has nothing in memory, and schedule what it asks for."""
        self.at("before an episode")
        told = json.dumps({
            "history": json.loads(json.dumps(self.history)), "instanceId": self._instance, "isReplaying": False,
            "parentInstanceId": None, "input": self._input, "upperSchemaVersion": 2,
            "longRunningTimerIntervalDuration": "3.00:00:00", "maximumShortTimerDuration": "6.00:00:00",
            "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
        })  # fmt: skip
        try:
            state = json.loads(self._handle(told))
        except Exception as error:
            state, self.error = {"actions": [], "isDone": True}, str(error).split("\n\n$OutOfProcData$", 1)[0]
        self.at("after an episode, before it is written")
        asked = list(flat(state["actions"]))
        known = [one for one in self.history if one["EventType"] in {SCHEDULED, TIMER}]
        if self.error is None:
            for old, action in zip(known, asked, strict=False):
                assert what(old) == what(self._scheduled(0, action)), "the orchestrator is not deterministic"
            assert len(asked) >= len(known)
            self.history += [self._scheduled(number, asked[number]) for number in range(len(known), len(asked))]
        self._cancelled = {number for number, one in enumerate(asked) if one.get("isCanceled")}
        self.history.append(self._event(EPISODE_ENDS))
        self._waiting, self.done, self.output = False, state["isDone"], state.get("output")

    def _scheduled(self, number, action):
        if action["actionType"] == CREATE_TIMER:
            return self._event(TIMER, number, FireAt=action["fireAt"])
        assert action["actionType"] == ACTIVITY, action
        return self._event(SCHEDULED, number, Name=action["functionName"], Input=action["input"])

    # activities and timers

    def _worked(self):
        """Do one thing that is open, activities before timers; hanging ones never answer."""
        ended = {one.get("TaskScheduledId", one.get("TimerId")) for one in self.history
                 if one["EventType"] in {COMPLETED, FAILED, FIRED}}  # fmt: skip
        left = [one for one in self.history if one["EventType"] in {SCHEDULED, TIMER} and one["EventId"] not in ended]
        hanging = getattr(self, "hanging", set())
        for one in left:
            if one["EventType"] == SCHEDULED and one["EventId"] not in hanging:
                self._called(one)
                return
        timers = [one for one in left if one["EventType"] == TIMER and one["EventId"] not in self._cancelled]
        assert timers, "the orchestration waits for what never comes"
        first = min(timers, key=lambda one: one["FireAt"])
        self.now = max(self.now, datetime.fromisoformat(first["FireAt"].replace("Z", "+00:00")))
        self.now = self.now.replace(tzinfo=timezone.utc)
        self.at("before a timer fires")
        self._episode(self._event(FIRED, TimerId=first["EventId"], FireAt=first["FireAt"]))

    def _called(self, one):
        name, given = one["Name"], json.loads(one["Input"])
        self.at(f"before {name}")
        self.calls.append((name, given))
        self.sizes.append(len(one["Input"]))
        try:
            answer = json.dumps(self._activities[name](json.loads(given) if isinstance(given, str) else given))
        except Activity:
            self.hanging = {*getattr(self, "hanging", set()), one["EventId"]}
            return
        except Exception as error:
            reason = f"Activity function '{name}' failed: {error}"
            event = self._event(FAILED, TaskScheduledId=one["EventId"], Reason=reason, Details="")
        else:
            self.sizes.append(len(answer))
            event = self._event(COMPLETED, TaskScheduledId=one["EventId"], Result=answer)
        self.at(f"after {name}, before it is written")
        self._episode(event)


def flat(told):
    """Yield the actions in *told*: an action, which may be made of others, or a list of such."""
    inner = told if isinstance(told, list) else told.get("compoundActions")
    if inner is None:
        yield told
    for one in inner or ():
        yield from flat(one)


def what(event):
    return {name: event.get(name) for name in ("EventType", "Name", "Input", "FireAt")}
