"""The digest of a plan: the same for the same meaning, another as soon as something may start otherwise."""

from __future__ import annotations

import dataclasses
import json
import random
from datetime import date, time, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.domains import Cap
from azlocal.core.limits import Share
from azlocal.core.plan import AcceptedRisk, Attestation, FleetPlan, Override, Retry, Ring, Scope, Selector, Validating
from azlocal.core.windows import Freeze, Window
from azlocal.files.plan_digest import plan_digest
from azlocal.files.plan_file import read_plan

SUB, OTHER = "aaaaaaaa-1111-4111-8111-111111111111", "bbbbbbbb-2222-4222-8222-222222222222"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg-control"

WINDOW = Window(days=frozenset({5, 6}), opens=time(22), closes=time(6), zone="Europe/Oslo")
RING = Ring(name="canary", select=Selector(names=("a*", "b*")), expect=3, windows=(WINDOW,))
ATTESTATION = Attestation(key="not-scvmm", value="yes", by="me", until=None, select=Selector(all=True))
FREEZE = Freeze(first=date(2026, 12, 20), last=date(2027, 1, 3))
OVERRIDE = Override(rule="minimum-lcm", value="30.2503", by="me", until=date(2027, 1, 1), reason="why")
PLAN = FleetPlan(
    digest="", scope=Scope(subscriptions=(SUB,)), rings=(RING,), control=GROUP, lease=f"{GROUP}/lease", inputs="inputs",
    attestations=(ATTESTATION,), freezes=(FREEZE,),
)  # fmt: skip


def changed(part, **values):
    return dataclasses.replace(part, **values)


RINGS = {
    "name": "pilot", "select": Selector(names=("a*",)), "expect": 4, "max_concurrent": 2, "failure_budget": 1,
    "soak": timedelta(hours=1), "gate": "none", "windows": (), "ramp": (1, Share(20)),
    "caps": (Cap(by="tag:site", max=1),), "order": "nodes",
}  # fmt: skip
WINDOWS = {"days": frozenset({5}), "opens": time(21), "closes": time(7), "zone": "UTC"}
SELECTORS = {
    "tags": {"a": "b"}, "names": ("a*",), "regions": ("eastus",), "models": ("ax*",), "ids": (GROUP,), "all": True,
    "expression": "name == 'a'",
}  # fmt: skip
ATTESTATIONS = {
    "key": "not-22h2sp", "value": "no", "by": "you", "until": date(2027, 1, 1), "select": Selector(names=("a",)),
}  # fmt: skip
FREEZES = {
    "first": date(2026, 12, 21),
    "last": date(2027, 1, 2),
    "zone": "Europe/Oslo",
    "reason": "why",
    "yearly": True,
}
SCOPES = {"subscriptions": (SUB, OTHER), "management_groups": ("mg",), "exclude": (GROUP,)}
PLANS = {
    "scope": Scope(subscriptions=(OTHER,)), "rings": (), "control": "", "lease": "", "inputs": "elsewhere",
    "attestations": (), "freezes": (), "update_extension": True, "validation_fresh_for": timedelta(hours=1),
    "facts_fresh_for": timedelta(hours=1), "caps": (Cap(by="model", max=2),), "validate": Validating(ahead=True),
    "retry": Retry(safe=1), "overrides": (OVERRIDE,),
}  # fmt: skip
OVERRIDES = {
    "rule": "maximum-nodes", "value": "30.2411", "by": "you", "until": date(2027, 1, 2), "reason": "because",
    "select": Selector(names=("a",)),
}  # fmt: skip


def _cases():
    places = {
        "plan": (PLAN, PLANS, lambda part: part),
        "scope": (PLAN.scope, SCOPES, lambda part: changed(PLAN, scope=part)),
        "ring": (RING, RINGS, lambda part: changed(PLAN, rings=(part,))),
        "select": (RING.select, SELECTORS, lambda part: changed(PLAN, rings=(changed(RING, select=part),))),
        "window": (WINDOW, WINDOWS, lambda part: changed(PLAN, rings=(changed(RING, windows=(part,)),))),
        "attestation": (ATTESTATION, ATTESTATIONS, lambda part: changed(PLAN, attestations=(part,))),
        "freeze": (FREEZE, FREEZES, lambda part: changed(PLAN, freezes=(part,))),
        "override": (OVERRIDE, OVERRIDES, lambda part: changed(PLAN, overrides=(part,))),
    }
    for place, (part, values, put) in places.items():
        for name, value in values.items():
            yield pytest.param(put(changed(part, **{name: value})), id=f"{place}.{name}")


def test_what_decides_nothing_does_not_cost_an_approval():
    risk = AcceptedRisk(risk="horizon", by="me", until=date(2027, 1, 1), reason="why")
    stated = changed(ATTESTATION, at=date(2026, 11, 1))
    for other in (changed(PLAN, accepted_risks=(risk,)), changed(PLAN, attestations=(stated,))):
        assert plan_digest(other) == plan_digest(PLAN)


@pytest.mark.parametrize("other", list(_cases()))
def test_every_key_that_says_what_may_start_changes_the_digest(other):
    assert plan_digest(other) != plan_digest(PLAN)


@pytest.mark.parametrize(
    ("part", "values", "apart"),
    [
        (FleetPlan, PLANS, {"digest", "paused", "accepted_risks"}), (Scope, SCOPES, set()), (Ring, RINGS, set()),
        (Override, OVERRIDES, set()), (Selector, SELECTORS, set()), (Window, WINDOWS, set()), (Attestation, ATTESTATIONS, {"at"}), (Freeze, FREEZES, set()),
    ],
)  # fmt: skip
def test_no_key_is_forgotten_by_the_test_above(part, values, apart):
    assert {field.name for field in dataclasses.fields(part)} == {*values, *apart}


def test_pausing_does_not_cost_the_approvals():
    assert plan_digest(changed(PLAN, paused=True)) == plan_digest(PLAN)


def test_the_order_of_overrides_counts_for_the_first_that_fits_holds():
    other = changed(OVERRIDE, value="30.2411")
    assert plan_digest(changed(PLAN, overrides=(OVERRIDE, other))) != plan_digest(
        changed(PLAN, overrides=(other, OVERRIDE))
    )


def test_the_order_of_the_rings_counts():
    other = changed(RING, name="broad")
    assert plan_digest(changed(PLAN, rings=(RING, other))) != plan_digest(changed(PLAN, rings=(other, RING)))


def test_what_azure_compares_without_case_is_compared_without_case():
    shouted = changed(PLAN, control=GROUP.upper(), scope=Scope(subscriptions=(SUB.upper(),)))
    assert plan_digest(shouted) == plan_digest(PLAN)


def test_a_key_that_a_later_version_adds_leaves_every_digest_as_it_was():
    later = dataclasses.make_dataclass("Later", [("added", int, 7)], bases=(FleetPlan,), frozen=True, kw_only=True)
    values = {field.name: getattr(PLAN, field.name) for field in dataclasses.fields(PLAN)}
    assert plan_digest(later(**values)) == plan_digest(PLAN)
    assert plan_digest(later(**values, added=8)) != plan_digest(PLAN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (changed(RING, ramp=(1, 5)), changed(RING, ramp=(5, 1))),
        (changed(RING, ramp=(1, 1, 5)), changed(RING, ramp=(1, 5))),
        (changed(RING, max_concurrent=20), changed(RING, max_concurrent=Share(20))),
        (changed(RING, failure_budget=5), changed(RING, failure_budget=Share(5))),
    ],
)
def test_stages_count_in_their_order_and_a_share_is_no_number(one, other):
    assert plan_digest(changed(PLAN, rings=(one,))) != plan_digest(changed(PLAN, rings=(other,)))


def test_the_digest_of_a_plan_is_the_same_in_every_version():
    """Approvals outlive a version of azlocal: this literal changes only together with the form of the plan."""
    assert plan_digest(PLAN) == "3f667a579e04d5a5501ab4d19d217a973743f1153fead53ba3377cb0f5ac617a"


TEXT = f"""\
version: azlocal.fleet/1
scope: {{subscriptions: [{SUB}, {OTHER}], exclude: [{GROUP}]}}
control: {GROUP}
rings:
- name: canary
  select: {{names: [a*, b*], tags: {{env: lab, site: oslo}}}}
  expect: 3
  soak: PT24H
  windows:
  - {{days: sat-sun, from: 22:00, to: 06:00, zone: Europe/Oslo}}
  - {{days: [mon], from: "00:00", to: "24:00", zone: UTC}}
- {{name: broad, select: {{all: yes}}, expect: 9}}
freezes:
- {{from: 2026-12-20, to: 2027-01-03}}
- {{from: 2026-11-20, to: 2026-11-30}}
"""
DIGEST = read_plan(TEXT, "fleet.yaml").digest


def shuffled(value, chance, ordered=False):
    """The same plan in another order: keys anywhere, items wherever they are a set."""
    if isinstance(value, dict):
        keys = chance.sample(sorted(value), len(value))
        return {name: shuffled(value[name], chance, name == "rings") for name in keys}
    if isinstance(value, list):
        parts = [shuffled(one, chance) for one in value]
        return parts if ordered else chance.sample(parts, len(parts))
    return value


@given(st.randoms(use_true_random=False), st.sampled_from(["block", "flow", "json"]))
def test_order_and_formatting_do_not_count(chance: random.Random, form):
    data = shuffled(yaml.load(TEXT, Loader=yaml.BaseLoader), chance)
    text = (
        json.dumps(data) if form == "json" else yaml.safe_dump(data, sort_keys=False, default_flow_style=form == "flow")
    )
    assert read_plan(text, "elsewhere.yaml").digest == DIGEST


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("version:", "# a comment\n\nversion:"),
        ("soak: PT24H", "soak: P1D"),
        ("  soak: PT24H\n", ""),
        ("  soak: PT24H\n", "  soak: PT24H\n  gate: approval\n  maxConcurrent: 1\n"),
        ("days: sat-sun", "days: [Sunday, SAT, sun]"),
        ('to: "24:00"', "to: '00:00'"),
        ("freezes:", "validationFreshFor: P3D\npaused: yes\nfreezes:"),
        (f"[{SUB}, {OTHER}]", f"[{OTHER}, {SUB.upper()}, {SUB}]"),
    ],
)
def test_another_way_to_say_the_same_has_the_same_digest(written, instead):
    assert written in TEXT
    assert read_plan(TEXT.replace(written, instead), "fleet.yaml").digest == DIGEST
