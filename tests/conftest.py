"""Which tests run: those that need a program which is not here are skipped by name, long ones wait to be asked for.

A test that needs another Python, Node or Chromium says so, and asks for the path:

    @pytest.mark.full("python3.10")
    def test_a_runbook_runs_on_automations_python(programs): ... programs["python3.10"] ...
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings
from node_packages import installed
from programs import NEED_ALL, find

# No deadline: how long one example takes says more of what else the machine does than of the code.
settings.register_profile("azlocal", deadline=None)
settings.load_profile("azlocal")

# A run keeps gigabytes of worlds and rows: to look through them as often as a small process is does costs a tenth of it.
gc.set_threshold(50_000, 20, 100)

_WANT = "for want of "


def _wanted(item: pytest.Item) -> list[str]:
    return [program for mark in item.iter_markers("full") for program in mark.args]


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """Return the paths of the programs that this test's mark `full` names."""
    return {program: path for program in _wanted(request.node) if (path := find(program))}


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """Return the folder `tests/node` with its packages installed; for tests that are marked `full("node")`."""
    return installed()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless marks were chosen (`-m long`, `-m "long or not long"`)."""
    if config.option.markexpr:
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
    items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep the tests of a module together: what they set up once, an installation or a world, costs more than they do.

    Simulated histories and planted bugs set nothing up and take long: each goes where there is room.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.split("::", 1)[0]
            if module.endswith(("test_histories.py", "test_planted_bugs.py")):
                return nodeid
            return "function" if module.endswith(("test_function.py", "test_durable.py")) else module

    config.option.loadscopereorder = False
    return ByModule(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what lacks a program; fail it where everything has to be here."""
    missing = [program for program in _wanted(item) if find(program) is None]
    if not missing:
        return
    if os.environ.get(NEED_ALL):
        pytest.fail(f"{' and '.join(missing)} must be installed: {NEED_ALL} is set", pytrace=False)
    pytest.skip(_WANT + " and ".join(missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that was skipped for want of a program."""
    for name, reason in _lacking(terminalreporter):
        terminalreporter.write_line(f"not run {_WANT}{reason}: {name}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End with one line that counts them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    lacking = Counter(reason for _, reason in _lacking(reporter)) if reporter else Counter()
    if lacking:
        parts = ", ".join(f"{count} {_WANT}{reason}" for reason, count in sorted(lacking.items()))
        reporter.write_line(f"{sum(lacking.values())} tests were not run: {parts}")


def _lacking(reporter: pytest.TerminalReporter) -> list[tuple[str, str]]:
    skipped = [report for report in reporter.stats.get("skipped", ()) if isinstance(report.longrepr, tuple)]
    reasons = [(report.nodeid, report.longrepr[2].removeprefix("Skipped: ")) for report in skipped]
    return [(name, reason.removeprefix(_WANT)) for name, reason in reasons if reason.startswith(_WANT)]
