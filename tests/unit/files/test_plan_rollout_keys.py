"""The keys of the plan that say how wide, how fast and how often: what they may hold, and what is told else."""

from __future__ import annotations

from datetime import date

import pytest
from test_plan_file import RING, SMALLEST, plan_of, told, with_ring

from azlocal.core.limits import Share
from azlocal.core.plan import Retry, Validating


def with_freeze(**freeze):
    return {**SMALLEST, "freezes": [freeze]}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (with_ring(maxConcurrent="0%"), "rings[0].maxConcurrent: '0%' is not a share from 1% to 100%, in whole percent"),
        (with_ring(maxConcurrent="101%"), "rings[0].maxConcurrent: '101%' is not a share from 1% to 100%, in whole percent"),
        (with_ring(maxConcurrent="2.5%"), "rings[0].maxConcurrent: '2.5%' is not a share from 1% to 100%, in whole percent"),
        (with_ring(failureBudget="-1%"), "rings[0].failureBudget: '-1%' is not a share from 0% to 100%, in whole percent"),
        (with_ring(ramp=[]), "rings[0].ramp: names nothing; leave it out or name something"),
        (with_ring(ramp="1"), "rings[0].ramp: expected a list, found '1'"),
        (with_ring(ramp=["1", "0"]), "rings[0].ramp[1]: '0' is not a whole number from 1 to 999999999"),
        (with_ring(caps=[{"by": "rack", "max": "1"}]), "rings[0].caps[0].by: 'rack' is none of tag:NAME, subscription, model, region"),
        (with_ring(caps=[{"by": "tag:", "max": "1"}]), "rings[0].caps[0].by: 'tag:' is none of tag:NAME, subscription, model, region"),
        (with_ring(caps=[{"by": "model"}]), "rings[0].caps[0].max: missing"),
        (with_ring(caps=[{"by": "model", "max": "10%"}]), "rings[0].caps[0].max: '10%' is not a whole number"),
        (with_ring(caps=[{"by": "model", "max": "1", "most": "1"}]), "rings[0].caps[0].most: unknown key; known are by, max"),
        (with_ring(order="size"), "rings[0].order: 'size' is not name or nodes"),
        (with_ring(select={"expression": "nodes =< 4"}), "rings[0].select.expression: column 7: compare with ==, !=, <= or >="),
        (with_ring(select={"expression": ""}), "rings[0].select.expression: has no value"),
        (with_ring(select={"expression": "nodes == 1", "all": "yes"}), "rings[0].select.all: stands alone: the other parts would narrow what it says"),
        ({**SMALLEST, "validate": {"maxConcurrent": "none"}}, "validate.maxConcurrent: 'none' is not a whole number"),
        ({**SMALLEST, "validate": {"ahed": "yes"}}, "validate.ahed: unknown key; did you mean 'ahead'?"),
        ({**SMALLEST, "validate": "yes"}, "validate: expected a mapping, found 'yes'"),
        ({**SMALLEST, "ahead": "yes"}, "ahead: unknown key here; it belongs to validate"),
        ({**SMALLEST, "retry": {"safe": "-1"}}, "retry.safe: '-1' is not a whole number from 0 to 999999999"),
        ({**SMALLEST, "retry": {"after-fix": "1"}}, "retry.after-fix: unknown key; known are safe"),
        (with_freeze(**{"from": "12-20", "to": "2027-01-03"}), "freezes[0].from: '12-20' has no year: write one, or yearly: yes"),
        (with_freeze(**{"from": "02-30", "to": "03-01", "yearly": "yes"}), "freezes[0].from: '02-30' is not a day MM-DD"),
        (with_freeze(**{"from": "2026-01-01", "to": "2027-06-01", "yearly": "yes"}),
         "freezes[0].to: 2027-06-01 is a year or more after 2026-01-01, so a yearly freeze would never end"),
    ],
)  # fmt: skip
def test_what_a_key_may_not_hold_is_told_with_its_path(data, problem):
    assert told(data) == [problem]


def test_every_key_at_its_default_is_as_if_it_were_not_there():
    bare = plan_of({**SMALLEST, "rings": [RING]})
    full = plan_of({
        **SMALLEST, "rings": [{**RING, "maxConcurrent": "1", "failureBudget": "0", "caps": [], "order": "name"}],
        "caps": [], "validate": {"ahead": "no"}, "retry": {"safe": "0"},
    })  # fmt: skip
    assert full == bare
    assert (bare.validate, bare.retry, bare.rings[0].ramp) == (Validating(), Retry(), ())


@pytest.mark.parametrize(
    ("freeze", "first", "last"),
    [
        ({"from": "12-20", "to": "01-06"}, date(2000, 12, 20), date(2000, 1, 6)),
        ({"from": "2026-12-20", "to": "2027-01-06"}, date(2000, 12, 20), date(2000, 1, 6)),
        ({"from": "02-29", "to": "02-29"}, date(2000, 2, 29), date(2000, 2, 29)),
    ],
)
def test_a_yearly_freeze_is_known_by_its_days_with_a_year_or_without(freeze, first, last):
    (found,) = plan_of(with_freeze(**freeze, yearly="yes")).freezes
    assert (found.first, found.last, found.yearly) == (first, last, True)


def test_shares_and_numbers_stand_side_by_side_in_a_ramp():
    ring = plan_of(with_ring(ramp=["1", "5", "20%"], maxConcurrent="100%", failureBudget="0%")).rings[0]
    assert (ring.ramp, ring.max_concurrent, ring.failure_budget) == ((1, 5, Share(20)), Share(100), Share(0))


def test_an_expression_is_kept_in_its_one_writing_so_that_blanks_change_no_digest():
    one, other = (
        plan_of(with_ring(select={"expression": text}))
        for text in ("nodes<=4   and name LIKE 'A*'", "(nodes <= 4 and name like 'a*')")
    )
    assert one.rings[0].select.expression == "(nodes <= 4 and name like 'a*')"
    assert one.digest == other.digest
