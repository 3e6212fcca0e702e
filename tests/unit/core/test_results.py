"""Results of the checker in every spelling."""

from __future__ import annotations

import pytest

from azlocal.core.results import FAILED, OTHER, PASSED, UNKNOWN, folded, is_result, outcome, read_result, severity_of
from azlocal.core.salvage import CUT


def result(**fields):
    return read_result({"Name": "N", "Title": "T", "Severity": 2, **fields})


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (0, PASSED), (1, FAILED), (2, FAILED), ("0", PASSED), ("SUCCESS", PASSED), ("Succeeded", PASSED), (False, PASSED),
        ("Skipped", PASSED), ("FAILURE", FAILED), ("ERROR", FAILED), ("Failed", FAILED), ("InProgress", OTHER),
        ("", UNKNOWN), (None, UNKNOWN), (" failure ", FAILED),
    ],
)  # fmt: skip
def test_a_status_is_a_number_or_a_word(word, told):
    assert outcome(word) == told


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (0, "informational"),
        (1, "warning"),
        (2, "critical"),
        ("CRITICAL", "critical"),
        ("Hidden", "informational"),
        (None, ""),
    ],
)
def test_a_severity_is_a_number_or_a_word(word, told):
    assert severity_of(word) == told


@pytest.mark.parametrize(
    ("data", "detail", "status"),
    [
        ({"Detail": "d", "Status": "FAILURE"}, "d", FAILED),
        ("@{Source=N1; Detail=it is 11; Status=FAILURE}", "it is 11", FAILED),
        ('{"Detail": "d", "Status": "SUCCESS"}', "d", PASSED),
        ([{"Detail": "a", "Status": "SUCCESS"}, {"Detail": "b", "Status": "FAILURE"}], "b", FAILED),
        ("{Source, Resource, Detail, Status...}", "", UNKNOWN),
        ("just words", "just words", UNKNOWN),
        ({}, "", UNKNOWN),
        (None, "", UNKNOWN),
    ],
)
def test_detail_and_status_come_from_the_additional_data_in_any_form(data, detail, status):
    read = result(AdditionalData=data)
    assert (read.detail, read.status) == (detail, status)


def test_its_own_status_beats_that_of_the_additional_data():
    assert result(Status=0, AdditionalData={"Status": "FAILURE"}).status == PASSED


def test_a_result_that_was_cut_off_has_not_passed_by_what_is_left_of_it():
    assert (
        read_result({"Name": "N", "Severity": 2, "AdditionalData": {"Status": "SUCCESS"}, CUT: True}).status == UNKNOWN
    )


def test_the_machine_is_the_source_else_the_target():
    assert result(AdditionalData={"Source": "n1"}, TargetResourceName="n2").machine == "n1"
    assert result(TargetResourceName="n2").machine == "n2"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"AdditionalData": {"Detail": "it broke"}}, "T: it broke"),
        ({"Description": "it checks"}, "T: it checks"),
        ({"Title": "", "DisplayName": "D"}, "D"),
        ({"Title": "", "AdditionalData": {"Detail": "x"}}, "N: x"),
    ],
)
def test_the_line_is_the_check_and_its_detail(fields, line):
    assert result(**fields).line == line


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"Name": "a", "Severity": 2}, True),
        ({"name": "a", "title": "t", "status": "x"}, True),
        ({"Title": "a", "HealthCheckSource": "x"}, True),
        ({"name": "a", "status": "Error", "steps": [], "displayName": "x"}, False),
        ({"name": "a", "type": "b"}, False),
        ({"severity": 2}, False),
    ],
)
def test_what_is_a_result_and_what_is_a_step_or_a_resource(value, told):
    assert is_result(folded(value)) is told
