"""Writes docs/situations.md, and the tables of docs/validation.md, from the data: python tests/golden/situations_document.py"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from azlocal.core.data.validator import TESTS, ValidatorTest
from azlocal.sandbox.scenarios.situation_files import PREFIX, Situation, situations

DOCS = Path(__file__).parents[2] / "docs"
SITUATIONS, VALIDATION = DOCS / "situations.md", DOCS / "validation.md"
_BEGINS, _ENDS = "<!-- tests: from azlocal/core/data/validator.py -->", "<!-- end of tests -->"
_HEAD = """# Situations

Each is a world with one cluster in a state that somebody will meet one day: `azlocal-upgrade sandbox start --scenario
situation-NAME` starts it, and `explain clu-NAME` in another shell tells what is and what to do. Some need azlocal's own
ticks, decisions of people and time before they are what they are; these happen before the sandbox answers. The pages are
in `tests/golden/explain/`.

`--scenario situations` starts a fleet with those that are nothing but a cluster, marked * below: for `census`,
`validation` and `fixes`. `azlocal-upgrade sandbox list situations` lists them all.

This page is made from `azlocal/sandbox/scenarios/situations/*.yaml`: python tests/golden/situations_document.py
"""


def situations_page() -> str:
    """Return docs/situations.md."""
    return _HEAD + "".join(f"{line}\n" for line in _situations())


def _situations() -> Iterator[str]:
    title = ""
    for one in situations():
        if one.title != title:
            title = one.title
            yield from ("", f"## {title}", "", "| situation | shows | about |", "|---|---|---|")
        yield _situation(one)


def _situation(one: Situation) -> str:
    alone = "" if one.world else " *"
    return f"| `{PREFIX}{one.name}`{alone} | {one.of} | {one.about} |"


def validation_page(page: str) -> str:
    """Return docs/validation.md with its tables as the data says."""
    table = "| test | fails when | does | who | remedy | article | beforehand |\n|---|---|---|---|---|---|---|"
    rows = "\n".join(map(_test, TESTS))
    told = f"{_BEGINS}\n{table}\n{rows}\n{_ENDS}"
    return re.sub(rf"{_BEGINS}.*?{_ENDS}", lambda _: told, page, flags=re.DOTALL)


def _test(test: ValidatorTest) -> str:
    names = ", ".join(f"`{name}`" for name in test.results) or "name not known"
    article = f"[{test.remediation or 'page'}]({test.link})"
    does = {"blocking": "blocks", "warning": "warns", "info": "tells"}[test.severity]
    return (
        f"| **{test.id}** {test.title}<br>{names} | {test.fails_when} | {does} | {test.who} | {test.remedy} "
        f"| {article} | {test.precheck} |"
    )


if __name__ == "__main__":
    SITUATIONS.write_text(situations_page(), "utf-8")
    VALIDATION.write_text(validation_page(VALIDATION.read_text("utf-8")), "utf-8")
