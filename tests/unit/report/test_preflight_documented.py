"""The pages of preflight and probe name what there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from azlocal.core.preflight import CHECKS

DOCS = Path(__file__).parents[3] / "docs"


def rows(page, heading):
    part = (DOCS / page).read_text("utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([a-z-]+)` \|", part, re.MULTILINE)


def test_every_check_of_preflight_is_documented_in_its_order():
    assert rows("preflight.md", "What is looked at") == list(CHECKS)


def test_every_kind_of_deviation_is_documented():
    source = (Path(__file__).parents[3] / "azlocal/core/probe.py").read_text("utf-8")
    kinds = set(re.findall(r'"((?:missing|unknown|other)-[a-z]+)"', source)) | {"api-version", "switch", "refused"}
    assert set(rows("probe.md", "What is compared")) == kinds
