"""The router remembers what it found for a path: the answer is the same, and a new route is seen at once."""

from __future__ import annotations

from azlocal.sandbox.router import Router


def found(router, path):
    return [(one.route.method, one.route.template, one.params) for one in router.match(path)]


def test_what_was_found_is_found_again_and_a_new_route_is_found_with_it():
    router = Router()
    router.add("GET", "/things/{name}", lambda call: None)
    first = found(router, "/things/One")
    assert first == found(router, "/things/One") == [("GET", "/things/{name}", {"name": "One"})]
    assert found(router, "/things/two")[0][2] == {"name": "two"}
    router.add("PUT", "/things/{name}", lambda call: None)
    assert [method for method, _, _ in found(router, "/things/One")] == ["GET", "PUT"]


def test_no_more_paths_are_kept_than_are_asked_for_again():
    router = Router()
    router.add("GET", "/things/{name}", lambda call: None)
    for number in range(5000):
        assert found(router, f"/things/{number}")[0][2] == {"name": str(number)}
    assert len(router._known) <= 2048
