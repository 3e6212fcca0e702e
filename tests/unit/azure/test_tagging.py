"""Tags are merged and removed by the tags API alone, and names know no case."""

from __future__ import annotations

import pytest
from paper import Paper, error

from azlocal.azure.tagging import drop_tags, merge_tags
from azlocal.errors import AzureRefused
from azlocal.sandbox.wire import reply

GROUP = "/subscriptions/s/resourceGroups/control"
PATH = f"{GROUP}/providers/Microsoft.Resources/tags/default"


def standing(**tags):
    return reply({"properties": {"tags": tags}})


def test_tags_are_merged_and_what_then_stands_is_returned():
    paper = Paper(standing(a="1", b="2"))
    assert merge_tags(paper.connection(), GROUP, {"b": "2"}) == {"a": "1", "b": "2"}
    assert paper.told() == [("PATCH", PATH)]
    assert paper.asked[0].json() == {"operation": "Merge", "properties": {"tags": {"b": "2"}}}


def test_tags_are_removed_by_name_in_any_case_with_the_values_they_have():
    paper = Paper(standing(**{"AzLocal-Pause": "storm", "owner": "ops"}), standing(owner="ops"))
    assert drop_tags(paper.connection(), GROUP, ["azlocal-pause", "azlocal-gone"]) == ("AzLocal-Pause",)
    assert paper.asked[1].json() == {"operation": "Delete", "properties": {"tags": {"AzLocal-Pause": "storm"}}}


def test_nothing_is_written_when_nothing_was_there():
    paper = Paper(standing(owner="ops"))
    assert drop_tags(paper.connection(), GROUP, ["azlocal-pause"]) == ()
    assert paper.told() == [("GET", PATH)]


def test_a_refused_write_names_the_scope():
    with pytest.raises(AzureRefused, match="control"):
        merge_tags(Paper(error(403, "AuthorizationFailed")).connection(), GROUP, {"a": "1"})
