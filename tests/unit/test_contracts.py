"""What docs/contracts.md promises is what the code has, word for word."""

from __future__ import annotations

import re
from pathlib import Path

from azlocal.automation import _KEYS, DEADLINE_MINUTES, MOST_MINUTES
from azlocal.core import tags
from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY, QUESTIONS
from azlocal.sandbox.faults import KINDS
from azlocal.sandbox.world import SWITCHES

TEXT = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")


def rows(heading):
    """Return the table below a heading as rows of cells."""
    part = TEXT.split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_every_switch_is_described_with_its_settings_the_default_first():
    described = {
        row[0].strip("`"): tuple(row[1].split(", "))
        for row in rows("### Switches: what no source confirms about Azure")
    }
    assert described == SWITCHES


def test_every_key_of_a_runbooks_argument_is_described():
    described = {row[0].strip("`"): row for row in rows("## Runbooks and their argument")}
    assert set(described) == set(_KEYS)
    assert described["deadlineMinutes"][2] == f"{DEADLINE_MINUTES:g}"
    assert f"up to {MOST_MINUTES:g}" in described["deadlineMinutes"][1]


def test_every_tag_is_described():
    described = {row[0].strip("`").split("<")[0] for row in rows("## Tags")}
    assert {tags.OP, tags.HOLD, tags.ATTEST, tags.PAUSE, tags.APPROVE, tags.ACCEPT} <= described


def test_every_attestation_is_described_and_what_a_deploy_needs():
    assert all(f"`{key}`" in TEXT for key in QUESTIONS)
    needed = re.search(r"Needed before Deploy: (.*?)\.", TEXT)[1]
    assert re.findall(r"`([^`]+)`", needed) == list(NEEDED_BEFORE_DEPLOY)


def test_every_kind_of_fault_is_described():
    assert all(f'"{kind}"' in TEXT for kind in KINDS)
