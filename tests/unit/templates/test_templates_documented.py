"""What the documents say of the templates is what the templates are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INSTALL = (ROOT / "docs" / "install.md").read_text("utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
MAIN = json.loads((ROOT / "arm-templates" / "main.json").read_text("utf-8"))
HEADINGS = {"observer": "Observer", "operator": "Operator", "lease": "Lease Holder", "approver": "Approver"}


def cells(text, header):
    """Return the first column of the table with that header."""
    table = text.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_every_parameter_is_described_with_its_own_words():
    assert cells(INSTALL, "parameter") == list(MAIN["parameters"])
    assert [one for one in MAIN["parameters"].values() if one["metadata"]["description"] not in INSTALL] == []


def test_every_output_is_described():
    assert cells(INSTALL, "output") == list(MAIN["outputs"])


@pytest.mark.parametrize("role", sorted(HEADINGS))
def test_every_action_of_a_role_has_its_reason_and_no_other_is_named(role):
    section = SECURITY.split(f"### azlocal {HEADINGS[role]}", 1)[1].split("\n#", 1)[0]
    actions = json.loads((ROOT / "arm-templates" / "roles" / f"{role}.json").read_text("utf-8"))["Actions"]
    assert cells(section, "action") == actions


def test_every_parameter_of_roles_is_shown_in_its_use():
    roles = json.loads((ROOT / "arm-templates" / "roles.json").read_text("utf-8"))
    assert [name for name in roles["parameters"] if name not in INSTALL] == []


def test_the_table_of_weights_has_the_number_of_locked_packages():
    lines = (ROOT / "arm-templates" / "automation" / "lock.txt").read_text("utf-8").splitlines()
    locked = sum(not line.startswith("#") for line in lines)
    assert f"{locked + 1} ({locked} locked and ours)" in INSTALL
