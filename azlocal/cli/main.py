"""The console entry: start-up checks, one printer for every error, and the exit codes (design, §8)."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import azlocal

if TYPE_CHECKING:
    from azlocal.app import App

AppOpener: TypeAlias = "Callable[[Mapping[str, str | None]], App]"

_EXTRAS = {
    "click": "cli", "rich": "cli", "jmespath": "cli",
    "trustme": "sandbox", "duckdb": "sandbox", "duckdb_kql": "sandbox", "pytz": "sandbox",
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str], open_app: AppOpener | None = None) -> int:
    """Run one command; return its exit code. Nothing is raised.

    *open_app* gives the App for the flags of a command, instead of `App.from_environment`.
    """
    _be_tolerant()
    stranger = foreign_package()
    if stranger:
        _say(stranger)
        return 2
    try:
        return _run(arguments, open_app)
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            return _unexpected(error, arguments)
        _say(f"error: this needs the package {error.name}: pip install 'azlocal-upgrade[{extra}]'")
        return 2
    except Exception as error:
        return _unexpected(error, arguments)


def _run(arguments: Sequence[str], open_app: AppOpener | None) -> int:
    import click

    from azlocal.cli.commands import cli
    from azlocal.cli.output import complain
    from azlocal.errors import AzlocalError

    try:
        code = cli.main(args=list(arguments), prog_name="azlocal-upgrade", standalone_mode=False, obj=open_app)
    except click.Abort as error:
        interrupted = isinstance(error.__cause__, KeyboardInterrupt)
        _say("" if interrupted else "nothing was changed")
        return 130 if interrupted else 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AzlocalError as error:
        complain(error)
        return error.exit_code
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception, arguments: Sequence[str]) -> int:
    if "--verbose" in arguments:
        traceback.print_exception(error, file=sys.stderr)
    from azlocal.report.text import clean

    told = clean(f"{type(error).__name__}: {error}")
    _say(
        f"error: unexpected {told} (azlocal-upgrade {azlocal.__version__}, Python {sys.version.split()[0]}); "
        "run again with --verbose and report what it shows as an issue of azlocal-upgrade"
    )
    return 1


def _say(line: str) -> None:
    if line:
        print(line, file=sys.stderr)


def _be_tolerant() -> None:
    """Let a terminal that cannot show a character show another instead of breaking the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def foreign_package() -> str:
    """Return what is wrong when the package `azlocal` that Python finds is not this one."""
    ours, found = Path(__file__).resolve().parents[1], Path(azlocal.__file__ or "").resolve().parent
    if found == ours and getattr(azlocal, "DISTRIBUTION", "") == "azlocal-upgrade":
        return ""
    return (
        f"error: another package named azlocal ({found}) shadows the one of azlocal-upgrade ({ours}); "
        "install azlocal-upgrade into an environment of its own"
    )


if __name__ == "__main__":
    main()
