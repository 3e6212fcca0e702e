"""`azlocal-upgrade sandbox`: a whole small Azure on this machine, until Ctrl-C."""

from __future__ import annotations

import shlex
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from azlocal.sandbox.clock import VirtualClock
    from azlocal.sandbox.front import Front
    from azlocal.sandbox.run import Sandbox
    from azlocal.sandbox.scenarios.model import Scenario

FASTEST = 3600.0


class _Stop(BaseException):
    """Somebody asked the process to end."""


@click.group()
def sandbox() -> None:
    """A whole small Azure on this machine: a fleet, its subscriptions, and everything azlocal talks to."""


@sandbox.command("list")
@click.argument("what", type=click.Choice(["scenarios", "situations"]), default="scenarios")
def list_scenarios(what: str) -> None:
    """List the scenarios that a sandbox can start with, or the situations among them."""
    from azlocal.sandbox.scenarios import names, situation_names

    known = names() if what == "scenarios" else situation_names()
    width = max(len(name) for name, _ in known)
    for name, about in known:
        click.echo(f"{name:{width}}  {about}")


@sandbox.command()
@click.option("--scenario", metavar="NAME", required=True, help="fleet-small, fleet-N, … (see list), or a YAML file.")
@click.option("--speed", metavar="N", default="1", help="Sandbox seconds to one real second; 60 is fine.")
@click.option("--port", metavar="P", default="0", help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--ready-file", metavar="F", default="", help="Write what a client must know, as JSON, once it answers.")
@click.option("--seed", metavar="N", default="0", help="Decides what is drawn by chance.")
@click.option("--rbac", is_flag=True, help="Role assignments decide what each caller may do, as in Azure.")
@click.option("--verbose", is_flag=True, help="One line to stderr for every request.")
def start(scenario: str, speed: str, port: str, ready_file: str, seed: str, rbac: bool, verbose: bool) -> None:
    """Start a sandbox, print the lines a shell needs, and serve until Ctrl-C or SIGTERM."""
    check_tools()
    settings = {
        "speed": _number("speed", speed, 0.0, FASTEST, whole=False),
        "port": int(_number("port", port, 0, 65535, whole=True)),
        "seed": int(_number("seed", seed, 0, 2**31, whole=True)),
        "rbac": rbac,
        "log": _log if verbose else None,
    }
    ready = Path(ready_file) if ready_file else None
    if ready is not None and not ready.parent.is_dir():
        _refuse("ready-file", f"the folder '{ready.parent}' does not exist")
    with _stopped_by_signals(), running(scenario, settings) as started:
        if ready is not None:
            _tell_file(ready, started.ready)
        click.echo(shell_lines(started.ready))
        sys.stdout.flush()
        while True:
            time.sleep(3600)


def check_tools() -> None:
    """Refuse, in one line and with exit 2, where the sandbox cannot run."""
    if sys.version_info < (3, 11):
        _refuse("python", "the sandbox needs Python 3.11 or newer (its query engine has no older build)")
    missing = [name for name in ("duckdb", "duckdb_kql", "trustme", "yaml") if find_spec(name) is None]
    if missing:
        _refuse("python", f"the sandbox needs {', '.join(missing)}: install azlocal-upgrade[cli,sandbox]")


def _number(name: str, text: str, least: float, most: float, *, whole: bool) -> float:
    try:
        value: float = int(text) if whole else float(text)
    except ValueError:
        _refuse(name, f"'{text}' is no {'whole ' if whole else ''}number")
    if not (least <= value <= most) or (not whole and value == least):
        _refuse(
            name, f"{text} is not {'from' if whole else 'above'} {least:g} {'to' if whole else 'and at most'} {most:g}"
        )
    return value


def _refuse(field: str, message: str) -> NoReturn:
    click.echo(f"error: {field}: {message}", err=True)
    raise click.exceptions.Exit(2)


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Run until SIGINT or SIGTERM, then leave in order."""

    def stop(*_: object) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise _Stop

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Stop:
        return
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def running(scenario: str, settings: Mapping[str, Any]) -> Iterator[Sandbox]:
    """Run a sandbox; *settings* are those of `Sandbox.start`. What cannot be used is refused in one line, exit 2."""
    from azlocal.sandbox.run import Sandbox
    from azlocal.sandbox.scenarios.model import ScenarioError

    try:
        started = Sandbox.start(scenario, prelude=_prelude, **settings)
    except ScenarioError as error:
        _refuse("scenario", str(error))
    except OSError as error:
        if error.filename is not None:
            _refuse("files", f"'{error.filename}' could not be written: {error.strerror}")
        _refuse("port", f"{settings.get('port', 0)} on 127.0.0.1 cannot be used: {error.strerror or error}")
    with started:
        yield started


def _prelude(told: Scenario, front: Front, clock: VirtualClock, folder: Path) -> None:
    """Do what happens in a scenario before it is looked at: among it may be azlocal's own ticks."""
    if told.acts:
        from azlocal.simulation.situations import prelude

        prelude(told, front, clock, folder)


def _tell_file(path: Path, ready: Mapping[str, Any]) -> None:
    from azlocal.sandbox.run import write_ready

    try:
        write_ready(path, dict(ready))
    except OSError as error:
        _refuse("ready-file", f"'{path}' could not be written: {error.strerror or error}")


def shell_lines(ready: Mapping[str, Any]) -> str:
    """Return the export lines for a shell, and below them what to do next, as comments."""
    base = ready["arm_endpoint"]
    exports = [f"export {name}={shlex.quote(value)}" for name, value in ready["environment"].items()]
    register = f"az cloud register -n azlocal-sandbox --endpoint-resource-manager {base}"
    hints = [
        f"# The sandbox {ready['scenario']} answers on {base}; Ctrl-C stops it.",
        "# Paste the lines above into another shell, then run: azlocal-upgrade tick",
        f"# Azure CLI there: {register} && az cloud set -n azlocal-sandbox && az login --identity",
    ]
    return "\n".join([*exports, *hints])


if __name__ == "__main__":
    sandbox()
