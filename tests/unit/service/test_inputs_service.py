"""Checks and drafts over a small fleet in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from test_tick import NOW, SUB, plan, ring

from azlocal.core.facts import ABSENT, ClusterFacts, NodeFacts, SolutionFacts
from azlocal.core.ids import key
from azlocal.core.inputs_facts import HostFacts, Surroundings
from azlocal.core.plan import Selector
from azlocal.errors import BadInput, Incomplete
from azlocal.files.document import read_yaml
from azlocal.service.inputs import Fleet, Wish, check_files, check_fleet, draft, drafts_folder


def ident(name, group="rg"):
    return f"/subscriptions/{SUB}/resourceGroups/{group}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def machine(name):
    return f"/subscriptions/{SUB}/resourceGroups/arc/providers/Microsoft.HybridCompute/machines/{name}"


def one(name, **changes):
    nodes = (NodeFacts(name=f"{name}-n1", os_version="10.0.25398.1904", machine_id=machine(f"{name}-n1")),)
    usual = ClusterFacts(
        id=ident(name), name=name, location="eastus", nodes=nodes, failover_name=name.upper(), solution=ABSENT
    )
    return replace(usual, **changes)


def good(place, name, **changes):
    net = f"10.0.{place}"
    return {
        "failoverClusterName": name.upper(), "arcNodeResourceIds": [machine(f"{name}-n1")],
        "physicalNodesSettings": [{"name": f"{name}-n1", "ipv4Address": f"{net}.21"}], "domainFqdn": "ad.example.com",
        "startingIPAddress": f"{net}.40", "endingIPAddress": f"{net}.49", "subnetMask": "255.255.255.0",
        "defaultGateway": f"{net}.1", "dnsServers": [f"{net}.10"], "customLocation": f"{name}-cl",
        "lcmSecretUri": "https://kv-oslo.vault.azure.net/secrets/a/b", **changes,
    }  # fmt: skip


def files(**data):
    return {f"{name.replace('_', '-')}.yaml": yaml.safe_dump(one, sort_keys=False) for name, one in data.items()}


class Surveyor:
    """What surrounds clusters, and how it was asked."""

    def __init__(self, *hosts, **more):
        self.around = Surroundings(hosts={key(one.id): one for one in hosts}, **more)
        self.asked = []

    def survey(self, clusters, *, whole):
        self.asked.append(([one.name for one in clusters], whole))
        return self.around


FLEET = (one("oslo"), one("moss"), one("voss"))
RINGED = plan(replace(ring(), select=Selector(names=("oslo", "moss"))))


def fleet(*clusters, wanted=RINGED, **changes):
    return Fleet(**{"clusters": clusters or FLEET, "plan": wanted, "cloud": "public", "now": NOW, **changes})


def checked(given, *words, where=None, surveyor=None):
    return check_fleet(given, where or fleet(), surveyor or Surveyor(), words, "")


BOTH = files(oslo=good(1, "oslo"), moss=good(2, "moss"))


def test_inputs_in_order_are_no_problem_and_clusters_without_any_are_named():
    found = checked(files(oslo=good(1, "oslo")))
    assert (found.problems, found.without, found.compared) == ((), ("moss",), True)
    assert [(one.name, one.ring) for one in found.clusters] == [("oslo", "one"), ("moss", "one")]


def test_every_problem_of_every_cluster_is_told_with_file_and_line():
    found = checked(files(oslo=good(1, "oslo", subnetMask="x"), moss=good(2, "moss", dnsServers=[])))
    assert found.problems == (
        "oslo.yaml:10: subnetMask: 'x' is not a subnet mask such as 255.255.255.0 [SUBNET]",
        "moss.yaml:12: dnsServers: is empty [DNS]",
    )


def test_what_azure_knows_otherwise_is_a_problem_with_file_and_line():
    found = checked(files(oslo=good(1, "oslo", failoverClusterName="OTHER")))
    assert found.problems == (
        "oslo.yaml:1: failoverClusterName: 'OTHER' is not the name that the cluster reports: OSLO [FAILOVER_NAME]",
    )


def test_what_people_should_look_at_is_no_problem():
    found = checked(BOTH, surveyor=Surveyor(vaults={}))
    assert found.problems == ()
    unseen = "no vault 'kv-oslo' is seen in the subscriptions of cluster and machines; is it elsewhere?"
    assert found.clusters[0].remarks == (f"oslo.yaml:15: lcmSecretUri: {unseen} [KEYVAULT_EXISTS]",)


def test_a_machine_of_a_cluster_without_inputs_in_the_pool_is_to_be_looked_at():
    stranger = HostFacts(id=machine("voss-n1"), name="voss-n1", addresses=("10.0.1.45/24",))
    own = HostFacts(id=machine("moss-n1"), name="moss-n1", principal="p", addresses=("10.0.2.21/24",))
    found = checked(BOTH, surveyor=Surveyor(stranger, own))
    told = "the pool holds 10.0.1.45, which voss-n1 of another cluster reports; is that another network?"
    assert [one.remarks for one in found.clusters] == [
        (f"oslo.yaml:8: startingIPAddress: {told} [IP_POOL_IN_USE]",), (),
    ]  # fmt: skip


def test_a_fleet_is_surveyed_widely_and_a_named_cluster_closely():
    wide, close = Surveyor(), Surveyor()
    checked(BOTH, surveyor=wide)
    checked(BOTH, "OSLO", surveyor=close)
    assert (wide.asked, close.asked) == ([(["oslo", "moss"], False)], [(["oslo"], True)])


def test_of_named_clusters_only_their_own_problems_are_told_but_all_inputs_are_compared():
    clash = files(oslo=good(1, "oslo"), moss=good(1, "moss", dnsServers=[]))
    found = checked(clash, "oslo")
    assert {problem.split(":")[0] for problem in found.problems} == {"oslo.yaml"}
    assert "with the pool of moss (moss.yaml)" in found.problems[0] + found.problems[1]


def test_a_named_cluster_without_inputs_is_a_problem_even_outside_the_rings():
    assert checked(BOTH, "voss").problems == ("voss: cluster: has no inputs; azlocal-upgrade inputs init voss",)
    assert checked(files(voss=good(3, "voss")), "voss").problems == ()


def test_a_cluster_that_is_upgraded_is_not_compared_any_more():
    solved = one("oslo", solution=SolutionFacts(id="u", version="12.1"))
    solved = replace(solved, failover_name="CHANGED")
    surveyor = Surveyor()
    found = checked(BOTH, where=fleet(solved, one("moss")), surveyor=surveyor)
    assert (found.problems, surveyor.asked) == ((), [(["moss"], False)])


def test_what_could_not_be_read_is_told_and_breaks_nothing():
    found = checked(BOTH, where=fleet(gaps=("a gap",)), surveyor=Surveyor(problems=("a denial",)))
    assert (found.unread, found.problems) == (("a gap", "a denial"), ())


def test_without_a_plan_every_cluster_is_asked_for():
    assert checked(BOTH, where=fleet(wanted=None)).without == ("voss",)


def test_what_belongs_to_no_cluster_comes_first():
    given = {**files(oslo=good(1, "oslo", dnsServers=[])), "x.csv": ""}
    assert [one.split(":")[0] for one in checked(given).problems] == ["x.csv", "oslo.yaml"]


# without Azure


def test_files_are_checked_and_compared_without_azure():
    found = check_files(files(oslo=good(1, "oslo"), moss=good(1, "moss", subnetMask="x")), (), "")
    assert found.compared is False
    assert {problem.rpartition(" ")[2] for problem in found.problems} == {"[IP_POOL_OVERLAP]", "[NODES]", "[SUBNET]"}


def test_without_azure_custom_locations_of_unknown_groups_may_be_alike():
    same = {"customLocation": "cl"}
    assert check_files(files(oslo=good(1, "oslo", **same), moss=good(2, "moss", **same)), (), "").problems == ()
    grouped = {
        "oslo": good(1, "oslo", cluster="rg/oslo", **same), "moss": good(2, "moss", cluster="RG/moss", **same)
    }  # fmt: skip
    assert {one.rpartition(" ")[2] for one in check_files(files(**grouped), (), "").problems} == {"[CUSTOM_LOCATION]"}


def test_without_azure_too_words_narrow_what_is_told():
    given = files(oslo=good(1, "oslo", dnsServers=[]), moss=good(2, "moss", dnsServers=[]))
    assert [one.name for one in check_files(given, ("oslo",), "").clusters] == ["oslo"]
    with pytest.raises(BadInput, match="no inputs are those of 'bergen'"):
        check_files(given, ("bergen",), "")


# drafts


def drafted(folder, wish, where=None, surveyor=None):
    return draft(folder, wish, where or fleet(), surveyor or Surveyor(HostFacts(id=machine("oslo-n1"), name="oslo-n1")))


def test_a_draft_is_written_for_each_cluster_that_is_wished_for_and_has_none(tmp_path):
    (tmp_path / "oslo.yaml").write_text("x: kept\n")
    (tmp_path / "fleet.csv").write_text("cluster,domainFqdn\nmoss,a.example.com\n")
    found = drafted(tmp_path, Wish(every=True))
    assert [(one.name, one.state) for one in found.clusters] == [
        ("oslo", "has-inputs"), ("moss", "has-inputs"), ("voss", "written"),
    ]  # fmt: skip
    assert (tmp_path / "oslo.yaml").read_text() == "x: kept\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.csv", "oslo.yaml", "voss.yaml"]


def test_a_draft_names_its_cluster_and_what_is_open(tmp_path):
    (made,) = drafted(tmp_path / "new", Wish(words=("oslo",))).clusters
    text = (tmp_path / "new" / "oslo.yaml").read_text()
    document = read_yaml(text, "oslo.yaml")
    assert document.data["cluster"] == ident("oslo")
    assert document.data["failoverClusterName"] == "OSLO"
    assert made.open[-1] == "lcmSecretUri"
    assert "lcmSecretUri:  # fill in: URI, with version," in text
    assert f'failoverClusterName: "OSLO"  # from Azure: {ident("oslo")}' in text


def test_a_file_that_names_another_cluster_is_in_the_way_and_stays(tmp_path):
    (tmp_path / "voss.yaml").write_text("cluster: rg/oslo\n")
    (made,) = drafted(tmp_path, Wish(words=("voss",))).clusters
    assert (made.state, (tmp_path / "voss.yaml").read_text()) == ("exists", "cluster: rg/oslo\n")


def test_a_ring_is_its_members_and_an_upgraded_cluster_needs_no_draft_unless_it_is_named(tmp_path):
    solved = one("oslo", solution=SolutionFacts(id="u", version="12.1"))
    where = fleet(solved, one("moss"), one("voss"))
    by_ring = drafted(tmp_path / "a", Wish(ring="one"), where)
    assert [(one.name, one.state) for one in by_ring.clusters] == [("oslo", "solution"), ("moss", "written")]
    assert drafted(tmp_path / "b", Wish(words=("oslo",)), where).clusters[0].state == "written"


def test_clusters_of_one_name_and_hostile_names_get_files_of_their_own(tmp_path):
    hostile = replace(one("voss"), id=ident("evil"), name="../../voss\x1b[2J\n")
    twins = (one("oslo"), replace(one("oslo"), id=ident("oslo", "rg2")), hostile)
    found = drafted(tmp_path, Wish(every=True), fleet(*twins))
    assert [one.state for one in found.clusters] == ["written"] * 3
    assert len({one.file for one in found.clusters}) == len(list(tmp_path.iterdir())) == 3
    for path in tmp_path.iterdir():
        assert read_yaml(path.read_text(), path.name).problems == []
        assert "\x1b" not in path.read_text()


WRONG = {
    "nothing": (Wish(), "cluster: name clusters, or a ring"),
    "two ways": (Wish(words=("a",), every=True), "cluster: name clusters, or a ring"),
    "an unknown ring": (Wish(ring="x"), "ring: the plan has no ring 'x'"),
    "no word for a cluster": (Wish(words=("a/b/c",)), "cluster: 'a/b/c' is neither"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wish_that_is_none_is_refused_before_anything_is_sent(case):
    wish, problem = WRONG[case]
    with pytest.raises(BadInput) as refused:
        wish.check(RINGED)
    assert refused.value.problems[0].startswith(problem)


@pytest.mark.parametrize("place", ["", "fleet.csv", "https://x.blob.core.windows.net/inputs/"])
def test_drafts_need_a_folder_on_this_machine(place):
    with pytest.raises(BadInput, match="folder: "):
        drafts_folder(place)


def test_inputs_that_are_broken_stop_drafts_before_anything_is_written(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(BadInput, match=r"x\.csv:1"):
        drafted(tmp_path, Wish(every=True))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_fleet_without_a_moment_is_incomplete():
    class Facts:
        clusters, cloud, gaps = (), "public", ()

    with pytest.raises(Incomplete):
        Fleet.of(Facts(), None, None)
