"""The fleet's matrix of validator tests, and one cluster's tests by machine."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from checked import told, validated
from fleets import HOSTILE, cluster, look, plan, ring

from azlocal.core.data.validator import TESTS
from azlocal.report import validation as report
from azlocal.report.text import width_of

OSLO = validated(
    "oslo", told("bitlocker", "n1", 1), told("bitlocker", "n2", 1), told("memory", "n1", 0), told("tpm", "n2", 1, 1),
    ago=timedelta(hours=2),
)  # fmt: skip
MOSS = validated("moss", told("memory", "n1", "FAILURE", "Critical"), told("bitlocker", "n1", "SUCCESS", "Critical"))
WANTED = plan(ring(expect=3))


def seen(*clusters):
    return look(*(clusters or (OSLO, MOSS, cluster("quiet"))), wanted=WANTED)


def matrix(*clusters):
    return report.matrix(seen(*clusters).clusters)


def test_only_clusters_and_tests_that_something_is_told_of_are_in_the_matrix():
    found = matrix()
    assert [one.name for one in found.clusters] == ["moss", "oslo"]
    assert found.tests == ("val-bitlocker", "val-free-memory", "val-tpm-warning")


def test_a_cell_tells_the_worst_and_on_how_many_machines():
    found = matrix()
    cells = {(test, one.name): report.cell(one, test) for test in found.tests for one in found.clusters}
    assert cells == {
        ("val-bitlocker", "oslo"): "fail (2)", ("val-bitlocker", "moss"): "pass",
        ("val-free-memory", "oslo"): "pass", ("val-free-memory", "moss"): "fail (1)",
        ("val-tpm-warning", "oslo"): "warn (1)", ("val-tpm-warning", "moss"): "",
    }  # fmt: skip


def test_the_page_numbers_the_clusters_and_counts_them():
    page = report.matrix_page(seen(), matrix(), 100).split("\n")
    assert page[0].split() == ["all", "1", "2"]
    assert page[1].split() == ["val-bitlocker", "1", "-", "F2"]
    assert page[2].split() == ["val-free-memory", "1", "F1", "-"]
    assert any(line.startswith("  2 oslo (ValidationFailed, 2 h ago)") for line in page)


def test_clusters_that_have_no_room_are_counted():
    many = [validated(f"c{place:02}", told("bitlocker", "n1", 1)) for place in range(30)]
    page = report.matrix_page(seen(*many), matrix(*many), 60)
    assert "more clusters: -o csv or -o json" in page
    assert all(width_of(line) <= 60 for line in page.split("\n"))


def test_an_empty_matrix_says_so():
    assert "no validation" in report.matrix_page(seen(cluster()), matrix(cluster()), 100)


def test_the_sheet_has_a_row_for_each_test_and_a_column_for_each_cluster():
    rows = list(csv.reader(io.StringIO(report.matrix_sheet(matrix()).text)))
    assert rows[0] == ["Check", "Title", "Severity", "Who", "Link", "moss", "oslo"]
    assert rows[1][0] == "val-bitlocker"
    assert rows[1][5:] == ["pass", "fail (2)"]


def test_the_document_holds_every_result():
    judged = seen()
    document = json.loads(json.dumps(report.matrix_document(judged, report.matrix(judged.clusters))))
    assert document["version"] == "azlocal.validation/1"
    bitlocker = next(one for one in document["tests"] if one["id"] == "val-bitlocker")
    assert bitlocker["clusters"] == {"fail": ["oslo"], "pass": ["moss"]}
    assert [len(one["results"]) for one in document["clusters"]] == [2, 4]


def test_one_cluster_is_told_by_machine_what_failed_first_and_what_to_do():
    judged = seen()
    page = report.cluster_page(judged, report.examined(judged.clusters[0]), 100)
    lines = page.split("\n")
    assert lines[0] == "oslo: 3 results of 4 did not pass, 2 h ago"
    assert [line.split()[:3] for line in lines[4:8]] == [
        ["val-bitlocker", "n1", "fail"], ["val-bitlocker", "n2", "fail"], ["val-tpm-warning", "n2", "warn"],
        ["val-free-memory", "n1", "pass"],
    ]  # fmt: skip
    assert "do: val-bitlocker: Suspend BitLocker on every node" in page
    assert "[n1, n2]" in " ".join(page.split())


def test_a_cluster_without_results_says_so():
    judged = seen(cluster("quiet"))
    assert "no results of the validator" in report.cluster_page(judged, report.examined(judged.clusters[0]), 100)


def test_the_sheet_of_one_cluster_tells_remedies_only_of_what_did_not_pass():
    sheet = report.cluster_sheet(report.examined(seen().clusters[0]))
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    assert {row["Check"]: bool(row["Do"]) for row in rows} == {
        "val-bitlocker": True, "val-free-memory": False, "val-tpm-warning": True,
    }  # fmt: skip


@pytest.mark.parametrize("width", [60, 100])
def test_no_text_of_a_result_breaks_a_line(width):
    hostile = validated("oslo", told("bitlocker", HOSTILE, 1, detail=HOSTILE * 5))
    judged = seen(hostile)
    page = report.cluster_page(judged, report.examined(judged.clusters[0]), width)
    assert all(line.isprintable() for line in page.split("\n"))


def test_every_documented_test_is_found_by_its_id():
    assert [report.documented(one.id) for one in TESTS] == list(TESTS)
    assert report.documented("val-none") is None
