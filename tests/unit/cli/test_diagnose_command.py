"""`diagnose` on pasted texts, on a cluster, and on the fleet."""

from __future__ import annotations

import io
import json
import sys

import pytest
from fleets import after, plan
from town import Town, TownApp

from azlocal.cli.main import run
from azlocal.service.diagnose import diagnose_fleet, diagnose_one

POLICY = "Type 'SetTrustedHosts' of Role 'BareMetal' raised an exception: TrustedHosts cannot be changed because is controlled by policies."


class Broken:
    def __getattr__(self, name):
        raise AssertionError(f"--text must not touch the App ({name})")


def text(place, *arguments):
    return run(["diagnose", "--text", str(place), *arguments], lambda _: Broken())


def read(capsys):
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_diagnosed_without_azure_and_settings(tmp_path, capsys, encoding):
    place = tmp_path / "error.txt"
    place.write_text(POLICY, encoding)
    assert text(place, "-o", "json") == 0
    (told,) = read(capsys)
    assert (told["id"], told["certainty"], told["retry"]) == ("upg-trustedhosts-gpo", "certain", "after-fix")


@pytest.mark.parametrize("content", [b"", b" \n", b"nothing to see", b"\xff\xfe", b"\x80\x81\x00", b"{}"])
def test_nothing_matched_is_an_empty_list_and_no_error(tmp_path, capsys, content):
    place = tmp_path / "error.txt"
    place.write_bytes(content)
    assert text(place, "-o", "json") == 0
    assert read(capsys) == []


def test_a_dash_is_standard_input(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(POLICY.encode())))
    assert text("-", "-o", "tsv") == 0
    assert capsys.readouterr().out.split("\t")[:3] == ["upg-trustedhosts-gpo", "certain", "after-fix"]


def test_the_page_and_a_query_work_as_everywhere(tmp_path, capsys):
    place = tmp_path / "error.txt"
    place.write_text(POLICY)
    assert text(place) == 0
    assert "A group policy owns TrustedHosts" in capsys.readouterr().out
    assert text(place, "--query", "[].id", "-o", "tsv") == 0
    assert capsys.readouterr().out == "upg-trustedhosts-gpo\n"


def test_a_file_that_is_not_there_is_your_input(tmp_path, capsys):
    assert text(tmp_path / "nope") == 2
    assert "error: text: " in capsys.readouterr().err


def test_a_cluster_and_a_text_are_too_much(tmp_path, capsys):
    place = tmp_path / "error.txt"
    place.write_text(POLICY)
    assert text(place, "oslo") == 2
    assert "either CLUSTER or --text" in capsys.readouterr().err


# clusters


class Here(TownApp):
    """An App whose Azure tells no more of a failure than the facts do."""

    def diagnose(self, cluster, scope=None):
        return diagnose_one(self.census(scope, detail=cluster), cluster, self.town, None)

    def diagnose_fleet(self, scope=None):
        return diagnose_fleet(self.census(scope), self.town)


@pytest.fixture
def town():
    return Town(
        after("oslo", "deploy", "Error", "Failed", POLICY), after("bergen", "deploy", "Error", "Failed", POLICY),
        after("moss", "deploy", "Success", "Succeeded"),
    )  # fmt: skip


def command(town, *arguments):
    return run(arguments, lambda given: Here(town, given, plan()))


def test_a_cluster_is_diagnosed_and_found_reading_exits_0(town, capsys):
    assert command(town, "diagnose", "oslo", "-o", "json") == 0
    (told,) = read(capsys)
    assert (told["id"], told["cluster"], told["alsoOn"]) == ("upg-trustedhosts-gpo", "oslo", ["bergen"])


def test_a_cluster_without_a_failure_is_an_empty_list(town, capsys):
    assert command(town, "diagnose", "moss", "-o", "json") == 0
    assert read(capsys) == []


def test_without_a_cluster_the_fleet_is_told(town, capsys):
    assert command(town, "diagnose", "-o", "json") == 0
    (told,) = read(capsys)
    assert (told["signature"], told["count"]) == ("upg-trustedhosts-gpo", 2)


def test_a_fleet_that_was_not_read_whole_exits_3(town, capsys):
    town.gaps = ("subscription x is not visible",)
    assert command(town, "diagnose") == 3
    assert "could not be read whole" in capsys.readouterr().err


def test_a_word_that_means_no_cluster_is_your_input(town, capsys):
    assert command(town, "diagnose", "nope") == 2
    assert command(town, "diagnose", "a/b/c/d") == 2
    assert "no cluster in scope is 'nope'" in capsys.readouterr().err
