"""From template to plan: ids, loops, conditions, children, order, nested deployments, outputs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_world import ABOVE, GROUP, OTHER_SUBSCRIPTION, SUBSCRIPTION, bodies, order, plan, resource, template

from azlocal.sandbox.templates.errors import MalformedTemplateError, TemplateError
from azlocal.sandbox.templates.scope import LATER

SITES = "Contoso.Works/sites"


def ids(found):
    return [one.id for one in found.resources]


def nested(name, inner, **members):
    properties = {"mode": "Incremental", "template": inner, **members.pop("properties", {})}
    return {
        "type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01", "name": name, "properties": properties,
        **members,
    }  # fmt: skip


# Ids and members


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        (SITES, "a", f"{GROUP}/providers/{SITES}/a"),
        (f"{SITES}/slots", "a/b", f"{GROUP}/providers/{SITES}/a/slots/b"),
        (
            f"{SITES}/providers/locks",
            "a/Contoso.Locks/l",
            f"{GROUP}/providers/{SITES}/a/providers/Contoso.Locks/locks/l",
        ),
    ],
)
def test_type_and_name_make_the_id(kind, name, wanted):
    assert ids(plan(template([resource(name, kind)]))) == [wanted]


def test_an_extension_of_the_old_manner_is_of_the_type_its_name_tells():
    (found,) = plan(template([resource("a/Contoso.Locks/l", f"{SITES}/providers/locks")])).resources
    assert (found.kind, found.type) == ("Contoso.Locks/locks", f"{SITES}/providers/locks")


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("Contoso.Works/sites/a", f"{GROUP}/providers/{SITES}/a/providers/A.B/locks/l"),
        ("[resourceId('Contoso.Works/sites', 'a')]", f"{GROUP}/providers/{SITES}/a/providers/A.B/locks/l"),
        (GROUP, f"{GROUP}/providers/A.B/locks/l"),
        ("/", "/providers/A.B/locks/l"),
    ],
)
def test_a_scope_says_what_a_resource_hangs_on(told, wanted):
    assert ids(plan(template([resource("l", "A.B/locks", scope=told)]))) == [wanted]


@pytest.mark.parametrize(
    "told", [f"{ABOVE}/resourceGroups/other/providers/{SITES}/a", ABOVE, f"{GROUP}-two/providers/{SITES}/a"]
)
def test_a_scope_outside_the_deployments_own_is_refused(told):
    with pytest.raises(TemplateError, match="an extension resource must lie in the scope of its deployment"):
        plan(template([resource("l", "A.B/locks", scope=told)]))


def test_at_subscription_scope_resources_and_groups_are_right_below_the_subscription():
    found = plan(
        template([resource("rg-new", "Microsoft.Resources/resourceGroups", location="x"), resource("r", "A.B/roles")]),
        ABOVE,
    )
    assert ids(found) == [f"{ABOVE}/resourceGroups/rg-new", f"{ABOVE}/providers/A.B/roles/r"]


def test_a_group_cannot_be_made_in_a_group():
    with pytest.raises(TemplateError, match="A resource group cannot be created in the scope"):
        plan(template([resource("rg-new", "Microsoft.Resources/resourceGroups", location="x")]))


@pytest.mark.parametrize("text", ["[resourceGroup().id]", "[resourceId('A.B/c', 'd')]"])
def test_at_subscription_scope_there_is_no_own_group(text):
    raw = template(outputs={"o": {"type": "string", "value": text}})
    if "resourceGroup" in text:
        with pytest.raises(TemplateError, match="'resourceGroup' is not expected at this location"):
            plan(raw, ABOVE).outputs(LATER)
    else:
        assert plan(raw, ABOVE).outputs(LATER)["o"]["value"] == f"{ABOVE}/providers/A.B/c/d"


def test_at_subscription_scope_one_argument_before_the_type_is_a_subscription():
    raw = template(outputs={"o": {"type": "string", "value": f"[resourceId('{OTHER_SUBSCRIPTION}', 'A.B/c', 'd')]"}})
    assert plan(raw, ABOVE).outputs(LATER)["o"]["value"] == f"/subscriptions/{OTHER_SUBSCRIPTION}/providers/A.B/c/d"


@pytest.mark.parametrize(
    ("kind", "name"), [(SITES, "a/b"), (f"{SITES}/slots", "a"), (SITES, "a/"), ("Contoso.Works", "a")]
)
def test_name_and_type_must_have_fitting_segments(kind, name):
    with pytest.raises(TemplateError, match="has incorrect segment lengths"):
        plan(template([resource(name, kind)]))


def test_members_are_known_in_any_case_and_only_the_providers_are_sent():
    told = {
        "TYPE": SITES, "ApiVersion": "2025-01-01", "name": "a", "Location": "[resourceGroup().location]", "scale": None,
        "comments": "c", "metadata": {"m": 1}, "tags": {"t": "[concat('a', 'b')]"}, "sku": {"name": "S"}, "kind": "k",
        "properties": {"x": "[add(1, 2)]", "empty": None},
    }  # fmt: skip
    assert bodies(plan(template([told]))) == {
        "a": {
            "location": "westeurope", "tags": {"t": "ab"}, "sku": {"name": "S"}, "kind": "k",
            "properties": {"x": 3, "empty": None},
        }
    }  # fmt: skip


@pytest.mark.parametrize("member", ["location", "tags", "sku", "kind", "identity"])
def test_only_properties_may_ask_deployed_resources(member):
    with pytest.raises(TemplateError, match="'reference' is not expected at this location"):
        bodies(plan(template([resource("a", **{member: "[reference('b', '2025-01-01').x]"})])))


# The envelope


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("text", "not a JSON object"),
        ({}, "Required property '$schema' not found in JSON."),
        ({"$schema": "s", "resources": []}, "Required property 'contentVersion' not found in JSON."),
        ({"$schema": "s", "contentVersion": "1"}, "Required property 'resources' not found in JSON."),
        (template(resourcess=[]), "Could not find member 'resourcess' on object of type 'Template'."),
        (
            template([resource("a", colour="red")]),
            "Could not find member 'colour' on object of type 'TemplateResource'.",
        ),
        (template(["text"]), "A resource must be a JSON object."),
        (template(parameters=[]), "type 'Array' to type 'Object'"),
        (template({}), "type 'Object' to type 'Array'"),
        (template([], languageVersion="2.0"), "type 'Array' to type 'Object'"),
    ],
)
def test_what_is_no_template_is_refused_while_it_is_read(raw, said):
    with pytest.raises(MalformedTemplateError) as refused:
        plan(raw)
    assert said in refused.value.message


@pytest.mark.parametrize("member", ["type", "apiVersion", "name"])
def test_a_resource_needs_type_version_and_name(member):
    told = resource("a")
    del told[member]
    with pytest.raises(TemplateError, match=f"The {member} property cannot be null or empty"):
        plan(template([told]))


@pytest.mark.parametrize("version", ["2025", "latest", "2025-1-1"])
def test_an_api_version_must_be_one(version):
    with pytest.raises(TemplateError, match="is not valid"):
        plan(template([{**resource("a"), "apiVersion": version}]))


@pytest.mark.parametrize(
    ("section", "most", "one"),
    [
        ("parameters", 256, {"type": "string", "defaultValue": ""}),
        ("variables", 512, "x"),
        ("outputs", 64, {"type": "string", "value": ""}),
    ],
)
def test_a_section_may_hold_so_much_and_no_more(section, most, one):
    plan(template(**{section: {f"n{at}": one for at in range(most)}}))
    with pytest.raises(
        TemplateError,
        match=f"The number of template {section} limit exceeded. Limit: '{most}' and actual: '{most + 1}'",
    ):
        plan(template(**{section: {f"n{at}": one for at in range(most + 1)}}))


def test_loops_count_towards_the_limit_of_resources():
    loops = [resource(f"[concat('{letter}', copyIndex())]", copy={"name": letter, "count": 400}) for letter in "ab"]
    assert len(plan(template(loops)).resources) == 800
    with pytest.raises(
        TemplateError, match=r"The number of template resources limit exceeded\. Limit: '800' and actual: '801'"
    ):
        plan(template([*loops, resource("c")]))


def test_an_unknown_function_is_refused_wherever_it_stands():
    for raw in (
        template([resource("a", condition=False, properties={"deep": [{"x": "[nonsense()]"}]})]),
        template(variables={"never": "[nonsense()]"}),
        template([nested("n", template([resource("a", properties={"x": "[nonsense()]"})]))]),
    ):
        with pytest.raises(TemplateError, match="The template function 'nonsense' is not valid"):
            plan(raw)


# Variables and functions of the template


def test_variables_are_computed_only_when_they_are_asked_for():
    raw = template(
        variables={"broken": "[parameters('gone')]", "A": "[concat(variables('b'), '!')]", "B": {"deep": ["x"]}},
        outputs={"o": {"type": "array", "value": "[variables('B').deep]"}},
    )
    assert plan(raw).outputs(LATER)["o"] == {"type": "Array", "value": ["x"]}


def test_variables_in_a_circle_are_refused():
    raw = template(
        variables={"a": "[variables('b')]", "b": "[variables('a')]"},
        outputs={"o": {"type": "string", "value": "[variables('a')]"}},
    )
    with pytest.raises(TemplateError, match="Circular dependency detected on the template variable"):
        plan(raw).outputs(LATER)


def test_a_variable_may_not_ask_a_resource():
    raw = template(
        variables={"v": "[reference('x', '2025-01-01')]"},
        outputs={"o": {"type": "object", "value": "[variables('v')]"}},
    )
    with pytest.raises(TemplateError, match="'reference' is not expected at this location"):
        plan(raw).outputs(LATER)


def test_variables_have_loops_of_their_own():
    raw = template(
        variables={
            "copy": [{"name": "list", "count": 3, "input": "[concat('n', copyIndex('list', 1))]"}],
            "held": {"fixed": 1, "copy": [{"name": "ports", "count": 2, "input": {"at": "[copyIndex('ports')]"}}]},
        },
        outputs={
            "list": {"type": "array", "value": "[variables('list')]"},
            "held": {"type": "object", "value": "[variables('held')]"},
        },
    )
    found = plan(raw).outputs(LATER)
    assert found["list"]["value"] == ["n1", "n2", "n3"]
    assert found["held"]["value"] == {"fixed": 1, "ports": [{"at": 0}, {"at": 1}]}


def own_function(**members):
    told = {
        "parameters": [{"name": "x", "type": "string"}],
        "output": {"type": "string", "value": "[concat('-', parameters('x'))]"},
    }
    return [{"namespace": "Mine", "members": {"dashed": {**told, **members}}}]


def test_a_template_may_define_functions():
    raw = template(functions=own_function(), outputs={"o": {"type": "string", "value": "[mine.DASHED('a')]"}})
    assert plan(raw).outputs(LATER)["o"]["value"] == "-a"


@pytest.mark.parametrize(
    ("functions", "text", "said"),
    [
        (own_function(), "[mine.dashed()]", "function requires 1 argument(s) while 0 were provided"),
        (own_function(), "[mine.dashed(5)]", "Expected a value of type 'String, Uri'"),
        (own_function(), "[mine.other('a')]", "The template function 'mine.other' is not valid."),
        (
            own_function(output={"type": "string", "value": "[variables('v')]"}),
            "[mine.dashed('a')]",
            "'variables' is not expected",
        ),
        (
            own_function(output={"type": "string", "value": "[reference('v')]"}),
            "[mine.dashed('a')]",
            "'reference' is not expected",
        ),
        (own_function(output=None), "", "must have an output"),
        ([{"namespace": "x"}], "", "must have a namespace and members"),
    ],
)
def test_a_function_of_a_template_sees_its_own_parameters_only(functions, text, said):
    raw = template(functions=functions, variables={"v": "x"}, outputs={"o": {"type": "string", "value": text}})
    with pytest.raises(TemplateError) as refused:
        plan(raw).outputs(LATER)
    assert said in refused.value.message


# Loops and conditions


def test_a_loop_repeats_a_resource():
    raw = template(
        [
            resource(
                "[format('a{0}', copyIndex(1))]",
                copy={"name": "many", "count": 3},
                properties={"at": "[copyIndex()]", "by": "[copyIndex('MANY')]"},
            )
        ]
    )
    assert bodies(plan(raw)) == {f"a{at + 1}": {"properties": {"at": at, "by": at}} for at in range(3)}


@pytest.mark.parametrize("count", [0, "[length(createArray())]"])
def test_a_loop_of_no_rounds_makes_nothing(count):
    assert plan(template([resource("a", copy={"name": "many", "count": count})])).resources == ()


@pytest.mark.parametrize(
    ("loop", "said"),
    [
        ({"name": "x", "count": "3"}, "Expected a value of type 'Integer'"),
        ({"name": "x", "count": -1}, "must be a non-negative integer value"),
        ({"name": "x", "count": 801}, "cannot exceed '800'"),
        ({"name": "x", "count": "[reference('y')]"}, "'reference' is not expected at this location"),
        ({"count": 1}, "must have the properties 'name' and 'count'"),
        ({"name": "x", "count": 2, "mode": "serial", "batchSize": 0}, "must be a positive integer"),
    ],
)
def test_a_loop_that_is_none_is_refused(loop, said):
    with pytest.raises(TemplateError) as refused:
        plan(template([resource("[concat('a', copyIndex())]", copy=loop)]))
    assert said in refused.value.message


def test_properties_have_loops_inside_the_resources_loop():
    properties = {
        "copy": [{"name": "disks", "count": 2, "input": {"lun": "[copyIndex('disks')]", "of": "[copyIndex('many')]", "inner": "[copyIndex()]"}}],
        "deep": {"copy": [{"name": "nics", "count": 1, "input": "[copyIndex('nics', 5)]"}]},
    }  # fmt: skip
    raw = template([resource("[concat('a', copyIndex())]", copy={"name": "many", "count": 2}, properties=properties)])
    assert bodies(plan(raw))["a1"]["properties"] == {
        "disks": [{"lun": 0, "of": 1, "inner": 0}, {"lun": 1, "of": 1, "inner": 1}],
        "deep": {"nics": [5]},
    }


def test_a_round_of_a_loop_that_is_not_open_is_refused():
    with pytest.raises(TemplateError, match="The function can only be used in a resource with copy specified"):
        plan(template([resource("[concat('a', copyIndex('other'))]", copy={"name": "many", "count": 1})]))


@pytest.mark.parametrize(
    ("size", "before"), [(1, [[], ["a0"], ["a1"], ["a2"]]), (2, [[], [], ["a0", "a1"], ["a0", "a1"]])]
)
def test_a_serial_loop_goes_batch_by_batch(size, before):
    loop = {"name": "many", "count": 4, "mode": "Serial", "batchSize": size}
    found = order(plan(template([resource("[concat('a', copyIndex())]", copy=loop)])))
    assert list(found.values()) == before


def test_a_false_condition_leaves_a_resource_out_and_its_properties_uncomputed():
    raw = template(
        [
            resource("a", condition="[equals(1, 2)]", properties={"x": "[parameters('gone')]"}),
            resource("b", condition=True),
        ]
    )
    assert list(bodies(plan(raw))) == ["b"]


@pytest.mark.parametrize("condition", ["yes", 1, None, "[null()]"])
def test_a_condition_must_be_a_boolean(condition):
    with pytest.raises(TemplateError, match="The condition must be a boolean"):
        plan(template([resource("a", condition=condition)]))


def test_two_resources_of_one_id_are_refused_unless_one_is_left_out():
    with pytest.raises(
        TemplateError, match=r"The resource 'Contoso\.Works/sites/A' is defined multiple times in a template"
    ):
        plan(template([resource("a"), resource("A")]))
    assert list(
        bodies(plan(template([resource("a", condition=False), resource("a", kind="contoso.works/SITES")])))
    ) == ["a"]


# Children


def test_a_child_written_inside_its_parent_is_its_own_resource():
    child = {
        "type": "slots",
        "apiVersion": "2025-01-01",
        "name": "b",
        "dependsOn": ["[resourceId('Contoso.Works/sites', 'a')]"],
    }
    found = plan(template([resource("a", resources=[child, resource("a/c", f"{SITES}/slots")])]))
    assert ids(found)[1:] == [f"{GROUP}/providers/{SITES}/a/slots/b", f"{GROUP}/providers/{SITES}/a/slots/c"]
    assert order(found) == {"a": [], "a/b": ["a"], "a/c": []}


def test_a_childs_loop_is_refused():
    child = {"type": "slots", "apiVersion": "2025-01-01", "name": "b", "copy": {"name": "x", "count": 1}}
    with pytest.raises(TemplateError, match="The copy element is not supported for the child resource"):
        plan(template([resource("a", resources=[child])]))


# Order


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "A",
        "Contoso.Works/sites/a",
        "[resourceId('Contoso.Works/sites', 'a')]",
        "[concat('CONTOSO.works/sites/', 'a')]",
    ],
)
def test_a_dependency_may_be_named_short_or_in_full(text):
    assert order(plan(template([resource("a"), resource("b", dependsOn=[text])])))["b"] == ["a"]


def test_a_dependency_on_a_loop_is_one_on_all_its_resources_and_loops_may_share_a_name():
    loops = [resource(f"[concat('{letter}', copyIndex())]", copy={"name": "Many", "count": 2}) for letter in "xy"]
    assert order(plan(template([*loops, resource("b", dependsOn=["many"])])))["b"] == ["x0", "x1", "y0", "y1"]


def test_a_dependency_may_differ_from_round_to_round():
    raw = template(
        [
            resource("[concat('a', copyIndex())]", copy={"name": "many", "count": 2}),
            resource(
                "[concat('b', copyIndex())]",
                copy={"name": "more", "count": 2},
                dependsOn=["[concat('a', copyIndex())]"],
            ),
        ]
    )
    assert order(plan(raw)) == {"a0": [], "a1": [], "b0": ["a0"], "b1": ["a1"]}


def test_asking_a_resource_of_the_template_implies_waiting_for_it():
    properties = {
        "by": "[reference('a').x]",
        "full": "[reference(resourceId('Contoso.Works/sites', 'b'), '2025-01-01', 'Full').x]",
        "keys": "[concat('k', listKeys('c', '2025-01-01').keys[0])]",
        "other": "[reference(resourceId('other-group', 'Contoso.Works/sites', 'a'), '2025-01-01').x]",
    }
    found = plan(template([resource("d", properties=properties), resource("a"), resource("b"), resource("c")]))
    assert sorted(order(found)["d"]) == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["gone", "[resourceId('Contoso.Works/sites', 'gone')]", "", "[add(1, 1)]"])
def test_a_dependency_on_nothing_is_refused(text):
    with pytest.raises(TemplateError, match=r"is not defined in the template\. Please see https://aka\.ms/arm-syntax"):
        plan(template([resource("a", dependsOn=[text])]))


def test_the_refused_dependency_is_named_from_its_provider_on():
    with pytest.raises(TemplateError, match=r"The resource 'Contoso\.Works/sites/gone' is not defined"):
        plan(template([resource("a", dependsOn=["[resourceId('Contoso.Works/sites', 'gone')]"])]))


@pytest.mark.parametrize(
    "told",
    [
        [resource("a", dependsOn=["a"])],
        [resource("a", dependsOn=["b"]), resource("b", dependsOn=["a"])],
        [
            resource("a", dependsOn=["b"]),
            resource("b", dependsOn=["c"]),
            resource("c", properties={"x": "[reference('a')]"}),
        ],
        [resource("a", properties={"x": "[reference(resourceId('Contoso.Works/sites', 'a'), '2025-01-01')]"})],
    ],
)
def test_a_circle_is_refused(told):
    with pytest.raises(TemplateError, match="Circular dependency detected on resource: '/subscriptions/"):
        plan(template(told))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), max_size=4), min_size=1, max_size=12))
def test_whatever_depends_on_what_came_before_it_makes_no_circle(told):
    resources = [
        resource(f"r{at}", dependsOn=[f"r{one % at}" for one in before] if at else []) for at, before in enumerate(told)
    ]
    found = plan(template(resources)).resources
    for one, other in itertools.product(found, found):
        assert not (other in one.depends and one in other.depends)


# Nested deployments


INNER = template(
    [resource("[parameters('name')]", properties={"where": "[resourceGroup().name]", "escaped": "[[x]"})],
    parameters={"name": {"type": "string", "defaultValue": "inner-default"}},
)


def body_of(found):
    (one,) = [each for each in found.resources if each.nested]
    return one, one.body(LATER)


def test_a_nested_template_is_computed_outside_by_default():
    raw = template([nested("n", INNER)], parameters={"name": {"type": "string"}})
    _, body = body_of(plan(raw, name="outer"))
    (inner,) = body["properties"]["template"]["resources"]
    assert (inner["name"], inner["properties"]) == ("outer", {"where": "rg-oslo", "escaped": "[x]"})


def test_a_nested_template_is_left_alone_when_it_is_computed_inside():
    options = {"expressionEvaluationOptions": {"scope": "Inner"}, "parameters": {"name": {"value": "[toLower('X')]"}}}
    _, body = body_of(plan(template([nested("n", INNER, properties=options)])))
    assert body["properties"]["template"] == INNER
    assert body["properties"]["parameters"] == {"name": {"value": "x"}}


def test_values_that_look_like_expressions_reach_an_inner_template_as_texts():
    inner = template([resource("a", properties={"x": "[parameters('p')]", "list": "[createArray(parameters('p'))]"})])
    _, body = body_of(plan(template([nested("n", inner)], parameters={"p": {"type": "string"}}), p="[add(1, 1)]"))
    assert bodies(plan(body["properties"]["template"]))["a"]["properties"] == {
        "x": "[add(1, 1)]",
        "list": ["[add(1, 1)]"],
    }


@pytest.mark.parametrize(
    ("members", "scope", "wanted"),
    [
        ({}, GROUP, GROUP),
        ({}, ABOVE, ABOVE),
        ({"resourceGroup": "rg-two"}, GROUP, f"{ABOVE}/resourceGroups/rg-two"),
        ({"resourceGroup": "rg-two"}, ABOVE, f"{ABOVE}/resourceGroups/rg-two"),
        ({"subscriptionId": OTHER_SUBSCRIPTION, "resourceGroup": "rg-two"}, GROUP, f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg-two"),
        ({"subscriptionId": "[subscription().subscriptionId]", "location": "x"}, GROUP, f"/subscriptions/{SUBSCRIPTION}"),
        ({"scope": "[subscription().id]", "location": "x"}, GROUP, ABOVE),
    ],
)  # fmt: skip
def test_a_nested_deployment_may_go_elsewhere(members, scope, wanted):
    (found,) = plan(template([nested("n", template(), **members)]), scope).resources
    assert found.id == f"{wanted}/providers/Microsoft.Resources/deployments/n"
    assert found.hangs_on == wanted


def test_asking_from_inside_an_outer_template_implies_waiting_and_from_inside_an_inner_one_does_not():
    asking = template([resource("x", properties={"p": "[reference('a').y]"})])
    inner = {"expressionEvaluationOptions": {"scope": "inner"}}
    assert order(plan(template([resource("a"), nested("n", asking)])))["n"] == ["a"]
    assert order(plan(template([resource("a"), nested("n", asking, properties=inner)])))["n"] == []


# languageVersion 2.0


def symbolic(**resources):
    return template(resources, languageVersion="2.0")


def test_symbolic_names_stand_for_resources_and_loops():
    found = plan(
        symbolic(
            one=resource("a"),
            many=resource("[concat('m', copyIndex())]", copy={"name": "loop", "count": 2}),
            all=resource("b", dependsOn=["one", "many"]),
            single=resource(
                "c", dependsOn=["many[1]"], properties={"x": "[reference('one').y]", "y": "[reference('many[0]').z]"}
            ),
            asked=resource("d", properties={"x": "[map(references('many'), lambda('m', lambdaVariables('m').z))]"}),
        )
    )
    assert {name: sorted(before) for name, before in order(found).items()} == {
        "a": [], "m0": [], "m1": [], "b": ["a", "m0", "m1"], "c": ["a", "m0", "m1"], "d": ["m0", "m1"],
    }  # fmt: skip


def test_an_existing_resource_is_looked_at_and_not_written():
    found = plan(
        symbolic(
            old=resource("o", existing=True, subscriptionId=OTHER_SUBSCRIPTION, resourceGroup="rg-two"),
            new=resource("n", dependsOn=["old"]),
        )
    )
    assert list(bodies(found)) == ["n"]
    assert found.resources[0].id == f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg-two/providers/{SITES}/o"


def test_nested_templates_are_computed_inside_and_never_outside():
    _, body = body_of(plan(symbolic(n=nested("n", INNER))))
    assert body["properties"]["template"] == INNER
    with pytest.raises(TemplateError, match="The expression evaluation scope 'outer' is not supported"):
        plan(symbolic(n=nested("n", INNER, properties={"expressionEvaluationOptions": {"scope": "outer"}})))


# Outputs


def test_outputs_have_types_conditions_and_loops_and_hide_secrets():
    told = {
        "text": {"type": "string", "value": "[concat('a', 'b')]"},
        "none": {"type": "string", "condition": "[false()]", "value": "[parameters('gone')]"},
        "many": {"type": "array", "copy": {"count": 2, "input": "[copyIndex()]"}},
        "secret": {"type": "securestring", "value": "hidden"},
        "later": {"type": "string", "value": "[reference('x', '2025-01-01').y]"},
    }
    assert plan(template(outputs=told)).outputs(LATER) == {
        "text": {"type": "String", "value": "ab"},
        "many": {"type": "Array", "value": [0, 1]},
        "secret": {"type": "SecureString"},
        "later": {"type": "String", "value": "[reference('x', '2025-01-01').y]"},
    }


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"type": "int", "value": "text"}, "Expected a value of type 'Integer', but received a value of type 'String'"),
        ({"type": "nothing", "value": 1}, "has a type 'nothing' that is not valid"),
        ({"type": "string", "value": "[parameters('gone')]"}, "The template parameter 'gone' is not found"),
    ],
)
def test_an_output_that_is_none_is_refused_by_name(told, said):
    with pytest.raises(TemplateError) as refused:
        plan(template(outputs={"mine": told})).outputs(LATER)
    assert refused.value.message.startswith("The template output 'mine' is not valid: ")
    assert said in refused.value.message


def test_a_refusal_names_the_resource():
    with pytest.raises(TemplateError) as refused:
        plan(template([resource("[parameters('gone')]")]))
    assert refused.value.message == (
        "The template resource '[parameters('gone')]' is not valid: The template parameter 'gone' is not found. Please "
        "see https://aka.ms/arm-syntax-parameters for usage details.. Please see "
        "https://aka.ms/arm-template-expressions for usage details."
    )
