"""The four formats of `az`: what goes to standard output, and how."""

from __future__ import annotations

import json

import jmespath
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azlocal.cli import output
from azlocal.errors import BadInput

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=9,
)
TREE = {"name": "oslo", "nodes": [{"n": 1, "ok": True}, {"n": 2, "ok": None}], "tags": {"a": "b"}}


def shown(capsys, form, document, query=None):
    output.show(form, jmespath.compile(query) if query else None, document, lambda: "the page", lambda: [["a", None]])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("table", "the page\n"), ("tsv", "a\t\n"), ("json", json.dumps(TREE, indent=2) + "\n"),
        ("yaml", yaml.safe_dump(TREE, sort_keys=False)),
    ],
)  # fmt: skip
def test_without_a_query_table_and_tsv_are_the_commands_own_and_json_and_yaml_the_document(capsys, form, printed):
    assert shown(capsys, form, TREE) == printed


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("name", "oslo\n"), ("nodes[].n", "1\n2\n"), ("nodes", "1\ttrue\n2\t\n"), ("nodes[].[n, ok]", "1\ttrue\n2\t\n"),
        ("{n: name, t: tags, l: nodes}", "oslo\t\t2\n"), ("nothing", ""), ("nodes[0].ok", "true\n"), ("[name, name]", "oslo\noslo\n"),
    ],
)  # fmt: skip
def test_tsv_has_a_row_for_each_item_and_no_header(capsys, query, printed):
    assert shown(capsys, "tsv", TREE, query) == printed


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("nodes", "N  Ok\n-  ----\n1  true\n2\n"), ("nodes[].[n, ok]", "Column1  Column2\n-------  -------\n1        true\n2\n"),
        ("name", "Result\n------\noslo\n"), ("nothing", ""), ("tags", "A\n-\nb\n"),
    ],
)  # fmt: skip
def test_a_query_as_table_has_its_keys_for_titles(capsys, query, printed):
    assert shown(capsys, "table", TREE, query) == printed


def test_a_query_that_finds_nothing_is_null_in_json(capsys):
    assert shown(capsys, "json", TREE, "nothing") == "null\n"


def test_a_query_that_fails_on_the_document_is_bad_input(capsys):
    with pytest.raises(BadInput, match="query"):
        shown(capsys, "json", TREE, "length(nodes[0].n)")


def formatted(form, document):
    return "".join(output.pieces_of(form, document))


@given(JSON)
def test_json_and_yaml_give_back_what_they_were_given(document):
    assert json.loads(formatted("json", document)) == document
    assert yaml.safe_load(formatted("yaml", document)) == document


@given(JSON)
def test_no_format_prints_a_control_character(document):
    for form in output.FORMATS:
        assert all(line.isprintable() for line in formatted(form, document).replace("\t", "").split("\n"))


@given(st.lists(st.lists(st.text(max_size=9), min_size=2, max_size=2), max_size=4))
def test_a_cell_never_breaks_its_row(rows):
    assert len(output.tsv(rows).split("\n")) == max(1, len(rows))


def test_a_pipe_has_no_width_and_columns_gives_one(monkeypatch):
    assert output.width() is None
    monkeypatch.setenv("COLUMNS", "80")
    assert output.width() == 80
    monkeypatch.setenv("COLUMNS", "7")
    assert output.width() == 40


def test_a_list_that_is_made_while_it_is_printed_prints_what_a_whole_one_prints(capsys):
    made = []

    def make(number):
        made.append(number)
        return {"number": number}

    for form in ("json", "yaml", "tsv"):
        output.show(form, None, lambda: {"items": output.Each(make, range(3))}, str)
        output.show(form, None, {"items": [make(number) for number in range(3)]}, str)
        told = capsys.readouterr().out
        assert told[: len(told) // 2] == told[len(told) // 2 :]
    output.show("json", None, {"items": output.Each(make, [])}, str)
    assert json.loads(capsys.readouterr().out) == {"items": []}


def test_no_item_is_made_before_the_one_before_it_is_printed():
    made = []
    pieces = output.pieces_of("json", {"items": output.Each(made.append, range(3))})
    assert next(piece for piece in pieces if "null" in piece)
    assert made == [0]


def test_a_document_that_nobody_asked_for_is_not_made(capsys):
    output.show("table", None, lambda: pytest.fail("made"), lambda: "page")
    assert capsys.readouterr().out == "page\n"


def test_a_query_sees_a_list_that_is_made_when_it_is_asked_for(capsys):
    output.show("json", jmespath.compile("items[1]"), lambda: {"items": output.Each(str, range(3))}, str)
    assert json.loads(capsys.readouterr().out) == "1"
