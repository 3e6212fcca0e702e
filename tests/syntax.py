"""Python's own parser, for the tests that look at the source."""

from __future__ import annotations

import ast


def parsed(text):
    """Return the syntax tree of a module's text.

    CPython 3.11 counts the depth of trees for all threads together, and raises when two parse at once
    (python/cpython#106905): then it is parsed again.
    """
    for _ in range(5):
        try:
            return ast.parse(text)
        except SystemError:
            continue
    return ast.parse(text)
