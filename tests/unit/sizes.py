"""Measures the tree's Python files, in a process of its own: CPython 3.11 may refuse to build syntax trees in
one that has parsed deeply nested queries before ("AST constructor recursion depth mismatch").
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ("azlocal", "runbooks", "function_app", "bench")
FILES = [ROOT / "noxfile.py", *sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py"))]


def body_lines(function):
    """Lines from the first to the last statement, the docstring apart."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def functions(text):
    """Return the functions of a source text, each with the lines of its body."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [(one.name, body_lines(one)) for one in found]


def measured(path):
    text = path.read_text("utf-8")
    return {"lines": len(text.splitlines()), "functions": functions(text)}


if __name__ == "__main__":
    print(json.dumps({str(path.relative_to(ROOT)): measured(path) for path in FILES}))
