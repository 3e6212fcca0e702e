"""Windows in every IANA zone: around each change of its clocks they are open by the clock on the wall, as long as that says."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from azlocal.core.windows import Freeze, Window, left

UTC = timezone.utc
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
ALL_DAYS = frozenset(range(7))
LEAP_DAY = datetime(2028, 2, 29, 12, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})
LETTERS = sorted({name[0] for name in ZONES})


@cache
def changes(zone):
    """Return the hours in which the clocks of a zone change, from 2026 to 2028 with its leap day."""
    there, found, day = ZoneInfo(zone), [], FIRST
    while day < LAST:
        if day.astimezone(there).utcoffset() != (day + DAY).astimezone(there).utcoffset():
            found.append(next(
                day + HOUR * n for n in range(25)
                if (day + HOUR * n).astimezone(there).utcoffset() != (day + HOUR * (n + 1)).astimezone(there).utcoffset()
            ))  # fmt: skip
        day += DAY
    return found


def of_letter(letter):
    return [zone for zone in ZONES if zone.startswith(letter)]


def on_the_wall(zone, moment):
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_there_are_zones_whose_clocks_change_both_ways_and_zones_whose_clocks_do_not():
    assert len(ZONES) > 400
    assert len([zone for zone in ZONES if changes(zone)]) > 100
    assert changes("Asia/Tokyo") == []
    assert len(changes("Europe/Berlin")) == len(changes("Australia/Sydney")) == 6


@pytest.mark.parametrize("letter", LETTERS)
def test_a_night_window_is_open_by_the_clock_on_the_wall_in_every_zone(letter):
    wrong = []
    for zone in of_letter(letter):
        night = Window(days=ALL_DAYS, opens=time(22), closes=time(6), zone=zone)
        for change in (*changes(zone), LEAP_DAY):
            for moment in (change + HOUR * n + timedelta(minutes=30) for n in range(-15, 16)):
                clock = on_the_wall(zone, moment).time()
                # Within three hours of a change a time may not come, or come twice.
                if change is not LEAP_DAY and abs(moment - change) < 3 * HOUR:
                    continue
                if (left([night], moment) > timedelta(0)) != (clock >= time(22) or clock < time(6)):
                    wrong.append((zone, moment))
    assert wrong == []


@pytest.mark.parametrize("letter", LETTERS)
def test_what_is_left_of_a_night_ends_at_six_on_the_wall_in_every_zone(letter):
    wrong = []
    for zone in of_letter(letter):
        night = Window(days=ALL_DAYS, opens=time(22), closes=time(6), zone=zone)
        for change in (*changes(zone), LEAP_DAY):
            for moment in (change + HOUR * n for n in range(-30, 31, 3)):
                rest = left([night], moment)
                if rest and on_the_wall(zone, moment + rest).time() != time(6):
                    wrong.append((zone, moment, rest))
    assert wrong == []


@pytest.mark.parametrize("letter", LETTERS)
def test_whole_days_touch_over_every_change_and_the_leap_day_in_every_zone(letter):
    wrong = []
    for zone in of_letter(letter):
        days = [Window(days=frozenset({day}), opens=time(0), closes=time(0), zone=zone) for day in range(7)]
        wrong += [(zone, one) for one in (*changes(zone), LEAP_DAY) if left(days, one - DAY) < 7 * DAY]
    assert wrong == []


@pytest.mark.parametrize("letter", LETTERS)
def test_a_freeze_of_a_day_lasts_from_midnight_to_midnight_on_the_wall_in_every_zone(letter):
    wrong = []
    for zone in of_letter(letter):
        for change in (*changes(zone), LEAP_DAY):
            day = on_the_wall(zone, change).date()
            freeze = Freeze(first=day, last=day, zone=zone)
            moments = (change + HOUR * n + timedelta(minutes=15) for n in range(-30, 31, 2))
            wrong += [(zone, one) for one in moments if freeze.covers(one) != (on_the_wall(zone, one).date() == day)]
    assert wrong == []
