"""Whatever is sent, the answer is one of Azure's: a damaged template is taken or refused, and never breaks the world."""

from __future__ import annotations

import copy

import pytest
from deployments_world import ABOVE, GROUP, World, asked, deployment_id, nested, resource, template
from hypothesis import given, settings
from hypothesis import strategies as st

INNER = template(
    [
        resource(
            "[parameters('name')]",
            properties={"x": "[reference(resourceId('Contoso.Works/sites', 'a'), '2025-01-01').port]"},
        )
    ],
    parameters={"name": {"type": "string", "minLength": 1, "allowedValues": ["inner"]}},
    outputs={"o": {"type": "string", "value": "[parameters('name')]"}},
)
RICH = asked(
    template(
        [
            resource("a", location="x", tags={"t": "[variables('v').deep[0]]"}, properties={"port": 80, "copy": [{"name": "list", "count": 2, "input": "[copyIndex('list')]"}]}),
            resource("[format('m{0}', copyIndex())]", copy={"name": "many", "count": 2, "mode": "serial", "batchSize": 1}, condition="[equals(parameters('p').mode, 'on')]", dependsOn=["[resourceId('Contoso.Works/sites', 'a')]"]),
            resource("a/s", "Contoso.Works/sites/slots", dependsOn=["a", "many"], resources=[]),
            resource("l", "Contoso.Works/sites", scope=GROUP, sku={"name": "[mine.up('s')]"}),
            nested("n", INNER, resourceGroup="rg-machines", subscriptionId="[subscription().subscriptionId]", dependsOn=["a"], properties={"expressionEvaluationOptions": {"scope": "inner"}, "parameters": {"name": {"value": "inner"}}}),
        ],
        parameters={"p": {"type": "object", "properties": {"mode": {"type": "string"}}, "defaultValue": {"mode": "on"}}},
        variables={"v": {"deep": ["[toLower('X')]"]}, "copy": [{"name": "w", "count": 1, "input": "[copyIndex('w')]"}]},
        functions=[{"namespace": "mine", "members": {"up": {"parameters": [{"name": "x", "type": "string"}], "output": {"type": "string", "value": "[toUpper(parameters('x'))]"}}}}],
        outputs={"port": {"type": "int", "value": "[reference('a').port]"}, "many": {"type": "array", "copy": {"count": 2, "input": "[copyIndex()]"}}},
    ),
    tags={"run": "1"},
)  # fmt: skip
SYMBOLIC = asked(
    template(
        {
            "old": resource("old", existing=True, resourceGroup="rg-machines"),
            "many": resource("[format('m{0}', copyIndex())]", copy={"name": "many", "count": 2}),
            "one": resource("a", dependsOn=["many[0]"], properties={"x": "[map(references('many', 'full'), lambda('m', lambdaVariables('m').id))]"}),
        },
        languageVersion="2.0",
        definitions={"name": {"type": "string", "maxLength": 5}},
        parameters={"p": {"$ref": "#/definitions/name", "defaultValue": "x"}, "q": {"type": "array", "items": {"$ref": "#/definitions/name"}, "nullable": True}},
    ),
)  # fmt: skip
JUNK = st.sampled_from(
    [None, True, 0, -1, 801, 1.5, "", "text", "/", "[", "[]", "[nonsense()]", "[parameters('p')]", "[reference('a')]",
     "[null()]", "[copyIndex()]", "[createArray()]", "[createObject()]", "[fail('x')]", [], [None], [1], ["x"], {}, {"x": None}, {"copy": []},
     {"copy": [None]}, {"value": {}}, {"type": "int"}]
)  # fmt: skip


def paths(tree, at=()):
    yield at
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, part in children:
        yield from paths(part, (*at, key))


def damaged(tree, path, junk):
    if not path:
        return junk
    found = copy.deepcopy(tree)
    part = found
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = junk
    return found


@pytest.mark.parametrize("sound", [RICH, SYMBOLIC], ids=["ordinary", "symbolic"])
def test_the_sound_templates_are_sound(sound):
    world = World()
    world.azure.store.put(
        {
            "id": f"{ABOVE}/resourceGroups/rg-machines/providers/Contoso.Works/sites/a",
            "name": "a",
            "type": "Contoso.Works/sites",
            "properties": {"port": 1},
        }
    )
    assert world.ask("PUT", deployment_id("d"), sound).status == 201
    world.pass_by(minutes=1)
    assert world.state("d") == "Succeeded", world.get("d")["properties"].get("error")


@pytest.mark.parametrize("sound", [RICH, SYMBOLIC], ids=["ordinary", "symbolic"])
@settings(max_examples=100, deadline=None)
@given(data=st.data(), junk=JUNK)
def test_any_part_of_a_deployment_may_be_junk(sound, data, junk):
    body = damaged(sound, data.draw(st.sampled_from(list(paths(sound)))), junk)
    world = World()
    for verb in ("validate", "whatIf"):
        assert world.ask("POST", f"{deployment_id('d')}/{verb}", body).status in {200, 202, 400, 404}
    answer = world.ask("PUT", deployment_id("d"), body)
    assert answer.status in {201, 400, 404}
    world.pass_by(minutes=1)
    if answer.status == 201:
        assert world.state("d") in {"Succeeded", "Failed"}
    else:
        assert answer.json()["error"]["message"]
