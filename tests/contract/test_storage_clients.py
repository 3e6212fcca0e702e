"""The lease through a management client's pipeline, and blobs through azure-core's, over HTTPS."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.resource.resources import ResourceManagementClient
from resource_server import ACCOUNT, Transport, served

A = "aaaaaaaa-1111-4111-8111-111111111111"
B = "bbbbbbbb-1111-4111-8111-111111111111"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/lease"


@pytest.fixture
def sandbox(tmp_path):
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def arm(sandbox):
    with ResourceManagementClient(**sandbox.arguments()) as client:
        yield client


@pytest.fixture
def blobs(sandbox):
    policies = [BearerTokenCredentialPolicy(sandbox.credential(), "https://storage.azure.com/.default")]
    with PipelineClient(sandbox.base, policies=policies, transport=Transport(sandbox.azure, sandbox.ca)) as client:
        yield lambda method, path, **more: client.send_request(HttpRequest(method, f"{sandbox.base}{path}", **more))


def post(arm, **body):
    request = HttpRequest("POST", f"{CONTAINER}/lease", params={"api-version": "2023-05-01"}, json=body)
    return arm.send_request(request)


def test_two_runners_take_turns_with_the_lease(arm, sandbox):
    first = post(arm, action="Acquire", leaseDuration=60, proposedLeaseId=A)
    assert (first.status_code, first.json()) == (200, {"leaseId": A, "leaseTimeSeconds": "60"})
    second = post(arm, action="Acquire", leaseDuration=60, proposedLeaseId=B)
    assert (second.status_code, second.json()["error"]["code"]) == (409, "LeaseAlreadyPresent")
    sandbox.azure.clock.sleep(60)
    assert post(arm, action="Acquire", leaseDuration=60, proposedLeaseId=B).status_code == 200
    assert post(arm, action="Renew", leaseId=A).status_code == 409
    assert post(arm, action="Release", leaseId=B).status_code == 200
    container = arm.resources.get_by_id(CONTAINER, api_version="2023-05-01")
    assert container.properties["leaseState"] == "Available"


def test_a_blob_is_written_listed_read_in_parts_and_deleted(blobs):
    content = "æ: 1\n".encode() * 100
    made = blobs("PUT", "/stone/files/plans/one.yaml", content=content, headers={"x-ms-blob-type": "BlockBlob"})
    assert made.status_code == 201
    listing = blobs("GET", "/stone/files?restype=container&comp=list&prefix=plans/")
    assert [one.text for one in ET.fromstring(listing.content).iter("Name")] == ["plans/one.yaml"]
    assert blobs("GET", "/stone/files/plans/one.yaml").content == content
    part = blobs("GET", "/stone/files/plans/one.yaml", headers={"x-ms-range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, content[2:6])
    head = blobs("HEAD", "/stone/files/plans/one.yaml")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(content)), b"")
    assert blobs("DELETE", "/stone/files/plans/one.yaml").status_code == 202


def test_an_error_of_the_blob_service_is_xml_with_its_code_in_a_header(blobs):
    answer = blobs("GET", "/stone/files/none")
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (404, "BlobNotFound")
    assert ET.fromstring(answer.content).findtext("Code") == "BlobNotFound"
    assert blobs("HEAD", "/stone/files/none").headers["x-ms-error-code"] == "BlobNotFound"
