"""Azure Automation's door: one JSON argument in, one line of output for each event, failure raised.

Automation routes lines of standard output by their prefix (`WARNING:`, `ERROR:`), does not support
standard error, and marks a job failed by an exception that leaves the script (Azure Automation docs,
Python runbooks). A job has no environment of its own: what the argument leaves out is taken from the
account's variables of the names that the environment has elsewhere (AZLOCAL_PLAN and so on).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from azlocal.app import ENVIRONMENT, App
from azlocal.core.decisions import Hold
from azlocal.core.rollout import ClusterDecision
from azlocal.errors import AzlocalError, BadInput
from azlocal.report.status import status
from azlocal.report.text import clean
from azlocal.report.tick import headline, telemetry
from azlocal.service.tick import TickReport, TickRequest

DEADLINE_MINUTES = 60.0
"""How long a runbook begins new starts; Automation stops a job after three hours."""
MOST_MINUTES = 170.0
_LONGEST_LINE = 8000


class RunbookFailed(Exception):
    """The job is to be marked as failed; its lines above say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """The runbook's one argument: `settings` by name, the CLUSTERs to act on, dry run, deadline in minutes."""

    settings: Mapping[str, str]
    clusters: tuple[str, ...] = ()
    dry_run: bool = False
    deadline_minutes: float = DEADLINE_MINUTES


def run(ceiling: Iterable[str], argv: Sequence[str]) -> None:
    """Run one tick that starts at most the kinds of *ceiling*; raise RunbookFailed when it did not go well."""
    with _told():
        told = read_argument(argv)
        app = App.from_environment({**account_variables(), **told.settings})
        request = TickRequest(ceiling=frozenset(ceiling), clusters=told.clusters, dry_run=told.dry_run)
        report = app.tick(request, deadline_minutes=told.deadline_minutes)
    for line in lines(report):
        print(line, flush=True)
    if report.failed:
        raise RunbookFailed(f"{headline(report)}; see the lines above")


def show(argv: Sequence[str]) -> None:
    """Print the fleet at a glance; nothing is started or recorded."""
    with _told():
        told = read_argument(argv)
        page = status(App.from_environment({**account_variables(), **told.settings}).census())
    for line in page.splitlines():
        print(line, flush=True)


class _told:  # noqa: N801 - reads as a word of the sentence `with _told():`
    """Turns what azlocal raises into lines a person can act on, and into a failed job."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, AzlocalError):
            problems = error.problems if isinstance(error, BadInput) else (error.message,)
            for problem in problems:
                print(_line("ERROR", problem), flush=True)
            print(_line("ERROR", f"do: {error.remedy}"), flush=True)
            raise RunbookFailed(clean(error.message)) from None


def lines(report: TickReport) -> Iterator[str]:
    """Yield the job's output: the tick in one line, then a line for everything that happened or is wrong."""
    yield _line("", f"tick {report.tick_id}: {headline(report)}; plan {report.plan_digest}; lease {report.lease}")
    yield from (_line("ERROR", problem) for problem in report.problems)
    for ring in report.rings:
        word = "ERROR" if ring.state == "halted" else ""
        yield _line(word, f"ring {ring.name}: {ring.state} ({ring.reason}) {ring.message}")
    for action in report.actions:
        word = "" if action.outcome == "accepted" else "WARNING"
        told = f"{action.code} {action.message}".strip()
        yield _line(word, f"{action.kind} attempt {action.attempt}: {action.outcome} {told} [{action.cluster_id}]")
    yield from (_cluster(one) for one in report.clusters)
    lost = report.delivery is not None and report.delivery.lost
    yield _line("ERROR" if lost else "", f"telemetry: {telemetry(report)}; {report.calls} calls")


def _cluster(one: ClusterDecision) -> str:
    decision = one.decision
    failed = isinstance(decision, Hold) and one.reading.phase.failed
    word = "ERROR" if failed else "WARNING" if isinstance(decision, Hold) else ""
    do = f" Do: {decision.remedy}" if decision.remedy else ""
    told = f"{one.reading.phase}, {decision.kind} ({decision.reason}): {decision.message}.{do}"
    return _line(word, f"{one.cluster.name}: {told} [{one.cluster.id}]")


def _line(word: str, text: str) -> str:
    return (f"{word}: " if word else "") + clean(text)[:_LONGEST_LINE]


def read_argument(argv: Sequence[str]) -> Argument:
    """Read the one JSON argument; raise BadInput with everything that is wrong with it.

    Automation's own tools may leave quotes around it: one pair is taken off.
    """
    if len(argv) > 1:
        raise BadInput([f"{len(argv)} arguments were given"], remedy="give one JSON object as the only parameter")
    told = _object(argv[0] if argv else "")
    problems = [text for name, value in told.items() for text in _problems(name, value)]
    if problems:
        raise BadInput(problems, remedy=f"known keys: {', '.join(_KEYS)}")
    return Argument(
        settings={_SETTINGS[name]: value for name, value in told.items() if name in _SETTINGS},
        clusters=tuple(told.get("clusters", ())),
        dry_run=told.get("dryRun", False),
        deadline_minutes=float(told.get("deadlineMinutes", DEADLINE_MINUTES)),
    )


def account_variables() -> dict[str, str]:
    """Return the settings that the account's variables hold, by name; none where there are no variables.

    Automation puts `automationassets` on the path of a job, and whether it does so for Python 3.10 no document
    says: the argument alone has to be enough.
    """
    try:
        assets: Any = import_module("automationassets")
    except ImportError:
        return {}
    values = {name: _variable(assets, variable) for name, variable in ENVIRONMENT.items()}
    return {name: value for name, value in values.items() if value}


def _variable(assets: Any, name: str) -> str:
    try:
        value = assets.get_automation_variable(name)
    except Exception:
        # Not there, or not to be had: both leave it to the argument and the environment.
        return ""
    return value.strip() if isinstance(value, str) else ""


def _object(text: str) -> dict[str, Any]:
    bare = text.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
        bare = bare[1:-1].strip()
    try:
        told = json.loads(bare or "{}")
    except ValueError as error:
        raise BadInput(
            [f"the argument is not JSON: {error}"], remedy='give one JSON object, such as {"dryRun": true}'
        ) from error
    if not isinstance(told, dict):
        raise BadInput(["the argument is JSON, but no object"], remedy='give one JSON object, such as {"dryRun": true}')
    return told


def _problems(name: str, value: Any) -> Iterator[str]:
    check = _KEYS.get(name)
    if check is None:
        near = get_close_matches(name, _KEYS, n=1)
        yield f"{name}: unknown key" + (f"; did you mean {near[0]}?" if near else "")
    elif not check[0](value):
        yield f"{name}: must be {check[1]}, not {json.dumps(value)[:80]}"


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_text, value))


def _minutes(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MOST_MINUTES


_SETTINGS = {
    "plan": "plan",
    "inputs": "inputs",
    "cloud": "cloud",
    "clientId": "client_id",
    "ingestionEndpoint": "ingestion_endpoint",
    "dcrId": "dcr_id",
    "workspaceId": "workspace_id",
}
"""Key of the argument → setting."""
_KEYS = {
    "plan": (_text, "a file or an https blob URL"),
    "inputs": (_text, "a folder, a CSV file or a blob prefix"),
    "cloud": (_text, "public, usgovernment or an https ARM endpoint"),
    "clientId": (_text, "the client id of a managed identity"),
    "ingestionEndpoint": (_text, "an https address"),
    "dcrId": (_text, "the immutable id of a data collection rule"),
    "workspaceId": (_text, "the id of a workspace"),
    "clusters": (_texts, "a list of cluster names or ids"),
    "dryRun": (lambda value: isinstance(value, bool), "true or false"),
    "deadlineMinutes": (_minutes, f"a number of minutes up to {MOST_MINUTES:g}"),
}
