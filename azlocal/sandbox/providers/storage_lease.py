"""The lease on a blob container, taken on the management plane, on the sandbox clock.

Source: REST reference, Lease Container (its table of outcomes by lease state) and Blob Containers - Lease;
the codes by state are those that Azure/azure-storage-net's tests expect of the service.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.wire import ArmError

AVAILABLE, LEASED, EXPIRED, BREAKING, BROKEN = "Available", "Leased", "Expired", "Breaking", "Broken"
SHORTEST, LONGEST, INFINITE = 15, 60, -1
_TEXTS = {
    "LeaseAlreadyPresent": "There is already a lease present.",
    "LeaseIdMismatchWithLeaseOperation": (
        "The lease ID specified did not match the lease ID for the container with the specified lease operation."
    ),
    "LeaseNotPresentWithLeaseOperation": "There is currently no lease on the container.",
    "LeaseIsBreakingAndCannotBeAcquired": (
        "The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken."
    ),
    "LeaseIsBreakingAndCannotBeChanged": (
        "The lease ID matched, but the lease is currently in breaking state and cannot be changed."
    ),
    "LeaseIsBrokenAndCannotBeRenewed": (
        "The lease ID matched, but the lease has been broken explicitly and cannot be renewed."
    ),
}


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it was last written. *duration* in seconds, -1 without end; *ends* None while without end."""

    id: str
    duration: int
    ends: datetime | None
    breaking: bool = False

    def state(self, now: datetime) -> str:
        """Return what the lease is at *now*."""
        over = self.ends is not None and self.ends <= now
        if self.breaking:
            return BROKEN if over else BREAKING
        return EXPIRED if over else LEASED

    def seconds(self, now: datetime) -> int:
        """Return the whole seconds left, rounded up; -1 without end, 0 when over."""
        if self.ends is None:
            return INFINITE
        left = (self.ends - now).total_seconds()
        return max(0, int(left) + (left > int(left)))


@dataclass(frozen=True, slots=True)
class Asked:
    """One lease request, checked."""

    action: str
    lease_id: str = ""
    proposed: str = ""
    duration: int = 0
    period: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a lease request led to: the lease that then stands, and what is answered."""

    lease: Lease | None
    answer: dict[str, str]


def asked(body: Any) -> Asked:
    """Read a lease request; raise ArmError (400) naming what is wrong with it."""
    if not isinstance(body, dict):
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: an object was expected.")
    action = {one.lower(): one for one in _ACTIONS}.get(str(body.get("action") or "").lower())
    if action is None:
        raise _invalid("action", body.get("action"))
    lease_id, proposed = _guid(body, "leaseId"), _guid(body, "proposedLeaseId")
    if action in {"Renew", "Change", "Release"} and not lease_id:
        raise ArmError(400, "MissingRequiredHeader", "A value that is mandatory for this request is missing: leaseId.")
    if action == "Change" and not proposed:
        raise ArmError(
            400, "MissingRequiredHeader", "A value that is mandatory for this request is missing: proposedLeaseId."
        )
    duration = _duration(body) if action == "Acquire" else 0
    return Asked(action, lease_id, proposed, duration, _period(body) if action == "Break" else None)


def _guid(body: dict[str, Any], name: str) -> str:
    text = body.get(name)
    if text is None or text == "":
        return ""
    try:
        return str(uuid.UUID(str(text)))
    except ValueError as error:
        raise _invalid(name, text) from error


def _duration(body: dict[str, Any]) -> int:
    value = body.get("leaseDuration")
    if isinstance(value, bool) or not isinstance(value, int) or not (value == INFINITE or SHORTEST <= value <= LONGEST):
        raise _invalid("leaseDuration", value)
    return value


def _period(body: dict[str, Any]) -> int | None:
    value = body.get("breakPeriod")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST:
        raise _invalid("breakPeriod", value)
    return value


def _invalid(name: str, value: Any) -> ArmError:
    return ArmError(400, "InvalidHeaderValue", f"The value '{value}' for {name} is not in the correct format.")


def decide(lease: Lease | None, request: Asked, now: datetime, new_id: str) -> Outcome:
    """Return what *request* makes of *lease* at *now*; *new_id* is for an Acquire that proposes none.

    Raises ArmError (409) with the service's code when the state forbids it.
    """
    return _ACTIONS[request.action](lease, request, now, new_id)


def _state(lease: Lease | None, now: datetime) -> str:
    return AVAILABLE if lease is None else lease.state(now)


def _conflict(code: str) -> ArmError:
    return ArmError(409, code, _TEXTS[code])


def _acquire(lease: Lease | None, request: Asked, now: datetime, new_id: str) -> Outcome:
    state = _state(lease, now)
    same = lease is not None and request.proposed == lease.id
    if state == BREAKING:
        raise _conflict("LeaseIsBreakingAndCannotBeAcquired" if same else "LeaseAlreadyPresent")
    if state == LEASED and not same:
        raise _conflict("LeaseAlreadyPresent")
    return _held(request.proposed or new_id, request.duration, now)


def _held(lease_id: str, duration: int, now: datetime) -> Outcome:
    ends = None if duration == INFINITE else now + timedelta(seconds=duration)
    return Outcome(Lease(lease_id, duration, ends), {"leaseId": lease_id, "leaseTimeSeconds": str(duration)})


def _renew(lease: Lease | None, request: Asked, now: datetime, new_id: str) -> Outcome:
    del new_id
    if lease is None or lease.id != request.lease_id:
        raise _conflict("LeaseIdMismatchWithLeaseOperation")
    if lease.state(now) in {BREAKING, BROKEN}:
        raise _conflict("LeaseIsBrokenAndCannotBeRenewed")
    return _held(lease.id, lease.duration, now)


def _change(lease: Lease | None, request: Asked, now: datetime, new_id: str) -> Outcome:
    del new_id
    if lease is None or lease.state(now) in {BROKEN, EXPIRED}:
        raise _conflict("LeaseNotPresentWithLeaseOperation")
    if lease.state(now) == BREAKING:
        same = lease.id == request.lease_id
        raise _conflict("LeaseIsBreakingAndCannotBeChanged" if same else "LeaseIdMismatchWithLeaseOperation")
    if lease.id not in {request.lease_id, request.proposed}:
        raise _conflict("LeaseIdMismatchWithLeaseOperation")
    changed = replace(lease, id=request.proposed)
    return Outcome(changed, {"leaseId": changed.id, "leaseTimeSeconds": str(changed.seconds(now))})


def _release(lease: Lease | None, request: Asked, now: datetime, new_id: str) -> Outcome:
    del now, new_id
    if lease is None or lease.id != request.lease_id:
        raise _conflict("LeaseIdMismatchWithLeaseOperation")
    return Outcome(None, {"leaseId": lease.id, "leaseTimeSeconds": "0"})


def _break(lease: Lease | None, request: Asked, now: datetime, new_id: str) -> Outcome:
    """Break: at once, or after the period asked for, and never later than the lease would have ended."""
    del new_id
    if lease is None:
        raise _conflict("LeaseNotPresentWithLeaseOperation")
    if request.lease_id and request.lease_id != lease.id:
        raise _conflict("LeaseIdMismatchWithLeaseOperation")
    wanted = None if request.period is None else now + timedelta(seconds=request.period)
    bounds = [moment for moment in (lease.ends, wanted) if moment is not None]
    ends = max(now, min(bounds)) if bounds else now
    broken = replace(lease, ends=min(ends, lease.ends) if lease.ends is not None else ends, breaking=True)
    return Outcome(broken, {"leaseTimeSeconds": str(broken.seconds(now))})


_ACTIONS = {"Acquire": _acquire, "Renew": _renew, "Change": _change, "Release": _release, "Break": _break}


def described(lease: Lease | None, now: datetime) -> dict[str, str]:
    """Return the lease as a container's properties show it."""
    state = _state(lease, now)
    locked = state in {LEASED, BREAKING}
    shown = {"leaseStatus": "Locked" if locked else "Unlocked", "leaseState": state}
    if lease is not None and locked:
        shown["leaseDuration"] = "Infinite" if lease.duration == INFINITE else "Fixed"
    return shown
