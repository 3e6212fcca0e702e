"""The console entry: start-up, lazy commands, one printer for every error, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from town import Town, command

import azlocal
from azlocal.cli.commands import COMMANDS, cli
from azlocal.cli.main import foreign_package, run

ROOT = Path(azlocal.__file__).parents[1]
SDKS = ("azure", "msal", "requests", "pydantic", "yaml", "rich", "jmespath", "duckdb", "trustme")


def python(code, **environment):
    bare = {name: text for name, text in os.environ.items() if not name.startswith("AZLOCAL_")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, env=bare | environment
    )


def loaded_by(code):
    """Return the modules that *code* leaves imported."""
    found = python(f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n'.join(sys.modules))")
    return set(found.stdout.split()), found


def entry(*arguments):
    return f"from azlocal.cli.main import main; main({list(arguments)!r})"


# lazy


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_import_no_command_and_no_sdk(arguments):
    modules, _ = loaded_by(entry(*arguments))
    assert "azlocal.cli.commands" in modules
    assert not [name for name in modules if name.startswith(("azlocal.app", "azlocal.core", *SDKS))]


@pytest.mark.parametrize("name", ["census", "tick", "approve"])
def test_a_commands_help_imports_no_other_command_and_no_sdk(name):
    modules, _ = loaded_by(entry(name, "--help"))
    commands = {f"azlocal.cli.{one}" for one in ("census", "tick", "approve", "hold", "pause", "status", "explain")}
    assert modules & commands == {f"azlocal.cli.{name}"}
    assert not [module for module in modules if module.partition(".")[0] in SDKS]


def test_the_app_imports_no_sdk():
    modules, _ = loaded_by("import azlocal.app")
    assert "azlocal.app" in modules
    assert not [module for module in modules if module.partition(".")[0] in {*SDKS, "click"}]


def test_help_lists_every_command_in_one_line(capsys):
    assert run(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, (_, told) in COMMANDS.items():
        assert any(line.split() == [name, *told.split()] for line in lines)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in {"demo", "sandbox"}])
def test_every_command_is_what_its_table_says(name):
    found = cli.get_command(click.Context(cli), name)
    assert isinstance(found, click.Command)
    assert found.name == name


def test_version_is_that_of_the_package(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"azlocal-upgrade {azlocal.__version__}\n"


# wrong use


WRONG = {
    "no command": [], "unknown command": ["upgrade"], "unknown option": ["census", "--all"], "no cluster": ["explain"],
    "unknown format": ["census", "-o", "xml"], "bad query": ["census", "--query", "a["],
    "bad subscription": ["census", "--subscription", "production"], "malformed id": ["explain", "/subscriptions/x"],
    "no plan": ["tick"], "plan not there": ["tick", "--plan", "/nowhere/fleet.yaml"], "cloud": ["census", "--cloud", "moon"],
    "ring without plan": ["approve", "one"],
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_exit_2_and_told_on_stderr(capsys, case):
    assert run(WRONG[case]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
    assert "Traceback" not in told.err


# what goes wrong inside


class Broken(Town):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def census(self, scope):
        raise self.error


def test_an_unexpected_error_is_one_line_and_exit_1(capsys):
    assert command(Broken(RuntimeError("a\nb")), "census") == 1
    told = capsys.readouterr().err
    assert told.startswith("error: unexpected RuntimeError: a b (azlocal-upgrade ")
    assert (told.count("\n"), "--verbose" in told) == (1, True)


def test_verbose_shows_the_traceback(capsys):
    assert command(Broken(RuntimeError("boom")), "census", "--verbose") == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_exit_130_without_words(capsys):
    assert command(Broken(KeyboardInterrupt()), "census") == 130
    assert capsys.readouterr().err.strip() == ""


@pytest.mark.parametrize(
    ("package", "extra"), [("jmespath", "cli"), ("rich.live", "cli"), ("duckdb", "sandbox"), ("trustme", "sandbox")]
)
def test_a_missing_optional_package_is_one_line_with_the_extra_and_exit_2(capsys, package, extra):
    assert command(Broken(ModuleNotFoundError(f"No module named '{package}'", name=package)), "census") == 2
    told = capsys.readouterr().err
    assert (told.count("\n"), f"pip install 'azlocal-upgrade[{extra}]'" in told) == (1, True)


def test_a_missing_package_of_no_extra_is_an_unexpected_error():
    assert command(Broken(ModuleNotFoundError("No module named 'x'", name="x")), "census") == 1


def test_without_click_the_entry_names_the_extra():
    hidden = "import sys; sys.modules['click'] = None; " + entry("census")
    found = python(hidden)
    assert found.returncode == 2
    assert found.stderr == "error: this needs the package click: pip install 'azlocal-upgrade[cli]'\n"


def test_a_reader_that_goes_away_ends_the_printing_quietly():
    line = f"{sys.executable} -m azlocal.cli.main --help | head -1; echo ${{PIPESTATUS[0]}}"
    found = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.stderr, found.stdout.splitlines()[0][:6]) == ("", "Usage:")


def test_a_terminal_that_knows_only_ascii_breaks_no_command():
    code = "from azlocal.cli.main import run; from azlocal.cli import output; run(['--version']); output.write(['a…b'])"
    found = python(code, PYTHONIOENCODING="ascii")
    assert (found.returncode, found.stdout.splitlines()[-1]) == (0, "a?b")


# settings


def test_a_mistyped_setting_is_warned_of_with_the_near_one(capsys, monkeypatch):
    monkeypatch.setenv("AZLOCAL_PLANN", "x")
    monkeypatch.setenv("AZLOCAL_ZZZ", "x")
    assert command(Town(), "census", planned=False) == 0
    told = capsys.readouterr().err
    assert "warning: AZLOCAL_PLANN is not a setting of azlocal; did you mean AZLOCAL_PLAN?" in told
    assert "warning: AZLOCAL_ZZZ is not a setting of azlocal; known are AZLOCAL_CLIENT_ID, " in told


# another package of the same name


def test_this_package_is_not_taken_for_a_foreign_one():
    assert foreign_package() == ""


@pytest.mark.parametrize(
    "text", ["__version__ = '9.9'", "DISTRIBUTION = 'azlocal-upgrade'"], ids=["other init", "other place"]
)
def test_a_foreign_package_in_our_place_is_named_with_what_to_do(tmp_path, text):
    stranger = tmp_path / "azlocal" / "__init__.py"
    stranger.parent.mkdir()
    stranger.write_text(f"{text}\n__path__.append({str(ROOT / 'azlocal')!r})\n")
    found = python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {entry('census')}")
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1
    assert "another package named azlocal" in found.stderr
    assert "an environment of its own" in found.stderr
