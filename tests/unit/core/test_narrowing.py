"""What a cluster's own tags say about time: read as meant, never wider than the plan, never ignored."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.narrowing import NOT_NARROWED, narrowing
from azlocal.core.windows import Freeze, Window, left

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=timezone.utc)  # a Saturday
HOUR = timedelta(hours=1)
WEEKEND = frozenset({5, 6})


def window(days, opens, closes, zone="UTC"):
    return Window(days=frozenset(days), opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), zone=zone)


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("sat-sun_22:00-06:00", [window(WEEKEND, "22:00", "06:00")]),
        ("Sat_22:00-06:00@Europe/Oslo", [window({5}, "22:00", "06:00", "Europe/Oslo")]),
        ("fri-mon_00:00-24:00", [window({4, 5, 6, 0}, "00:00", "00:00")]),
        (
            " tuesday,THU_08:00-12:00 ; *_01:00-02:00",
            [window({1, 3}, "08:00", "12:00"), window(range(7), "01:00", "02:00")],
        ),
        ("daily_08:00-08:00", [window(range(7), "08:00", "08:00")]),
    ],
)
def test_azlocals_own_tag_holds_windows_in_any_zone(text, windows):
    assert narrowing({"AzLocal-Window": text}).windows == (("azlocal-window", tuple(windows)),)


@pytest.mark.parametrize("name", ["UpdateStartWindow", "updatestartwindow", "UpdateWindow"])
def test_the_start_window_of_the_update_module_says_when_a_start_is_allowed_and_no_more(name):
    tags = narrowing({name: "Sat_08:00-13:00"})
    assert tags.windows == ()
    assert tags.bar(NOW, 4 * HOUR) is None
    shut = tags.bar(NOW + 2 * HOUR, 4 * HOUR)
    assert shut is not None
    assert shut[1] == timedelta(0)


@pytest.mark.parametrize(
    ("text", "freezes"),
    [
        ("2026-12-20/2027-01-03", [(date(2026, 12, 20), date(2027, 1, 3), False)]),
        ("20**-12-20/20**-01-03", [(date(2000, 12, 20), date(2000, 1, 3), True)]),
        ("2026-11-28/2026-11-29,2026-12-24", [(date(2026, 11, 28), date(2026, 11, 29), False), (date(2026, 12, 24),) * 2 + (False,)]),
        ("****-02-29/****-02-29", [(date(2000, 2, 29), date(2000, 2, 29), True)]),
        ("", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["UpdateExclusionsWindow", "UpdateExclusions"])
def test_the_exclusions_of_the_update_module_are_freezes(name, text, freezes):
    found = narrowing({name: text})
    assert [(one.first, one.last, one.yearly) for one in found.freezes] == freezes
    assert not found.problems


@pytest.mark.parametrize(("text", "out"), [("True", True), ("true", True), ("1", True), ("False", False), ("0", False)])
def test_the_veto_of_the_update_module_takes_a_cluster_out(text, out):
    found = narrowing({"UpdateExcluded": text})
    assert (found.excluded, found.problems) == ("UpdateExcluded" if out else "", ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("azlocal-window", ""), ("azlocal-window", "weekends"), ("azlocal-window", "sat_22:00"), ("azlocal-window", "sat_22:00-25:00"),
        ("azlocal-window", "sat_24:00-06:00"), ("azlocal-window", "sat_22:00-06:00@Europe/Olso"), ("azlocal-window", "sab_22:00-06:00"),
        ("azlocal-window", "sat_22:00-06:00;;sun"), ("UpdateStartWindow", "Sat_22:00-06:00@Europe/Oslo"), ("UpdateStartWindow", "soon"),
        ("UpdateExclusionsWindow", "Christmas"), ("UpdateExclusionsWindow", "2027-01-03/2026-12-20"),
        ("UpdateExclusionsWindow", "20**-12-20/2027-01-03"), ("UpdateExclusionsWindow", "2026-**-20/2026-**-21"),
        ("UpdateExclusionsWindow", "2026-02-30/2026-03-01"), ("UpdateExcluded", ""), ("UpdateExcluded", "Yes"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem_that_names_the_tag(name, text):
    (problem,) = narrowing({name: text}).problems
    assert problem.startswith(f"tag {name}: ")


@pytest.mark.parametrize("tags", [{}, {"site": "oslo", "UpdateRing": "Wave1", "UpdateVersionInProgress": "x"}])
def test_other_tags_say_nothing_about_time(tags):
    assert narrowing(tags) is NOT_NARROWED


def test_several_tags_all_count():
    found = narrowing(
        {"azlocal-window": "sat_08:00-18:00", "UpdateStartWindow": "Sat_08:00-10:00", "UpdateExcluded": "no"}
    )
    assert found.bar(NOW, HOUR) == ("UpdateStartWindow", timedelta(0))
    assert found.bar(NOW - 3 * HOUR, 10 * HOUR) == ("azlocal-window", 9 * HOUR)
    assert found.bar(NOW - 3 * HOUR, 9 * HOUR) is None
    assert len(found.problems) == 1


# narrowing never widens

days = st.sampled_from(["mon", "tue-thu", "fri-mon", "*", "sat,sun"])
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))
spans = st.builds("{}_{}-{}".format, days, clocks, clocks)
tag_texts = st.lists(spans, min_size=1, max_size=3).map(";".join)
plan_windows = st.lists(
    st.builds(Window, days=st.frozensets(st.integers(0, 6), min_size=1), opens=st.builds(time, st.integers(0, 23)),
              closes=st.builds(time, st.integers(0, 23)), zone=st.sampled_from(["UTC", "Europe/Oslo", "Asia/Kathmandu"])),
    max_size=3,
)  # fmt: skip
moments = st.integers(0, 14 * 48).map(lambda halves: NOW + halves * timedelta(minutes=30))
names = st.sampled_from(["azlocal-window", "UpdateStartWindow"])


@given(plan_windows, st.dictionaries(names, tag_texts, max_size=2), moments, st.integers(1, 12))
def test_tags_never_let_start_what_the_rings_windows_do_not(windows, tags, now, hours):
    needed, found = hours * HOUR, narrowing(tags)
    by_ring = left(windows, now) >= needed
    with_tags = by_ring and found.bar(now, needed) is None
    assert by_ring or not with_tags
    if with_tags:
        assert all(left(ones, now) >= needed for _, ones in found.windows)
        assert all(left(ones, now) > timedelta(0) for _, ones in found.gates)


@given(st.dictionaries(names, tag_texts, min_size=1, max_size=2), moments, st.integers(1, 12))
def test_one_more_tag_never_lets_more_start(tags, now, hours):
    fewer = dict(list(tags.items())[1:])
    if narrowing(tags).bar(now, hours * HOUR) is None:
        assert narrowing(fewer).bar(now, hours * HOUR) is None


@given(
    st.text(max_size=30),
    st.sampled_from(["azlocal-window", "UpdateStartWindow", "UpdateExclusionsWindow", "UpdateExcluded"]),
)
def test_any_text_is_read_or_a_problem(text, name):
    found = narrowing({name: text})
    said = found.windows or found.gates or found.freezes or found.excluded
    blank = not text.replace(",", "").replace(";", "").strip()
    assert bool(found.problems) or bool(said) or blank or text.strip().lower() in {"false", "0"}


def test_a_freeze_of_a_tag_is_named_after_it():
    (freeze,) = narrowing({"UpdateExclusionsWindow": "2026-11-28/2026-11-28"}).freezes
    assert freeze == Freeze(first=date(2026, 11, 28), last=date(2026, 11, 28), reason="tag UpdateExclusionsWindow")
