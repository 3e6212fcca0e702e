"""Every route knows its action, and the documents say which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rights_document import PAGE, actions, page, published, routes

SECURITY = (Path(__file__).parents[3] / "docs" / "security.md").read_text("utf-8")
GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg"
PLACES = {
    "subscription": GROUP.rpartition("/resourceGroups")[0],
    "group": GROUP,
    "scope": GROUP,
    "cluster": f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/clu",
    "machine": f"{GROUP}/providers/Microsoft.HybridCompute/machines/node",
    "container": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st/blobServices/default/containers/lease",
}
# What needs a token and no right of its own.
FREE = {
    ("GET", "/subscriptions"), ("GET", "/tenants"), ("GET", "/providers"), ("GET", "/providers/{namespace}"),
    ("POST", "/providers/Microsoft.Resources/calculateTemplateHash"),
    ("POST", "/providers/Microsoft.ResourceGraph/resources"),
    ("GET", "/providers/Microsoft.Authorization/roleDefinitions"),
    ("GET", "/providers/Microsoft.Authorization/roleDefinitions/{name}"),
}  # fmt: skip
CATALOGUE = "/providers/Microsoft.HybridCompute/locations/"
ACTION = re.compile(r"[\w.{}]+(/\w+)+/(read|write|delete|action)|[\w.{}]+/(register|unregister)/action", re.IGNORECASE)


def told():
    """Return (method, path, action, published) of every row of the table in docs/security.md."""
    part = SECURITY.split("## What a request asks for", 1)[1].split("\n\nWhat one", 1)[0]
    found = re.findall(r"^\| `(\w+) ([^`]+)` \| (?:`([^`]+)`)?(.*) \| ([^|]+) \|$", part, re.MULTILINE)
    return [(method, path, action, source) for method, path, action, _, source in found]


@pytest.fixture(scope="module")
def router():
    from rights_document import ACCOUNT, NOW

    from azlocal.sandbox.assemble import assemble
    from azlocal.sandbox.clock import VirtualClock
    from azlocal.sandbox.documents_shared import storage_account

    azure = assemble(VirtualClock(NOW))
    azure.store.put(storage_account(ACCOUNT, "westeurope", NOW))
    return azure.router


def test_every_route_that_wants_a_token_has_an_action_or_is_known_to_need_none():
    free = {(one.method, one.template) for one in routes() if one.needs_token and not one.action}
    assert {one for one in free if not one[1].startswith(CATALOGUE)} == FREE


def test_every_action_has_azures_form():
    assert [one for one in actions() if ACTION.fullmatch(one) is None] == []


def test_the_page_of_all_actions_is_not_stale():
    assert PAGE.read_text("utf-8") == page(), "run: python tests/unit/sandbox/rights_document.py"


def test_every_published_action_is_one_that_a_route_asks_for():
    known = {one.lower() for one in actions()}
    assert [one for one in published() if one not in known] == []


@pytest.mark.parametrize(("method", "path", "action", "source"), told(), ids=lambda one: str(one)[:60])
def test_a_request_asks_for_what_the_document_says(router, method, path, action, source):
    for name, place in PLACES.items():
        path = path.replace(f"{{{name}}}", place)
    (match,) = [one for one in router.match(path) if one.route.method == method]
    assert match.route.action == action
    if action:
        assert published()[action.lower()].removeprefix("page ") == source


def test_what_the_roles_name_is_published_where_the_document_says():
    part = SECURITY.split("## Least privilege", 1)[1].split("### Built-in roles", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| .* \| ([^|]+) \|$", part, re.MULTILINE)
    known = {action: published().get(action.lower(), "unconfirmed").removeprefix("page ") for action, _ in rows}
    assert {action: source for action, source in rows if known[action] != source} == {}
