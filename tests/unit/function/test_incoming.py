"""What is read of an event, and what is refused: forged, cut, oversized, or of no interest."""

from __future__ import annotations

import pytest
from desks import CLUSTER, EXTENSION, MACHINE, SETTINGS, cloud_event, event
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.ids import key
from azlocal.function.incoming import MOST_TEXT, Notice, NotOurs, read_event

LONG = "x" * (MOST_TEXT + 1)


@pytest.mark.parametrize(
    ("subject", "meant"), [(CLUSTER, CLUSTER), (SETTINGS, CLUSTER), (EXTENSION, MACHINE)], ids=["cluster", "settings", "ext"]
)  # fmt: skip
@pytest.mark.parametrize("made", [event, cloud_event], ids=["event grid", "cloud events"])
def test_an_event_of_either_schema_names_the_cluster_or_the_machine(made, subject, meant):
    notice = read_event(made(subject))
    assert notice.resource == key(meant)
    assert notice.callers == {"9b1d2c3e-4f50-4a61-8b72-9c83ad94be05"}


@pytest.mark.parametrize("end", ["Success", "Failure", "Cancel"])
def test_however_a_write_ended_it_is_looked_at(end):
    assert read_event(event(end=end)).resource == key(CLUSTER)


def test_ids_are_read_in_any_case():
    subject = CLUSTER.upper()
    assert read_event(event(subject, "MICROSOFT.AZURESTACKHCI/CLUSTERS/WRITE")).resource == key(CLUSTER)


REFUSED = {
    "nothing": None,
    "a text": "{}",
    "a list": [event()],
    "no data": event() | {"data": None},
    "data that is a text": event() | {"data": "x"},
    "another type": event(eventType="Microsoft.Resources.ResourceDeleteSuccess"),
    "a type that is a list": event(eventType=["Microsoft.Resources.ResourceWriteSuccess"]),
    "a handshake": {"id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {}},
    "another operation": event(operation="Microsoft.AzureStackHCI/clusters/delete"),
    "an operation of another resource": event(operation="Microsoft.HybridCompute/machines/extensions/write"),
    "another resource": event(f"{MACHINE}", "Microsoft.HybridCompute/machines/write"),
    "a deployment of ours": event(
        f"{CLUSTER}/providers/Microsoft.Resources/tags/default", "Microsoft.Resources/tags/write"
    ),
    "a subject that its data deny": event(data={"resourceUri": SETTINGS}),
    "no subject": event(subject="", data={"resourceUri": ""}),
    "a subject that is no id": event("../../etc/passwd", "x"),
    "a relative subject": event(f"{CLUSTER}/..", "x"),
    "a subject with empty parts": event(CLUSTER.replace("/clusters/", "//clusters/")),
    "a subject that is a number": event() | {"subject": 7},
    "an oversized subject": event(CLUSTER + LONG),
    "an oversized operation": event(operation=LONG),
    "an oversized id": event(id=LONG),
    "an oversized type": event(eventType=LONG),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_forged_cut_or_of_no_interest_is_refused(name):
    with pytest.raises(NotOurs):
        read_event(REFUSED[name])


@pytest.mark.parametrize("claims", [None, "x", [], {"appid": 7}, {"appid": {"x": 1}}, {"appid": "y" * (MOST_TEXT + 1)}])
def test_claims_that_make_no_sense_name_nobody(claims):
    assert read_event(event(data={"claims": claims})).callers == frozenset()


def test_an_event_that_comes_again_is_recorded_under_the_same_id():
    first, again, other = read_event(event()), read_event(event()), read_event(event(id="another"))
    assert first.look_id == again.look_id != other.look_id
    assert len(first.look_id) == 32


def test_a_refusal_names_nobody_and_repeats_nothing_of_the_event():
    told = []
    for one in REFUSED.values():
        with pytest.raises(NotOurs) as refused:
            read_event(one)
        told.append(str(refused.value))
    assert not [text for text in told if "Ada" in text or "passwd" in text or len(text) > 100]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.dictionaries(st.sampled_from(["id", "subject", "eventType", "type", "data"]), JSON))
def test_whatever_json_comes_is_refused_or_read_and_never_breaks(told, changed):
    for one in (told, {**event(), **changed}, event() | {"data": {**event()["data"], **changed}}):
        try:
            notice = read_event(one)
        except NotOurs:
            continue
        assert isinstance(notice, Notice)
        assert notice.resource == key(CLUSTER)
