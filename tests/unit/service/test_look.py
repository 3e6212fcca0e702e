"""A look over ports in memory: what is read, what is decided, and that nothing is started or recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_tick import DOWN, NOW, OTHER_SUB, SUB, World, cluster, ident, plan, ring, upgrade_failed, validated

from azlocal.core.plan import Scope
from azlocal.errors import BadInput, Incomplete
from azlocal.service.look import look, pick

WRITES = ("acquire", "keep", "release", "intent", "start", "rows")


def reasons(found):
    return [(one.cluster.name, one.decision.kind, one.decision.reason) for one in found.clusters]


def test_without_a_plan_every_decision_waits_for_one():
    found = look(World(cluster(1), validated(2)).ports(), None)
    assert reasons(found) == [("c01", "Wait", "NoPlan"), ("c02", "Wait", "NoPlan")]
    assert (found.now, found.cloud, found.rings, found.plan_digest) == (NOW, "public", (), "")


def test_without_a_plan_the_census_alone_is_read():
    world = World(cluster())
    look(world.ports(), None)
    assert world.journal == [("census", "")]


def test_with_a_plan_a_look_reads_and_decides_as_a_tick_does():
    world = World(cluster(1), validated(2))
    found = look(world.ports(), plan())
    assert reasons(found) == [("c01", "StartValidation", "Candidate"), ("c02", "StartUpgrade", "Validated")]
    assert [one.name for one in found.rings] == ["one"]
    assert found.plan_digest == "cd" * 6


@pytest.mark.parametrize("wanted", [None, plan()], ids=["without plan", "with plan"])
def test_a_look_takes_no_lease_and_starts_and_records_nothing(wanted):
    world = World(cluster(1), upgrade_failed(2))
    look(world.ports(), wanted, detail="c02")
    assert world.done(*WRITES) == []


class Scoped(World):
    def census(self, scope):
        self.asked = scope
        return super().census(scope)


def test_the_plans_scope_outweighs_the_given_one_and_without_both_everything_is_looked_at():
    world = Scoped(cluster())
    asked = []
    for wanted, scope in ((plan(), Scope(subscriptions=("x",))), (None, Scope(subscriptions=("x",))), (None, None)):
        look(world.ports(), wanted, scope)
        asked.append(world.asked)
    assert asked == [plan().scope, Scope(subscriptions=("x",)), Scope()]


def test_the_named_cluster_is_read_whole_without_a_plan_and_no_other_is():
    world = World(validated(1), validated(2))
    found = look(world.ports(), None, detail="C02")
    assert world.done("cluster", "settings", "deployment") == [
        ("cluster", "c02"),
        ("settings", "c02"),
        ("deployment", "c02"),
    ]
    assert [str(one.reading.phase) for one in found.clusters] == ["Candidate", "Validated"]


def test_the_named_cluster_is_not_read_twice_when_the_plan_had_it_read():
    world = World(validated(1))
    look(world.ports(), plan(), detail="c01")
    assert world.done("settings") == [("settings", "c01")]


def test_the_named_cluster_is_read_whole_though_no_ring_has_it():
    world = World(cluster(1), cluster(2, tags={"ring": "none"}))
    look(world.ports(), plan(), detail="c02")
    assert ("settings", "c02") in world.journal


def test_a_named_cluster_that_cannot_be_read_keeps_its_place_with_the_error():
    world = World(cluster())
    world.broken[("settings", "c01")] = DOWN
    found = look(world.ports(), None, detail="c01")
    assert (pick(found, "c01").cluster.error, found.problems) == (
        "no answer",
        ("c01 could not be read whole: no answer",),
    )


@pytest.mark.parametrize("word", ["/subscriptions/x", "a/b/c"])
def test_a_malformed_cluster_is_refused_before_anything_is_sent(word):
    world = World(cluster())
    with pytest.raises(BadInput):
        look(world.ports(), None, detail=word)
    assert world.journal == []


def test_a_cluster_that_is_not_there_is_refused_before_its_details_are_asked_for():
    world = World(cluster())
    with pytest.raises(BadInput):
        look(world.ports(), None, detail="c99")
    assert world.done("settings", "cluster") == []


def test_gaps_are_problems_of_a_look_and_halt_its_rings():
    world = World(cluster(1), cluster(2, id=ident(2, OTHER_SUB)))
    world.broken[("list", OTHER_SUB)] = DOWN
    found = look(world.ports(), plan())
    assert OTHER_SUB in found.problems[0]
    assert found.ring("one").reason == "ScopeShrunk"


def test_answers_without_a_date_are_no_look():
    world = World(cluster())
    world.first = None
    with pytest.raises(Incomplete, match="Date"):
        look(world.ports(), None)


def test_a_ring_is_found_by_its_name():
    found = look(World(cluster()).ports(), plan(ring("one"), ring("two")))
    assert (found.ring("two").name, found.ring("three")) == ("two", None)


def test_a_pick_gives_the_decision_of_the_one_cluster_meant():
    twin = replace(cluster(2), name="c01", id=ident(2).replace("/c02", "/c01"))
    found = look(World(cluster(1), twin).ports(), None)
    assert pick(found, "rg-2/c01").cluster.id == twin.id
    with pytest.raises(BadInput, match=SUB):
        pick(found, "c01")


def test_a_subscription_that_is_not_visible_and_cannot_be_listed_is_one_problem_with_its_cause():
    class Blind(World):
        def census(self, scope):
            return replace(super().census(scope), gaps=(f"subscription {OTHER_SUB.upper()} is not visible", "another"))

    world = Blind(cluster())
    world.broken[("list", OTHER_SUB)] = DOWN
    found = look(world.ports(), plan(scope=Scope(subscriptions=(SUB, OTHER_SUB))))
    assert [problem.startswith(("another", "the clusters of")) for problem in found.problems] == [True, True]
    assert "no answer" in found.problems[1]
