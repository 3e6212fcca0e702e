"""The layers hold, and every contract that guards them is seen to break."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from syntax import parsed

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# (contract, module that breaks it, what it may not import)
PLANTS = [
    ("layers", "core/ids.py", "azlocal.files"),
    ("layers", "errors.py", "azlocal.core.ids"),
    ("layers", "files/words.py", "azlocal.ports"),
    ("layers", "ports.py", "azlocal.service.tick"),
    ("layers", "service/tick.py", "azlocal.azure.reader"),
    ("layers", "service/tick.py", "azlocal.report"),
    ("layers", "report/text.py", "azlocal.azure.clouds"),
    ("layers", "azure/clouds.py", "azlocal.report.text"),
    ("layers", "azure/clouds.py", "azlocal.app"),
    ("layers", "app.py", "azlocal.cli"),
    ("layers", "app.py", "azlocal.simulation"),
    ("layers", "app.py", "azlocal.function"),
    ("core", "core/windows.py", "time"),
    ("core", "core/plan.py", "pydantic"),
    ("core", "core/digest.py", "os.path"),
    ("core", "core/facts.py", "azure.core.exceptions"),
    ("sdk", "service/tick.py", "azure.core"),
    ("sdk", "report/text.py", "azure.identity"),
    ("sdk", "sandbox/world.py", "azure.core.rest"),
    ("retry", "azure/reader.py", "tenacity"),
    ("pydantic", "service/tick.py", "pydantic"),
    ("pydantic", "azure/reader.py", "pydantic.alias_generators"),
    ("sandbox-alone", "sandbox/wire.py", "azlocal.core.ids"),
    ("sandbox-alone", "sandbox/providers/paging.py", "azlocal.errors"),
    ("sandbox-doors", "app.py", "azlocal.sandbox.wire"),
    ("sandbox-doors", "azure/clients.py", "azlocal.sandbox.world"),
    ("runtime", "azure/clients.py", "rich.table"),
    ("runtime", "report/text.py", "click"),
    ("runtime", "app.py", "duckdb"),
    ("runtime", "function/doors.py", "jmespath"),
]


def lint(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "azlocal", folder / "azlocal", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_contract_is_kept(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(("contract", "module", "imported"), PLANTS)
def test_a_forbidden_import_breaks_its_contract_even_inside_a_function(copy, contract, module, imported):
    path = copy / "azlocal" / module
    text = path.read_text("utf-8")
    path.write_text(f"{text}\n\ndef _late():\n    import {imported}\n", "utf-8")
    try:
        done = lint(copy, "--contract", contract)
    finally:
        path.write_text(text, "utf-8")
    assert done.returncode == 1
    assert "0 kept, 1 broken" in done.stdout


def test_no_contract_is_forgotten_by_the_test_above():
    written = re.findall(r'^id = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert sorted({contract for contract, _, _ in PLANTS}) == sorted(written)


def uses(folder, names, kind):
    """Where a module below *folder* calls or reads an attribute of these names: `path:line`."""
    nodes = (
        (path, node.func if isinstance(node, ast.Call) else node)
        for path in sorted((ROOT / "azlocal" / folder).rglob("*.py"))
        for node in ast.walk(parsed(path.read_text("utf-8")))
        if isinstance(node, kind)
    )
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in nodes
        if isinstance(node, ast.Attribute) and node.attr in names
    ]


FOLDERS = ["core", "files", "service", "report", "azure"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_now_is_azures_time_and_never_the_machines(folder):
    assert uses(folder, {"now", "utcnow", "today"}, ast.Call) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_composition_root_reads_the_environment(folder):
    assert uses(folder, {"environ", "getenv"}, ast.Attribute) == []
