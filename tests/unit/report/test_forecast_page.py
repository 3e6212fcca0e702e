"""The page of a forecast: what a person reads before anything is started."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from fleets import HOSTILE, after, cluster, look, old, plan, ring

from azlocal.core.windows import Freeze, Window
from azlocal.report.forecast import forecast as page
from azlocal.report.forecast import forecast_document
from azlocal.service.forecast import foresee

NIGHTS = (Window(days=frozenset({6}), opens=time(0), closes=time(5), zone="Europe/Oslo"),)


def shown(*clusters, wanted=None, width=None, every=timedelta(hours=1)):
    wanted = wanted or plan(ring(windows=NIGHTS))
    return page(foresee(look(*clusters, wanted=wanted), wanted, every), "cd" * 6, width)


def test_the_page_says_when_for_how_long_and_what_it_assumes():
    text = shown(cluster("oslo"))
    for part in ("2 h 45 min (p50) to 4 h (p90), as documented", "a tick every 1 h", "assumes that nothing fails",
                 "2026-11-28 23:00 UTC", "needs approval"):  # fmt: skip
        assert part in text


def test_the_night_on_which_no_tick_is_sure_is_named_with_its_day():
    text = shown(cluster("oslo"))
    assert "one: 52 openings: 51 sure to be met by a tick, 1 met by chance" in text
    assert "2027-03-27 23:00 UTC: starts are allowed for 0 s, ticks are 1 h apart" in text


def test_openings_that_are_too_short_or_frozen_are_counted():
    short = replace(NIGHTS[0], closes=time(4, 30))
    freeze = Freeze(first=date(2026, 12, 20), last=date(2027, 1, 3))
    text = shown(cluster("oslo"), wanted=replace(plan(ring(windows=(short,))), freezes=(freeze,)))
    assert "52 openings: 1 sure to be met by a tick, 48 met by chance, 1 too short for 4 h, 2 frozen" in text
    assert "2027-03-27 23:00 UTC: open for 3 h 30 min, an upgrade needs 4 h" in text


def test_a_year_in_which_every_opening_is_by_chance_is_not_listed_opening_by_opening():
    text = shown(cluster("oslo"), every=timedelta(hours=6))
    assert "52 met by chance" in text
    assert "starts are allowed" not in text


def test_clusters_in_no_ring_or_never_fit_or_waiting_are_told_with_why():
    tagged = cluster("narrow", tags={"azlocal-window": "mon_08:00-09:00"})
    text = shown(cluster("oslo"), tagged, old("bergen"), cluster("lost", ring="none"), wanted=plan(ring()))
    assert "NeverFits (ring one): narrow: the windows of its tag azlocal-window are too short" in text
    assert "OsUpgradeRequired (ring one): bergen" in text
    assert "in no ring of the plan: lost" in text
    assert "ring one: narrow can never start" in text


def test_clusters_with_the_same_reason_and_sentence_share_a_line():
    text = shown(*(old(f"c{n}") for n in range(7)), wanted=plan(ring()))
    assert "OsUpgradeRequired (ring one): c0, c1, c2, c3, c4 and 2 more: " in text


@pytest.mark.parametrize("wanted", [plan(ring()), replace(plan(ring()), rings=())])
def test_a_plan_without_rings_or_clusters_says_so(wanted):
    text = shown(wanted=wanted)
    assert ("no ring" in text) or ("selects no visible cluster" in text)


@pytest.mark.parametrize("width", [40, 60, 100, None])
def test_no_line_is_longer_than_the_terminal_and_none_obeys_what_azure_says(width):
    hostile = cluster("h", tags={"azlocal-hold": HOSTILE, "UpdateExcluded": HOSTILE})
    text = shown(cluster("oslo"), replace(hostile, name=HOSTILE), width=width)
    assert all(line.isprintable() for line in text.split("\n"))
    assert width is None or all(len(line) <= width or " " not in line.strip() for line in text.split("\n"))


def test_the_document_has_every_opening_that_is_not_sure():
    wanted = plan(ring(windows=NIGHTS))
    found = look(cluster("oslo"), wanted=wanted)
    (one,) = forecast_document(foresee(found, wanted), found)["rings"]
    assert one["coverage"]["notMet"] == [
        {"opens": "2027-03-27T23:00:00Z", "closes": "2027-03-28T03:00:00Z", "verdict": "chance"}
    ]
    assert (one["coverage"]["needed"], one["coverage"]["met"]) == ("PT4H", 51)


def test_a_ring_whose_clusters_are_all_under_way_says_running():
    text = shown(after("oslo", "deploy", "InProgress", "InProgress"), wanted=plan(ring()))
    assert "running" in next(line for line in text.splitlines() if line.startswith("one "))
