"""The worlds a sandbox can start with: named ones, generated ones, and files of one's own."""

from __future__ import annotations

import re
from pathlib import Path

from azlocal.sandbox.scenarios.model import Scenario, ScenarioError

_FOLDER = Path(__file__).parent
_GENERATED = re.compile(r"fleet-([1-9]\d*)")
_MOST = 100_000
"""Ten times the largest fleet of the design's budgets; it needs 3.4 GB."""


def load(scenario: str, seed: int = 0) -> Scenario:
    """Return a scenario by its name, `fleet-N`, `situation-NAME`, or the path of a YAML file; raise ScenarioError."""
    from azlocal.sandbox.scenarios import generator, loader, situation_files

    generated = _GENERATED.fullmatch(scenario)
    if generated is not None:
        count = int(generated[1])
        if count > _MOST:
            raise ScenarioError(f"{scenario}: at most {_MOST} clusters are generated")
        return generator.fleet(count, seed)
    if not _is_path(scenario) and situation_files.named(scenario):
        return situation_files.load(scenario)
    path = _path(scenario)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"'{scenario}' could not be read: {error}") from error
    try:
        return loader.read(text, path.stem)
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from error


def _path(scenario: str) -> Path:
    named = {path.stem: path for path in _FOLDER.glob("*.yaml")}
    if scenario in named:
        return named[scenario]
    if _is_path(scenario):
        return Path(scenario)
    known = ", ".join([*sorted(named), "fleet-N", "situations", "situation-NAME"])
    raise ScenarioError(f"'{scenario}' is no scenario: known are {known}, and the path of a YAML file")


def _is_path(scenario: str) -> bool:
    return scenario.lower().endswith((".yaml", ".yml")) or "/" in scenario or "\\" in scenario


def names() -> list[tuple[str, str]]:
    """Return every named scenario with its one line, the generated ones as `fleet-N`."""
    found = [(path.stem, load(path.stem).about) for path in sorted(_FOLDER.glob("*.yaml"))]
    return [
        *found,
        ("fleet-N", "N generated clusters (any N, --seed), nearly all of them quiet; no faults"),
        ("situations", load("situations").about),
        ("situation-NAME", "one cluster in one situation: azlocal-upgrade sandbox list situations"),
    ]


def situation_names() -> list[tuple[str, str]]:
    """Return the world of every situation with its one line."""
    from azlocal.sandbox.scenarios.situation_files import PREFIX, situations

    return [(f"{PREFIX}{one.name}", one.about) for one in situations()]
