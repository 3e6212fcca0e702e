"""Inputs from YAML to a table and back: the same values, and a refusal instead of a loss."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from input_samples import GOOD, ID, NAME, as_yaml, cluster_id

from azlocal.errors import BadInput
from azlocal.files.inputs_convert import convert, converted
from azlocal.files.inputs_fields import KNOWN, LISTS, NODES
from azlocal.files.inputs_file import read_entries, read_inputs

TABLE, FOLDER = Path("fleet.csv"), Path("yaml")


def texts_of(files, target):
    return {path.name: text for path, text in converted(files, target).items()}


def said(files):
    """What files say of each cluster: its network, and its keys with a value."""
    entries = list(read_entries(files, []))
    return {
        one.reference: (one.network, {name: value for name, value in one.document.data.items() if value not in ("", [])})
        for one in entries
    }  # fmt: skip


plain = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12).map(str.strip)
filled = plain.filter(bool)


@st.composite
def inputs(draw):
    """Any inputs that have the keys of inputs, right or wrong."""
    data = {}
    for name in draw(st.sets(st.sampled_from(KNOWN))):
        if name in LISTS:
            data[name] = draw(st.lists(filled, min_size=1, max_size=3))
        elif name == NODES:
            node = st.fixed_dictionaries({"name": filled}, optional={"ipv4Address": filled})
            data[name] = draw(st.lists(node, min_size=1, max_size=3))
        else:
            data[name] = draw(plain)
    if draw(st.booleans()):
        data["network"] = draw(st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True))
    return data


names = st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True).filter(lambda name: name.strip("-"))
fleets = st.dictionaries(names, inputs(), min_size=1, max_size=4)


@given(fleets)
def test_what_goes_to_a_table_comes_back_as_it_was(fleet):
    files = {f"{name}.yaml": as_yaml({"cluster": cluster_id(name), **data}) for name, data in fleet.items()}
    table = texts_of(files, TABLE)
    again = texts_of(table, FOLDER)
    assert said(table) == said(files)
    assert said(again) == said(files)
    rows, others = (sorted(one["fleet.csv"].splitlines()) for one in (texts_of(again, TABLE), table))
    assert rows == others


def test_good_inputs_have_the_same_digest_in_both_forms():
    files = {f"{NAME}.yaml": as_yaml(GOOD)}
    table = texts_of(files, TABLE)
    back = texts_of(table, FOLDER)
    digests = [next(iter(read_inputs(one, [(ID, NAME)]).values())) for one in (files, table, back)]
    assert len({one.digest for one in digests}) == 1
    assert [one.problems for one in digests] == [(), (), ()]


def test_columns_are_dotted_paths_and_lists_are_joined():
    heading, row = texts_of({f"{NAME}.yaml": as_yaml(GOOD)}, TABLE)["fleet.csv"].splitlines()
    assert heading.split(",")[:2] == ["cluster", "failoverClusterName"]
    assert {"dnsServers", "arcNodeResourceIds", "physicalNodesSettings.1.ipv4Address"} <= set(heading.split(","))
    assert "10.20.0.10;10.20.0.11" in row.split(",")


def test_an_item_with_a_semicolon_gets_a_column_of_its_own():
    table = texts_of({"a.yaml": as_yaml({**GOOD, "dnsServers": ["a;b", "c"]})}, TABLE)
    assert "dnsServers.0" in table["fleet.csv"].splitlines()[0]
    assert said(table)["a"][1]["dnsServers"] == ["a;b", "c"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"x": "1"}, "a.yaml:1: x: unknown key; known are"),
        ({"lcmPassword": "hunter2"}, "a.yaml:1: lcmPassword: may not be given: secrets never pass through here"),
        ({"domainFqdn": ["a"]}, "a.yaml:1: domainFqdn: expected a single value, found a list"),
        ({"dnsServers": "a"}, "a.yaml:1: dnsServers: expected a list, found 'a'"),
        ({"dnsServers": ["a", ""]}, "a.yaml:3: dnsServers[1]: has no value"),
        ({NODES: ["n1"]}, f"a.yaml:2: {NODES}[0]: expected name and ipv4Address, found 'n1'"),
        ({NODES: [{"name": "n", "ip": "1"}]}, f"a.yaml:2: {NODES}[0]: expected name and ipv4Address, found a mapping"),
        ({"adouPath": "a\tb"}, "a.yaml:1: adouPath: holds a control character"),
    ],
)  # fmt: skip
def test_what_the_other_form_cannot_hold_is_refused_with_its_line(data, problem):
    with pytest.raises(BadInput) as refused:
        converted({"a.yaml": as_yaml(data)}, TABLE)
    (told,) = refused.value.problems
    assert told.startswith(problem)
    assert "hunter2" not in told


def test_all_that_is_wrong_is_told_at_once_and_two_inputs_of_one_cluster_too():
    files = {"a.yaml": as_yaml({"x": "1"}), "b.yaml": "c: [\n", "c.yaml": as_yaml({"cluster": "A"})}
    with pytest.raises(BadInput) as refused:
        converted(files, TABLE)
    assert [one.split(": ")[0] for one in refused.value.problems] == ["b.yaml:2", "a.yaml:1", "a.yaml:1", "c.yaml:1"]


def test_nothing_is_no_inputs():
    with pytest.raises(BadInput, match="there are no inputs"):
        converted({}, TABLE)


def test_files_are_written_beside_nothing_and_over_nothing(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a", "b"):
        (source / f"{name}.yaml").write_text(as_yaml(GOOD))
    assert convert(source, tmp_path / "fleet.csv") == [tmp_path / "fleet.csv"]
    out = tmp_path / "out"
    assert sorted(path.name for path in convert(tmp_path / "fleet.csv", out)) == ["a.yaml", "b.yaml"]
    (out / "b.yaml").unlink()
    before = (out / "a.yaml").read_bytes()
    for target in (out, tmp_path / "fleet.csv"):
        with pytest.raises(BadInput, match="is there already"):
            convert(source, target)
    assert (sorted(path.name for path in out.iterdir()), (out / "a.yaml").read_bytes()) == (["a.yaml"], before)


def test_clusters_of_one_name_get_files_of_their_own():
    files = {
        "a.yaml": as_yaml({"cluster": cluster_id("twin", "rg-a"), **GOOD}),
        "b.yaml": as_yaml({"cluster": cluster_id("twin", "rg-b"), **GOOD}),
    }
    first, second = sorted(texts_of(files, FOLDER))
    assert (first[:5], second[:5]) == ("twin-", "twin.")
