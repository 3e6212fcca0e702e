"""What operators can be asked, as a page and as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.report.text import wrap


def questions_page(questions: Mapping[str, str], width: int | None) -> str:
    """Return the keys with their questions; those that an upgrade needs are marked."""
    widest = max(map(len, questions))
    lines: list[str] = []
    for key, question in questions.items():
        mark = "*" if key in NEEDED_BEFORE_DEPLOY else " "
        lines += wrap(question, width, first=f"{mark} {key:<{widest}}  ")
    return "\n".join([*lines, "", "* needed before an upgrade: nothing else can settle it"])


def questions_document(questions: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the keys with their questions."""
    return [
        {"key": key, "question": question, "neededBeforeUpgrade": key in NEEDED_BEFORE_DEPLOY}
        for key, question in questions.items()
    ]
