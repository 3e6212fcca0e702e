"""Diagnoses on paper."""

from __future__ import annotations

import json

import pytest
from fleets import HOSTILE, after, look, plan, ring

from azlocal.core.diagnosis import diagnose_text
from azlocal.core.known_issues import known_issue, known_issues
from azlocal.report.diagnosis import (
    cluster_matches,
    cluster_page,
    fleet_page,
    group_rows,
    groups_document,
    issues_table,
    matches_document,
    rows,
    text_page,
)
from azlocal.service.diagnose import diagnose_fleet, diagnose_one

POLICY = "Type 'SetTrustedHosts' of Role 'BareMetal' raised an exception: TrustedHosts cannot be changed because is controlled by policies."
STRANGER = "Type 'X' of Role 'Y' raised an exception: the fan stands still"
KEYS = [
    "id", "certainty", "retry", "url", "title", "summary", "remedy", "severity", "area", "step", "evidence", "machine",
    "resourceId",
]  # fmt: skip


def failed(name, text=POLICY):
    return after(name, "deploy", "Error", "Failed", text)


def one(*clusters):
    return diagnose_one(look(*clusters, wanted=plan(ring())), clusters[0].name, None, None)


def test_a_match_has_its_keys_in_order_and_is_json_all_through():
    (told,) = matches_document(diagnose_text(POLICY))
    assert list(told) == KEYS
    assert (told["id"], told["certainty"], told["retry"]) == ("upg-trustedhosts-gpo", "certain", "after-fix")
    assert told["url"] == known_issue("upg-trustedhosts-gpo").url
    assert json.loads(json.dumps(told)) == told


def test_nothing_matched_is_an_empty_list():
    assert matches_document(diagnose_text("")) == matches_document(diagnose_text(STRANGER)) == []


def test_rows_are_id_certainty_retry_and_title():
    assert rows(diagnose_text(POLICY)) == [
        ("upg-trustedhosts-gpo", "certain", "after-fix", "A group policy owns TrustedHosts")
    ]


def test_the_page_of_a_text_tells_line_issue_remedy_and_address():
    page = text_page(diagnose_text(POLICY))
    for told in (
        "Said      SetTrustedHosts (BareMetal)",
        "certain upg-trustedhosts-gpo (error, after-fix)",
        "do: Set the policy",
        known_issue("upg-trustedhosts-gpo").url,
    ):
        assert told in page


@pytest.mark.parametrize(
    ("text", "told"), [("", "nothing in it tells of a failure"), (STRANGER, "none matches, so a person decides"), ("Test A passed", "nothing in it tells of a failure")]
)  # fmt: skip
def test_the_page_says_when_there_is_nothing_or_nobody_knows(text, told):
    assert told in text_page(diagnose_text(text))


def test_the_page_of_a_cluster_begins_with_where_it_stands_and_what_to_do():
    lines = cluster_page(one(failed("oslo"), failed("bergen"), failed("moss", STRANGER))).splitlines()
    assert lines[0] == "oslo: ApplyFailed (ApplyFailed)"
    assert lines[1].startswith("do: Set the policy Trusted Hosts")
    page = "\n".join(lines)
    assert "Step      Outer > Inner (index 0.1)" in page
    assert "Also on   1 other cluster now (upg-trustedhosts-gpo): bergen" in page
    assert "Retry     after-fix: it is repeated once the remedy is done and a person says so" in page


def test_the_page_of_a_stranger_says_who_decides_and_who_else_has_it():
    page = cluster_page(one(failed("oslo", STRANGER), failed("moss", STRANGER)))
    assert "do: fix the cause, then allow one retry: azlocal-upgrade resume oslo" in page
    assert "1 other cluster now (unknown-" in page
    assert "Known issues: none matches" in page


def test_the_page_of_a_cluster_without_a_failure_says_so():
    page = cluster_page(one(after("oslo", "deploy", "Success", "Succeeded")))
    assert "do: nothing; nothing failed that Azure still tells of" in page


def test_only_addresses_are_longer_than_the_page_is_wide():
    for page in (cluster_page(one(failed("oslo"), failed("bergen")), 80), text_page(diagnose_text(POLICY), 80)):
        assert [line for line in page.splitlines() if len(line) > 80 and "/" not in line] == []


def test_what_azure_says_cannot_move_the_terminal():
    page = cluster_page(one(failed("oslo", f"Type 'X' of Role 'Y' raised an exception: {HOSTILE}")))
    assert [line for line in page.splitlines() if not line.isprintable()] == []


def test_a_cluster_and_the_others_stand_in_each_match():
    (told,) = cluster_matches(one(failed("oslo"), failed("bergen")))
    assert list(told) == [*KEYS, "cluster", "clusterId", "phase", "alsoOn"]
    assert (told["cluster"], told["phase"], told["alsoOn"]) == ("oslo", "ApplyFailed", ["bergen"])


def test_the_fleet_is_a_table_of_what_is_alike():
    clusters = (failed("oslo"), failed("bergen"), failed("moss", STRANGER))
    found = diagnose_fleet(look(*clusters, wanted=plan(ring())), None)
    first, second = groups_document(found)
    assert (first["id"], first["count"], [one["name"] for one in first["clusters"]]) == (
        "upg-trustedhosts-gpo",
        2,
        ["oslo", "bergen"],
    )
    assert (second["id"], second["retry"], second["title"]) == (None, "person", "X (Y): the fan stands still")
    assert [row[1:3] for row in group_rows(found)] == [(2, "after-fix"), (1, "person")]
    assert "A group policy owns TrustedHosts" in fleet_page(found)


def test_a_fleet_without_failures_says_so():
    assert (
        fleet_page(diagnose_fleet(look(after("oslo", "deploy", "Success", "Succeeded")), None))
        == "no cluster has a failure that waits for anybody"
    )


def test_the_table_of_issues_has_a_row_for_each_and_no_cell_breaks_it():
    lines = issues_table(known_issues()).splitlines()
    assert len(lines) == len(known_issues()) + 2
    assert {line.count("|") - line.count("\\|") for line in lines} == {6}
    assert not any("<" in line for line in lines)
