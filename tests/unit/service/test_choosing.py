"""CLUSTER: a name, group/name or a resource id; nothing else, and never a guess."""

from __future__ import annotations

import pytest

from azlocal.core.facts import ClusterFacts
from azlocal.errors import BadInput
from azlocal.service.choosing import check_word, choose

SUB, OTHER = "11111111-2222-3333-4444-555555555555", "66666666-2222-3333-4444-555555555555"


def known(name, group="rg", sub=SUB):
    path = f"/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.AzureStackHCI/clusters/{name}"
    return ClusterFacts(id=path, name=name)


FLEET = [known("Oslo"), known("Bergen", "North"), known("Twin", "a"), known("Twin", "b"), known("Pair"), known("Pair", sub=OTHER)]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("Oslo", 0), ("oslo", 0), (" Oslo ", 0), ("rg/oslo", 0), ("RG/OSLO", 0),
        ("Bergen", 1), ("north/bergen", 1), ("a/Twin", 2), ("b/twin", 3),
        (FLEET[1].id, 1), (FLEET[5].id.upper(), 5), (FLEET[0].id + "/", 0),
    ],
)  # fmt: skip
def test_a_name_or_group_and_name_or_id_means_one_cluster_without_regard_to_case(word, place):
    assert choose(FLEET, word) is FLEET[place]


@pytest.mark.parametrize("word", ["Twin", "pair", "rg/pair"])
def test_a_word_that_means_several_clusters_lists_them_by_id(word):
    with pytest.raises(BadInput) as caught:
        choose(FLEET, word)
    name = word.rsplit("/", 1)[-1].lower()
    assert [one.id in caught.value.message for one in FLEET] == [one.name.lower() == name for one in FLEET]


def test_a_long_list_of_candidates_is_cut_and_counted():
    with pytest.raises(BadInput) as caught:
        choose([known("Same", f"g{n}") for n in range(14)], "same")
    assert caught.value.message.count("/clusters/Same") == 10
    assert "and 4 more" in caught.value.message


@pytest.mark.parametrize(("word", "near"), [("Olso", "Oslo"), ("nroth/bergn", "North/Bergen")])
def test_an_unknown_name_is_refused_with_near_ones(word, near):
    with pytest.raises(BadInput, match=f"did you mean {near}"):
        choose(FLEET, word)


def test_an_unknown_name_that_is_near_nothing_is_refused_without_a_guess():
    with pytest.raises(BadInput) as caught:
        choose(FLEET, "zzzzzzz")
    assert "did you mean" not in caught.value.message


def test_the_id_of_a_cluster_out_of_scope_is_refused():
    with pytest.raises(BadInput, match="no cluster in scope"):
        choose(FLEET, known("Oslo", "elsewhere").id)


MALFORMED = [
    "", "  ", "a/b/c", "/", "group/", "/clusters/x", "/subscriptions/x", "/subscriptions/x/resourceGroups/g",
    "/subscriptions/x/resourceGroups/g/providers/Microsoft.AzureStackHCI/clusters",
    "/subscriptions/x/resourceGroups/g/providers/Microsoft.AzureStackHCI//c",
    "/subscriptions/x/resourceGroups/g/providers/Microsoft.HybridCompute/machines/m",
]  # fmt: skip


@pytest.mark.parametrize("word", MALFORMED)
def test_what_cannot_mean_a_cluster_is_refused_before_anything_is_read(word):
    with pytest.raises(BadInput) as caught:
        check_word(word)
    assert (caught.value.exit_code, "resource id" in caught.value.remedy) == (2, True)
