"""What must be there after an upgrade, and what is merely not known yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azlocal.core.facts import ABSENT, ClusterFacts, MachineFacts, NodeFacts, RelatedFacts, SolutionFacts
from azlocal.core.verify import verified

DONE = ClusterFacts(
    id="c", name="c", nodes=(NodeFacts(name="n1"), NodeFacts(name="n2")),
    machines=(MachineFacts(id="1", name="n1", status="Connected"), MachineFacts(id="2", name="n2", status="connected")),
    solution=SolutionFacts(id="s", version="12.2510.1002.531"),
    appliances=(RelatedFacts(id="a", kind="appliances", status="Running", provisioning_state="Succeeded"),),
    custom_locations=(RelatedFacts(id="l", kind="customlocations", provisioning_state="Succeeded"),),
)  # fmt: skip


def test_a_cluster_with_everything_is_verified_with_its_version():
    told = verified(DONE)
    assert (told.ok, told.message) == (True, "upgraded and verified: solution 12.2510.1002.531")


@pytest.mark.parametrize(("changes", "missing"), [
    ({"solution": ABSENT}, "solution version"), ({"solution": SolutionFacts(id="s")}, "solution version"),
    ({"appliances": ()}, "bridge"), ({"custom_locations": ()}, "custom location"),
    ({"appliances": (replace(DONE.appliances[0], status="Offline"),)}, "bridge"),
    ({"appliances": (replace(DONE.appliances[0], provisioning_state="Failed"),)}, "bridge"),
    ({"custom_locations": (replace(DONE.custom_locations[0], provisioning_state="Creating"),)}, "custom location"),
    ({"machines": ()}, "machines"), ({"machines": DONE.machines[:1]}, "machines"),
    ({"machines": (DONE.machines[0], replace(DONE.machines[1], status="Disconnected"))}, "machines"),
    ({"machines": (DONE.machines[0], replace(DONE.machines[1], status=""))}, "machines"),
])  # fmt: skip
def test_what_is_not_there_is_named(changes, missing):
    told = verified(replace(DONE, **changes))
    assert (told.ok, missing in told.message) == (False, True)


@pytest.mark.parametrize("source", ["solution", "appliances", "custom_locations", "machines"])
def test_what_was_not_read_is_not_known_rather_than_missing(source):
    assert verified(replace(DONE, **{source: None})).ok is None
