"""A census as a document holds every fact and gives it back."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone

import pytest
from fleets import NOW, after, facts, look, look_without_plan, old, plan, ring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azlocal.core.facts import ABSENT, Absence, ClusterFacts, ControlFacts, FleetFacts, SettingsFacts, Step
from azlocal.core.tags import Acceptance, Approval
from azlocal.errors import BadInput
from azlocal.report.documents import census_document
from azlocal.report.snapshot import camel, encode, read_moment, read_snapshot
from azlocal.service.look import judge

EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)
MOMENTS = st.integers(0, 3 * 10**15).map(lambda micro: EPOCH + timedelta(microseconds=micro))
TEXTS = st.text(max_size=12)
STEPS = st.builds(
    Step, name=TEXTS, index=TEXTS, status=TEXTS, started_at=st.none() | MOMENTS, ended_at=st.none() | MOMENTS,
    percent=st.none() | st.floats(0, 100), exceptions=st.tuples(TEXTS) | st.just(()),
    steps=st.builds(lambda name: (Step(name=name),), TEXTS) | st.just(()),
)  # fmt: skip

for kind, strategy in ((datetime, MOMENTS), (str, TEXTS), (Step, STEPS), (Absence, st.just(ABSENT))):
    st.register_type_strategy(kind, strategy)


def every(kind):
    """Return a strategy for facts in which every field takes every form it can take."""
    return st.builds(kind, **{field.name: ... for field in fields(kind)})


FLEETS = st.builds(
    FleetFacts, cloud=TEXTS, clusters=st.lists(every(ClusterFacts), max_size=2).map(tuple), control=st.none() | every(ControlFacts),
    holds=st.dictionaries(TEXTS, TEXTS, max_size=2), gaps=st.lists(TEXTS, max_size=2).map(tuple), observed_at=st.none() | MOMENTS,
)  # fmt: skip
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(FLEETS)
def test_facts_written_as_json_and_read_back_are_the_same_facts(fleet):
    document = json.loads(json.dumps(census_document(judge(fleet, None, {}, NOW))))
    assert read_snapshot(document) == fleet
    assert read_moment(document) == NOW


def test_the_property_above_reaches_absence_as_well_as_ignorance():
    seen = set()

    @SLOW
    @given(every(ClusterFacts))
    def collect(cluster):
        seen.add(type(cluster.settings))

    collect()
    assert seen == {SettingsFacts, Absence, type(None)}


def test_what_was_decided_live_is_decided_again_from_the_snapshot():
    wanted = plan(ring(), ring("two"))
    live = look(after("a", "deploy", "Error", "Failed"), old("b"), wanted=wanted)
    document = json.loads(json.dumps(census_document(live)))
    again = judge(read_snapshot(document), wanted, {}, read_moment(document))
    assert again == live


def test_unknown_and_absent_are_told_apart():
    assert [encode(one) for one in (None, ABSENT, "")] == [None, "absent", ""]


def test_a_moment_keeps_its_microseconds():
    assert encode(NOW.replace(microsecond=123456)) == "2026-11-24T12:00:00.123456Z"


def test_a_part_of_a_fleet_reads_as_a_fleet_with_a_gap():
    whole = look(old("a"), old("b"))
    assert read_snapshot(census_document(whole)).gaps == ()
    part = read_snapshot(census_document(whole, whole.clusters[:1]))
    assert (len(part.clusters), "only a part" in part.gaps[0]) == (1, True)


def test_keys_of_a_later_version_of_azlocal_are_ignored():
    document = census_document(look_without_plan(old("a")))
    document["clusters"][0]["facts"]["newFact"] = 1
    assert read_snapshot({**document, "more": 1}) == facts(old("a"))


def broken(change):
    document = json.loads(json.dumps(census_document(look_without_plan(after("a", "deploy", "Error", "Failed")))))
    change(document)
    return document


def own(document):
    return document["clusters"][0]["facts"]


BROKEN = {
    "no object": ([], "version"),
    "other version": (broken(lambda d: d.update(version="azlocal.census/2")), "azlocal.census/1"),
    "no clusters": (broken(lambda d: d.update(clusters=None)), "clusters: expected a list"),
    "no facts": (broken(lambda d: d["clusters"][0].pop("facts")), r"clusters\[0\]: incomplete"),
    "no id": (broken(lambda d: own(d).pop("id")), r"clusters\[0\]\.facts: incomplete"),
    "number for a name": (broken(lambda d: own(d).update(name=7)), r"clusters\[0\]\.facts\.name: expected str"),
    "no moment": (broken(lambda d: own(d).update(observedAt="soon")), r"facts\.observedAt: expected a moment"),
    "tags no object": (broken(lambda d: own(d).update(tags=[])), r"facts\.tags: expected an object"),
    "settings a word": (broken(lambda d: own(d).update(settings="gone")), r"facts\.settings: expected an object"),
    "deep": (broken(lambda d: own(d)["settings"]["deploymentSteps"][0].update(percent="x")), r"deploymentSteps\[0\]\.percent"),
    "flag a number": (broken(lambda d: d["control"].update(paused=1)), r"control\.paused: expected bool"),
    "number a flag": (broken(lambda d: own(d)["settings"]["deploymentSteps"][0].update(percent=True)), "percent"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_document_that_is_no_snapshot_is_refused_with_the_place(case):
    document, place = BROKEN[case]
    with pytest.raises(BadInput, match=place) as caught:
        read_snapshot(document)
    assert "census -o json" in caught.value.remedy


def test_a_snapshot_without_a_moment_is_refused():
    with pytest.raises(BadInput, match="now"):
        read_moment(broken(lambda d: d.update(now="")))


def test_keys_are_camel_case_all_through():
    def keys(kind):
        return [camel(field.name) for field in fields(kind)]

    document = census_document(look_without_plan(old("a")))
    assert list(document["clusters"][0]["facts"]) == keys(ClusterFacts)
    assert list(document["control"]) == keys(ControlFacts)
    assert all(is_dataclass(kind) for kind in (Approval, Acceptance))
    assert (camel("last_sync_at"), camel("id")) == ("lastSyncAt", "id")
