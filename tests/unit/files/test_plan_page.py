"""The page on the plan knows every key, and what it shows is a plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from test_plan_file import SMALLEST, plan_of, with_ring

from azlocal.core.limits import Share, budget_of, limit_of
from azlocal.files.plan_models import PARTS, PlanPart, RingPart, SelectPart, keys_of

PAGE = (Path(__file__).parents[3] / "docs/plan.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("part", [PlanPart, RingPart, SelectPart, PARTS["validate"], PARTS["retry"], PARTS["caps"]])
def test_every_key_is_explained(part):
    assert [key for key in keys_of(part) if not re.search(rf"`[^`]*\b{key}\b[^`]*`", PAGE)] == []


@pytest.mark.parametrize("text", EXAMPLES, ids=[text.split(":", 1)[0] for text in EXAMPLES])
def test_every_example_is_part_of_a_valid_plan(text):
    part = yaml.load(text, Loader=yaml.BaseLoader)
    whole = {**SMALLEST, **part} if part.keys() <= set(keys_of(PlanPart)) else with_ring(**part)
    assert plan_of(whole).digest


def test_the_table_of_shares_is_what_the_code_does():
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 4
    for members, limit, budget in rows:
        assert (limit_of(Share(20), int(members)), budget_of(Share(20), int(members))) == (int(limit), int(budget))
