"""A year of windows and freezes, in all zones of the world: the same as asking at every single moment."""

from __future__ import annotations

import itertools
from calendar import isleap
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azlocal.core.recurrence import Ticks, frozen, meet, openings, outside, starts
from azlocal.core.windows import Freeze, Window, left

UTC = timezone.utc
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALF = timedelta(minutes=30)
ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})
BEGIN = datetime(2026, 11, 25, tzinfo=UTC)
SUNDAY_NIGHT = {"days": frozenset({6}), "opens": time(1), "closes": time(5)}

moments = st.integers(0, 3 * 366 * 48).map(lambda halves: BEGIN + halves * HALF)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
windows = st.builds(
    Window, days=st.frozensets(st.integers(0, 6), min_size=1), opens=clocks, closes=clocks, zone=st.sampled_from(ZONES)
)
days_of_year = st.dates(date(2000, 1, 1), date(2000, 12, 31))
yearly = st.builds(Freeze, first=days_of_year, last=days_of_year, zone=st.sampled_from(ZONES), yearly=st.just(True))
once = st.builds(
    lambda first, length, zone: Freeze(first=first, last=first + length * DAY, zone=zone),
    st.dates(date(2026, 10, 1), date(2028, 12, 31)), st.integers(0, 40), st.sampled_from(ZONES),
)  # fmt: skip
freezes = yearly | once


def inside(spans, moment):
    return any(start <= moment < end for start, end in spans)


def within(spans, moment):
    return any(first <= moment <= last for first, last in spans)


@given(st.lists(windows, max_size=3), moments, st.integers(0, 400))
def test_a_window_is_open_in_its_spans_and_closed_between_them(ones, since, halves):
    spans = openings(ones, since, since + 9 * DAY)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
    moment = since + halves * HALF
    assert inside(spans, moment) == (left(ones, moment) > timedelta(0) and moment < since + 9 * DAY)


@given(st.lists(windows, min_size=1, max_size=3), moments, st.integers(0, 400), st.integers(1, 30))
def test_something_may_start_exactly_while_so_much_is_left(ones, since, halves, length):
    needed, moment = length * HALF, since + halves * HALF
    spans = starts(ones, needed, since, since + 9 * DAY)
    assert within(spans, moment) == (left(ones, moment) >= needed)


@given(st.lists(freezes, max_size=3), moments, st.integers(0, 2000))
def test_a_freeze_covers_its_spans_and_nothing_else(ones, since, halves):
    until, moment = since + 40 * DAY, since + halves * HALF
    spans = frozen(ones, since, until)
    assert inside(spans, moment) == (moment < until and any(one.covers(moment) for one in ones))
    if moment <= until:
        assert within(outside(spans, since, until), moment) == (not inside(spans, moment))


@given(st.lists(windows, max_size=2), st.lists(windows, max_size=2), moments, st.integers(0, 400))
def test_what_two_calendars_allow_is_what_both_allow(ones, others, since, halves):
    until, moment = since + 9 * DAY, since + halves * HALF
    mine, theirs = starts(ones, HOUR, since, until), starts(others, HOUR, since, until)
    assert within(meet(mine, theirs), moment) == (within(mine, moment) and within(theirs, moment))


def changes_of(zone):
    """The days of 2026 to 2028 around which the clocks of a zone change."""
    info, day = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)
    offsets = [(day + n * DAY, (day + n * DAY).astimezone(info).utcoffset()) for n in range(3 * 365)]
    return [after for (_, one), (after, other) in itertools.pairwise(offsets) if one != other]


QUARTER = timedelta(minutes=15)


def walls(zone, since, until):
    """What the clock on the wall of a zone shows, quarter by quarter of real time."""
    info, count = ZoneInfo(zone), (until - since) // QUARTER
    return [(since + n * QUARTER, (since + n * QUARTER).astimezone(info).replace(tzinfo=None)) for n in range(count)]


def first_shown(clock, wanted):
    """When the wall clock shows *wanted* for the first time; where it skips it, that long after the last moment before."""
    place = next(place for place, (_, shown) in enumerate(clock) if shown >= wanted)
    moment, shown = clock[place]
    before, shown_before = clock[place - 1]
    return moment if shown == wanted else before + (wanted - shown_before)


def by_the_wall(one, clock, first, last):
    """The openings of a window that opens every day from *first* to *last*, as the wall clock shows them."""
    for passed in range((last - first).days + 1):
        day = first + passed * DAY
        closing = day + DAY * (one.closes <= one.opens)
        yield (
            first_shown(clock, datetime.combine(day, one.opens)),
            first_shown(clock, datetime.combine(closing, one.closes)),
        )


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize(
    ("opens", "closes"), [(time(1), time(2, 30)), (time(23, 30), time(0, 15)), (time(2, 15), time(3, 15))]
)
def test_around_every_clock_change_of_every_zone_a_window_follows_the_clock_on_the_wall(opens, closes, part):
    """All IANA zones, three days around each of their changes, every quarter of an hour."""
    for zone in ZONES[part::4]:
        one = Window(days=frozenset(range(7)), opens=opens, closes=closes, zone=zone)
        for change in changes_of(zone)[:3]:
            since = change - 36 * HOUR
            clock = walls(zone, since - 3 * DAY, since + 6 * DAY)
            shown = list(by_the_wall(one, clock, (since - DAY).date(), (since + 4 * DAY).date()))
            spans = openings([one], since, since + 3 * DAY)
            for quarters in range(3 * 96):
                moment = since + quarters * QUARTER
                assert inside(spans, moment) == inside(shown, moment), (zone, moment)


@pytest.mark.parametrize("part", range(4))
def test_whole_days_all_week_are_one_opening_in_every_zone(part):
    for zone in ZONES[part::4]:
        always = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone=zone)
        assert openings([always], BEGIN, BEGIN + 366 * DAY) == [(BEGIN, BEGIN + 366 * DAY)]


def test_a_year_of_nights_has_one_short_and_one_long_where_the_clocks_change():
    nights = openings([Window(**SUNDAY_NIGHT, zone="Europe/Oslo")], BEGIN, BEGIN + 364 * DAY)
    lengths = [(end - start) / HOUR for start, end in nights]
    assert len(nights) == 52
    assert (lengths.count(3), lengths.count(4), lengths.count(5)) == (1, 50, 1)
    assert {start.hour for start, _ in nights} == {23, 0}


# yearly freezes


@pytest.mark.parametrize(
    ("first", "last", "day", "covered", "ends"),
    [
        ((12, 20), (1, 6), date(2026, 12, 19), False, None),
        ((12, 20), (1, 6), date(2026, 12, 20), True, date(2027, 1, 6)),
        ((12, 20), (1, 6), date(2027, 1, 6), True, date(2027, 1, 6)),
        ((12, 20), (1, 6), date(2027, 1, 7), False, None),
        ((12, 20), (1, 6), date(2031, 12, 31), True, date(2032, 1, 6)),
        ((2, 29), (2, 29), date(2028, 2, 29), True, date(2028, 2, 29)),
        ((2, 29), (2, 29), date(2027, 2, 28), False, None),
        ((2, 29), (2, 29), date(2027, 3, 1), False, None),
        ((2, 29), (3, 5), date(2027, 2, 28), False, None),
        ((2, 29), (3, 5), date(2027, 3, 1), True, date(2027, 3, 5)),
        ((2, 1), (2, 29), date(2027, 2, 28), True, date(2027, 2, 28)),
        ((2, 1), (2, 29), date(2027, 3, 1), False, None),
        ((7, 1), (7, 31), date(2027, 7, 31), True, date(2027, 7, 31)),
    ],
)
def test_a_yearly_freeze_comes_every_year_on_the_days_that_year_has(first, last, day, covered, ends):
    freeze = Freeze(first=date(2000, *first), last=date(2000, *last), yearly=True)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert (freeze.covers(noon), freeze.ends(noon)) == (covered, ends)


@given(days_of_year, days_of_year, st.sampled_from(ZONES), moments)
def test_a_yearly_freeze_covers_the_days_of_the_year_between_its_own(first, last, zone, now):
    today = now.astimezone(ZoneInfo(zone)).date()
    freeze = Freeze(first=first, last=last, zone=zone, yearly=True)
    day, begin, end = (today.month, today.day), (first.month, first.day), (last.month, last.day)
    expected = begin <= day <= end if begin <= end else day >= begin or day <= end
    assert freeze.covers(now) is expected


@given(freezes, moments)
def test_a_freeze_that_covers_a_moment_ends_on_a_day_that_it_covers_and_not_the_next(freeze, now):
    last = freeze.ends(now)
    assert (last is not None) == freeze.covers(now)
    if last is not None:
        noon = datetime(last.year, last.month, last.day, 12, tzinfo=ZoneInfo(freeze.zone))
        assert freeze.covers(noon)
        assert isleap(last.year) or (last.month, last.day) != (2, 29)


# ticks


@given(
    st.integers(1, 100), st.integers(0, 5000), st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 50)), max_size=5)
)
@settings(max_examples=200)
def test_the_next_tick_in_a_calendar_is_the_first_that_falls_into_it(every, after, pieces):
    minute = timedelta(minutes=1)
    edges = sorted(dict(pieces).items())
    spans, end = [], -1
    for start, length in edges:
        if start > end:
            spans.append((BEGIN + start * minute, BEGIN + (start + length) * minute))
            end = start + length
    ticks = Ticks(BEGIN, every * minute)
    wanted = (BEGIN + n * every * minute for n in range(4200 // every + 2))
    expected = next((one for one in wanted if one >= BEGIN + after * minute and within(spans, one)), None)
    assert ticks.next_in(spans, BEGIN + after * minute) == expected
