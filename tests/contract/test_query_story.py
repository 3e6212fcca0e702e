"""A demo fleet's story told from the tables alone: what an operator asks, compared with what the sandbox knows.

The answers come from the query pack; the truth comes from the sandbox's journal of requests and its store.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from query_world import CLUSTERS, SETTINGS, ask, by, story

from azlocal.core.ids import deployment_name, key
from azlocal.core.tags import APPROVE, HOLD
from azlocal.core.times import parse_time
from azlocal.simulation.history import IDENTITY

pytest.importorskip("duckdb_kql")
FAILED, NEW = "Error", ("10.0.25398", "10.0.26100")


@pytest.fixture(scope="module")
def world():
    return story()[0]


@pytest.fixture(scope="module")
def history(world):
    return world.history()


@pytest.fixture(scope="module")
def fleet(world):
    return by(ask(world, "fleet-now"), "ClusterName")


def clusters(world):
    """Return the clusters of the store by name."""
    return {one["name"]: one for one in world.azure.store.of_type(CLUSTERS)}


def settings(world):
    """Return what the store holds of `deploymentSettings`, by cluster."""
    return {one["id"].split("/")[8]: one["properties"] for one in world.azure.store.of_type(SETTINGS)}


def versions(world):
    """Return the solution versions that update summaries in the store show, by cluster."""
    found = {}
    for name, cluster in clusters(world).items():
        summary = world.azure.store.get(f"{cluster['id']}/updateSummaries/default") or {"properties": {}}
        found[name] = summary["properties"].get("currentVersion") or ""
    return found


def failed(world):
    """Return the clusters whose upgrade stands failed, by what they report themselves."""
    return {
        name for name, one in settings(world).items()
        if one["deploymentMode"] == "Deploy" and (_reported(one, "deploymentStatus").get("status") == FAILED)
    }  # fmt: skip


def _reported(one, status):
    return (one.get("reportedProperties") or {}).get(status) or {}


def failing(steps):
    """Return the name of the innermost failing step of a document."""
    for step in steps or ():
        if step.get("status") == FAILED:
            return failing(step.get("steps")) or step["name"]
    return ""


def started(history, mode=""):
    """Return the deployments in the journal that Azure took, as (cluster, mode, attempt)."""
    return [
        (one.cluster.rsplit("/", 1)[-1], one.mode.lower(), one.attempt)
        for one in history.accepted
        if one.mode in ({mode} if mode else {"Validate", "Deploy"})
    ]


def told_starts(world):
    """Return the starts that the evidence of all clusters tells, the first rows first."""
    return [
        row for name in clusters(world) for row in ask(world, "change-evidence", cluster=f'"{name}"')
        if row["What"] == "start" and row["Mode"] != "extension"
    ]  # fmt: skip


def test_1_which_clusters_are_there_and_where(world, fleet):
    assert {name: (row["ClusterId"], row["Region"]) for name, row in fleet.items()} == {
        name: (one["id"].lower(), one["location"]) for name, one in clusters(world).items()
    }


def test_2_which_are_upgraded_and_to_which_version(world, fleet):
    assert {name: row["SolutionVersion"] for name, row in fleet.items()} == versions(world)
    assert {name for name, row in fleet.items() if row["Phase"] == "Solution"} == {
        name for name, version in versions(world).items() if version
    }


def test_3_how_many_have_come_how_far(world):
    funnel = by(ask(world, "journey-funnel"), "Stage")
    assert funnel["Solution"]["Clusters"] == sum(map(bool, versions(world).values()))
    assert funnel["Upgrading"]["Clusters"] == len(failed(world))
    old = [one for one in clusters(world).values() if not _build(one).startswith(NEW) and _fresh(world, one)]
    assert funnel["22H2"]["Clusters"] + funnel["OS upgrade running"]["Clusters"] == len(old)


def _fresh(world, cluster):
    """Return whether a cluster still reports: of one that does not, nothing is known."""
    return world.clock.now() - parse_time(cluster["properties"]["lastSyncTimestamp"]) < timedelta(days=1)


def _build(cluster):
    return min(node["osVersion"] for node in cluster["properties"]["reportedProperties"]["nodes"])


def test_4_which_upgrades_failed_at_which_step_and_what_is_to_be_done(world, fleet):
    told = {name for name, row in fleet.items() if row["Phase"] == "ApplyFailed"}
    assert told == failed(world)
    steps = {row["Names"]: row for row in ask(world, "failures-by-signature") if row["Names"] in told}
    for name in told:
        shown = failing(_reported(settings(world)[name], "deploymentStatus")["steps"])
        assert steps[name]["StepName"] == shown
        assert fleet[name]["Remedy"]


def test_5_which_failures_were_there_that_are_over_now(world, history):
    once = {row["Names"] for row in ask(world, "failures-by-signature")} - failed(world)
    assert once == {
        cluster.rsplit("/", 1)[-1] for cluster, seen in history.timeline.settings.items()
        if any(FAILED in {one.validation, one.deployment} for one in seen)
    } - failed(world)  # fmt: skip
    assert once


def test_6_what_did_azlocal_start_on_which_cluster_and_which_attempt(world, history):
    told = [(row["ClusterName"], row["Mode"], row["Attempt"]) for row in told_starts(world)]
    assert sorted(told) == sorted(started(history))


def test_7_by_which_plan_and_inputs_was_it_started_and_what_did_azure_call_it(world, history):
    told = {(row["ClusterId"], row["Mode"], row["Attempt"]): row for row in told_starts(world)}
    for one in history.accepted:
        if one.mode != "Extension":
            row = told[(one.cluster, one.mode.lower(), one.attempt)]
            assert (row["PlanDigest"], row["InputsDigest"]) == (one.plan, one.inputs)
            assert parse_time(row["At"]) <= one.at < parse_time(row["At"]) + timedelta(minutes=1)
    last = {(row["ClusterId"]): row["CorrelationId"] for row in sorted(told.values(), key=lambda row: row["At"])}
    for cluster, correlation in last.items():
        ours = next(one for one in _deployments(world) if one["name"] == deployment_name(cluster))
        assert ours["properties"]["correlationId"].lower() == correlation.lower()


def _deployments(world):
    return world.azure.store.of_type("Microsoft.Resources/deployments")


def test_8_how_much_did_azlocal_ask_of_azure_and_how_much_did_it_start(world, history):
    hours = ask(world, "tool-health")
    chapters = story()[1]
    own = [
        entry for entry in world.front.journal.after()
        if entry.principal == IDENTITY and not entry.path.lower().startswith(("/datacollectionrules", "/v1/workspaces"))
    ]  # fmt: skip
    assert sum(row["Calls"] for row in hours) == len(own)
    assert sum(row["Ticks"] for row in hours) == len(chapters)
    extensions = {(one.cluster, one.at) for one in history.accepted if one.mode == "Extension"}
    assert sum(row["Starts"] for row in hours) == len(started(history)) + len(extensions)


def test_9_which_hours_had_no_tick_and_did_every_row_arrive(world):
    hours = ask(world, "tool-health")
    ticked = {one.report.now.strftime("%Y-%m-%dT%H") for one in story()[1]}
    assert {row["Hour"][:13] for row in hours if row["Ticks"]} == ticked
    assert {row["Hour"][:13] for row in hours if row["Missed"]}.isdisjoint(ticked)
    assert not any(row["Gap"] for row in hours)


def test_10_how_far_is_each_ring_and_is_it_halted(world):
    rings = by(ask(world, "ring-health"), "Ring")
    done, broken = {name for name, version in versions(world).items() if version}, failed(world)
    for one in world.plan_document["rings"]:
        members = {
            name for name, cluster in clusters(world).items() if cluster["tags"].get("azlocal-ring") == one["name"]
        }
        row = rings[one["name"]]
        assert (row["Members"], row["Done"], row["Failed"]) == (
            len(members), len(members & done), len(members & broken),
        )  # fmt: skip
        assert (row["State"] == "halted") == (row["Failed"] > int(one["failureBudget"]))


def test_11_which_ring_has_whose_approval_and_which_has_none(world):
    tags = {name.lower() for name in world.azure.store.get(world.azure.control_group)["tags"]}
    for row in ask(world, "ring-health"):
        assert row["Approved"] == (row["Gate"] == "none" or f"{APPROVE}{row['Ring']}" in tags)
        assert bool(row["ApprovalProblem"]) != row["Approved"]


def test_12_which_clusters_are_held_by_people(world, fleet):
    holds = {
        key(one["id"]) for one in world.azure.store.all() if HOLD in {name.lower() for name in one.get("tags") or {}}
    }
    held = {name for name, one in clusters(world).items() if any(key(one["id"]).startswith(scope) for scope in holds)}
    told = {name for name, row in fleet.items() if row["DecisionReason"] == "Held"}
    assert told == {name for name in held if not versions(world)[name]}
    assert told


def test_13_what_blocks_the_others_by_which_evidence(world):
    blockers = ask(world, "candidates-and-blockers")
    machines = world.azure.store.of_type("Microsoft.HybridCompute/machines")
    away = {one["id"].lower() for one in machines if one["properties"]["status"] != "Connected"}
    assert {row["EvidenceId"].lower() for row in blockers if row["Check"] == "B7"} == {
        one for one in away if _cluster_of(world, one) and not versions(world)[_cluster_of(world, one)]
    }
    lacking = {
        name for name, one in clusters(world).items() if (one.get("identity") or {}).get("type", "None") == "None"
    }
    assert lacking
    assert lacking <= {row["ClusterName"] for row in blockers if row["Status"] == "not-met"}


def _cluster_of(world, machine):
    for name, one in clusters(world).items():
        nodes = one["properties"]["reportedProperties"]["nodes"]
        if machine in {str(node.get("ehcResourceId", "")).lower() for node in nodes}:
            return name
    return ""


def test_14_which_clusters_stand_between_the_two_upgrades(world):
    told = {row["ClusterName"]: row for row in ask(world, "limbo")}
    assert set(told) == {
        name for name, one in clusters(world).items()
        if all(node["osVersion"].startswith(NEW) for node in one["properties"]["reportedProperties"]["nodes"])
        and not versions(world)[name]
    }  # fmt: skip
    oldest = min(told, key=lambda name: told[name]["LimboSince"])
    validated = max(step["endTimeUtc"] for step in _reported(settings(world)[oldest], "validationStatus")["steps"])
    assert told[oldest]["LimboSince"][:19] == validated[:19]


def test_15_how_long_do_upgrades_take_and_how_many_succeed_at_the_first_attempt(world, history):
    told = {(row["Ring"], row["Mode"]): row for row in ask(world, "success-and-time")}
    canary = told["canary", "deploy"]
    began = {one.cluster: one.at for one in history.accepted if one.mode == "Deploy"}
    spans = []
    for name, cluster in clusters(world).items():
        if cluster["tags"].get("azlocal-ring") == "canary":
            ended = max(
                parse_time(step["endTimeUtc"]) for step in _reported(settings(world)[name], "deploymentStatus")["steps"]
            )
            spans.append((ended - began[key(cluster["id"])]).total_seconds() / 3600)
    assert canary["LongestHours"] == pytest.approx(max(spans), abs=0.03)
    assert (canary["Attempts"], canary["Succeeded"], canary["FirstTimePercent"]) == (len(spans), len(spans), 100.0)
    early = told["early", "deploy"]
    assert (early["Failed"], early["Succeeded"]) == (
        1,
        sum(1 for name in _deployed(world) if _ring(world, name) == "early"),
    )


def _deployed(world):
    return [
        name for name, one in settings(world).items() if _reported(one, "deploymentStatus").get("status") == "Success"
    ]


def _ring(world, name):
    return clusters(world)[name]["tags"].get("azlocal-ring")


def test_16_was_the_forecast_kept(world, history):
    rings = by(ask(world, "forecast-vs-actual"), "Ring")
    first = min(
        one.at
        for one in history.accepted
        if one.mode == "Deploy" and _ring(world, one.cluster.rsplit("/", 1)[-1]) == "canary"
    )
    assert abs(parse_time(rings["canary"]["FirstStartActual"]) - first) < timedelta(minutes=1)
    ended = [parse_time(rings[name]["LastFinishActual"]) for name in ("canary", "early")]
    assert [key for key, row in rings.items() if row["LastFinishActual"] is None] == ["broad", "tail"]
    for name, end in zip(("canary", "early"), ended):
        late = (end - parse_time(rings[name]["LastFinishForecast"])).total_seconds() / 3600
        assert rings[name]["LateHours"] == pytest.approx(late, abs=0.02)


def test_17_what_runs_now_and_how_far_is_it():
    told, so = story()[2]
    running = {row["ClusterName"]: row for row in told if row["Mode"]}
    assert {name: row["Mode"].title() for name, row in running.items()} == so
    assert all(0 < row["Percent"] < 100 and row["StepName"] and row["StepMinutes"] >= 0 for row in running.values())
    assert {name for name, row in running.items() if row["ExpectedEnd"]} == {
        name for name, row in running.items() if row["Ours"]
    }


def test_18_what_happened_to_one_cluster_in_order(world, history):
    rows = ask(world, "change-evidence", cluster='"clu-bremen-01"')
    assert [row["At"] for row in rows] == sorted(row["At"] for row in rows)
    starts = [(row["Mode"], row["Attempt"], row["Outcome"]) for row in rows if row["What"] == "start"]
    assert starts == [
        (mode, attempt, "accepted") for name, mode, attempt in started(history) if name == "clu-bremen-01"
    ]
    states = [row["Title"] for row in rows if row["What"] == "state"]
    assert [one for one in states if one in {"Candidate", "ApplyFailed", "Solution"}][:1] == ["Candidate"]
    assert states.index("ApplyFailed") < states.index("Solution")
    assert {row["Outcome"] for row in rows if row["What"] == "step"} >= {FAILED, "Success"}
