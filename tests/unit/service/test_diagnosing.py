"""One cluster's failure and who else has it; what fails over the fleet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_tick import DOWN, World, cluster, plan, upgrade_failed

from azlocal.core.facts import Step
from azlocal.errors import BadInput
from azlocal.service import diagnose as service
from azlocal.service.diagnose import diagnose_fleet, diagnose_one
from azlocal.service.look import look

RAISED = "Type 'SetTrustedHosts' of Role 'BareMetal' raised an exception: "
POLICY = RAISED + "The config setting TrustedHosts cannot be changed because is controlled by policies."
STRANGER = "Type 'X' of Role 'Y' raised an exception: the fan on {} stands still"


def failed(number, text):
    one = upgrade_failed(number)
    steps = (
        Step(
            name="Outer",
            index="0",
            status="Error",
            steps=(Step(name="Inner", index="0.1", status="Error", exceptions=(text,)),),
        ),
    )
    return replace(one, settings=replace(one.settings, deployment_steps=steps))


class Told:
    """What Azure tells of one cluster."""

    def __init__(self, *documents, problems=()):
        self._documents, self.problems, self.asked = documents, problems, []

    def documents(self, cluster):
        self.asked.append(cluster.name)
        yield from self._documents


def of(world, word, failures=None):
    return diagnose_one(look(world.ports(), plan(), detail=word), word, world, failures)


def names(ids):
    return [one.rsplit("/", 1)[-1] for one in ids]


def test_a_cluster_is_told_with_the_others_that_have_the_same():
    world = World(failed(1, POLICY), failed(2, POLICY), failed(3, STRANGER.format("c03")), cluster(4))
    found = of(world, "c01")
    assert [one.id for one in found.diagnosis.certain] == ["upg-trustedhosts-gpo"]
    assert found.diagnosis.primary.step == "Outer > Inner"
    assert names(found.elsewhere) == ["c02"]
    assert found.problems == ()


def test_strangers_that_are_alike_are_found_too():
    world = World(*(failed(number, STRANGER.format(f"c{number:02}")) for number in (1, 2)), failed(3, POLICY))
    found = of(world, "c02")
    assert (found.diagnosis.matches, names(found.elsewhere)) == ((), ["c01"])


def test_documents_of_azure_tell_more_than_facts():
    told = Told(
        {"name": "x", "properties": {"instanceView": {"status": {"level": "Error", "code": "1", "message": POLICY}}}},
        problems=("the runs could not be read",),
    )
    found = of(World(cluster(1)), "c01", told)
    assert told.asked == ["c01"]
    assert [one.id for one in found.diagnosis.certain] == ["upg-trustedhosts-gpo"]
    assert found.problems == ("the runs could not be read",)


def test_where_documents_tell_nothing_the_facts_do():
    found = of(World(failed(1, POLICY)), "c01", Told({"properties": {"provisioningState": "Succeeded"}}))
    assert [one.id for one in found.diagnosis.certain] == ["upg-trustedhosts-gpo"]


def test_a_cluster_on_which_nothing_failed_has_an_empty_diagnosis():
    found = of(World(cluster(1), failed(2, POLICY)), "c01", Told())
    assert (found.diagnosis.evidence, found.elsewhere) == ((), ())


def test_a_name_that_means_no_cluster_is_refused():
    with pytest.raises(BadInput, match="nope"):
        of(World(cluster(1)), "nope")


def test_the_fleet_is_told_by_what_is_alike():
    world = World(failed(1, POLICY), failed(2, STRANGER.format("c02")), failed(3, POLICY), cluster(4))
    found = diagnose_fleet(look(world.ports(), plan()), world)
    assert [(one.signature.split("-")[0], names(one.clusters)) for one in found.groups] == [
        ("upg", ["c01", "c03"]),
        ("unknown", ["c02"]),
    ]
    assert (len(found.diagnoses), found.unread) == (3, 0)


def seen(one):
    """A failed cluster of which the census alone knows."""
    return replace(one, settings=None, deployment=None, status="DeploymentFailed")


class Behind(World):
    """A world whose census does not know deployment settings."""

    def census(self, scope):
        facts = super().census(scope)
        return replace(facts, clusters=tuple(map(seen, facts.clusters)))


def test_without_a_plan_failed_clusters_are_read_to_see_what_they_have_in_common():
    world = Behind(failed(1, POLICY), failed(2, POLICY))
    found = diagnose_fleet(look(world.ports(), None), world)
    assert [names(one.clusters) for one in found.groups] == [["c01", "c02"]]


def test_no_more_are_read_than_is_fair(monkeypatch):
    monkeypatch.setattr(service, "MOST_READ", 1)
    world = Behind(failed(1, POLICY), failed(2, POLICY))
    found = diagnose_fleet(look(world.ports(), None), world)
    assert (found.unread, [names(one.clusters) for one in found.groups]) == (1, [["c01"]])


def test_without_a_reader_the_look_alone_must_do():
    world = Behind(failed(1, POLICY))
    found = diagnose_fleet(look(world.ports(), None), None)
    assert (found.groups, found.unread, found.problems) == ((), 1, ())


def test_a_cluster_that_cannot_be_read_is_a_problem_and_stays_in_the_count():
    world = Behind(failed(1, POLICY), failed(2, POLICY))
    facts = look(world.ports(), None)

    def settings(cluster_id):
        if cluster_id.endswith("c01"):
            raise DOWN
        return World.settings(world, cluster_id)

    world.settings = settings
    found = diagnose_fleet(facts, world)
    assert (len(found.problems), found.unread) == (1, 1)
    assert found.problems[0].startswith("c01: ")
