"""The project's commands, the same here and in CI: `nox` for the usual ones, `nox -t full` for all of them.

`nox` uses the Python it finds. `nox -t full` needs Python 3.10 and 3.13, Node and Chromium, and fails
without them; it also runs the long tests.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from programs import ALL, NEED_ALL, find

nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = True

SOURCES = ("azlocal", "bench", "function_app", "runbooks", "tests", "tools", "noxfile.py")
OLDEST, NEWEST = (find(program) or program for program in ("python3.10", "python3.13"))


def develop(session: nox.Session) -> None:
    """Install the project as its developers have it."""
    session.install("-e", ".[dev]")


@nox.session(venv_backend="none", tags=["full"])
def programs(session: nox.Session) -> None:
    """See that nothing will be skipped."""
    missing = [program for program in ALL if find(program) is None]
    if missing:
        session.error(f"not here: {', '.join(missing)}")


@nox.session(tags=["full"])
def lint(session: nox.Session) -> None:
    """Look at rules, formatting and layers."""
    develop(session)
    session.run("ruff", "check", *SOURCES)
    session.run("ruff", "format", "--check", *SOURCES)
    session.run("lint-imports", "--no-cache", "--no-logo")


@nox.session(tags=["full"])
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    develop(session)
    session.run("mypy")
    session.run("mypy", "function_app/function_app.py")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; what needs a program that is not here is skipped by name."""
    develop(session)
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(tags=["full"])
def everything(session: nox.Session) -> None:
    """Run every test, the long ones too; nothing may be skipped for want of a program."""
    develop(session)
    session.run("pytest", "-n", "auto", "-m", "long or not long", *session.posargs, env={NEED_ALL: "1"})


@nox.session(python=OLDEST, tags=["full"])
def oldest(session: nox.Session) -> None:
    """Run the unit tests on Automation's Python; the sandbox's queries need a newer one."""
    develop(session)
    session.run("pytest", "-n", "auto", "tests/unit", "--ignore=tests/unit/sandbox", *session.posargs)


@nox.session(python=NEWEST, tags=["full"])
def newest(session: nox.Session) -> None:
    """Run the unit tests on the newest Python that Azure Functions offers."""
    develop(session)
    session.run("pytest", "-n", "auto", "tests/unit", *session.posargs)


@nox.session(tags=["full"])
def wheel(session: nox.Session) -> None:
    """Install what users install, and run the main job from another directory."""
    session.install(".[cli,sandbox]")
    with session.chdir(session.create_tmp()):
        session.run("azlocal-upgrade", "demo", env={**os.environ, "NO_COLOR": "1"})


@nox.session(venv_backend="none")
def bundle(session: nox.Session) -> None:
    """Gather what Azure Automation is given into dist/bundle, or into the folder that is named; see docs/install.md."""
    session.run(sys.executable, "tools/bundle.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure side by side with what one would use instead; `nox -s bench -- --help` tells the options."""
    develop(session)
    session.run("python", "-m", "bench", *session.posargs)


@nox.session
def screenshots(session: nox.Session) -> None:
    """Make the pictures of the report in docs/images anew; needs Chromium."""
    develop(session)
    session.run("python", "tools/screenshots.py", *session.posargs)
