"""What the workbook's buttons send: accepted by ARM, understood by azlocal, refused to a viewer without rights."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from workbook_portal import Portal

from azlocal.automation import read_argument
from azlocal.core.tags import Approval
from azlocal.sandbox import identity

HOLD, RELEASE, APPROVE, PAUSE, TICK = "Hold the cluster", "Release", "Approve the ring", "Pause the fleet", "Run a tick"


@pytest.fixture(scope="module")
def shared():
    return Portal(ticks=1)


@pytest.fixture
def portal(shared):
    """The shared world with the tags it had, however a test leaves it."""
    store = shared.azure.store
    before = {one["id"]: one for one in store.all()}
    yield shared
    shared.azure.rbac = False
    shared.azure.advance(timedelta(minutes=20))
    for one in list(store.all()):
        if one["id"] in before and one.get("tags") != before[one["id"]].get("tags"):
            shared.azure.changed({**one, "tags": dict(before[one["id"]].get("tags") or {})})
    shared.azure.advance(timedelta(minutes=2))


def holdable(portal, name="fleet clusters"):
    return next(one for one in portal.view(name) if one["HoldPath"])


def decision(portal, cluster_id):
    found = portal.app().census().clusters
    return next(one.decision for one in found if one.cluster.id.lower() == cluster_id.lower())


@pytest.mark.parametrize("view", ["fleet clusters", "live clusters"])
def test_hold_sets_the_tag_and_azlocal_starts_nothing_there(portal, view):
    row = holdable(portal, view)
    before = portal.tags(row["ClusterId"])
    status, _ = portal.press(HOLD, row)
    assert status == 200
    assert portal.tags(row["ClusterId"]) == {**before, "azlocal-hold": "reason=held in the workbook"}
    portal.azure.advance(timedelta(minutes=1))
    found = decision(portal, row["ClusterId"])
    assert (found.kind, found.reason) == ("Hold", "Held")


def test_a_hold_is_listed_and_its_release_removes_it_and_nothing_else(portal):
    row = holdable(portal)
    before = portal.tags(row["ClusterId"])
    portal.press(HOLD, row)
    portal.azure.advance(timedelta(minutes=1))
    for view in ("fleet held", "live held"):
        (held,) = (one for one in portal.view(view) if one["ClusterId"].lower() == row["ClusterId"])
        assert held["HoldValue"] == "reason=held in the workbook"
    status, _ = portal.press(RELEASE, held)
    assert (status, portal.tags(row["ClusterId"])) == (200, before)
    portal.azure.advance(timedelta(minutes=1))
    assert decision(portal, row["ClusterId"]).reason != "Held"


VALUES = [
    "reason=stocktaking until May;by=ops@example.com", "it's ours", "", "été ☃ \u202e", "a\\b", 'say "no"', "{Workspace}",
    '["HoldPath"]', "a`b", "<b>", "100 %", "x" * 256,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_whatever_holds_a_cluster_is_released_exactly_or_has_no_button(portal, value):
    row = holdable(portal)
    document = portal.azure.store.get(row["ClusterId"])
    before = portal.tags(row["ClusterId"])
    portal.azure.changed({**document, "tags": {**before, "AzLocal-Hold": value}})
    portal.azure.advance(timedelta(minutes=1))
    (held,) = (one for one in portal.view("fleet held") if one["ClusterId"].lower() == row["ClusterId"])
    assert held["HoldValue"] == value
    if set(value) & set('"\\{}[]`<>|'):
        assert (held["ReleasePath"], held["Otherwise"]) == ("", "azlocal-upgrade release")
    else:
        assert portal.press(RELEASE, held)[0] == 200
        assert portal.tags(row["ClusterId"]) == before


def test_a_hold_that_was_changed_meanwhile_is_not_released(portal):
    row = holdable(portal)
    portal.press(HOLD, row)
    portal.azure.advance(timedelta(minutes=1))
    held = next(one for one in portal.view("fleet held") if one["ClusterId"].lower() == row["ClusterId"])
    document = portal.azure.store.get(row["ClusterId"])
    portal.azure.changed({**document, "tags": {**document["tags"], "azlocal-hold": "reason=do not touch"}})
    portal.press(RELEASE, held)
    assert portal.tags(row["ClusterId"])["azlocal-hold"] == "reason=do not touch"


def ring(portal, name="early"):
    return next(one for one in portal.view("rollout approve") if one["Ring"] == name)


def state(portal, name="early"):
    return next(one for one in portal.app().census().rings if one.name == name)


def test_an_approval_is_what_azlocal_reads_as_one_of_this_plan_and_these_members(portal):
    assert not state(portal).approved
    row = ring(portal)
    assert row["ApprovePath"].lower() == portal.control.lower()
    status, _ = portal.press(APPROVE, row)
    assert status == 200
    given = Approval.parse(portal.tags(portal.control)["azlocal-approve-early"])
    assert (given.plan, given.members, given.by) == (row["PlanDigest"], row["MembersDigest"], "workbook")
    assert given.until is not None
    assert given.until > portal.azure.clock.now()
    assert state(portal).approved
    assert (state(portal).approval_problem, state(portal, "broad").approved) == ("", False)


def test_an_approval_of_other_members_opens_nothing(portal):
    portal.press(APPROVE, {**ring(portal), "MembersDigest": "0" * 12})
    assert not state(portal).approved
    assert "member" in state(portal).approval_problem


def test_a_ring_that_needs_no_approval_has_no_button_and_none_has_one_without_a_control_group(portal):
    assert {one["Ring"] for one in portal.view("rollout approve") if one["ApprovePath"]} == {"early", "broad", "tail"}
    for place in ("", "/subscriptions/x/resourceGroups/y", '/"; evil()', "{Workspace}"):
        assert {one["ApprovePath"] for one in portal.view("rollout approve", ControlGroup=place)} == {""}


def test_pause_stops_every_start(portal):
    assert portal.press(PAUSE)[0] == 200
    reasons = {one.decision.reason for one in portal.app().census().clusters if one.decision.kind.startswith("Start")}
    assert (portal.tags(portal.control)["azlocal-pause"], reasons) == ("reason=paused in the workbook", set())


def test_run_tick_pressed_twice_is_one_job_that_says_what_the_schedule_says(portal):
    status, made = portal.press(TICK)
    assert status == 201
    again, refused = portal.press(TICK)
    assert (again, refused["error"]["code"]) == (409, "Conflict")
    (job,) = portal.jobs()
    ((runbook, argument),) = portal.place.jobs()
    assert job["properties"]["runbook"]["name"] == runbook == "fleet_tick"
    assert read_argument([job["properties"]["parameters"]["argument"]]) == read_argument([argument])
    assert made["name"] == job["name"]
    portal.azure.advance(timedelta(minutes=15))
    assert portal.press(TICK)[0] == 201
    assert len(portal.jobs()) == 2


def test_a_job_of_a_runbook_that_is_not_there_is_refused(portal):
    account = portal.outputs["automationAccountId"]
    url = f"https://management.azure.com{account}/jobs/11111111-1111-4111-8111-111111111111?api-version=2024-10-23"
    count = len(portal.jobs())
    for runbook, status in (({"name": "nothing"}, 404), ({}, 400), (None, 400)):
        assert portal.send("PUT", url, json.dumps({"properties": {"runbook": runbook}}))[0] == status
    assert len(portal.jobs()) == count


def test_a_viewer_without_rights_gets_arms_refusal_and_nothing_happens(portal):
    rows = {HOLD: holdable(portal), RELEASE: None, APPROVE: ring(portal), PAUSE: None, TICK: None}
    rows[RELEASE] = portal.view("fleet held")[0]
    chosen = {"TickJob": portal.tick_job()}
    person = identity.OBJECTS[identity.PERSON_CLIENT][1]
    for one in list(portal.azure.store.of_type("Microsoft.Authorization/roleAssignments")):
        if one["properties"]["principalId"] == person:
            portal.azure.store.delete(one["id"])
    portal.azure.rbac = True
    effects, jobs = portal.azure.effects, len(portal.jobs())
    for title, row in rows.items():
        status, answer = portal.press(title, row, **chosen)
        assert (status, answer["error"]["code"]) == (403, "AuthorizationFailed"), title
    assert (portal.azure.effects, len(portal.jobs())) == (effects, jobs)


def test_the_workbook_deploys_alone_and_again_without_change(portal):
    deploy = portal.place.client.deployments.begin_create_or_update
    body = portal.place.body("workbook.json", namePrefix="alone")
    first = deploy("rg-azlocal-install", "workbook", body).result().as_dict()["properties"]
    assert first["provisioningState"] == "Succeeded"
    document = portal.azure.store.get(first["outputs"]["workbookId"]["value"])
    assert (document["kind"], document["properties"]["sourceId"]) == ("shared", "azure monitor")
    told = portal.place.client.deployments.begin_what_if("rg-azlocal-install", "workbook", body).result().as_dict()
    assert {one["changeType"] for one in told["properties"]["changes"] if one["resourceId"] == document["id"]} == {
        "NoChange"
    }
