"""Rewriting for the engine: what Azure's KQL takes, in words the engine takes, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.sandbox.query.dialect import common, graph
from azlocal.sandbox.query.tokens import NOTHING, tokens

TABLES = {name: name for name in ("resources", "resourcecontainers", "extensibilityresources")}


@pytest.mark.parametrize(
    "query, expected",
    [
        ("resources | project kind", "resources | project ['kind']"),
        ("resources | where kind =~ 'kind'", "resources | where ['kind'] =~ 'kind'"),
        ("resources | extend kind = tostring(kind)", "resources | extend ['kind'] = tostring(['kind'])"),
        ("resources | project properties.kind", "resources | project properties['kind']"),
        ("resources | project a.b.count", "resources | project a.b['count']"),
        ("resources | project ['kind']", "resources | project ['kind']"),
        ("resources | order by kind asc nulls last", "resources | order by ['kind'] asc nulls last"),
        ("resources | extend title = 1, t = time(1h)", "resources | extend ['title'] = 1, t = time(1h)"),
        ("resources | join kind=inner (resources) on kind", "resources | join kind=inner (resources) on ['kind']"),
        (
            "resources | join hint.strategy=shuffle kind = leftouter (resources) on $left.a == $right.kind",
            "resources | join hint.strategy=shuffle kind = leftouter (resources) on $left.a == $right.kind",
        ),
        ("a | summarize count=count() by b | order by count | count", "a | summarize ['count']=count() by b | order by ['count'] | count"),
        ("union kind=outer a, b", "union kind=outer a, b"),
        ("a | union withsource=t kind=inner b", "a | union withsource=t kind=inner b"),
        ("a | parse kind=regex id with * 'x' kind", "a | parse kind=regex id with * 'x' ['kind']"),
        ("a | mv-expand kind=bag tags", "a | mv-expand kind=bag tags"),
        ("a | summarize percentiles(f(b, c), 50, 95) by d", "a | summarize percentile(f(b, c), 50), percentile(f(b, c), 95) by d"),
        ("a | summarize percentiles(b, 50)", "a | summarize percentile(b, 50)"),
        ("a | extend b = tags[key]", "a | extend b = element_of(tags, key)"),
        ("a | extend b = a.b['c'].d[tolower(e)].f", "a | extend b = element_of(a.b['c'].d, tolower(e)).f"),
        ("a | extend b = split(id, '/')[n - 1], c = d[e][f]", "a | extend b = element_of(split(id, '/'), n - 1), c = element_of(element_of(d, e), f)"),
        ("a | extend b = c[d[e]]", "a | extend b = element_of(c, element_of(d, e))"),
        ("a | extend b = tags['key'], c = d[0], e = f[-1]", "a | extend b = tags['key'], c = d[0], e = f[-1]"),
        ("a | mv-expand kind = properties.x", "a | mv-expand ['kind'] = properties.x"),
        ("a | mv-expand properties.nodes.x", "a | mv-expand properties_nodes_x = properties.nodes.x"),
        ("a | mv-expand properties.first", "a | mv-expand properties_first = properties['first']"),
        ("a | mv-expand n = properties.nodes", "a | mv-expand n = properties.nodes"),
        (
            "a | join b on $left.x == $right.y and $left.z == $right.z | where p and q",
            "a | join b on $left.x == $right.y , $left.z == $right.z | where p and q",
        ),
        ('a // kind\n| where x == "kind" | project ```kind```', 'a // kind\n| where x == "kind" | project ```kind```'),
        ("a | summarize x = strcat_array(make_set(b), ', ') by c", "a | summarize x = tostring(strcat_array(make_set(b), ', ')) by c"),
        ("a | summarize x = max(strcat_array(b, ','))", "a | summarize x = max(strcat_array(b, ','))"),
        ("a | extend x = strcat_array(b, ',')", "a | extend x = strcat_array(b, ',')"),
        ("a | parse id with * '/c/' x | count", "a | parse id with * '/c/' x | count"),
        (
            "a | parse tolower(id) with * '/c/' x | count",
            "a | extend _parsed = tolower(id) | parse _parsed with * '/c/' x | project-away _parsed | count",
        ),
        (
            "a | parse kind=regex flags=i id with x '/c/' *",
            "a | extend _parsed = strcat('¬', id) | parse kind=regex flags=i _parsed with '¬' x '/c/' * | project-away _parsed",
        ),
        ("a | render timechart with (title='x')", "a | render timechart with (title='x')"),
        ("a | render card", "a | render card"),
    ],
)  # fmt: skip
def test_columns_named_like_keywords_get_brackets_and_parameters_stay(query, expected):
    assert common(query) == expected


@pytest.mark.parametrize(
    "query, expected",
    [
        ("Resources", "resources"),
        ("Resources | take 1", "resources | take 1"),
        ("where type == 'Resources'", "resources | where type == 'Resources'"),
        ("project name", "resources | project name"),
        ("resources | join ResourceContainers on id", "resources | join resourcecontainers on id"),
        ("resources | join kind=inner (ResourceContainers) on id", "resources | join kind=inner (resourcecontainers) on id"),
        ("union Resources, (ResourceContainers | take 1)", "union resources, (resourcecontainers | take 1)"),
        ("resources | where id in ((Resources | project id))", "resources | where id in ((resources | project id))"),
        ("resources | summarize Resources = count() | project Resources", "resources | summarize Resources = count() | project Resources"),
        ("resources | extend a = tolower(Resources)", "resources | extend a = tolower(Resources)"),
        ("resources | mv-expand x = a.b | count", "resources | mv-expand x = a.b limit 128 | count"),
        ("resources | mv-expand x = a.b limit 5", "resources | mv-expand x = a.b limit 5"),
        ("resources | join (resources | mvexpand x) on y", "resources | join (resources | mvexpand x limit 128) on y"),
    ],
)  # fmt: skip
def test_resource_graph_knows_its_tables_in_any_case_and_its_own_defaults(query, expected):
    assert graph(query, TABLES) == expected


@given(st.text(alphabet="kind=|.,()[]'\"and join mv-expand\n", max_size=60))
def test_rewriting_twice_is_rewriting_once(text):
    assert common(common(text)) == common(text)


@given(
    st.lists(
        st.sampled_from(["kind", "|", "join", "=", "inner", "(", ")", "'kind'", "on", "and", ",", "a.kind"]),
        max_size=12,
    )
)
def test_a_literal_that_looks_like_code_stays_as_it_is(words):
    rewritten = tokens(common(" ".join(words)))
    literals = [
        one for one, before in zip(rewritten, [NOTHING, *rewritten]) if one.kind == "string" and before.text != "["
    ]
    assert [one.text for one in literals] == ["'kind'"] * words.count("'kind'")
