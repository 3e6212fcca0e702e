"""The plan file: every mistake told at once with its line, and nothing lost of what is right."""

from __future__ import annotations

import json
from datetime import date, time, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.attestations import QUESTIONS
from azlocal.core.domains import Cap
from azlocal.core.limits import Share
from azlocal.core.plan import Attestation, FleetPlan, Retry, Ring, Scope, Selector, Validating
from azlocal.core.times import format_duration
from azlocal.core.windows import Freeze, Window
from azlocal.errors import BadInput
from azlocal.files.plan_file import plan_schema, read_plan
from azlocal.files.plan_models import PARTS, keys_of

SUB = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg-control"
LEASE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/azlocal01/blobServices/default/containers/lease"
CLUSTER = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"

SMALLEST = {"version": "azlocal.fleet/1", "scope": {"subscriptions": [SUB]}}
RING = {"name": "canary", "select": {"all": "yes"}, "expect": "1"}
WINDOW = {"days": "all", "from": "00:00", "to": "24:00", "zone": "UTC"}
ATTESTATION = {"select": {"all": "yes"}, "key": "not-scvmm", "value": "yes", "by": "me"}
FREEZE = {"from": "2026-12-20", "to": "2027-01-03"}


class Plain(yaml.SafeDumper):
    """Writes equal values out instead of as aliases."""

    def ignore_aliases(self, data):
        return True


def as_yaml(data):
    return yaml.dump(data, Dumper=Plain, sort_keys=False, allow_unicode=True)


def plan_of(data):
    return read_plan(as_yaml(data), "fleet.yaml")


def problems_of(text, place="fleet.yaml"):
    with pytest.raises(BadInput) as refused:
        read_plan(text, place)
    assert refused.value.exit_code == 2
    return refused.value.problems


def told(data):
    """The problems without place and line."""
    return [problem.split(": ", 1)[1] for problem in problems_of(as_yaml(data))]


def with_ring(**changes):
    return {**SMALLEST, "rings": [{**RING, **changes}]}


def with_window(**changes):
    return with_ring(windows=[{**WINDOW, **changes}])


def test_seven_mistakes_are_seven_problems_each_with_place_line_and_path():
    text = """\
# a plan that nobody can follow
version: azlocal.fleet/1
scope:
  subscriptions: [not-a-guid]
rings:
  - name: Canary One
    select: {all: yes}
    expect: 2
  - name: broad
    select:
      names: [clu-*]
    expect: 40
    maxConcurrent: two
    failureBudgt: 1
    windows:
      - days: mon-fri
        from: 22:00
        to: "06:00"
        zone: Europe/Olso
attestations:
  - {select: {all: yes}, key: not-stretched, value: perhaps, by: me}
pause: yes
"""
    assert problems_of(text) == (
        "fleet.yaml:4: scope.subscriptions[0]: 'not-a-guid' is not a subscription id (a GUID)",
        "fleet.yaml:6: rings[0].name: 'Canary One' is not 1 to 32 of a-z, 0-9 and -",
        "fleet.yaml:13: rings[1].maxConcurrent: 'two' is not a whole number",
        "fleet.yaml:14: rings[1].failureBudgt: unknown key; did you mean 'failureBudget'?",
        "fleet.yaml:19: rings[1].windows[0].zone: 'Europe/Olso' is no IANA time zone; did you mean 'Europe/Oslo'?",
        "fleet.yaml:21: attestations[0].value: 'perhaps' is not yes or no",
        "fleet.yaml:22: pause: unknown key; did you mean 'paused'?",
    )


def test_the_smallest_plan_has_the_defaults_of_the_contract():
    plan = plan_of({**SMALLEST, "rings": [RING]})
    ring = plan.rings[0]
    assert (ring.max_concurrent, ring.failure_budget, ring.soak, ring.gate, ring.windows) == (
        1, 0, timedelta(days=1), "approval", (),
    )  # fmt: skip
    assert (plan.validation_fresh_for, plan.facts_fresh_for) == (timedelta(hours=72), timedelta(hours=24))
    assert (plan.update_extension, plan.paused, plan.control, plan.lease, plan.inputs) == (False, False, "", "", "")


def test_a_whole_plan_is_read_as_it_is_written():
    text = f"""\
version: azlocal.fleet/1
scope:
  subscriptions: [{SUB}]
  managementGroups: [mg-retail]
  exclude: [{GROUP}]
control: {GROUP}
lease: {LEASE}
inputs: inputs/
rings:
- name: canary
  select:
    tags: {{env: lab}}
    names: ["clu-*"]
    regions: [West Europe]
    models: [AX-*]
    ids: [{CLUSTER}]
  expect: 3
  maxConcurrent: 2
  failureBudget: 1
  soak: P1DT6H
  gate: none
  windows:
  - {{days: [fri-sun, Wednesday], from: 22:00, to: 06:00, zone: Europe/Oslo}}
attestations:
- {{select: {{all: true}}, key: oem-supported, value: no, by: an operator, until: 2026-12-31}}
freezes:
- {{from: 2026-12-20, to: 2027-01-03, zone: Europe/Oslo, reason: holidays}}
paused: on
updateExtension: true
validationFreshFor: PT48H
factsFreshFor: PT6H
"""
    plan = read_plan(text, "fleet.yaml")
    everyone = Selector(all=True)
    assert plan == FleetPlan(
        digest=plan.digest,
        scope=Scope(subscriptions=(SUB,), management_groups=("mg-retail",), exclude=(GROUP,)),
        rings=(
            Ring(
                name="canary",
                select=Selector(
                    tags={"env": "lab"}, names=("clu-*",), regions=("West Europe",), models=("AX-*",), ids=(CLUSTER,)
                ),
                expect=3, max_concurrent=2, failure_budget=1, soak=timedelta(hours=30), gate="none",
                windows=(
                    Window(days=frozenset({2, 4, 5, 6}), opens=time(22), closes=time(6), zone="Europe/Oslo"),
                ),
            ),
        ),
        control=GROUP, lease=LEASE, inputs="inputs/",
        attestations=(
            Attestation(
                key="oem-supported", value="no", by="an operator", until=date(2026, 12, 31), select=everyone
            ),
        ),
        freezes=(Freeze(first=date(2026, 12, 20), last=date(2027, 1, 3), zone="Europe/Oslo", reason="holidays"),),
        paused=True, update_extension=True,
        validation_fresh_for=timedelta(hours=48), facts_fresh_for=timedelta(hours=6),
    )  # fmt: skip
    assert len(plan.digest) == 64


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "fleet.yaml:1: the file is empty"),
        ("# nothing but a comment\n", "fleet.yaml:1: the file is empty"),
        ("- version: azlocal.fleet/1\n", "fleet.yaml:1: the file does not hold keys and values"),
        ("just words", "fleet.yaml:1: the file does not hold keys and values"),
        ("version: [1,\n", "fleet.yaml:2: not valid YAML: "),
        ("version: a\nscope: b: c\n", "fleet.yaml:2: not valid YAML: "),
        ("a: 1\n---\nb: 2\n", "fleet.yaml:2: not valid YAML: "),
        ("version: \x07\n", "fleet.yaml:1: not valid YAML: a character that no text may hold"),
        ("a: 1\nb: \ud800\n", "fleet.yaml:2: not valid YAML: a character that no text may hold"),
        ("? [a, b]\n: c\n", "fleet.yaml:1: a key must be a word"),
        ("a: &x [1]\nb: *x\n", "fleet.yaml:1: anchors (&) and aliases (*) are not supported; write the value out"),
        ("a: &x\n  b: *x\n", "fleet.yaml:1: anchors (&) and aliases (*) are not supported; write the value out"),
        ("a: !include other.yaml\n", "fleet.yaml:1: the tag !include is not supported; write the plain value"),
        ("[" * 100_000, "fleet.yaml:1: "),
    ],
)
def test_a_text_that_is_no_plan_at_all_is_one_problem(text, problem):
    (found,) = problems_of(text)
    assert found.startswith(problem)


def test_a_few_lines_that_mean_billions_are_refused_before_they_are_written_out():
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (found,) = problems_of("\n".join(lines))
    assert "anchors" in found


def test_a_key_that_stands_twice_is_told_with_both_lines():
    text = as_yaml(SMALLEST) + "paused: no\npaused: yes\n"
    line = text.splitlines().index("paused: no") + 1
    assert problems_of(text) == (f"fleet.yaml:{line}: paused: stands twice; the second time on line {line + 1}",)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"scope": SMALLEST["scope"]}, "version: missing"),
        ({"version": "azlocal.fleet/1"}, "scope: missing"),
        ({**SMALLEST, "version": "azlocal.fleet/2"}, "version: 'azlocal.fleet/2' is not a form this azlocal reads; write azlocal.fleet/1"),
        ({**SMALLEST, "scope": {}}, "scope: names neither subscriptions nor managementGroups, so there is nowhere to look"),
        ({**SMALLEST, "scope": {"exclude": [GROUP]}}, "scope: names neither subscriptions nor managementGroups, so there is nowhere to look"),
        ({**SMALLEST, "scope": {"subscriptions": []}}, "scope: names neither subscriptions nor managementGroups, so there is nowhere to look"),
        ({**SMALLEST, "scope": [SUB]}, "scope: expected a mapping, found a list"),
        ({**SMALLEST, "scope": {"subscriptions": SUB}}, f"scope.subscriptions: expected a list, found '{SUB}'"),
        ({**SMALLEST, "scope": {"managementGroups": ["a/b"]}}, "scope.managementGroups[0]: 'a/b' is not the name of a management group"),
        ({**SMALLEST, "scope": {"subscriptions": [SUB], "exclude": ["c1"]}}, "scope.exclude[0]: 'c1' is not the id of a subscription, a resource group or a cluster"),
        ({**SMALLEST, "control": "rg-control"}, "control: 'rg-control' is not the id of a resource group"),
        ({**SMALLEST, "control": CLUSTER}, f"control: '{CLUSTER}' is not the id of a resource group"),
        ({**SMALLEST, "lease": GROUP}, f"lease: '{GROUP}' is not the id of a blob container"),
        ({**SMALLEST, "inputs": "http://host/inputs/"}, "inputs: a URL must begin with https://"),
        ({**SMALLEST, "paused": "maybe"}, "paused: 'maybe' is neither yes nor no"),
        ({**SMALLEST, "paused": ""}, "paused: has no value"),
        ({**SMALLEST, "factsFreshFor": "24h"}, "factsFreshFor: '24h' is not an ISO 8601 duration such as P1D, PT6H or PT30M"),
        ({**SMALLEST, "factsFreshFor": "PT0S"}, "factsFreshFor: 'PT0S' is shorter than PT1M"),
        ({**SMALLEST, "factsFreshFor": "P9999999999D"}, "factsFreshFor: 'P9999999999D' is a longer ISO 8601 duration than can be kept"),
        ({**SMALLEST, "rings": {}}, "rings: expected a list, found a mapping"),
        ({**SMALLEST, "rings": ["canary"]}, "rings[0]: expected a mapping, found 'canary'"),
        ({**SMALLEST, "expect": "1"}, "expect: unknown key here; it belongs to rings"),
        (with_ring(lease=LEASE), "rings[0].lease: unknown key here; it belongs to the plan itself"),
        (with_ring(max_concurrent="2"), "rings[0].max_concurrent: unknown key; did you mean 'maxConcurrent'?"),
        (with_ring(name="x" * 33), f"rings[0].name: '{'x' * 33}' is not 1 to 32 of a-z, 0-9 and -"),
        (with_ring(expect="0"), "rings[0].expect: '0' is not a whole number from 1 to 999999999"),
        (with_ring(expect="2.5"), "rings[0].expect: '2.5' is not a whole number"),
        (with_ring(expect="٣"), "rings[0].expect: '٣' is not a whole number"),
        (with_ring(expect=["1"]), "rings[0].expect: expected a single value, found a list"),
        (with_ring(expect="9" * 5000), f"rings[0].expect: '{'9' * 200}…' is not a whole number from 1 to 999999999"),
        (with_ring(maxConcurrent="0"), "rings[0].maxConcurrent: '0' is not a whole number from 1 to 999999999"),
        (with_ring(failureBudget="-1"), "rings[0].failureBudget: '-1' is not a whole number from 0 to 999999999"),
        (with_ring(soak="1 day"), "rings[0].soak: '1 day' is not an ISO 8601 duration such as P1D, PT6H or PT30M"),
        (with_ring(gate="auto"), "rings[0].gate: 'auto' is not approval or none"),
        (with_ring(select={}), "rings[0].select: selects nothing; give tags, names, regions, models, ids or an expression, or all: yes"),
        (with_ring(select={"all": "no"}), "rings[0].select: selects nothing; give tags, names, regions, models, ids or an expression, or all: yes"),
        (with_ring(select="all"), "rings[0].select: expected a mapping, found 'all'"),
        (with_ring(select=""), "rings[0].select: expected a mapping, found nothing"),
        (with_ring(select={"names": [], "regions": ["eastus"]}), "rings[0].select.names: names nothing; leave it out or name something"),
        (with_ring(select={"tags": {}}), "rings[0].select.tags: names nothing; leave it out or name something"),
        (with_ring(select={"tags": {"env": ["a"]}}), "rings[0].select.tags.env: expected a single value, found a list"),
        (with_ring(select={"all": "yes", "names": ["a"]}), "rings[0].select.all: stands alone: the other parts would narrow what it says"),
        (with_ring(select={"tag": {"a": "b"}}), "rings[0].select.tag: unknown key; did you mean 'tags'?"),
        (with_ring(select={"ids": [LEASE]}), f"rings[0].select.ids[0]: '{LEASE}' is the id of a Microsoft.Storage/storageAccounts/blobServices/containers, not of a Microsoft.AzureStackHCI/clusters"),
        (with_window(days="weekdays"), "rings[0].windows[0].days: 'weekdays' is no day of the week; write mon to sun, a range such as mon-fri, or all"),
        (with_window(days=[]), "rings[0].windows[0].days: names no day"),
        (with_window(**{"from": "24:00"}), "rings[0].windows[0].from: '24:00' is not a time HH:MM"),
        (with_window(**{"from": "9:00"}), "rings[0].windows[0].from: '9:00' is not a time HH:MM"),
        (with_window(to="24:01"), "rings[0].windows[0].to: '24:01' is not a time HH:MM"),
        (with_window(zone="Berlin"), "rings[0].windows[0].zone: 'Berlin' is no IANA time zone; did you mean 'Europe/Berlin'?"),
        (with_window(zone="../../etc/passwd"), "rings[0].windows[0].zone: '../../etc/passwd' is no IANA time zone; write one such as Europe/Oslo or UTC"),
        (with_window(zone="localtime"), "rings[0].windows[0].zone: 'localtime' is no IANA time zone; write one such as Europe/Oslo or UTC"),
        ({**SMALLEST, "attestations": [{**ATTESTATION, "key": "not-streched"}]}, "attestations[0].key: 'not-streched' is no question azlocal asks; did you mean 'not-stretched'?"),
        ({**SMALLEST, "attestations": [{**ATTESTATION, "until": "2026-02-30"}]}, "attestations[0].until: '2026-02-30' is not a date YYYY-MM-DD"),
        ({**SMALLEST, "attestations": [{**ATTESTATION, "select": {}}]}, "attestations[0].select: selects nothing; give tags, names, regions, models, ids or an expression, or all: yes"),
        ({**SMALLEST, "freezes": [{**FREEZE, "to": "2026-12-01"}]}, "freezes[0].to: 2026-12-01 is before 2026-12-20, the first day"),
        ({**SMALLEST, "freezes": [{**FREEZE, "from": "20261220"}]}, "freezes[0].from: '20261220' is not a date YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_by_its_path_and_by_what_would_be_right(data, problem):
    assert told(data) == [problem]


def test_a_ring_may_not_be_named_like_another():
    data = {**SMALLEST, "rings": [RING, {**RING, "name": "broad"}, RING]}
    assert told(data) == ["rings[2].name: 'canary' is the name of rings[0] already"]


def test_what_is_wrong_between_keys_is_told_together_with_what_is_wrong_in_one():
    freeze = {"from": "2026-12-20", "to": "2026-12-01", "zone": "Nowhere/Land"}
    data = {"version": "1", "scope": {"exclude": ["c1"]}, "rings": [RING, {**RING, "expect": "x"}], "freezes": [freeze]}
    assert sorted(problem.split(": ", 1)[0] for problem in told(data)) == [
        "freezes[0].to", "freezes[0].zone", "rings[1].expect", "rings[1].name", "scope", "scope.exclude[0]", "version",
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["name", "select", "expect"])
def test_a_ring_without_a_required_key_is_told_so(part):
    ring = {name: value for name, value in RING.items() if name != part}
    assert f"rings[0].{part}: missing" in told({**SMALLEST, "rings": [ring]})


@pytest.mark.parametrize("part", sorted(WINDOW))
def test_a_window_without_a_required_key_is_told_so(part):
    window = {name: value for name, value in WINDOW.items() if name != part}
    assert told(with_ring(windows=[window])) == [f"rings[0].windows[0].{part}: missing"]


@pytest.mark.parametrize("part", sorted(ATTESTATION))
def test_an_attestation_without_a_required_key_is_told_so(part):
    attestation = {name: value for name, value in ATTESTATION.items() if name != part}
    assert told({**SMALLEST, "attestations": [attestation]}) == [f"attestations[0].{part}: missing"]


@pytest.mark.parametrize("part", ["from", "to"])
def test_a_freeze_without_a_required_key_is_told_so(part):
    freeze = {name: value for name, value in FREEZE.items() if name != part}
    assert told({**SMALLEST, "freezes": [freeze]}) == [f"freezes[0].{part}: missing"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("all", range(7)),
        ("mon", [0]),
        ("Monday", [0]),
        ("mon-fri", range(5)),
        ("fri-mon", [4, 5, 6, 0]),
        ("tuesday - thursday", [1, 2, 3]),
        ("sat, sun", [5, 6]),
        (["SAT", "sun"], [5, 6]),
        (["mon-tue", "sun"], [0, 1, 6]),
        ("sun-sun", [6]),
    ],
)
def test_days_are_names_ranges_or_all(days, expected):
    assert plan_of(with_window(days=days)).rings[0].windows[0].days == frozenset(expected)


@pytest.mark.parametrize("end", ["24:00", "00:00"])
def test_a_window_to_the_end_of_the_day_is_a_whole_day(end):
    (window,) = plan_of(with_window(to=end)).rings[0].windows
    assert (window.opens, window.closes) == (time(0), time(0))


def test_times_stay_times_although_yaml_would_make_numbers_of_them():
    text = as_yaml(with_window(**{"from": "FROM", "to": "TO"})).replace("FROM", "22:00").replace("TO", "04:30")
    (window,) = read_plan(text, "fleet.yaml").rings[0].windows
    assert (window.opens, window.closes) == (time(22), time(4, 30))


def test_keys_with_nothing_behind_them_are_empty_lists_or_left_out():
    text = as_yaml(SMALLEST) + "rings:\nattestations:\nfreezes:\ninputs:\ncontrol:\nlease:\n"
    assert read_plan(text, "fleet.yaml") == plan_of(SMALLEST)


def test_json_is_a_plan_too():
    assert read_plan(json.dumps({**SMALLEST, "paused": True, "rings": [{**RING, "expect": 1}]}), "fleet.json").paused


def test_a_signature_in_the_address_of_the_plan_is_never_shown():
    (problem,) = problems_of("", "https://account.blob.core.windows.net/plans/fleet.yaml?sig=abc")
    assert problem.startswith("https://account.blob.core.windows.net/plans/fleet.yaml:1: ")


def test_what_stands_behind_an_unknown_key_or_in_broken_yaml_is_never_shown():
    for text in (as_yaml({**SMALLEST, "password": "hunter2"}), "password: hunter2: [\n", "hunter2", "- hunter2"):
        assert "hunter2" not in "".join(problems_of(text))


@given(st.text() | st.text("ab:[]{}-&*!'\"\n #,?|>%\t", max_size=60))
def test_any_text_but_a_plan_is_refused_with_places(text):
    assert all(problem.startswith("fleet.yaml:") for problem in problems_of(text))


# A plan written from values reads back as these values.

words = st.text("abcXYZ019 äß中-_*.#:'\"", min_size=1, max_size=12).map(str.strip).filter(bool)
names = st.text("abcz09-", min_size=1, max_size=32)
guids = st.uuids().map(str)
groups = st.builds("/subscriptions/{}/resourceGroups/{}".format, guids, st.text("abAB09_-()", min_size=1, max_size=20))
cluster_ids = st.builds(
    "{}/providers/Microsoft.AzureStackHCI/clusters/{}".format, groups, st.text("abAB09-", min_size=1)
)
leases = st.builds(
    "{}/providers/Microsoft.Storage/storageAccounts/{}/blobServices/default/containers/{}".format,
    groups, st.text("az09", min_size=3, max_size=24), st.text("az09", min_size=3, max_size=63),
)  # fmt: skip
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=400)).map(
    lambda one: timedelta(seconds=int(one.total_seconds()))
)
zones = st.sampled_from(["UTC", "Europe/Oslo", "America/Sao_Paulo", "Pacific/Chatham"])
clock = st.builds(time, st.integers(0, 23), st.integers(0, 59))
dates = st.dates(date(2026, 1, 1), date(2030, 12, 31))


def tuples(of, **limits):
    return st.lists(of, max_size=3, **limits).map(tuple)


expressions = st.sampled_from(["nodes <= 4", "(model like 'ax-*' and not tags['site'] in ['a', 'b'])"])
limits = st.integers(1, 99) | st.builds(Share, st.integers(1, 100))
budgets = st.integers(0, 9) | st.builds(Share, st.integers(0, 100))
caps = st.builds(Cap, by=st.sampled_from(["tag:site", "model", "region", "subscription"]), max=st.integers(1, 9))
narrow = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.dictionaries(words, words, min_size=1, max_size=3), "names": tuples(words, min_size=1),
        "regions": tuples(words, min_size=1), "models": tuples(words, min_size=1), "ids": tuples(cluster_ids, min_size=1),
        "expression": expressions,
    },
).filter(bool)  # fmt: skip
selectors = narrow.map(lambda parts: Selector(**parts)) | st.just(Selector(all=True))
windows = st.builds(Window, days=st.frozensets(st.integers(0, 6), min_size=1), opens=clock, closes=clock, zone=zones)
rings = st.builds(
    Ring, name=names, select=selectors, expect=st.integers(1, 999), max_concurrent=limits,
    failure_budget=budgets, soak=spans, gate=st.sampled_from(["approval", "none"]), windows=tuples(windows),
    ramp=tuples(limits), caps=tuples(caps), order=st.sampled_from(["name", "nodes"]),
)  # fmt: skip
attestations = st.builds(
    Attestation, key=st.sampled_from(sorted(QUESTIONS)), value=st.sampled_from(["yes", "no"]), by=words,
    until=st.none() | dates, select=selectors,
)  # fmt: skip
days_of_year = st.dates(date(2000, 1, 1), date(2000, 12, 31))
yearly = st.builds(Freeze, first=days_of_year, last=days_of_year, zone=zones, yearly=st.just(True))
freezes = yearly | st.builds(
    lambda days, zone, reason: Freeze(first=min(days), last=max(days), zone=zone, reason=reason),
    st.tuples(dates, dates), zones, st.just("") | words,
)  # fmt: skip
plans = st.builds(
    FleetPlan,
    digest=st.just(""),
    scope=st.builds(Scope, subscriptions=tuples(guids, min_size=1), management_groups=tuples(names), exclude=tuples(groups | cluster_ids)),
    rings=st.lists(rings, max_size=4, unique_by=lambda ring: ring.name).map(tuple),
    control=st.just("") | groups, lease=st.just("") | leases, inputs=st.just("") | st.text("abc/.", min_size=1),
    attestations=tuples(attestations), freezes=tuples(freezes), paused=st.booleans(), update_extension=st.booleans(),
    validation_fresh_for=spans, facts_fresh_for=spans, caps=tuples(caps),
    validate=st.builds(Validating, max_concurrent=st.none() | limits, ahead=st.booleans()),
    retry=st.builds(Retry, safe=st.integers(0, 9)),
)  # fmt: skip


def written(plan):
    """The plan as a person would write it."""
    return {
        "version": "azlocal.fleet/1",
        "scope": {
            "subscriptions": list(plan.scope.subscriptions),
            "managementGroups": list(plan.scope.management_groups),
            "exclude": list(plan.scope.exclude),
        },
        "control": plan.control, "lease": plan.lease, "inputs": plan.inputs,
        "rings": [_ring(ring) for ring in plan.rings],
        "attestations": [
            {"select": _select(one.select), "key": one.key, "value": one.value, "by": one.by}
            | ({"until": one.until.isoformat()} if one.until else {})
            for one in plan.attestations
        ],
        "freezes": [
            {"from": _day(one.first, one.yearly), "to": _day(one.last, one.yearly), "zone": one.zone, "reason": one.reason}
            | ({"yearly": "yes"} if one.yearly else {})
            for one in plan.freezes
        ],
        "caps": [{"by": one.by, "max": one.max} for one in plan.caps],
        "validate": {"ahead": plan.validate.ahead}
        | ({"maxConcurrent": _amount(plan.validate.max_concurrent)} if plan.validate.max_concurrent else {}),
        "retry": {"safe": plan.retry.safe},
        "paused": plan.paused, "updateExtension": plan.update_extension,
        "validationFreshFor": format_duration(plan.validation_fresh_for),
        "factsFreshFor": format_duration(plan.facts_fresh_for),
    }  # fmt: skip


def _ring(ring):
    short = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return {
        "name": ring.name, "select": _select(ring.select), "expect": ring.expect,
        "maxConcurrent": _amount(ring.max_concurrent), "failureBudget": _amount(ring.failure_budget),
        "caps": [{"by": one.by, "max": one.max} for one in ring.caps], "order": ring.order,
        **({"ramp": list(map(_amount, ring.ramp))} if ring.ramp else {}),
        "soak": format_duration(ring.soak), "gate": ring.gate,
        "windows": [
            {"days": [short[day] for day in one.days], "from": f"{one.opens:%H:%M}", "to": f"{one.closes:%H:%M}", "zone": one.zone}
            for one in ring.windows
        ],
    }  # fmt: skip


def _amount(amount):
    return amount if isinstance(amount, int) else f"{amount.percent}%"


def _day(day, yearly):
    return f"{day:%m-%d}" if yearly else day.isoformat()


def _select(select):
    if select.all:
        return {"all": True}
    parts = {name: getattr(select, name) for name in ("names", "regions", "models", "ids")}
    more = {name: part for name, part in (("tags", dict(select.tags)), ("expression", select.expression)) if part}
    return {name: list(part) for name, part in parts.items() if part} | more


@given(plans)
def test_a_plan_written_from_values_reads_back_as_these_values(plan):
    read = plan_of(written(plan))
    assert read == FleetPlan(
        **{name: getattr(plan, name) for name in plan.__slots__ if name != "digest"}, digest=read.digest
    )


# The schema for editors.


def test_the_schema_knows_every_key_says_what_it_is_for_and_allows_no_other():
    schema = json.loads(json.dumps(plan_schema()))
    described = {"PlanPart": schema, **schema["$defs"]}
    for part in PARTS.values():
        one = described[part.__name__]
        assert one["additionalProperties"] is False
        assert sorted(one["properties"]) == sorted(keys_of(part))
        assert all(field["description"] for field in one["properties"].values())


def test_the_schema_takes_the_required_keys_and_defaults_from_the_contract():
    schema = plan_schema()
    ring = schema["$defs"]["RingPart"]
    assert (schema["required"], ring["required"]) == (["version", "scope"], ["name", "select", "expect"])
    assert ring["properties"]["soak"] == {
        "type": "string", "format": "duration", "default": "P1D", "title": "soak",
        "description": "wait after the last success before the next ring opens",
    }  # fmt: skip
    assert schema["properties"]["validationFreshFor"]["default"] == "P3D"
