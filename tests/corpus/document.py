"""Writes the parts of docs/diagnosis.md that come from data: the known issues, and the figures of the corpus.

Run it after a change of either: python tests/corpus/document.py
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from corpus import KINDS, Case, cases

from azlocal.core.data import (
    known_issues_deployment,
    known_issues_environment,
    known_issues_lcm,
    known_issues_registration,
    known_issues_update,
    known_issues_update_os,
    known_issues_upgrade,
    known_issues_validation,
)
from azlocal.core.diagnosis import diagnose_text
from azlocal.core.known_issues import AREAS, known_issues
from azlocal.report.diagnosis import issues_table

PAGE = Path(__file__).parents[2] / "docs" / "diagnosis.md"
MODULES = (
    known_issues_upgrade, known_issues_validation, known_issues_environment, known_issues_deployment, known_issues_lcm,
    known_issues_registration, known_issues_update, known_issues_update_os,
)  # fmt: skip


class Figures(NamedTuple):
    """What came out for some texts: right, wrong and missed of what is certain, and the same of what is possible."""

    texts: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    maybe: int = 0
    maybe_wrong: int = 0
    maybe_missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def found(case: Case) -> tuple[frozenset[str], frozenset[str]]:
    """Return what is certain, and what is possible, in a case."""
    matches = diagnose_text(case.text).matches
    certain = frozenset(one.issue.id for one in matches if one.certain)
    return certain, frozenset(one.issue.id for one in matches if not one.certain)


def measured(case: Case) -> Figures:
    certain, possible = found(case)
    return Figures(
        1, len(certain & case.certain), len(certain - case.certain), len(case.certain - certain),
        len(possible & case.possible), len(possible - case.possible), len(case.possible - possible),
    )  # fmt: skip


def figures() -> Mapping[str, Figures]:
    """Return the figures of each kind of text, and of all."""
    told = {kind: Figures() for kind in (*KINDS, "all")}
    for case in cases():
        one = measured(case)
        for kind in (case.kind, "all"):
            told[kind] = Figures(*(sum(pair) for pair in zip(told[kind], one)))
    return told


def figures_table() -> str:
    head = (
        "| Texts | Number | Certain: right | wrong | missed | Possible: right | wrong | missed | Precision | Recall |"
    )
    rows = [head, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    rows += [f"| {kind} | {' | '.join(map(str, one))} | {shown(one)} |" for kind, one in figures().items()]
    return "\n".join(rows)


def shown(one: Figures) -> str:
    if not one.right + one.wrong + one.missed:
        return "– | –"
    return f"{one.precision:.3f} | {one.recall:.3f}"


def issues() -> str:
    parts = []
    for area in AREAS:
        told = [one for one in known_issues() if one.area == area]
        parts.append(
            f"### {area.title() if area != 'lcm' else 'Lifecycle Manager'} ({len(told)})\n\n{issues_table(told)}"
        )
    return "\n\n".join(parts)


def sources() -> str:
    rows = ["| Data | Version | Facts as of | Sources |", "|---|---|---|---|"]
    for module in MODULES:
        name = module.__name__.rsplit(".", 1)[-1]
        rows.append(f"| `{name}` | {module.VERSION} | {module.DATE} | {module.SOURCE} |")
    return "\n".join(rows)


PARTS = {"figures": figures_table, "known issues": issues, "sources": sources}


def documented(page: str) -> str:
    """Return the page with its generated parts as they are now."""
    for name, make in PARTS.items():
        begins, ends = f"<!-- {name} begin -->", f"<!-- {name} end -->"
        pattern = re.compile(f"{re.escape(begins)}.*?{re.escape(ends)}", re.DOTALL)
        if len(pattern.findall(page)) != 1:
            raise ValueError(f"{PAGE.name} must hold '{begins} … {ends}' once")
        told = f"{begins}\n{make()}\n{ends}"
        page = pattern.sub(lambda _, told=told: told, page)
    return page


if __name__ == "__main__":
    PAGE.write_text(documented(PAGE.read_text("utf-8")), "utf-8")
