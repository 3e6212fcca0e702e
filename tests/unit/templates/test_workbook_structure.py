"""The workbook's form: parameters before they are used, only known queries, nothing that escapes from its place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from workbook_reading import (
    COLUMN,
    GROUP,
    LINKS,
    PARAMETER,
    PARAMETERS,
    QUERY,
    Chosen,
    actions,
    fill,
    formatters,
    queries,
    texts,
    walk,
)  # fmt: skip

from azlocal.sandbox.templates.syntax import is_expression

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "arm-templates"
PACK = {path.stem: path.read_text("utf-8").strip() for path in sorted((TEMPLATES / "queries").glob("*.kql"))}
LIVE = {path.stem: path.read_text("utf-8").strip() for path in sorted((TEMPLATES / "workbook" / "live").glob("*.kql"))}
GALLERY = json.loads((TEMPLATES / "workbook.gallery.json").read_text("utf-8"))
MODULE = json.loads((TEMPLATES / "workbook.json").read_text("utf-8"))
TABS = ["Fleet", "Journey", "Blockers", "In flight", "Failures", "Rollout", "Health", "Live"]
LET = re.compile(r"^let (\w+) = (.*);$", re.MULTILINE)


def defined(item):
    """Yield the parameters that an item gives to those after it."""
    content = item["content"]
    if item["type"] == LINKS:
        yield from (one["cellValue"] for one in content["links"] if one["linkTarget"] == "parameter")
    if item["type"] == QUERY:
        yield from (one["parameterName"] for one in content.get("exportedParameters", ()))


def used(value):
    yield from (name for text in texts(value) for name, _ in PARAMETER.findall(text))
    if isinstance(value, dict):
        hidden = value.get("conditionalVisibility")
        yield from [hidden["parameterName"]] if hidden else []
        yield from [value["timeContextFromParameter"]] if "timeContextFromParameter" in value else []


def undefined(items):
    """Yield (place, parameter) of what is used before it is there."""
    known = set()
    for item in walk(items):
        own = {**item, "content": {}} if item["type"] == GROUP else item
        if item["type"] == PARAMETERS:
            for one in item["content"]["parameters"]:
                yield from ((one["name"], name) for name in used(one) if name not in known)
                known.add(one["name"])
        else:
            names = [*used(own), *used(item["content"] if item["type"] != GROUP else {})]
            yield from ((item["name"], name) for name in names if name not in known)
        known |= set(defined(item))


def test_every_parameter_is_defined_before_it_is_used():
    assert list(undefined(GALLERY["items"])) == []


def test_a_parameter_that_is_used_too_early_or_never_defined_is_found():
    steps = GALLERY["items"]
    assert ("parameters", "Workspace") not in undefined(steps)
    late = [steps[0], *steps[2:], steps[1]]
    assert {"Workspace", "Rings", "TimeRange", "Subscriptions"} <= {name for _, name in undefined(late)}


def test_a_parameter_that_a_blade_or_a_row_takes_by_name_is_there_and_used():
    known = {one["name"] for item in walk(GALLERY["items"]) if item["type"] == PARAMETERS
             for one in item["content"]["parameters"]}  # fmt: skip
    blades = [one["formatOptions"]["bladeOpenContext"] for item in walk(GALLERY["items"]) for one in formatters(item)
              if "bladeOpenContext" in one.get("formatOptions", {})]  # fmt: skip
    asked = {one["value"] for blade in blades for one in blade["bladeParameters"] if one["source"] == "parameter"}
    assert asked == {"Workspace"} <= known
    assert known - set(used(GALLERY)) - {"TimeRange"} == set()


def plain(text, kept):
    """Return a query of the pack, or of the workbook made of it, with nothing in the `let` lines that are set."""
    return LET.sub(lambda found: f"let {found[1]} = …;" if found[1] in kept else found[0], text)


SET = {"lookback", "rings", "cluster"}


def origin(name, told):
    """Return which query a text begins with, whole."""
    text = told["query"]
    for source, known in {**PACK, **LIVE}.items():
        begin = plain(known, SET)
        if plain(text, SET) == begin or plain(text, SET).startswith(begin + "\n|"):
            return source
    return ""


# What a parameter itself asks: the rings there are, and the name of the job.
OF_PARAMETERS = {"Rings", "TickJob"}


def test_every_query_is_whole_one_of_the_pack_or_of_the_live_view():
    strange = {name for name, told in queries(GALLERY) if not origin(name, told)}
    assert strange == OF_PARAMETERS


def test_every_query_of_the_pack_and_of_the_live_view_is_in_use():
    assert {origin(name, told) for name, told in queries(GALLERY)} - {""} == {*PACK, *LIVE}


def test_what_the_pack_lets_set_is_set_by_parameters():
    for name, told in queries(GALLERY):
        source = origin(name, told)
        if source in PACK:
            given = dict(LET.findall(told["query"]))
            for let, _ in LET.findall(PACK[source]):
                assert let not in SET or PARAMETER.search(given[let]), (name, let)


def test_logs_are_asked_of_the_workspace_and_live_queries_of_the_subscriptions():
    for name, told in queries(GALLERY):
        live = origin(name, told) in LIVE
        assert told["queryType"] == (1 if live else 0), name
        assert told["crossComponentResources"] == (["{Subscriptions}"] if live else ["{Workspace}"]), name


def test_there_is_a_tab_for_each_view_and_each_tab_shows_one_group():
    (tabs,) = (one["content"]["links"] for one in GALLERY["items"] if one["name"] == "tabs")
    groups = [one["conditionalVisibility"] for one in GALLERY["items"] if one["type"] == GROUP]
    assert [one["linkLabel"] for one in tabs] == [one["subTarget"] for one in tabs] == TABS
    assert groups == [{"parameterName": "Tab", "comparison": "isEqualTo", "value": name} for name in TABS]
    kinds = {told.get("visualization") for _, told in queries(GALLERY)} - {None}
    assert {"tiles", "table", "barchart", "piechart", "categoricalbar", "timechart"} <= kinds


def test_names_and_ids_are_given_once():
    names = [one["name"] for one in walk(GALLERY["items"])]
    links = [one for item in walk(GALLERY["items"]) if item["type"] == LINKS for one in item["content"]["links"]]
    steps = [
        one for item in walk(GALLERY["items"]) if item["type"] == PARAMETERS for one in item["content"]["parameters"]
    ]
    ids = [one["id"] for one in [*links, *steps]]
    assert (len(set(names)), len(set(ids))) == (len(names), len(ids))


def test_every_view_says_what_it_means_that_it_is_empty():
    views = [one["content"] for one in walk(GALLERY["items"]) if one["type"] == QUERY]
    assert [one["title"] for one in views if len(one["noDataMessage"]) < 10 or not one["title"]] == []


# what is made of it


def test_the_files_are_what_the_generator_makes():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "workbook.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), "run: python tools/workbook.py, then python tools/templates.py"


def generator(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import workbook

    return workbook


def test_a_changed_query_of_the_pack_is_drift_of_every_file(monkeypatch, tmp_path):
    workbook = generator(monkeypatch)
    for name, text in PACK.items():
        (tmp_path / f"{name}.kql").write_text(text + ("\n| take 7\n" if name == "limbo" else "\n"), "utf-8")
    monkeypatch.setattr(workbook, "PACK", tmp_path)
    stale = [
        path.relative_to(TEMPLATES).as_posix() for path, text in workbook.files() if path.read_text("utf-8") != text
    ]
    assert stale == ["workbook.gallery.json", "workbook.json", "modules/workbook.json"]


def unescaped(value):
    if isinstance(value, list):
        return [unescaped(one) for one in value]
    if isinstance(value, dict):
        return {name: unescaped(one) for name, one in value.items()}
    return value[1:] if isinstance(value, str) and value.startswith("[[") and value.endswith("]") else value


def test_the_template_holds_the_workbook_of_the_gallery_but_for_what_an_installation_decides():
    content = unescaped(MODULE["variables"]["content"])
    baked = {one for one in texts(MODULE["variables"]["content"]) if is_expression(one)}
    assert baked == {f"[parameters('{name}')]" for name in (
        "workspaceResourceId", "controlGroupId", "automationAccountId", "jobArgument", "hybridWorkerGroup",
    )}  # fmt: skip
    kept = json.loads(json.dumps(GALLERY))
    for step in [*walk(content["items"]), *walk(kept["items"])]:
        for one in step["content"]["parameters"] if step["type"] == PARAMETERS else ():
            one.pop("value", None)
    assert content == kept
    assert MODULE["resources"]["workbook"]["properties"]["serializedData"] == "[string(variables('content'))]"


# what may become of hostile names

HOSTILE = [
    'a"; evil()', "a' or 1==1", "{Workspace}", '["HoldPath"]', "a\\", "é☃\u202e", "a\nb", "}{", "<b>x</b>", "a`b|c", "%2e%2e/..",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_one_literal_of_the_query(name):
    text = fill('let cluster = "{Cluster:escapejson}";', {"Cluster": Chosen(name)})
    assert json.loads(text.removeprefix("let cluster = ").removesuffix(";")) == name


def test_only_text_that_a_viewer_or_a_row_cannot_shape_is_put_in_unescaped():
    """Names come into queries escaped as JSON texts; what is put in as it stands is a choice among given values."""
    raw = {
        (name, form) for told in (one["query"] for _, one in queries(GALLERY)) for name, form in PARAMETER.findall(told)
    }
    assert raw == {("TimeRange", "seconds"), ("Rings", ""), ("Cluster", "escapejson"), ("ControlGroup", "escapejson"),
                   ("AutomationAccount", "escapejson")}  # fmt: skip


def test_a_request_takes_from_a_row_only_what_its_query_has_checked():
    """A column of a request is checked by a pattern in the query of its grid, or is the id that the check let through."""
    for item, action in actions(GALLERY):
        columns = set(COLUMN.findall(action["path"] + action["body"]))
        text = item["content"].get("query", "")
        for name in columns:
            assert re.search(rf"\b{name} (matches regex|= iff\()", text), (item["name"], name)


def test_a_request_names_the_version_once_and_its_body_is_json():
    seen = {action["title"] for _, action in actions(GALLERY)}
    assert seen == {"Hold the cluster", "Release", "Approve the ring", "Pause the fleet", "Run a tick"}
    for _, action in actions(GALLERY):
        assert [one["key"] for one in action["params"]] == ["api-version"]
        assert "api-version" not in action["path"]
        assert json.loads(COLUMN.sub("x", action["body"]))


def test_the_parts_say_nothing_that_the_generator_leaves_out():
    """A misspelt word in a part would be lost without a trace."""
    words = {"pack", "live", "then", "title", "none", "good", "columns", "exports", "of", "count", "about", "as", "x", "y",
             "group", "size"}  # fmt: skip
    column = {"label", "as", "link", "of", "menu", "say", "action", "blade", "icons", "palette", "width", "sort"}
    for name in yaml.safe_load((TEMPLATES / "workbook" / "tabs.yaml").read_text("utf-8")):
        part = yaml.safe_load((TEMPLATES / "workbook" / f"{name}.yaml").read_text("utf-8"))
        for item in part["items"]:
            told = next((item[kind] for kind in ("grid", "chart", "tiles") if kind in item), {})
            assert set(told) <= words, item["name"]
            for one in told.get("columns", {}).values():
                assert set(one) <= column, (item["name"], one)
