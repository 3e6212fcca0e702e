"""Which clusters a plan means, which it leaves out, and which ring has them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.facts import ClusterFacts, NodeFacts
from azlocal.core.plan import FleetPlan, Ring, RingFinder, Scope, Selector

SUB = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUB}/resourceGroups/Rg-One"
ID = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/Store-042"


def cluster(**changes):
    known = ClusterFacts(
        id=ID, name="Store-042", location="eastus", tags={"Stage": "Canary", "site": "042"},
        nodes=(NodeFacts(name="n1"), NodeFacts(name="n2", model="PowerEdge R740")),
    )  # fmt: skip
    return replace(known, **changes)


# One part of each kind that fits the cluster above, and one that does not.
FITTING = {
    "tags": {"stage": "canary"}, "names": ("store-*",), "regions": ("East US",), "models": ("*r740",), "ids": (ID.upper(),),
}  # fmt: skip
MISSING = {
    "tags": {"stage": "prod"}, "names": ("plant-*",), "regions": ("westus",), "models": ("AX-750",), "ids": (f"{ID}x",),
}  # fmt: skip
PARTS = sorted(FITTING)

parts_that_fit = st.sets(st.sampled_from(PARTS)).map(lambda chosen: {part: FITTING[part] for part in chosen})
any_parts = st.fixed_dictionaries(
    {}, optional={part: st.sampled_from([FITTING[part], MISSING[part]]) for part in PARTS}
)


@pytest.mark.parametrize("part", PARTS)
def test_one_part_that_fits_selects_and_one_that_does_not_selects_nothing(part):
    assert Selector(**{part: FITTING[part]}).selects(cluster())
    assert not Selector(**{part: MISSING[part]}).selects(cluster())


def test_no_part_selects_nothing_and_all_selects_everything():
    assert not Selector().selects(cluster())
    assert Selector(all=True).selects(cluster())
    assert Selector(all=True).selects(ClusterFacts(id="", name=""))


@given(any_parts, st.booleans())
def test_every_part_that_is_given_must_fit(parts, everything):
    fits = all(parts[part] == FITTING[part] for part in parts)
    assert Selector(**parts, all=everything).selects(cluster()) is (fits and (bool(parts) or everything))


@given(parts_that_fit, st.sampled_from(PARTS))
def test_one_more_part_never_selects_more(parts, part):
    assert not Selector(**(parts | {part: MISSING[part]})).selects(cluster())


@pytest.mark.parametrize("part", ["names", "regions", "models", "ids"])
def test_within_one_part_any_entry_may_fit(part):
    assert Selector(**{part: (*MISSING[part], *FITTING[part])}).selects(cluster())


def test_within_tags_every_entry_must_fit():
    assert Selector(tags={"stage": "canary", "SITE": "042"}).selects(cluster())
    assert not Selector(tags={"stage": "canary", "site": "043"}).selects(cluster())
    assert not Selector(tags={"stage": "canary", "owner": ""}).selects(cluster())


@pytest.mark.parametrize("pattern", ["store-042", "STORE-042", "store-*", "*042", "*", "s*-*2"])
def test_a_name_is_a_pattern_without_regard_to_case(pattern):
    assert Selector(names=(pattern,)).selects(cluster())


@pytest.mark.parametrize("pattern", ["store", "042", "store-04", "tore-042", "", "store-0421", "*-43*"])
def test_a_pattern_must_fit_the_whole_name(pattern):
    assert not Selector(names=(pattern,)).selects(cluster())


@pytest.mark.parametrize("region", ["eastus", "East US", "EAST US", "east us", "East*"])
@pytest.mark.parametrize("location", ["eastus", "East US"])
def test_a_region_is_known_by_its_name_and_by_its_display_name(region, location):
    assert Selector(regions=(region,)).selects(cluster(location=location))


def test_a_region_does_not_take_in_its_neighbour():
    assert not Selector(regions=("East US",)).selects(cluster(location="eastus2"))


def test_a_cluster_without_model_fits_no_model_by_name():
    assert not Selector(models=("PowerEdge*",)).selects(cluster(nodes=()))


@pytest.mark.parametrize("spelled", [ID, ID.lower(), ID.upper(), ID + "/", f" {ID} "])
def test_an_id_is_compared_without_regard_to_spelling(spelled):
    assert Selector(ids=(spelled,)).selects(cluster())


@given(st.sampled_from([str.lower, str.upper, str.swapcase]), st.sampled_from(PARTS))
def test_case_never_matters_in_what_the_cluster_says(spelled, part):
    tags = {spelled(name): spelled(value) for name, value in cluster().tags.items()}
    nodes = (NodeFacts(name="n", model=spelled("PowerEdge R740")),)
    other = cluster(id=spelled(ID), name=spelled("Store-042"), location=spelled("eastus"), tags=tags, nodes=nodes)
    assert Selector(**{part: FITTING[part]}).selects(other)


@pytest.mark.parametrize(
    ("pattern", "model", "meant"),
    [("AX [Gen2]", "AX [Gen2]", True), ("R74?", "R740", False), ("R[67]40", "R740", False)],
)
def test_only_the_star_is_a_wildcard(pattern, model, meant):
    node = NodeFacts(name="n", model=model)
    assert Selector(models=(pattern,)).selects(cluster(nodes=(node,))) is meant


@pytest.mark.parametrize("excluded", [ID, ID.upper(), GROUP, GROUP.lower() + "/", SUB, SUB.upper()])
def test_a_cluster_is_left_out_by_its_own_id_its_group_or_its_subscription(excluded):
    assert Scope(exclude=("/subscriptions/other", excluded)).excludes(ID)


@pytest.mark.parametrize(
    "excluded", [ID[:-1], GROUP + "-Two", GROUP[:-1], SUB[:-1], "Store-042", f"{ID}/deploymentSettings/default"]
)
def test_what_only_begins_alike_leaves_nothing_out(excluded):
    assert not Scope(exclude=(excluded,)).excludes(ID)


def test_without_exclusions_nothing_is_left_out():
    assert not Scope().excludes(ID)


@pytest.mark.parametrize("nothing", ["", " ", "/"])
def test_an_empty_exclusion_leaves_nothing_out(nothing):
    assert not Scope(exclude=(nothing,)).excludes(ID)


def ring(name, **select):
    return Ring(name=name, select=Selector(**select), expect=1)


def test_the_first_ring_that_selects_a_cluster_has_it():
    rings = (
        ring("none"),
        ring("plant", names=("plant-*",)),
        ring("canary", tags={"stage": "canary"}),
        ring("rest", all=True),
    )
    plan = FleetPlan(digest="d", scope=Scope(), rings=rings)
    assert plan.ring_of(cluster()).name == "canary"
    assert plan.ring_of(cluster(tags={})).name == "rest"


def test_a_cluster_that_no_ring_selects_is_in_none():
    plan = FleetPlan(digest="d", scope=Scope(), rings=(ring("plant", names=("plant-*",)),))
    assert plan.ring_of(cluster()) is None
    assert FleetPlan(digest="d", scope=Scope()).ring_of(cluster()) is None


texts = st.sampled_from(["a", "b", "C"])
selectors = st.builds(
    Selector, tags=st.dictionaries(texts, texts, max_size=2), names=st.lists(texts, max_size=1).map(tuple),
    all=st.booleans(),
)  # fmt: skip
plans = st.lists(selectors, max_size=6).map(
    lambda chosen: FleetPlan(
        digest="", scope=Scope(),
        rings=tuple(Ring(name=f"r{n}", select=select, expect=1) for n, select in enumerate(chosen)),
    )
)  # fmt: skip


@given(plans, st.dictionaries(texts, texts), texts)
def test_looking_up_a_ring_finds_the_one_that_asking_each_in_turn_finds(plan, tags, name):
    asked = cluster(name=name, tags=tags)
    assert RingFinder(plan).ring_of(asked) == plan.ring_of(asked)
