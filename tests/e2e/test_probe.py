"""Probe on the sandbox: silent where answers are as azlocal assumes, exact where not, and no word of the customer's."""

from __future__ import annotations

import copy
import dataclasses
import json
import re

import pytest
from flight import Flight
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azlocal.cli.main import run

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")


@pytest.fixture(scope="module")
def flight(tmp_path_factory):
    return Flight(tmp_path_factory.mktemp("probe"), "fleet-small")


@pytest.fixture(autouse=True)
def _as_it_was(flight):
    yield
    flight.changing = lambda request, response: response
    flight.unreachable.clear()


def ends(path):
    return lambda request: request.path.lower().endswith(path)


def listed(change):
    """Change every item of a list."""

    def changed(body):
        for one in body["value"]:
            change(one)
        return body

    return changed


def put(*path, value):
    def change(document):
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return change


def drop(*path):
    def change(document):
        for part in path[:-1]:
            document = document[part]
        del document[path[-1]]

    return change


CLUSTERS = ends("/clusters")
SETTINGS = ends("/deploymentsettings")


def in_place(change):
    def changed(body):
        change(body)
        return body

    return changed


def retired(body):
    for kind in body["resourceTypes"]:
        kind["apiVersions"] = [one for one in kind["apiVersions"] if one != "2026-10-01"]
    return body


def folded_ids(body):
    body["data"] = [{**one, "id": one["id"].upper()} for one in body["data"]]
    return body


def half(body):
    if body.get("$skipToken"):
        body["data"] = body["data"][:50]
    return body


def paused(one):
    if one["name"] == "clu-aarhus-01":
        one["properties"]["status"] = "ValidationPaused"


def failed_upgrade_ends_elsewhere(one):
    if one["properties"]["reportedProperties"].get("deploymentStatus", {}).get("status") == "Error":
        one["properties"]["provisioningState"] = "PartiallySucceeded"


DEFECTS = {
    "a property is gone": (CLUSTERS, listed(drop("properties", "lastSyncTimestamp")), "missing-property"),
    "a property is new": (CLUSTERS, listed(put("properties", "contosoRing", value="a")), "unknown-property"),
    "a number is text": (
        CLUSTERS, listed(put("properties", "trialDaysRemaining", value="12")), "other-type",
    ),
    "an object is null": (CLUSTERS, listed(put("properties", "reportedProperties", value=None)), "other-type"),
    "a time has no zone": (
        CLUSTERS, listed(put("properties", "lastSyncTimestamp", value="2026-11-23T08:00:00")), "other-type",
    ),
    "a status is new": (CLUSTERS, listed(paused), "other-word"),
    "a word is written otherwise": (SETTINGS, listed(put("properties", "deploymentMode", value="validate")), "other-case"),
    "an api-version is retired": (ends("/microsoft.azurestackhci"), retired, "api-version"),
    "ids come in another case": (ends("/microsoft.resourcegraph/resources"), folded_ids, "switch"),
    "pages are of another size": (ends("/microsoft.resourcegraph/resources"), half, "switch"),
    "a failed upgrade ends in another state": (SETTINGS, listed(failed_upgrade_ends_elsewhere), "switch"),
}  # fmt: skip


def found(flight, capsys):
    code = run(["probe", "-o", "tsv"], flight.app)
    told = capsys.readouterr()
    return code, [line.split("\t") for line in told.out.splitlines()], told.out


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_deviation_is_found_by_its_kind_and_told_without_its_value(flight, capsys, defect):
    fits, change, kind = DEFECTS[defect]
    flight.answer(fits, change)
    code, rows, text = found(flight, capsys)
    assert {row[0] for row in rows} == {kind}
    assert code == 0
    assert "contoso" not in text.lower()


def test_a_quota_header_of_another_format_is_told(flight, capsys):
    flight.changing = lambda request, response: dataclasses.replace(
        response, headers={**response.headers, "x-ms-user-quota-remaining": "plenty"}
    )
    _, rows, text = found(flight, capsys)
    assert [(row[0], row[1]) for row in rows] == [("other-type", "graphAnswer.x-ms-user-quota-remaining")]
    assert "plenty" not in text


@pytest.mark.parametrize("scenario", ["fleet-small", "single-happy"])
def test_it_is_silent_where_answers_are_as_assumed_and_only_reads(tmp_path, capsys, scenario):
    flight = Flight(tmp_path, scenario)
    before, last = flight.azure.effects, flight.front.journal.after()
    code, done, _ = flight.command(capsys, "probe")
    assert (code, done["deviations"], done["refused"]) == (0, [], [])
    assert all(one["offered"] for one in done["apiVersions"])
    assert all(set(one["observed"]) <= set(one["settings"]) for one in done["switches"])
    assert flight.azure.effects == before
    sent = flight.front.journal.after()[len(last) :]
    assert {(one.method, one.path.lower()) for one in sent if one.method != "GET"} == {
        ("POST", "/providers/microsoft.resourcegraph/resources")
    }


def test_every_switch_that_shows_is_observed(flight, capsys):
    _, done, _ = flight.command(capsys, "probe")
    seen = {one["name"]: one["observed"] for one in done["switches"]}
    assert seen == {
        "echo": ["complete"], "validation-status-after-deploy": ["kept"],
        "provisioning-state-after-failed-deploy": ["Failed"], "update-summary-before-upgrade": ["absent"],
        "status-after-upgrade": seen["status-after-upgrade"], "graph-id-case": ["kept"], "graph-default-top": ["100"],
    }  # fmt: skip


def test_what_is_refused_is_told_by_what_was_read_and_ends_with_3(flight, capsys):
    refusal = {"kind": "status", "path": "/clusters$", "status": 403, "code": "AuthorizationFailed", "times": 3}
    flight.front.faults.order(refusal)
    code, done, _ = flight.command(capsys, "probe")
    assert code == 3
    assert done["refused"] == [{"read": "clusters", "status": 403, "code": "AuthorizationFailed", "times": 3}]


# nothing of the customer's


def poisoned(value, words, inside_maps):
    """Return an answer with every text, and every property that a customer names, replaced by words of theirs."""
    if isinstance(value, str):
        return next(words)
    if isinstance(value, list):
        return [poisoned(one, words, inside_maps) for one in value]
    if isinstance(value, dict):
        return {
            (next(words) if name in inside_maps else name): poisoned(one, words, inside_maps)
            for name, one in value.items()
        }
    return value


def endless(texts):
    place = 0
    while True:
        yield f"{texts[place % len(texts)]}"
        place += 1


secrets = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(lambda one: f"Fabrikam {one} AG"),
    st.uuids().map(str),
    st.ip_addresses().map(str),
    st.emails(),
    st.from_regex(r"\A[a-z]{3,10}-[a-z]{3,10}-\d\d\.contoso\.(com|local)\Z"),
    st.uuids().map(lambda one: f"/subscriptions/{one}/resourceGroups/rg-fabrikam/providers/Microsoft.X/y/clu-fabrikam"),
    st.uuids().map(lambda one: f"The client '{one}' may not reach https://kv-fabrikam.vault.azure.net/secrets/lcm."),
)  # fmt: skip


@pytest.mark.parametrize(("where", "status"), [("all", 200), ("leaf", 200), ("leaf", 403)])
@given(words=st.lists(secrets, min_size=1, max_size=4))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_nothing_that_a_customer_named_is_in_the_output(flight, capsys, words, where, status):
    """Every text of every answer is theirs (so nothing can be read on), or all but the ids that lead on."""

    def changing(request, response):
        if not response.body or request.path.startswith("/metadata"):
            return response
        body = json.loads(response.body)
        kept = {name: copy.deepcopy(body[name]) for name in ("nextLink", "$skipToken") if name in body}
        theirs = poisoned(body, endless(words), {"tags", "site", "contoso"})
        theirs = theirs if where == "all" else {**relinked(theirs, body), **kept}
        return dataclasses.replace(response, body=json.dumps(theirs).encode(), status=max(status, response.status))

    flight.changing = changing
    told = output(flight, capsys)
    for word in words:
        assert word not in told
        assert json.dumps(word)[1:-1] not in told
    if where == "leaf" and status == 200:
        assert len(READ.findall(told)) > 4


READ = re.compile(
    r'"(?:cluster|deploymentSettings|machine|machineExtension|arcSettings|graphAnswer|tags|edgeDevice)": [1-9]'
)


def relinked(theirs, ours):
    """Return an answer of the customer's words that still leads to the next one."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = dict(zip(ours, theirs))
        found = {names[name]: relinked(theirs[names[name]], one) for name, one in ours.items() if names[name] in theirs}
        return {
            **found,
            **{name: ours[name] for name in ("id", "name", "subscriptionId", "ehcResourceId") if name in ours},
        }
    if isinstance(ours, list) and isinstance(theirs, list):
        return [relinked(one, other) for one, other in zip(theirs, ours)]
    return theirs


def output(flight, capsys):
    texts = []
    for form in ("json", "table"):
        run(["probe", "-o", form], flight.app)
        told = capsys.readouterr()
        texts += [told.out, told.err]
    return "\n".join(texts)


def test_no_name_of_the_fleet_itself_is_in_the_output(flight, capsys):
    flight.answer(CLUSTERS, listed(put("properties", "status", value="ValidationPaused")))
    text = output(flight, capsys).lower()
    for kind in (
        "Microsoft.AzureStackHCI/clusters",
        "Microsoft.HybridCompute/machines",
        "Microsoft.Resources/resourceGroups",
    ):
        for document in flight.azure.store.of_type(kind):
            assert document["name"].lower() not in text
            assert document["id"].lower() not in text
