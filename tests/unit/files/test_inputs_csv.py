"""Upgrade inputs as a table: the same as in YAML, row by row."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from input_samples import GOOD, ID, NAME, as_yaml, cluster_id, machine

from azlocal.core.ids import key
from azlocal.errors import BadInput
from azlocal.files.inputs_file import read_inputs

OTHER = "clu-oslo-02"
CLUSTERS = [(ID, NAME), (cluster_id(OTHER), OTHER)]


def row_of(data, numbered=False):
    """One cluster's inputs as cells, by column."""
    cells = {}
    for name, value in data.items():
        if not isinstance(value, list):
            cells[name] = str(value)
        elif name == "physicalNodesSettings":
            cells |= {
                f"{name}.{number}.{part}": text for number, node in enumerate(value) for part, text in node.items()
            }
        elif numbered:
            cells |= {f"{name}.{number}": item for number, item in enumerate(value)}
        else:
            cells[name] = ";".join(value)
    return cells


def table(*rows, delimiter=","):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(text, clusters=CLUSTERS):
    return read_inputs({"fleet.csv": text}, clusters)


def told(text):
    return [problem for one in read(text).values() for problem in one.problems]


ROW = {"cluster": NAME, **row_of(GOOD)}
APART = {"network": "elsewhere", "customLocation": "other", "arcNodeResourceIds": f"{machine('o1')};{machine('o2')}"}


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_row_is_read_as_the_same_inputs_in_yaml(numbered, delimiter, mark):
    text = mark + table({"cluster": NAME, **row_of(GOOD, numbered)}, delimiter=delimiter)
    (inputs,) = read(text).values()
    (other,) = read_inputs({f"{NAME}.yaml": as_yaml(GOOD)}, CLUSTERS).values()
    assert (inputs.parameters, inputs.digest, inputs.problems) == (GOOD, other.digest, ())
    assert inputs.source == "fleet.csv:2"


def test_nodes_may_stand_in_one_cell_for_names_and_one_for_addresses():
    row = {name: cell for name, cell in ROW.items() if not name.startswith("physicalNodesSettings")}
    joined = {
        "physicalNodesSettings.name": "oslo01-n1;oslo01-n2",
        "physicalNodesSettings.ipv4Address": "10.20.0.21; 10.20.0.22",
    }
    (inputs,) = read(table({**row, **joined})).values()
    assert (inputs.parameters, inputs.problems) == (GOOD, ())
    assert told(table({**row, **joined, "physicalNodesSettings.ipv4Address": "10.20.0.21"})) == [
        "fleet.csv:2: physicalNodesSettings[1].ipv4Address: missing [NODES]"
    ]


def test_clusters_of_different_size_stand_in_one_table():
    smaller = {
        **GOOD, "startingIPAddress": "10.20.0.60", "endingIPAddress": "10.20.0.69", "customLocation": "other",
        "arcNodeResourceIds": [machine("n1")],
        "physicalNodesSettings": [{"name": "n1", "ipv4Address": "10.20.0.31"}], "euLocation": False,
    }  # fmt: skip
    found = read(table({"cluster": ID, **row_of(GOOD)}, {"cluster": f"rg-oslo/{OTHER}", **row_of(smaller)}))
    assert [one.parameters for one in found.values()] == [GOOD, smaller]


def test_a_mistake_is_told_with_the_line_its_row_begins_on():
    rows = [{**ROW, "customLocation": "a\nb"}, {**ROW, **APART, "cluster": OTHER, "subnetMask": "x"}]
    text = table(*rows).replace("\r\n" + OTHER, "\r\n\r\n,,,,\r\n" + OTHER)
    assert told(text) == ["fleet.csv:6: subnetMask: 'x' is not a subnet mask such as 255.255.255.0 [SUBNET]"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({**ROW, "domainFqdn": ""}, "domainFqdn: missing [DOMAIN]"),
        ({**ROW, "domainFqd": "x"}, "domainFqd: unknown key; did you mean 'domainFqdn'? [UNKNOWN_KEY]"),
        ({**ROW, "dnsServers": "10.20.0.10;"}, "dnsServers[1]: has no value [DNS]"),
        ({**ROW, "dnsServers.0": "10.20.0.10"}, "dnsServers: is given as dnsServers and as dnsServers.0; keep one [DNS]"),
        ({**ROW, "physicalNodesSettings.1.name": ""}, "physicalNodesSettings[1].name: missing [NODES]"),
        ({**ROW, "physicalNodesSettings": "n1"}, "physicalNodesSettings: is given as physicalNodesSettings and as physicalNodesSettings.0; keep one [NODES]"),
        ({**ROW, "physicalNodesSettings.name": "n1;n2"}, "physicalNodesSettings: is given as physicalNodesSettings.name and as physicalNodesSettings.0; keep one [NODES]"),
        ({**ROW, "physicalNodesSettings.0.ip": "10.0.0.1"}, "physicalNodesSettings.0.ip: unknown key; did you mean 'physicalNodesSettings'? [UNKNOWN_KEY]"),
        ({**ROW, "arcNodeResourceIds.9999": "x"}, "arcNodeResourceIds.9999: unknown key; did you mean 'arcNodeResourceIds'? [UNKNOWN_KEY]"),
        ({**ROW, "": "x"}, "a cell stands in a column without a name [TABLE]"),
        ({**ROW, "lcmPassword": "hunter2"}, "lcmPassword: may not be given: secrets never pass through here; put it into Key Vault and give its URI as lcmSecretUri [LCM_PASSWORD]"),
    ],
)  # fmt: skip
def test_each_mistake_of_a_row_is_a_problem_of_its_cluster(row, problem):
    assert told(table(row)) == [f"fleet.csv:2: {problem}"]


def test_a_gap_between_nodes_is_told():
    row = {name: "" if name.startswith("physicalNodesSettings.0") else cell for name, cell in ROW.items()}
    assert "fleet.csv:2: physicalNodesSettings[0]: is empty, but a later one is given [NODES]" in told(table(row))


def test_a_row_with_more_cells_than_the_heading_is_told():
    text = table(ROW).rstrip() + ",more\r\n"
    assert told(text) == [f"fleet.csv:2: the row has {len(ROW) + 1} cells, the heading {len(ROW)} [TABLE]"]


def test_empty_columns_at_the_end_as_spreadsheets_leave_them_say_nothing():
    first, second, *_ = table(ROW).split("\r\n")
    assert told(f"{first},,\r\n{second},,\r\n,,\r\n") == []


def test_an_empty_cell_in_an_unknown_column_says_nothing():
    assert told(table({**ROW, "notes": ""})) == []


def test_two_rows_for_one_cluster_are_a_problem():
    assert told(table(ROW, {**ROW, "cluster": ID})) == [
        "fleet.csv:3: cluster: the inputs of this cluster stand in fleet.csv:2, fleet.csv:3; keep one [CLUSTER]"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "fleet.csv:1: the file is empty"),
        ("\n,,\n", "fleet.csv:1: the file is empty"),
        ("clustr,domainFqdn\na,b\n", "fleet.csv:1: no column is named 'cluster'; did you mean 'clustr'?"),
        ("cluster,a,a\nx,y,z\n", "fleet.csv:1: two columns are named 'a'"),
        ('cluster,a\nx,"y\n', "fleet.csv:2: not a readable CSV file: unexpected end of data"),
        (
            "cluster,domainFqdn\n,ad.example.com\n",
            "fleet.csv:2: cluster: missing; nobody can say whose row this is [CLUSTER]",
        ),
    ],
)
def test_a_table_that_belongs_to_nobody_is_refused(text, problem):
    with pytest.raises(BadInput) as refused:
        read(text)
    assert refused.value.problems == (problem,)


texts = st.text("abcXYZ019 äß-_.,'\"|", min_size=3, max_size=12).map(str.strip).filter(lambda text: len(text) >= 3)


@st.composite
def fleets(draw):
    """Inputs of one to five nodes, in a /24 of their own."""
    count = draw(st.integers(1, 5))
    hosts = draw(st.lists(st.integers(1, 99), min_size=count + 1, max_size=count + 1, unique=True))
    nodes = draw(st.lists(texts, min_size=count, max_size=count, unique_by=str.lower))
    net = draw(st.integers(0, 255))
    first = draw(st.integers(100, 240))
    optional = {
        "namingPrefix": st.text("abAB09-", min_size=1, max_size=8), "adouPath": texts,
        "streamingDataClient": st.booleans(), "euLocation": st.booleans(), "episodicDataUpload": st.booleans(),
    }  # fmt: skip
    return {
        **GOOD, **draw(st.fixed_dictionaries({}, optional=optional)),
        "failoverClusterName": draw(texts), "customLocation": draw(texts),
        "arcNodeResourceIds": [machine(f"m{number}") for number in range(count)],
        "physicalNodesSettings": [
            {"name": name, "ipv4Address": f"10.1.{net}.{host}"} for name, host in zip(nodes, hosts)
        ],
        "defaultGateway": f"10.1.{net}.{hosts[-1]}",
        "startingIPAddress": f"10.1.{net}.{first}", "endingIPAddress": f"10.1.{net}.{first + draw(st.integers(5, 14))}",
    }  # fmt: skip


def apart(data, number):
    """The same inputs with machines and a custom location that no other cluster has."""
    machines = [machine(f"c{number}m{place}") for place, _ in enumerate(data["arcNodeResourceIds"])]
    return {**data, "arcNodeResourceIds": machines, "customLocation": f"{data['customLocation']}-{number}"}


@given(st.lists(fleets(), min_size=1, max_size=3), st.booleans(), st.sampled_from([",", ";"]))
def test_inputs_written_as_a_table_or_as_yaml_read_back_as_what_they_were(fleet, numbered, delimiter):
    clusters = [(cluster_id(f"c{number}"), f"c{number}") for number in range(len(fleet))]
    fleet = [apart(data, number) for number, data in enumerate(fleet)]
    rows = [{"cluster": name, "network": name, **row_of(data, numbered)} for (_, name), data in zip(clusters, fleet)]
    by_table = read(table(*rows, delimiter=delimiter), clusters)
    files = {f"{name}.yaml": as_yaml({**data, "network": name}) for (_, name), data in zip(clusters, fleet)}
    by_files = read_inputs(files, clusters)
    for (one, _), data in zip(clusters, fleet):
        assert (by_table[key(one)].parameters, by_table[key(one)].problems) == (data, ())
        assert (by_files[key(one)].parameters, by_files[key(one)].problems) == (data, ())
        assert by_table[key(one)].digest == by_files[key(one)].digest
