"""How figures become a document: medians with their spread, ratios of one run, and what is computed marked as such."""

from __future__ import annotations

import pytest

from bench import results
from bench.hosting import Traffic
from bench.measure import Run
from bench.stages.doors import imported


def entry(method="GET", path="/subscriptions/s/x", status=200, answered=10):
    return {"method": method, "path": path, "status": status, "answered": answered}


def run(seconds, cpu=1.0, reads=100, pages=0):
    traffic = Traffic(calls=reads + pages, pages=pages, reads=reads, writes=0, uploads=0, refused=1, bytes=1000)
    return Run(seconds=seconds, cpu=cpu, peak=1 << 20, host_cpu=0.5, traffic=traffic, told={})


def row(name, *runs, waits=True, subscriptions=1):
    return results.row(name, runs, waits=waits, subscriptions=subscriptions)


def test_the_journal_is_counted_by_what_was_asked_and_signing_in_is_not_arms():
    graph = "/providers/Microsoft.ResourceGraph/resources"
    found = Traffic.of([
        entry(path="/msi/token"), entry(path="/metadata/endpoints"), entry(), entry(status=429), entry("PATCH"),
        entry("POST", graph, answered=700), entry("POST", graph, 429), entry("POST", "/dataCollectionRules/dcr/streams/s"),
    ])  # fmt: skip
    assert found == Traffic(calls=6, pages=2, reads=2, writes=1, uploads=1, refused=2, bytes=750)


def test_a_row_has_the_median_the_spread_and_the_floor_of_its_own_calls():
    found = row("a", run(3.0), run(1.0), run(8.0, reads=500, pages=16))
    assert found["seconds"] == {"median": 3.0, "least": 1.0, "most": 8.0}
    assert found["refused"] == 3
    assert found["quota_seconds"] == 5 + (500 - 250) / 25


def test_what_does_not_wait_for_quotas_needs_at_least_what_they_take():
    patient, hasty = row("a", run(20.0)), row("b", run(2.0, reads=1000), waits=False)
    assert results.needed(patient) == 20.0
    assert results.needed(hasty) == (1000 - 250) / 25
    assert results.ratios([patient, hasty])[0]["seconds"] == pytest.approx(1.5)
    assert results.ratios([patient, hasty])[0]["measured_seconds"] == pytest.approx(0.1)


def test_a_line_through_two_sizes_tells_of_a_larger_one_and_says_so():
    small, large = row("az", run(10.0, reads=30)), row("az", run(25.0, reads=75))
    found = results.extrapolated([(20, small), (50, large)], 1000, 1)
    assert found["extrapolated"]
    assert found["seconds"]["median"] == pytest.approx(500.0)
    assert found["calls"] == 1500
    assert found["quota_seconds"] == 50.0


def document(rows):
    floor = {"pages": 3, "asked": 3, "ratio": 1.0, "seconds": 0.0, "seconds_ratio": "-"}
    size = {
        "clusters": 1000, "machines": 2000, "subscriptions": 1, "rows": rows, "ratios": results.ratios(rows), "floor": floor,
    }  # fmt: skip
    return {
        "machine": results.machine(),
        "sizes": [size],
        "growth": [{"from": 100, "to": 1000, "cpu": 0.9, "peak": 0.5}],
    }


def test_the_tables_mark_what_is_extrapolated():
    ours = row("azlocal", run(2.0), run(4.0))
    other = results.extrapolated([(20, row("az", run(10.0))), (50, row("az", run(25.0)))], 1000, 1)
    text = results.markdown(document([ours, other]))
    assert "| azlocal | 2 | 3.0 (2.0–4.0) |" in text
    assert "| az (extrapolated) | - | 500 |" in text
    assert "az to azlocal, extrapolated: 166.7 ×" in text
    assert "exponent 0.90" in text


IMPORTS = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |     azure.core.rest
import time:       200 |        900 |   azure.mgmt.azurestackhci.models
import time:        50 |         50 | json.decoder
import time:         1 |          1 | json
WARNING: something else
"""


def test_import_times_are_added_up_by_package():
    packages, modules = imported(IMPORTS)
    assert packages == {"azure.core": 100, "azure.mgmt.azurestackhci": 200, "json": 51}
    assert modules == 4
