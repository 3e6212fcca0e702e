"""Functions and files stay small enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_BODY = 40
LONGEST_FILE = 400
PLACES = ("azlocal", "runbooks", "function_app", "bench")
FILES = [ROOT / "noxfile.py", *sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py"))]


def body_lines(function):
    """Lines from the first to the last statement, the docstring apart."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def long_functions(tree):
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [f"{one.name}: {body_lines(one)}" for one in functions if body_lines(one) > LONGEST_BODY]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_and_files_are_short(path):
    text = path.read_text("utf-8")
    assert long_functions(ast.parse(text)) == []
    assert len(text.splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize(("lines", "long"), [(40, False), (41, True)])
def test_a_docstring_does_not_count_and_a_line_too_many_does(lines, long):
    body = "\n".join(["    x = 1"] * lines)
    source = f'def one():\n    """Many\n\n\n    lines."""\n{body}\n'
    assert bool(long_functions(ast.parse(source))) is long


def test_the_package_is_among_the_files_that_are_looked_at():
    assert ROOT / "azlocal" / "core" / "plan.py" in FILES
