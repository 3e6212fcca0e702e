"""Plain texts: what failed stays, what passed or only ran is taken out."""

from __future__ import annotations

import pytest

from azlocal.core.listings import Told, failing_part, first_failure, read_plain

LISTING = """\
Name               : AzStackHci_A
Title              : Test A
Status             : FAILURE
Severity           : CRITICAL
Description        : a long line
                     that goes on
AdditionalData     : {Source, Detail, Status...}

Name               : AzStackHci_B
Status             : SUCCESS
Severity           : CRITICAL
"""


def test_a_listing_becomes_results_and_leaves_the_text():
    plain = read_plain(f"before\n{LISTING}\nbehind")
    assert [(one.name, one.status, one.description) for one in plain.results] == [
        ("AzStackHci_A", "failed", "a long line that goes on"), ("AzStackHci_B", "passed", ""),
    ]  # fmt: skip
    assert plain.rest == "before\nbehind"


def test_a_listing_with_an_exception_is_a_step():
    plain = read_plain(
        "name: Azure Stack HCI Network\nstatus: Error\nexception: it broke\n  on two lines\nfullStepIndex: 3"
    )
    assert plain.told == [Told(name="Azure Stack HCI Network", status="Error", text="it broke on two lines", index="3")]


def test_a_listing_that_does_not_say_how_it_came_out_stays_text():
    plain = read_plain("Name: A\nDetail: it broke")
    assert (plain.results, plain.rest) == ([], "Name: A\nDetail: it broke")


def test_json_lines_without_their_braces_are_a_listing():
    (one,) = read_plain(
        '"Name":  "A",\n"Status":  1,\n"AdditionalData":  {\n   "Detail":  "d",\n   "Status":  "FAILURE"\n},'
    ).results
    assert (one.name, one.status, one.detail) == ("A", "failed", "d")


def test_objects_of_powershell_are_results():
    plain = read_plain(
        "x @{Name=A; Title=T; Status=SUCCESS; Data=@{Status=0}} y @{Name=B; Title=T; Status=1} @{n='x'; e={1}}"
    )
    assert [(one.name, one.status) for one in plain.results] == [("A", "passed"), ("B", "failed")]
    assert plain.rest.split() == ["x", "y", "@{n='x';", "e={1}}"]


@pytest.mark.parametrize(
    "line",
    [
        "Test A passed", "Test A: OK", "Test A   SUCCESS   Critical", "[PASSED] Test A", "✓ Healthy Test A", "Test A|Success",
        "Test A succeeded on all nodes, no errors", "[INFO] Running Test A", "2026-11-23T08:05:02Z Starting Test A",
        "VERBOSE: Test A", '"AzStackHci_A","Test A","SUCCESS","Critical"', "AzStackHci_LockedException  SUCCESS",
        "Test A (Success)", "Test A   In progress", "The following tests passed:", "Successfully completed Test A",
        "Test A completed successfully", "Test A Success Critical",
    ],
)  # fmt: skip
def test_a_line_of_success_or_progress_is_taken_out(line):
    assert failing_part(line) == ""


@pytest.mark.parametrize(
    "line",
    [
        "Test A failed", "Test A", "AksHci is installed on N1", "Successfully asked N1, AksHci is installed",
        "passed prechecks, then access was denied", "Test A passed but Test B failed", "[ERROR] Running Test A",
        "The upgrade needs success of all nodes first", "TrustedHosts cannot be changed", "Starting failed",
    ],
)  # fmt: skip
def test_any_other_line_stays(line):
    assert failing_part(line) == line


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Test A passed. Test B failed.", "Test B failed."),
        ("Test A passed, Test B failed", "Test B failed"),
        ("Test A, Test B passed, Test C failed", "Test C failed"),
        ("Passed:\n Test A\n Test B\n\nFailed:\n Test C", "Failed:\n Test C"),
        ("Passed checks\n Test A\nFailed checks:\n Test C", "Failed checks:\n Test C"),
        ("Test A\nSuccess\nTest B\nFailed", "Test B\nFailed"),
        ("N1\nTest A\nCritical\nSucceeded\nTest B\nFailed", "Test B\nFailed"),
        ("x, AzStackHci_A, SUCCESS", ""),
    ],
)
def test_what_passed_goes_with_its_name(text, left):
    assert failing_part(text) == left


def test_of_a_long_text_the_first_failing_line_tells_most():
    assert first_failure("short\nand failed") == "short\nand failed"
    assert first_failure("\n".join(["nothing here"] * 40 + ["  it failed  ", "and failed again"])) == "it failed"
