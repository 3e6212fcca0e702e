"""Overrides in a plan: a known rule, a value of its shape, who, until when and why; everything else is refused by name."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from azlocal.core.overrides import OPEN
from azlocal.core.plan import Override, Selector
from azlocal.errors import BadInput
from azlocal.files.plan_file import plan_schema, read_plan

SUB = "11111111-1111-4111-8111-111111111111"
OVERRIDE = {
    "rule": "minimum-lcm",
    "value": "30.2401",
    "by": "edge team",
    "until": "2027-01-31",
    "reason": "support case 12",
}


def plan_of(*overrides):
    data = {"version": "azlocal.fleet/1", "scope": {"subscriptions": [SUB]}, "overrides": list(overrides)}
    return read_plan(yaml.safe_dump(data, sort_keys=False), "fleet.yaml")


def told(**changes):
    given = {name: value for name, value in {**OVERRIDE, **changes}.items() if value is not None}
    with pytest.raises(BadInput) as refused:
        plan_of(given)
    (problem,) = refused.value.problems
    return problem


def test_an_override_is_read_for_all_clusters_or_for_those_it_selects():
    plain, narrow = plan_of(OVERRIDE, {**OVERRIDE, "select": {"names": ["clu-*"]}}).overrides
    assert plain == Override(
        rule="minimum-lcm",
        value="30.2401",
        by="edge team",
        until=date(2027, 1, 31),
        reason="support case 12",
        select=Selector(all=True),
    )
    assert narrow.select == Selector(names=("clu-*",))


@pytest.mark.parametrize(("rule", "written", "value"), [
    ("minimum-build-25398", 1850, "1850"), ("Minimum-LCM", "30.02401", "30.2401"), ("maximum-nodes", "064", "64"),
    ("regions-public", ["North Europe", "eastus"], "eastus, northeurope"), ("regions-public", "eastus,  North Europe", "eastus, northeurope"),
    ("end-of-support-25398", "2027-04-30", "2027-04-30"),
])  # fmt: skip
def test_a_value_is_kept_in_its_canonical_writing(rule, written, value):
    (one,) = plan_of({**OVERRIDE, "rule": rule, "value": written}).overrides
    assert one.value == value
    assert OPEN[one.rule].read(one.value) is not None


@pytest.mark.parametrize(("changes", "place", "words"), [
    ({"rule": "minimum-lmc"}, "overrides[0].rule", "'minimum-lmc' is no rule; did you mean 'minimum-lcm'?"),
    ({"rule": "B3"}, "overrides[0].rule", "'B3' has no value that a plan may override"),
    ({"rule": "upgrade-stuck"}, "overrides[0].rule", "'upgrade-stuck' has no value that a plan may override"),
    ({"value": "newest"}, "overrides[0].value", "'newest' is not a version such as 30.2408"),
    ({"rule": "maximum-nodes", "value": "-3"}, "overrides[0].value", "'-3' is not a whole number"),
    ({"rule": "regions-public", "value": []}, "overrides[0].value", "is not a list of names"),
    ({"until": "2027-02-30"}, "overrides[0].until", "'2027-02-30' is not a date YYYY-MM-DD"), ({"until": None}, "overrides[0].until", "missing"),
    ({"by": None}, "overrides[0].by", "missing"), ({"reason": ""}, "overrides[0].reason", "has no value"), ({"rule": None}, "overrides[0].rule", "missing"),
    ({"select": {"name": "x"}}, "overrides[0].select.name", "unknown key"), ({"select": {}}, "overrides[0].select", "selects nothing"),
    ({"expires": "2027-01-01"}, "overrides[0].expires", "unknown key"),
])  # fmt: skip
def test_a_wrong_override_is_refused_with_its_place_and_what_is_wrong(changes, place, words):
    problem = told(**changes)
    assert problem.startswith("fleet.yaml:")
    assert f": {place}: " in problem
    assert words in problem


def test_every_wrong_override_is_told_at_once():
    with pytest.raises(BadInput) as refused:
        plan_of({**OVERRIDE, "rule": "nothing"}, {**OVERRIDE, "value": "x"}, {**OVERRIDE, "until": "soon"})
    assert len(refused.value.problems) == 3


def test_the_schema_knows_the_rules_that_may_be_overridden():
    part = plan_schema()["$defs"]["OverridePart"]
    assert part["properties"]["rule"]["enum"] == sorted(OPEN)
    assert set(part["required"]) == {"rule", "value", "by", "until", "reason"}
