"""Storage accounts, containers, the lease on the management plane, and blobs on the data plane."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from resource_world import ACCOUNT, CONTAINER, G, S, World, code

A = "aaaaaaaa-1111-4111-8111-111111111111"
B = "bbbbbbbb-1111-4111-8111-111111111111"


@pytest.fixture
def world():
    return World()


def lease(world, action, **body):
    return world.ask("POST", f"{CONTAINER}/lease", {"action": action, **body})


def acquire(world, proposed=A, seconds=60):
    return lease(world, "Acquire", leaseDuration=seconds, proposedLeaseId=proposed)


def shown(world):
    properties = world.get(CONTAINER)["properties"]
    return {name: properties.get(name) for name in ("leaseState", "leaseStatus", "leaseDuration")}


def test_an_account_gets_its_endpoints_and_its_name_is_unique(world):
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}}
    made = world.ask("PUT", ACCOUNT.replace("stone", "sttwo"), body)
    assert made.status == 200
    assert made.json()["properties"]["primaryEndpoints"]["blob"] == "https://sttwo.blob.core.windows.net/"
    assert made.json()["sku"]["tier"] == "Standard"
    world.ask("PUT", f"{S}/resourceGroups/rg-two", {"location": "westeurope"})
    other = ACCOUNT.replace("rg-one", "rg-two")
    assert code(world.ask("PUT", other, body)) == "StorageAccountAlreadyTaken"
    assert code(world.ask("PUT", ACCOUNT.replace("stone", "St_9"), body)) == "AccountNameInvalid"
    assert code(world.ask("PUT", ACCOUNT.replace("stone", "subscriptions"), body)) == "AccountNameInvalid"
    assert (
        code(world.ask("PUT", ACCOUNT.replace("stone", "stsix"), {"location": "x"}))
        == "InvalidValuesForRequestParameters"
    )


@pytest.mark.parametrize(
    ("name", "reason"), [("stone", "AlreadyExists"), ("st", "AccountNameInvalid"), ("stfree", None)]
)
def test_the_name_check_says_why_a_name_cannot_be_had(world, name, reason):
    told = world.ask("POST", f"{S}/providers/Microsoft.Storage/checkNameAvailability", {"name": name}).json()
    assert (told["nameAvailable"], told.get("reason")) == (reason is None, reason)


def test_keys_are_given_and_a_read_only_lock_keeps_them(world):
    keys = world.ask("POST", f"{ACCOUNT}/listKeys").json()["keys"]
    assert [one["keyName"] for one in keys] == ["key1", "key2"]
    assert keys[0]["value"] != keys[1]["value"]
    world.ask("PUT", f"{G}/providers/Microsoft.Authorization/locks/still", {"properties": {"level": "ReadOnly"}})
    assert code(world.ask("POST", f"{ACCOUNT}/listKeys")) == "ScopeLocked"


def test_the_default_blob_service_is_always_there(world):
    assert world.get(f"{ACCOUNT}/blobServices/default")["name"] == "default"
    assert [one["name"] for one in world.get(f"{ACCOUNT}/blobServices")["value"]] == ["default"]
    share = world.ask("PUT", f"{ACCOUNT}/fileServices/default/shares/one", {"properties": {}})
    assert (share.status, share.json()["name"]) == (201, "one")
    assert code(world.ask("GET", f"{ACCOUNT}/managementPolicies/default")) == "ResourceNotFound"
    assert code(world.ask("GET", f"{ACCOUNT}/blobServices/other")) == "ResourceNotFound"
    assert code(world.ask("GET", f"{ACCOUNT}9/blobServices/default")) == "ParentResourceNotFound"


def test_a_container_is_made_listed_and_deleted(world):
    path = f"{ACCOUNT}/blobServices/default/containers/new-one"
    made = world.ask("PUT", path, {"properties": {}})
    assert (made.status, made.json()["properties"]["publicAccess"]) == (201, "None")
    assert world.ask("PUT", path, {"properties": {}}).status == 200
    listed = world.get(f"{ACCOUNT}/blobServices/default/containers")["value"]
    assert [(one["name"], one["properties"]["leaseState"]) for one in listed] == [
        ("lease", "Available"), ("files", "Available"), ("new-one", "Available"),
    ]  # fmt: skip
    assert world.ask("DELETE", path).status == 200
    assert code(world.ask("PUT", path + "--x", {"properties": {}})) == "InvalidResourceName"


def test_a_lease_shows_on_its_container_until_it_is_over(world):
    assert shown(world) == {"leaseState": "Available", "leaseStatus": "Unlocked", "leaseDuration": None}
    answer = acquire(world)
    assert (answer.status, answer.json()) == (200, {"leaseId": A, "leaseTimeSeconds": "60"})
    assert world.last.effect is True
    assert shown(world) == {"leaseState": "Leased", "leaseStatus": "Locked", "leaseDuration": "Fixed"}
    world.pass_(seconds=60)
    assert shown(world) == {"leaseState": "Expired", "leaseStatus": "Unlocked", "leaseDuration": None}


def test_a_lease_held_by_another_is_refused_without_an_effect(world):
    acquire(world)
    answer = acquire(world, B)
    assert (answer.status, code(answer)) == (409, "LeaseAlreadyPresent")
    assert world.last.effect is False


def test_acquiring_with_ones_own_id_renews(world):
    acquire(world)
    world.pass_(seconds=50)
    assert acquire(world).status == 200
    world.pass_(seconds=50)
    assert code(acquire(world, B)) == "LeaseAlreadyPresent"


def test_an_expired_lease_can_be_renewed_until_somebody_takes_it(world):
    acquire(world)
    world.pass_(minutes=5)
    assert lease(world, "Renew", leaseId=A).json()["leaseId"] == A
    world.pass_(minutes=5)
    assert acquire(world, B).status == 200
    assert code(lease(world, "Renew", leaseId=A)) == "LeaseIdMismatchWithLeaseOperation"


def test_a_released_lease_is_free_at_once(world):
    acquire(world)
    assert code(lease(world, "Release", leaseId=B)) == "LeaseIdMismatchWithLeaseOperation"
    assert lease(world, "Release", leaseId=A).status == 200
    assert acquire(world, B).status == 200


def test_a_changed_lease_answers_to_its_new_id_only(world):
    acquire(world)
    assert lease(world, "Change", leaseId=A, proposedLeaseId=B).json()["leaseId"] == B
    assert code(lease(world, "Renew", leaseId=A)) == "LeaseIdMismatchWithLeaseOperation"
    assert lease(world, "Renew", leaseId=B).status == 200


def test_a_broken_lease_blocks_for_the_break_period_and_no_longer(world):
    acquire(world, seconds=-1)
    assert shown(world)["leaseDuration"] == "Infinite"
    assert lease(world, "Break", breakPeriod=30).json() == {"leaseTimeSeconds": "30"}
    assert shown(world)["leaseState"] == "Breaking"
    assert code(acquire(world, A)) == "LeaseIsBreakingAndCannotBeAcquired"
    assert code(acquire(world, B)) == "LeaseAlreadyPresent"
    assert code(lease(world, "Renew", leaseId=A)) == "LeaseIsBrokenAndCannotBeRenewed"
    assert code(lease(world, "Change", leaseId=A, proposedLeaseId=B)) == "LeaseIsBreakingAndCannotBeChanged"
    world.pass_(seconds=30)
    assert shown(world)["leaseState"] == "Broken"
    assert acquire(world, B).status == 200


def test_breaking_an_infinite_lease_without_a_period_breaks_it_at_once(world):
    acquire(world, seconds=-1)
    assert lease(world, "Break").json() == {"leaseTimeSeconds": "0"}
    assert shown(world)["leaseState"] == "Broken"


def test_where_there_is_no_lease_there_is_none_to_break_or_change(world):
    assert code(lease(world, "Break")) == "LeaseNotPresentWithLeaseOperation"
    assert code(lease(world, "Change", leaseId=A, proposedLeaseId=B)) == "LeaseNotPresentWithLeaseOperation"
    assert code(lease(world, "Renew", leaseId=A)) == "LeaseIdMismatchWithLeaseOperation"


def test_an_acquire_that_proposes_no_id_is_given_one(world):
    given = lease(world, "Acquire", leaseDuration=15).json()["leaseId"]
    assert lease(world, "Renew", leaseId=given.upper()).status == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"action": "Take"}, "InvalidHeaderValue"),
        ({"action": "Acquire"}, "InvalidHeaderValue"),
        ({"action": "Acquire", "leaseDuration": 14}, "InvalidHeaderValue"),
        ({"action": "Acquire", "leaseDuration": 61}, "InvalidHeaderValue"),
        ({"action": "Acquire", "leaseDuration": True}, "InvalidHeaderValue"),
        ({"action": "Acquire", "leaseDuration": 15, "proposedLeaseId": "mine"}, "InvalidHeaderValue"),
        ({"action": "Break", "breakPeriod": 61}, "InvalidHeaderValue"),
        ({"action": "Renew"}, "MissingRequiredHeader"),
        ({"action": "Change", "leaseId": A}, "MissingRequiredHeader"),
        ([], "InvalidRequestContent"),
    ],
)
def test_a_malformed_lease_request_is_refused(world, body, error):
    answer = world.ask("POST", f"{CONTAINER}/lease", body)
    assert (answer.status, code(answer)) == (400, error)


def test_a_lease_needs_its_container_and_its_account(world):
    assert code(world.ask("POST", f"{CONTAINER}9/lease", {"action": "Break"})) == "ContainerNotFound"
    missing = CONTAINER.replace("stone", "stnone")
    assert code(world.ask("POST", f"{missing}/lease", {"action": "Break"})) == "ParentResourceNotFound"


def test_a_leased_container_cannot_be_deleted_and_a_deleted_one_has_no_lease(world):
    acquire(world)
    answer = world.ask("DELETE", CONTAINER)
    assert (answer.status, code(answer)) == (409, "LeaseIdMissing")
    world.pass_(seconds=61)
    assert world.ask("DELETE", CONTAINER).status == 200
    world.ask("PUT", CONTAINER, {"properties": {}})
    assert shown(world)["leaseState"] == "Available"


def test_a_firewall_may_refuse_the_lease(world):
    world.azure.switches["storage-firewall-lease"] = "refused"
    answer = acquire(world)
    assert (answer.status, code(answer)) == (403, "AuthorizationFailure")


def write(world, name, content=b"a: 1\n", **headers):
    told = {"x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": "application/yaml", **headers}
    return world.ask("PUT", f"/stone/files/{name}", content=content, headers=told)


def problem(response):
    root = ET.fromstring(response.body.decode("utf-8-sig"))
    assert response.headers["x-ms-error-code"] == root.findtext("Code")
    return response.status, root.findtext("Code")


def test_a_blob_is_written_read_and_deleted(world):
    made = write(world, "plans/a b.yaml")
    assert made.status == 201
    assert world.last.effect is True
    read = world.ask("GET", "/stone/files/plans/a b.yaml")
    assert (read.status, read.body) == (200, b"a: 1\n")
    assert read.headers["etag"] == made.headers["etag"]
    assert read.headers["content-type"] == "application/yaml"
    assert read.headers["last-modified"] == "Tue, 24 Nov 2026 12:00:00 GMT"
    assert read.headers["x-ms-blob-type"] == "BlockBlob"
    assert world.ask("HEAD", "/stone/files/plans/a b.yaml").headers["etag"] == made.headers["etag"]
    assert world.ask("DELETE", "/stone/files/plans/a b.yaml").status == 202
    assert problem(world.ask("GET", "/stone/files/plans/a b.yaml")) == (404, "BlobNotFound")
    assert problem(world.ask("DELETE", "/stone/files/plans/a b.yaml")) == (404, "BlobNotFound")


def test_blobs_a_world_begins_with_are_read_as_they_are(world):
    world.azure.blobs[("stone", "files", "plan.yaml")] = b"version: azlocal.fleet/1\n"
    read = world.ask("GET", "/stone/files/plan.yaml")
    assert read.body == b"version: azlocal.fleet/1\n"
    assert read.headers["last-modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "status", "part", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_gives_that_part(world, header, status, part, content_range):
    write(world, "digits", b"0123456789")
    for name in ("range", "x-ms-range"):
        answer = world.ask("GET", "/stone/files/digits", headers={name: header})
        assert (answer.status, answer.body, answer.headers["content-range"]) == (status, part, content_range)


def test_a_range_beyond_the_end_is_refused(world):
    write(world, "empty", b"")
    answer = world.ask("GET", "/stone/files/empty", headers={"range": "bytes=0-3"})
    assert problem(answer) == (416, "InvalidRange")
    assert answer.headers["content-range"] == "bytes */0"


def test_conditions_hold_reads_and_writes_to_the_version_they_mean(world):
    mark = write(world, "x").headers["etag"]
    assert world.ask("GET", "/stone/files/x", headers={"if-none-match": mark}).status == 304
    assert problem(world.ask("GET", "/stone/files/x", headers={"if-match": '"0x0"'})) == (412, "ConditionNotMet")
    assert problem(write(world, "x", **{"if-none-match": "*"})) == (409, "BlobAlreadyExists")
    assert problem(write(world, "x", b"new", **{"if-match": '"0x0"'})) == (412, "ConditionNotMet")
    assert write(world, "x", b"new", **{"if-match": mark}).status == 201


def test_a_blob_needs_its_type_and_its_container(world):
    assert problem(world.ask("PUT", "/stone/files/x", content=b"x")) == (400, "MissingRequiredHeader")
    assert problem(world.ask("GET", "/stone/none/x")) == (404, "ContainerNotFound")
    assert problem(world.ask("PUT", "/stone/none/x", content=b"", headers={"x-ms-blob-type": "BlockBlob"}))[0] == 404


def names(world, **query):
    text = "&".join(f"{name}={value}" for name, value in {"restype": "container", "comp": "list", **query}.items())
    answer = world.ask("GET", f"/stone/files?{text}")
    assert answer.headers["content-type"] == "application/xml"
    root = ET.fromstring(answer.body.decode("utf-8-sig"))
    folders = [one.findtext("Name") for one in root.iter("BlobPrefix")]
    return [one.findtext("Name") for one in root.iter("Blob")], folders, root.findtext("NextMarker") or ""


def test_blobs_are_listed_in_order_by_prefix_and_in_pages(world):
    for name in ("inputs/b.yaml", "inputs/a&b.yaml", "plan.yaml", "inputs/sub/c.csv"):
        write(world, name)
    assert names(world)[0] == ["inputs/a&b.yaml", "inputs/b.yaml", "inputs/sub/c.csv", "plan.yaml"]
    first, _, marker = names(world, prefix="inputs/", maxresults=2)
    assert first == ["inputs/a&b.yaml", "inputs/b.yaml"]
    assert names(world, prefix="inputs/", maxresults=2, marker=marker) == (["inputs/sub/c.csv"], [], "")
    assert names(world, delimiter="/") == (["plan.yaml"], ["inputs/"], "")
    assert names(world, prefix="inputs/", delimiter="/")[1] == ["inputs/sub/"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("restype=container&comp=list&maxresults=0", "OutOfRangeQueryParameterValue"),
        ("restype=container&comp=list&marker=%25", "InvalidQueryParameterValue"),
        ("restype=container&comp=acl", "UnsupportedQueryParameter"),
        ("x=y", "InvalidUri"),
    ],
)
def test_a_strange_question_of_a_container_is_refused(world, query, error):
    assert problem(world.ask("GET", f"/stone/files?{query}")) == (400, error)


def test_a_container_on_the_data_plane_is_the_one_of_the_management_plane(world):
    assert world.ask("PUT", "/stone/fresh?restype=container", content=b"").status == 201
    assert world.get(f"{ACCOUNT}/blobServices/default/containers/fresh")["properties"]["leaseState"] == "Available"
    assert problem(world.ask("PUT", "/stone/fresh?restype=container", content=b"")) == (409, "ContainerAlreadyExists")
    acquire(world)
    head = world.ask("HEAD", "/stone/lease?restype=container")
    assert (head.status, head.headers["x-ms-lease-state"]) == (200, "leased")
    assert problem(world.ask("DELETE", "/stone/lease?restype=container")) == (412, "LeaseIdMissing")
    held = {"x-ms-lease-id": A}
    assert world.ask("DELETE", "/stone/lease?restype=container", headers=held).status == 202
    assert world.ask("HEAD", CONTAINER).status == 404


def test_the_blobs_of_a_deleted_container_are_gone(world):
    write(world, "x")
    world.ask("DELETE", f"{ACCOUNT}/blobServices/default/containers/files")
    world.ask("PUT", f"{ACCOUNT}/blobServices/default/containers/files", {"properties": {}})
    assert problem(world.ask("GET", "/stone/files/x")) == (404, "BlobNotFound")


def test_a_closed_firewall_refuses_the_data_plane(world):
    world.ask("PATCH", ACCOUNT, {"properties": {"networkAcls": {"defaultAction": "Deny"}}})
    assert problem(world.ask("GET", "/stone/files/x")) == (403, "AuthorizationFailure")


def test_a_token_for_arm_does_not_open_the_data_plane(world):
    assert world.ask("GET", "/stone/files/x", audience="https://management.azure.com").status == 401


def test_an_account_made_later_has_its_blobs_and_no_other_path_is_touched(world):
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}}
    world.ask("PUT", ACCOUNT.replace("stone", "stlater"), body)
    assert world.ask("PUT", "/stlater/cont?restype=container", content=b"").status == 201
    assert world.ask("GET", "/stnever/cont/x").status == 400
    tenant = world.azure.tenant_id
    assert world.ask("GET", f"/{tenant}/v2.0/.well-known/openid-configuration").status == 200
