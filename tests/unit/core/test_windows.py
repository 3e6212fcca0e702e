"""When starts are allowed: windows on the wall clocks of all zones, and freezes by date."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from azlocal.core.gates import opening
from azlocal.core.windows import Freeze, Window, left, next_opening

UTC = timezone.utc
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK_OF_MINUTES = 7 * 24 * 60
MON, TUE, WED, SAT, SUN = 0, 1, 2, 5, 6
ALL_DAYS = frozenset(range(7))
BERLIN, HAVANA, SANTIAGO = "Europe/Berlin", "America/Havana", "America/Santiago"
ZONES = sorted(name for name in available_timezones() if "/" in name)
ODD_ZONES = [
    BERLIN, HAVANA, SANTIAGO, "America/Nuuk", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
]  # fmt: skip

moments = st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
clock_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
zones = st.sampled_from(ODD_ZONES) | st.sampled_from(ZONES)
day_sets = st.frozensets(st.integers(0, 6), min_size=1)


def window(days, opens, closes, zone="UTC"):
    days = {days} if isinstance(days, int) else days
    return Window(days=frozenset(days), opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), zone=zone)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def windows_in(zone_names):
    return st.builds(Window, days=day_sets, opens=clock_times, closes=clock_times, zone=zone_names)


def minutes_open(one):
    """The minutes of the week, from Monday 00:00, in which a window is open where no clock ever changes."""
    opens = one.opens.hour * 60 + one.opens.minute
    length = (one.closes.hour * 60 + one.closes.minute - opens) % 1440 or 1440
    starts = [day * 1440 + opens for day in one.days]
    return {(start + passed) % WEEK_OF_MINUTES for start in starts for passed in range(length)}


def minute_of_week(moment):
    return moment.weekday() * 1440 + moment.hour * 60 + moment.minute


# 2026-11-24 is a Tuesday.
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T07:59:59", 0 * HOUR),
        ("2026-11-24T08:00:00", 10 * HOUR),
        ("2026-11-24T17:59:00", MINUTE),
        ("2026-11-24T18:00:00", 0 * HOUR),
        ("2026-11-25T12:00:00", 0 * HOUR),
    ],
)
def test_a_window_is_open_from_its_first_moment_until_just_before_its_last(now, expected):
    assert left([window(TUE, "08:00", "18:00")], utc(now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T21:59:00", 0 * HOUR),
        ("2026-11-24T22:00:00", 8 * HOUR),
        ("2026-11-24T23:59:00", 6 * HOUR + MINUTE),
        ("2026-11-25T00:00:00", 6 * HOUR),
        ("2026-11-25T06:00:00", 0 * HOUR),
        ("2026-11-25T22:00:00", 0 * HOUR),
        ("2026-11-24T03:00:00", 0 * HOUR),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_on_which_it_opens(now, expected):
    assert left([window(TUE, "22:00", "06:00")], utc(now)) == expected


def test_a_window_of_sunday_night_runs_into_monday():
    assert left([window(SUN, "22:00", "06:00")], utc("2026-11-30T05:00:00")) == HOUR


@pytest.mark.parametrize(
    ("opens", "now", "expected"),
    [
        ("00:00", "2026-11-24T00:00:00", DAY),
        ("00:00", "2026-11-24T23:59:00", MINUTE),
        ("00:00", "2026-11-25T00:00:00", 0 * HOUR),
        ("22:00", "2026-11-24T22:00:00", DAY),
        ("22:00", "2026-11-25T21:00:00", HOUR),
    ],
)
def test_equal_times_are_a_whole_day(opens, now, expected):
    assert left([window(TUE, opens, opens)], utc(now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2028-02-28T23:00:00", 3 * HOUR), ("2028-02-29T23:00:00", 3 * HOUR), ("2028-03-01T01:00:00", HOUR)],
)
def test_a_leap_day_is_a_day_like_any_other(now, expected):
    nights = [window({MON, TUE}, "22:00", "02:00")]
    assert left(nights, utc(now)) == expected


@pytest.mark.parametrize(
    ("days", "opens", "closes", "first", "length"),
    [
        (SUN, "01:00", "05:00", "2027-03-28T00:00:00", 3),
        (SUN, "01:00", "05:00", "2026-10-24T23:00:00", 5),
        (SAT, "22:00", "06:00", "2027-03-27T21:00:00", 7),
        (SAT, "22:00", "06:00", "2026-10-24T20:00:00", 9),
        (SUN, "00:00", "00:00", "2027-03-27T23:00:00", 23),
        (SUN, "00:00", "00:00", "2026-10-24T22:00:00", 25),
    ],
)
def test_time_left_is_real_time_when_the_clocks_change(days, opens, closes, first, length):
    night = [window(days, opens, closes, BERLIN)]
    assert left(night, utc(first)) == length * HOUR
    assert left(night, utc(first) - MINUTE) == timedelta(0)
    assert left(night, utc(first) + length * HOUR) == timedelta(0)


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        ("Australia/Lord_Howe", "2026-10-03T13:30:00", 23.5),
        ("Australia/Lord_Howe", "2027-04-03T13:00:00", 24.5),
        (HAVANA, "2027-03-14T05:00:00", 23),
        (HAVANA, "2026-11-01T04:00:00", 25),
        (SANTIAGO, "2026-09-06T04:00:00", 23),
    ],
)
def test_a_sunday_is_as_long_as_its_zone_makes_it(zone, first, hours):
    sunday = [window(SUN, "00:00", "00:00", zone)]
    assert left(sunday, utc(first)) == hours * HOUR
    assert left(sunday, utc(first) - MINUTE) == timedelta(0)


def test_a_window_that_closes_at_a_time_the_clock_skips_closes_that_long_after_the_last_known_time():
    assert left([window(SUN, "01:00", "02:30", BERLIN)], utc("2027-03-28T00:00:00")) == 90 * MINUTE


def test_a_window_that_closes_at_a_time_that_comes_twice_closes_the_first_time():
    assert left([window(SUN, "01:00", "02:30", BERLIN)], utc("2026-10-25T00:29:00")) == MINUTE
    assert left([window(SUN, "01:00", "02:30", BERLIN)], utc("2026-10-25T01:29:00")) == timedelta(0)


def test_a_window_that_would_open_at_a_skipped_time_and_close_before_it_came_stays_shut():
    skipped = [window(SUN, "02:30", "03:15", BERLIN)]
    assert {left(skipped, utc("2027-03-28T00:00:00") + n * MINUTE) for n in range(180)} == {timedelta(0)}


@pytest.mark.parametrize("zone", ["UTC", *ODD_ZONES])
def test_a_window_follows_the_clock_on_the_wall_of_its_zone(zone):
    wall = datetime(2026, 7, 14, 12, 0, tzinfo=ZoneInfo(zone))
    noon = [window(TUE, "11:00", "13:00", zone)]
    assert left(noon, wall.astimezone(UTC)) == HOUR


@pytest.mark.parametrize(
    "pieces",
    [
        [(TUE, "08:00", "12:00"), (TUE, "12:00", "18:00")],
        [(TUE, "08:00", "14:00"), (TUE, "10:00", "18:00")],
        [(TUE, "08:00", "18:00"), (TUE, "10:00", "11:00")],
        [(TUE, "12:00", "18:00"), (TUE, "08:00", "12:00")],
    ],
)
def test_touching_and_overlapping_windows_are_one(pieces):
    assert left([window(*piece) for piece in pieces], utc("2026-11-24T09:00:00")) == 9 * HOUR


def test_windows_that_touch_at_midnight_are_one():
    evening_and_morning = [window(TUE, "20:00", "00:00"), window(WED, "00:00", "04:00")]
    assert left(evening_and_morning, utc("2026-11-24T22:00:00")) == 6 * HOUR


def test_windows_that_touch_across_zones_are_one():
    # 12:00 in Berlin is 11:00 UTC in winter.
    assert (
        left([window(TUE, "08:00", "12:00", BERLIN), window(TUE, "11:00", "13:00")], utc("2026-11-24T10:00:00"))
        == 3 * HOUR
    )


def test_a_gap_of_a_minute_ends_the_time_left():
    pieces = [window(TUE, "08:00", "12:00"), window(TUE, "12:01", "18:00")]
    assert left(pieces, utc("2026-11-24T09:00:00")) == 3 * HOUR
    assert left(pieces, utc("2026-11-24T12:00:00")) == timedelta(0)


def test_without_windows_and_without_days_nothing_is_open():
    assert left([], utc("2026-11-24T09:00:00")) == timedelta(0)
    assert left([window(frozenset(), "00:00", "00:00")], utc("2026-11-24T09:00:00")) == timedelta(0)


def test_windows_may_come_from_a_generator():
    assert (
        left(
            (one for one in [window(TUE, "08:00", "12:00"), window(TUE, "12:00", "18:00")]), utc("2026-11-24T09:00:00")
        )
        == 9 * HOUR
    )


def test_the_moment_may_be_told_in_any_zone():
    here = utc("2026-11-24T09:00:00").astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert left([window(TUE, "08:00", "18:00")], here) == 9 * HOUR


@pytest.mark.parametrize(("first", "length"), [("2027-03-27T21:00:00", 7), ("2026-10-24T20:00:00", 9)])
def test_a_moment_told_in_the_windows_own_zone_still_gives_real_time_over_a_clock_change(first, length):
    here = utc(first).astimezone(ZoneInfo(BERLIN))
    assert left([window(SAT, "22:00", "06:00", BERLIN)], here) == length * HOUR


@given(st.lists(windows_in(st.just("UTC")), max_size=4), moments)
def test_without_clock_changes_time_left_is_the_unbroken_run_of_open_minutes(windows, now):
    now = now.replace(second=0, microsecond=0)
    open_minutes = set().union(*map(minutes_open, windows))
    first, run = minute_of_week(now), 0
    while run < WEEK_OF_MINUTES and (first + run) % WEEK_OF_MINUTES in open_minutes:
        run += 1
    found = left(windows, now)
    assert found >= 7 * DAY if run == WEEK_OF_MINUTES else found == run * MINUTE


@given(windows_in(zones), moments)
def test_far_from_a_clock_change_a_window_is_open_by_its_zones_wall_clock(one, now):
    zone = ZoneInfo(one.zone)
    assume(len({(now + days * DAY).astimezone(zone).utcoffset() for days in (-2, -1, 0, 1, 2)}) == 1)
    is_open = minute_of_week(now.astimezone(zone)) in minutes_open(one)
    assert (left([one], now) > timedelta(0)) == is_open


@given(zones, moments)
@example(HAVANA, utc("2027-03-14T04:59:59"))
@example(SANTIAGO, utc("2026-09-06T03:59:59"))
@example(SANTIAGO, utc("2027-04-04T03:30:00"))
def test_whole_days_all_week_never_close_in_any_zone(zone, now):
    assert left([window(ALL_DAYS, "00:00", "00:00", zone)], now) >= 7 * DAY


@given(st.lists(windows_in(zones), min_size=1, max_size=4), moments, st.floats(0, 0.999))
def test_time_left_shrinks_by_exactly_the_time_that_passes(windows, now, share):
    before = left(windows, now)
    assume(timedelta(0) < before < 7 * DAY)
    passed = before * share
    assert left(windows, now + passed) == before - passed


@given(st.lists(windows_in(zones), max_size=4), windows_in(zones), moments)
def test_one_more_window_never_leaves_less_time(windows, more, now):
    assume(left([*windows, more], now) < 7 * DAY)
    assert left([*windows, more], now) >= left(windows, now) >= timedelta(0)


@given(
    st.permutations(
        [window(TUE, "08:00", "12:00"), window(TUE, "12:00", "18:00"), window(SUN, "01:00", "05:00", BERLIN)]
    ),
    moments,
)
def test_the_order_of_windows_does_not_matter(windows, now):
    assert left(windows, now) == left(windows[::-1], now)


@pytest.mark.parametrize(
    ("now", "covered"),
    [
        ("2026-12-19T23:59:59", False),
        ("2026-12-20T00:00:00", True),
        ("2027-01-06T23:59:59", True),
        ("2027-01-07T00:00:00", False),
    ],
)
def test_a_freeze_holds_from_the_first_moment_of_its_first_day_to_the_last_of_its_last(now, covered):
    assert Freeze(first=date(2026, 12, 20), last=date(2027, 1, 6)).covers(utc(now)) is covered


@pytest.mark.parametrize(
    ("zone", "first_moment"),
    [
        ("Pacific/Kiritimati", "2028-02-28T10:00:00"),
        ("Asia/Kathmandu", "2028-02-28T18:15:00"),
        ("UTC", "2028-02-29T00:00:00"),
        ("Etc/GMT+12", "2028-02-29T12:00:00"),
    ],
)
def test_a_freeze_on_a_leap_day_is_that_day_of_its_own_zone(zone, first_moment):
    freeze = Freeze(first=date(2028, 2, 29), last=date(2028, 2, 29), zone=zone)
    begins = utc(first_moment)
    around = [begins - MINUTE, begins, begins + DAY - MINUTE, begins + DAY]
    assert [freeze.covers(moment) for moment in around] == [False, True, True, False]


def test_a_freeze_that_ends_before_it_begins_covers_nothing():
    backwards = Freeze(first=date(2026, 12, 24), last=date(2026, 12, 20))
    assert not any(backwards.covers(utc("2026-12-18T12:00:00") + n * DAY) for n in range(9))


@given(zones, moments, st.integers(0, 400))
def test_a_freeze_covers_exactly_the_dates_of_its_zone(zone, now, days):
    today = now.astimezone(ZoneInfo(zone)).date()
    length = timedelta(days=days)
    assert Freeze(first=today - length, last=today, zone=zone).covers(now)
    assert Freeze(first=today, last=today + length, zone=zone).covers(now)
    assert not Freeze(first=today + DAY, last=today + DAY + length, zone=zone).covers(now)
    assert not Freeze(first=today - DAY - length, last=today - DAY, zone=zone).covers(now)


# the next opening


@pytest.mark.parametrize(
    "windows, now, told",
    [
        ([window(SAT, "20:00", "06:00")], "2026-11-24 12:00", "2026-11-28 20:00 UTC"),
        ([window(SAT, "20:00", "06:00"), window(WED, "22:00", "04:00", BERLIN)], "2026-11-24 12:00",
         "2026-11-25 22:00 Europe/Berlin (2026-11-25 21:00 UTC)"),
        ([window(TUE, "08:00", "10:00")], "2026-11-24 12:00", "2026-12-01 08:00 UTC"),
        ([window(TUE, "12:00", "13:00")], "2026-11-24 12:00", "2026-12-01 12:00 UTC"),
        ([], "2026-11-24 12:00", ""),
    ],
    ids=["this week", "the first of two, on its own clock", "next week", "not the one that opens now", "never"],
)  # fmt: skip
def test_the_next_opening_is_told_with_its_zone(windows, now, told):
    assert opening(windows, utc(now)) == told


@settings(max_examples=30)
@given(
    st.lists(st.builds(Window, days=day_sets, opens=clock_times, closes=clock_times, zone=zones), min_size=1), moments
)
def test_a_window_opens_when_the_next_opening_says_and_not_before(windows, now):
    found = next_opening(windows, now)
    # A night on which the clocks jump over the only window opens none.
    assume(found is not None)
    opens, _ = found
    assert now < opens
    assert left(windows, opens) > timedelta(0)
    todays = [one.span_of(now.astimezone(ZoneInfo(one.zone)).date()) for one in windows
              if now.astimezone(ZoneInfo(one.zone)).date().weekday() in one.days]  # fmt: skip
    assert not any(now < start < opens for start, end in todays if start < end)
