"""Who may start now: slots of rings and of the fleet, caps of domains, and stages of ramps, handed out in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from azlocal.core.decisions import Resume, Start, StartUpgrade, StartValidation, Wait
from azlocal.core.domains import Rooms, told
from azlocal.core.facts import ABSENT
from azlocal.core.limits import limit_of
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.readings import Phase
from azlocal.core.rings import Member, RingState, stage_of
from azlocal.words import count


class FleetRoom:
    """What the whole fleet has left: caps of domains, and the slots of validations where the plan gives them any."""

    def __init__(self, plan: FleetPlan, members: Sequence[Member], rings: Mapping[str, Sequence[Member]]) -> None:
        self.caps = Rooms(plan.caps, (one.cluster for one in members if _upgrading(one)))
        wide = plan.validate.max_concurrent
        self.limit = None if wide is None else limit_of(wide, sum(map(len, rings.values())))
        self._validating = sum(_validating(one) for one in members)

    @property
    def validations(self) -> int | None:
        """Return how many validations may still start; None when they take the slots of their ring."""
        return None if self.limit is None else self.limit - self._validating

    def validate(self) -> None:
        """Count one validation."""
        self._validating += 1


class RingRoom:
    """What one ring has left, within what the fleet has left."""

    def __init__(self, ring: Ring, state: RingState, members: Sequence[Member], fleet: FleetRoom) -> None:
        self._ring, self._state, self._fleet = ring, state, fleet
        self._free = state.max_concurrent - state.in_flight
        self._caps = Rooms(ring.caps, (one.cluster for one in members if _upgrading(one)))
        self._stage = stage_of(ring, members)
        self._began = sum(one.began for one in members) if ring.ramp else 0

    def give(self, start: Start, member: Member) -> Wait | None:
        """Give *member* the room that *start* takes; return why there is none, and then give nothing."""
        if isinstance(start, StartValidation) and self._fleet.validations is not None:
            return self._give_validation()
        if self._free <= 0:
            return self._full()
        if isinstance(start, StartUpgrade | Resume):
            barred = self._capped(member) or self._beyond_stage(member)
            if barred is not None:
                return barred
            self._take_upgrade(member)
        self._free -= 1
        return None

    def _give_validation(self) -> Wait | None:
        if (self._fleet.validations or 0) <= 0:
            message = (
                f"the fleet has {count(self._fleet.limit or 0, 'slot')} for validations, and all are taken or promised"
            )
            return Wait(reason="ValidationsFull", message=message)
        self._fleet.validate()
        return None

    def _full(self) -> Wait:
        state = self._state
        message = (
            f"ring {self._ring.name} has {count(state.max_concurrent, 'slot')}, "
            f"{state.in_flight} in flight and the rest promised"
        )  # fmt: skip
        return Wait(reason="RingFull", message=message)

    def _capped(self, member: Member) -> Wait | None:
        for rooms, where in ((self._caps, f"ring {self._ring.name}"), (self._fleet.caps, "the fleet")):
            full = rooms.full(member.cluster)
            if full is not None:
                return Wait(reason="DomainFull", message=f"{where} has no room for another upgrade in {told(*full)}")
        return None

    def _beyond_stage(self, member: Member) -> Wait | None:
        stage = self._stage
        if stage is None or member.began or self._began < stage.bound:
            return None
        message = (
            f"stage {stage.number} of the ramp of ring {self._ring.name} has begun its {stage.size} upgrades; "
            "the next stage opens when all that have begun are known to be good"
        )
        return Wait(reason="RampStage", message=message)

    def _take_upgrade(self, member: Member) -> None:
        self._caps.take(member.cluster)
        self._fleet.caps.take(member.cluster)
        self._began += self._stage is not None and not member.began


def _upgrading(member: Member) -> bool:
    return member.occupies and not member.validates and not _unasked(member)


def _validating(member: Member) -> bool:
    """Return whether a validation runs on it, or may run: what nobody can read takes slots of either kind."""
    return member.validates or (member.reading.phase is Phase.UNKNOWN and member.occupies and not _unasked(member))


def _unasked(member: Member) -> bool:
    """Return whether its settings are unread only because nothing calls for it: a cluster of a ring that is shut.

    It would else take room from the whole fleet for as long as its own evidence is missing.
    """
    cluster = member.cluster
    quiet = not cluster.error and cluster.settings is None and cluster.intent is ABSENT and not cluster.says_running
    return quiet and member.reading.phase is Phase.UNKNOWN
