"""What the commands share: options, the App behind them, and what is shown of a fleet."""

from __future__ import annotations

import functools
import logging
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click

from azlocal.app import ENVIRONMENT, App, unknown_settings
from azlocal.cli import output
from azlocal.core.ids import group_name_of, subscription_of
from azlocal.core.plan import Scope
from azlocal.core.rollout import ClusterDecision
from azlocal.errors import BadInput, Incomplete
from azlocal.report.sheets import Sheet

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One call of a command: the App, and how to show what it answers."""

    app: App
    form: str
    query: Any
    subscriptions: tuple[str, ...]
    group: str

    @property
    def scope(self) -> Scope:
        """Return where to look when no plan says it."""
        return Scope(subscriptions=self.subscriptions)

    def shown(self, clusters: Sequence[ClusterDecision]) -> Sequence[ClusterDecision]:
        """Return the clusters that --subscription and -g leave; they never narrow what is observed by a plan."""
        found = [one for one in clusters if self._wanted(one)]
        if clusters and not found:
            output.tell("note: no cluster in scope is in that subscription or resource group")
        return found

    def word(self, cluster: str) -> str:
        """Return a CLUSTER as -g completes it: a bare name is meant in that group."""
        return f"{self.group}/{cluster}" if self.group and "/" not in cluster else cluster

    def _wanted(self, one: ClusterDecision) -> bool:
        if self.subscriptions and subscription_of(one.cluster.id) not in self.subscriptions:
            return False
        return not self.group or group_name_of(one.cluster.id).lower() == self.group.lower()

    def show(
        self, document: Any, page: Callable[[], str], rows: Callable[[], output.Rows] | None = None,
        sheet: Callable[[], Sheet] | None = None,
    ) -> None:  # fmt: skip
        """Print a result in the format that was asked for."""
        output.show(self.form, self.query, document, page, rows, sheet)

    def say(self, sentence: str) -> None:
        """Print what a command that writes has done."""
        self.show({"message": sentence}, lambda: sentence)


def door(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the shared options and, as its first argument, the Door they open."""

    @functools.wraps(command)
    def opened(**given: Any) -> int | None:
        _log(verbose=given.pop("verbose"))
        _warn_of_unknown_settings()
        flags = {name: given.pop(name) for name in ("plan", "inputs", "cloud", "client_id")}
        open_app = click.get_current_context().find_root().obj or App.from_environment
        mine = Door(
            app=open_app(flags),
            form=given.pop("form"),
            query=given.pop("query"),
            subscriptions=_subscriptions(given.pop("subscription")),
            group=given.pop("group"),
        )
        return command(mine, **given)

    for option in reversed(_OPTIONS):
        opened = option(opened)
    return opened


def _compiled(ctx: click.Context, option: click.Parameter, value: str | None) -> Any:
    """Compile a JMESPath expression before anything else happens."""
    if value is None:
        return None
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.compile(value)
    except JMESPathError as error:
        raise click.BadParameter(" ".join(str(error).split()), ctx, option) from error


_FORMS = (*output.FORMATS, output.SHEET)
_OPTIONS = (
    click.option("--plan", metavar="FILE|URL", help="Fleet plan: a file or an https blob URL (AZLOCAL_PLAN)."),
    click.option("--inputs", metavar="PLACE", help="Upgrade inputs: folder, CSV or blob prefix (AZLOCAL_INPUTS)."),
    click.option("--cloud", metavar="CLOUD", help="public, usgovernment or an https ARM endpoint (AZLOCAL_CLOUD)."),
    click.option("--client-id", metavar="GUID", help="User-assigned managed identity (AZLOCAL_CLIENT_ID)."),
    click.option("--subscription", multiple=True, metavar="GUID", help="Look at, or show, only this one; repeatable."),
    click.option("-g", "--resource-group", "group", default="", metavar="NAME", help="Show only this resource group."),
    click.option("-o", "--output", "form", type=click.Choice(_FORMS), default="table", show_default=True),
    click.option("--query", metavar="JMESPATH", callback=_compiled, help="Show a part of the JSON document."),
    click.option("--verbose", is_flag=True, help="Log to standard error, and show tracebacks."),
)


def _subscriptions(given: Iterable[str]) -> tuple[str, ...]:
    wrong = [f"subscription: '{one}' is not a subscription id (a GUID)" for one in given if not _GUID.fullmatch(one)]
    if wrong:
        raise BadInput(wrong, remedy="give the id, as az account list shows it")
    return tuple(one.lower() for one in given)


def _log(*, verbose: bool) -> None:
    """Let libraries log with --verbose only: without it, an error is told once, by the one printer."""
    if verbose:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    for name in ("azure", "msal"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def _warn_of_unknown_settings() -> None:
    known = {name.removeprefix("AZLOCAL_"): name for name in sorted(ENVIRONMENT.values())}
    for name in unknown_settings():
        near = get_close_matches(name.removeprefix("AZLOCAL_"), known, n=1)
        more = f"; did you mean {known[near[0]]}?" if near else f"; known are {', '.join(known.values())}"
        output.tell(f"warning: {name} is not a setting of azlocal{more}")


def whole(problems: Sequence[str]) -> int:
    """Complain when the fleet was not read whole; return the exit code of a command that only reads."""
    if not problems:
        return 0
    output.complain(incomplete(problems))
    return Incomplete.exit_code


def incomplete(problems: Sequence[str]) -> Incomplete:
    """Return the error that stands for what could not be read."""
    head = problems[0] if len(problems) == 1 else f"{len(problems)} problems:\n" + "\n".join(problems)
    return Incomplete(
        f"the fleet could not be read whole: {head}",
        remedy="check the ids in the scope, and that the identity has Reader on them; while this lasts no gate opens",
    )
