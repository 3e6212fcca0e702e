"""Where Azure is: the known clouds, and endpoints that tell of themselves."""

from __future__ import annotations

import pytest

from azlocal.azure.clouds import PUBLIC, US_GOVERNMENT, cloud
from azlocal.errors import AzureRefused, BadInput

HOST = "https://arm.local.example"


def told(**changes):
    signing = {"loginEndpoint": "https://login.local.example/", "audiences": ["https://aud.example", "other"]}
    return {"name": "AzureStack-User", "authentication": signing, "portal": "https://portal.example/"} | changes


def custom(document, setting=HOST):
    asked = []
    return cloud(setting, lambda url: asked.append(url) or document), asked


@pytest.mark.parametrize(("word", "place"), [("public", PUBLIC), (" Public ", PUBLIC), ("USGovernment", US_GOVERNMENT)])
def test_a_known_cloud_is_known_by_name_and_not_asked(word, place):
    assert cloud(word, pytest.fail) is place


@pytest.mark.parametrize("word", ["", "china", "http://arm.example", "management.azure.com"])
def test_another_word_is_bad_input(word):
    with pytest.raises(BadInput, match="cloud"):
        cloud(word, pytest.fail)


@pytest.mark.parametrize("document", [told(), [told()]])
def test_an_endpoint_tells_its_audience_and_its_login(document):
    place, asked = custom(document, f"{HOST}/")
    assert asked == [f"{HOST}/metadata/endpoints?api-version=2022-09-01"]
    assert (place.name, place.arm, place.custom) == ("custom", HOST, True)
    assert (place.arm_scope, place.authority) == ("https://aud.example/.default", "https://login.local.example")
    assert (place.portal, place.monitor_scope) == ("https://portal.example", PUBLIC.monitor_scope)


def test_what_an_endpoint_does_not_tell_is_as_in_the_cloud_it_names():
    place, _ = custom(told(name="AzureUSGovernment", portal=None))
    assert (place.name, place.monitor_scope, place.portal) == (
        "usgovernment", US_GOVERNMENT.monitor_scope, US_GOVERNMENT.portal,
    )  # fmt: skip
    assert custom(told(name="AzureCloud"))[0].name == "public"


@pytest.mark.parametrize("document", [
    None, [], {}, "text", told(authentication=None), told(authentication={"audiences": []}),
    told(authentication={"audiences": "https://aud.example"}),
])  # fmt: skip
def test_an_endpoint_that_tells_no_audience_is_no_arm(document):
    with pytest.raises(AzureRefused, match=r"arm\.local\.example"):
        custom(document)
