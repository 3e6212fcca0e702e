"""The forecast of a look at the fleet, fresh or from a snapshot."""

from __future__ import annotations

from datetime import timedelta

from azlocal.core.forecast import TICKS_EVERY, FleetForecast, RingForecast, forecast
from azlocal.core.plan import FleetPlan
from azlocal.core.times import format_duration
from azlocal.errors import BadInput
from azlocal.service.look import FleetLook

LEAST, MOST = timedelta(minutes=1), timedelta(days=7)


def foresee(look: FleetLook, plan: FleetPlan, every: timedelta = TICKS_EVERY) -> FleetForecast:
    """Return when the plan's rings start and finish, with a tick *every* so often from the look's moment on."""
    if not LEAST <= every <= MOST:
        raise BadInput(
            [f"every: {format_duration(every)} is not from {format_duration(LEAST)} to {format_duration(MOST)}"],
            remedy="say how often ticks run, such as --every PT1H",
        )
    return forecast(plan, look.clusters, look.rings, look.now, every)


def of_ring(look: FleetLook, plan: FleetPlan, name: str) -> RingForecast:
    """Return the forecast of one ring of the plan."""
    return next(ring for ring in foresee(look, plan).rings if ring.name == name)
