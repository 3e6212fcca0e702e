"""Functions and files stay small enough to be read at once."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest
from sizes import FILES, ROOT

LONGEST_BODY = 40
LONGEST_FILE = 400


@cache
def measured():
    done = subprocess.run([sys.executable, ROOT / "tests/unit/sizes.py"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def long_functions(functions):
    return [f"{name}: {lines}" for name, lines in functions if lines > LONGEST_BODY]


@pytest.mark.parametrize("path", [str(path.relative_to(ROOT)) for path in FILES])
def test_functions_and_files_are_short(path):
    found = measured()[path]
    assert long_functions(found["functions"]) == []
    assert found["lines"] <= LONGEST_FILE


@pytest.mark.parametrize(("lines", "long"), [(40, False), (41, True)])
def test_a_docstring_does_not_count_and_a_line_too_many_does(lines, long):
    body = "\\n".join(["    x = 1"] * lines)
    source = f'def one():\\n    """Many\\n\\n\\n    lines."""\\n{body}\\n'
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'tests/unit')!r}); import sizes; print(sizes.functions('''{source}'''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert bool(long_functions(eval(done.stdout))) is long


def test_the_package_is_among_the_files_that_are_looked_at():
    assert "azlocal/core/plan.py" in measured()
