"""The fleet as JUnit XML: what fails, what is skipped, what passes, and that every reader can read it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from fleets import HOSTILE, after, cluster, ident, look, look_without_plan, old, plan, ring, without_lcm

from azlocal.core.facts import SolutionFacts
from azlocal.report.junit import junit, outcome_of

DONE = SolutionFacts(id="s", version="12.2510.1002.531")


def tree(found, shown=None):
    return ET.fromstring("".join(junit(found, shown)))


def cases(found):
    return {one.get("name"): one for one in tree(found).iter("testcase")}


@pytest.mark.parametrize(
    "one, outcome",
    [
        (cluster("a", solution=DONE), "passed"),
        (without_lcm("a"), "failure"),
        (after("a", "deploy", "Error", "Failed", "no disk"), "failure"),
        (after("a", "validate", "Error", "Failed", "no disk"), "failure"),
        (cluster("a"), "failure"),
        (after("a", "deploy", "InProgress", "InProgress"), "skipped"),
        (cluster("a", tags={"azlocal-hold": "reason=disk"}), "skipped"),
        (cluster("a", error="no answer"), "skipped"),
        (old("a"), "failure"),
        (cluster("a", ring="nowhere"), "skipped"),
    ],
    ids=[
        "upgraded",
        "blocked",
        "apply failed",
        "validation failed",
        "no inputs",
        "running",
        "held",
        "unknown",
        "22H2",
        "no ring",
    ],
)
def test_a_cluster_fails_passes_or_is_skipped_by_what_it_waits_for(one, outcome):
    assert outcome_of(look(one).clusters[0]) == outcome


def test_a_stuck_cluster_fails_as_stuck():
    found = look(after("a", "deploy", "InProgress", "InProgress"))
    stuck = replace(found.clusters[0], reading=replace(found.clusters[0].reading, stuck=True))
    case = cases(replace(found, clusters=(stuck,)))["a"]
    assert case.find("failure").get("type") == "Stuck"


def test_a_failure_tells_what_is_what_to_do_and_where():
    failure = cases(look(without_lcm("bare")))["bare"].find("failure")
    assert failure.get("message").startswith("bare: ")
    lines = failure.text.splitlines()
    assert lines[0].startswith("do: ")
    assert f"id: {ident('bare')}" in lines


def test_there_is_one_suite_for_each_ring_with_its_counts_and_properties():
    wanted = plan(ring(), ring("two"))
    found = look(
        cluster("a", solution=DONE),
        without_lcm("b"),
        old("c"),
        cluster("d", ring="two"),
        cluster("e", ring="x"),
        wanted=wanted,
    )
    suites = {one.get("name"): one for one in tree(found)}
    assert list(suites) == ["ring one", "ring two", "no ring"]
    first = suites["ring one"]
    assert [first.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "2", "0", "0"]
    told = {one.get("name"): one.get("value") for one in first.iter("property")}
    assert told["ring.done"] == "1"
    assert told["phase.Blocked"] == "1"
    assert told["plan"] == "cdcdcdcdcdcd"
    assert {one.get("classname") for one in first.iter("testcase")} == {"azlocal.one"}
    assert {one.get("classname") for one in suites["no ring"].iter("testcase")} == {"azlocal.no-ring"}


def test_the_counts_of_the_whole_add_up():
    root = tree(look(without_lcm("b"), cluster("c", tags={"azlocal-hold": ""}), cluster("d", solution=DONE)))
    assert [root.get(name) for name in ("tests", "failures", "skipped")] == ["3", "1", "1"]
    assert len(list(root.iter("testcase"))) == 3


def test_clusters_of_one_name_are_told_apart():
    twins = [cluster("a", id=ident("a", group)) for group in ("g1", "g2")]
    assert set(cases(look(*twins))) == {"g1/a", "g2/a"}


def test_what_could_not_be_read_of_the_fleet_is_a_failure_of_its_own():
    root = tree(look(cluster("a"), gaps=("no rights on s",)))
    case = next(root.iter("testcase"))
    assert (case.get("classname"), case.find("failure").get("message")) == ("azlocal.fleet", "no rights on s")


def test_without_a_plan_there_is_one_suite():
    assert [one.get("name") for one in tree(look_without_plan(cluster("a"), old("b")))] == ["no ring"]


def test_moments_are_in_the_form_that_the_schema_of_jenkins_takes():
    assert tree(look(cluster("a")))[0].get("timestamp") == "2026-11-24T12:00:00"


def test_hostile_names_and_texts_stay_text_and_short():
    hostile = f'{HOSTILE}<b>&"]]>{{{{'
    found = look(after(hostile, "deploy", "Error", "Failed", hostile * 20_000))
    case = next(tree(found).iter("testcase"))
    assert '<b>&"]]>' in case.get("name")
    assert len(case.find("failure").get("message")) <= 2000
    assert all(len(line) <= 2000 for line in case.find("failure").text.splitlines())
