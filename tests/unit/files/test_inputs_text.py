"""Inputs as text: whatever anybody wrote into Azure stays a value, and a file stays in its folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.files.document import read_yaml
from azlocal.files.inputs_folder import read_files, write_new
from azlocal.files.inputs_text import Value, file_name, yaml_text

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(texts, texts, texts, st.lists(st.tuples(texts, texts), min_size=1, max_size=3))
def test_every_text_reads_back_as_it_was_and_a_remark_never_becomes_a_value(one, note, head, nodes):
    text = yaml_text(
        [head],
        {
            "cluster": Value(one, note),
            "dnsServers": [Value(name, note) for name, _ in nodes],
            "physicalNodesSettings": [
                {"name": Value(name, note), "ipv4Address": Value(part, note)} for name, part in nodes
            ],
        },
    )
    document = read_yaml(text, "x.yaml")
    assert document.data == {
        "cluster": one,
        "dnsServers": [name for name, _ in nodes],
        "physicalNodesSettings": [{"name": name, "ipv4Address": part} for name, part in nodes],
    }
    assert document.problems == []


def test_every_line_of_a_remark_is_a_remark():
    text = yaml_text(["a\nb: c"], {"cluster": Value("x", "from Azure: y\nz: 1\x1b[2J")})
    assert text == '# a?b: c\ncluster: "x"  # from Azure: y?z: 1?[2J\n'


def test_a_value_that_is_left_open_is_blank_and_an_empty_list_is_empty():
    assert yaml_text([], {"a": Value("", "fill in: it"), "b": Value((), "fill in: them"), "c": Value(False)}) == (
        "a:  # fill in: it\nb: []  # fill in: them\nc: false\n"
    )


HOSTILE = [
    "../../etc/passwd", "..", ".", "", "/", "a/b", "a\\b", "CON", "nul.txt", "com1", "x\x00y", "x\ny", "-rf", "é", "a" * 300, "~",
    "$(id)", "a b",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_plain_file_of_the_folder(name, tmp_path):
    made = file_name(name, f"/subscriptions/s/{name}")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,110}\.yaml", made)
    assert made != f"{name}.yaml"
    assert (tmp_path / made).resolve().parent == tmp_path.resolve()


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_name_leads_out_of_the_folder(name, other):
    made = file_name(name, other)
    assert Path(made).name == made
    assert not made.startswith((".", "-"))


def test_a_plain_name_stays_and_one_that_is_taken_is_told_apart():
    assert file_name("clu-oslo-01", "id") == "clu-oslo-01.yaml"
    one, two = (file_name("twin", each, {"twin.yaml"}) for each in ("/a/twin", "/b/twin"))
    assert one != two
    assert {one[:5], two[:5]} == {"twin-"}


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    place = tmp_path / "deep" / "a.yaml"
    assert (write_new(place, "one: 1\n"), write_new(place, "two: 2\n")) == (True, False)
    assert read_files(tmp_path / "deep") == {"a.yaml": "one: 1\n"}


def test_a_link_that_leads_elsewhere_is_not_followed(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert write_new(tmp_path / "a.yaml", "x: 1\n") is False
    assert not (tmp_path / "elsewhere.yaml").exists()
