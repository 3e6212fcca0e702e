"""Routes are found whatever the case, by the innermost provider, and open ones only when no fixed one fits."""

from __future__ import annotations

import pytest

from azlocal.sandbox.router import Router

TEMPLATES = (
    "/subscriptions/{s}/providers",
    "/subscriptions/{s}/providers/{namespace}",
    "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.A/things/{name}",
    "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.A/things/{name}/providers/Microsoft.B/parts/default",
    "/subscriptions/{s}/providers/{namespace}/locations/{l}/operationStatuses/{o}",
    "/{tenant}/oauth2/token",
    "/{scope*}/providers/Microsoft.B/locks/{name}",
    "/stone/{container}/{blob*}",
    "/providers/Microsoft.C/{rest*}",
)


@pytest.fixture
def router():
    router = Router()
    for template in TEMPLATES:
        router.add("GET", template, lambda call: call)
    return router


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/subscriptions/1/providers", TEMPLATES[0]),
        ("/subscriptions/1/providers/", TEMPLATES[0]),
        ("/subscriptions/1/PROVIDERS/Microsoft.A", TEMPLATES[1]),
        ("/subscriptions/1/resourcegroups/g/providers/microsoft.a/THINGS/x", TEMPLATES[2]),
        (
            "/subscriptions/1/resourceGroups/g/providers/Microsoft.A/things/x/providers/Microsoft.B/parts/default",
            TEMPLATES[3],
        ),
        ("/subscriptions/1/providers/Microsoft.A/locations/WESTEUROPE/operationStatuses/7", TEMPLATES[4]),
        ("/2222/oauth2/token", TEMPLATES[5]),
        ("/subscriptions/1/providers/Microsoft.B/locks/keep", TEMPLATES[6]),
        (
            "/subscriptions/1/resourceGroups/g/providers/Microsoft.A/things/x/providers/microsoft.b/locks/keep",
            TEMPLATES[6],
        ),
        ("/stone/files/a/b", TEMPLATES[7]),
        ("/stone/files/a/providers/Microsoft.B/locks", TEMPLATES[7]),
        ("/providers/Microsoft.C/a/providers/Microsoft.Z/b", TEMPLATES[8]),
    ],
)
def test_a_path_finds_its_route(router, path, template):
    assert [match.route.template for match in router.match(path)] == [template]


@pytest.mark.parametrize(
    "path", ["/", "/subscriptions/1/providers/Microsoft.A/things/x", "/subscriptions/1/providers/A/b"]
)
def test_a_path_without_a_route_finds_none(router, path):
    assert router.match(path) == []


def test_values_are_decoded_and_keep_their_case(router):
    (match,) = router.match("/subscriptions/1/resourceGroups/My%20Group/providers/Microsoft.A/things/X")
    assert match.params == {"s": "1", "g": "My Group", "name": "X"}
