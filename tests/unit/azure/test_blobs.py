"""Plan and inputs from blobs: whole lists, plain errors, and no signature in any message."""

from __future__ import annotations

import pytest
from paper import DROPPED, Paper, error

from azlocal.azure.blobs import read_folder, read_text
from azlocal.errors import AzlocalError, AzureRefused, BadInput, Incomplete
from azlocal.sandbox.wire import Response

PLACE = "https://acc.blob.core.windows.net/fleet"


def listing(*names, marker=""):
    blobs = "".join(f"<Blob><Name>{name}</Name></Blob>" for name in names)
    body = f'<EnumerationResults ContainerName="fleet"><Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>'
    return Response(200, {}, body.encode())


def blob(text):
    return Response(200, {}, text.encode())


def test_a_folder_is_listed_to_its_end_and_only_inputs_are_read():
    def answer(request):
        if request.query.get("comp") != "list":
            return blob(request.path)
        if "marker" in request.query:
            return listing("inputs/c3.csv")
        return listing("inputs/c1.yaml", "inputs/readme.md", "inputs/c 2.yml", marker="m+1")

    paper = Paper(answer)
    assert read_folder(paper.connection(), f"{PLACE}/inputs/") == {
        "c1.yaml": "/fleet/inputs/c1.yaml", "c 2.yml": "/fleet/inputs/c%202.yml", "c3.csv": "/fleet/inputs/c3.csv",
    }  # fmt: skip
    lists = [request.query for request in paper.asked if "comp" in request.query]
    assert [one.get("marker") for one in lists] == [None, "m+1"]
    assert {one["prefix"] for one in lists} == {"inputs/"}


def test_one_table_is_one_blob():
    paper = Paper(blob("a,b"))
    assert read_folder(paper.connection(), f"{PLACE}/all.CSV") == {"all.CSV": "a,b"}


def test_a_byte_order_mark_is_no_part_of_a_text():
    assert read_text(Paper(blob("\ufeffversion: 1")).connection(), f"{PLACE}/plan.yaml") == "version: 1"


def test_a_text_that_is_not_utf_8_is_bad_input():
    with pytest.raises(BadInput, match=r"plan\.yaml"):
        read_text(Paper(Response(200, {}, b"\xff\xfe")).connection(), f"{PLACE}/plan.yaml")


@pytest.mark.parametrize("answer", [Response(200, {}, b"<html>"), listing("a.yaml", marker="same")])
def test_a_list_that_is_not_whole_is_incomplete(answer):
    def give(request):
        return answer if request.query.get("comp") == "list" else blob("x")

    with pytest.raises(Incomplete):
        read_folder(Paper(give).connection(), f"{PLACE}/inputs/")


def test_a_refusal_names_the_blob_without_its_signature():
    paper = Paper(error(403, "AuthorizationPermissionMismatch", x_ms_error_code="AuthorizationPermissionMismatch"))
    with pytest.raises(AzureRefused) as caught:
        read_text(paper.connection(), f"{PLACE}/plan.yaml?sig=secret")
    assert f"{PLACE}/plan.yaml" in caught.value.message
    assert "AuthorizationPermissionMismatch" in caught.value.message
    assert "secret" not in f"{caught.value.message}{caught.value.remedy}{caught.value.evidence}"


def test_a_storage_that_does_not_answer_is_told():
    with pytest.raises(AzlocalError, match="no answer") as caught:
        read_text(Paper(DROPPED).connection(), f"{PLACE}/plan.yaml?sig=secret")
    assert "secret" not in caught.value.message
