"""The explain page of every situation, as the product gives it over the sandbox's wire."""

from __future__ import annotations

import tempfile
from datetime import datetime, timezone
from pathlib import Path

from azlocal.report.explain import explain
from azlocal.sandbox.scenarios.situation_files import PREFIX
from azlocal.service.look import FleetLook, pick
from azlocal.simulation.situations import Scene, scene_of

LOOKED_AT = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
GOLDEN = Path(__file__).parent / "explain"
WIDTH = 100


def looked_at(name: str, folder: Path) -> tuple[Scene, FleetLook]:
    """Return a situation's world with its acts done, and the look that `explain` takes at it."""
    scene = scene_of(f"{PREFIX}{name}", LOOKED_AT, folder)
    return scene, scene.app().census(detail=scene.subject.id)


def page_of(name: str) -> str:
    """Return the explain page of a situation."""
    with tempfile.TemporaryDirectory(prefix="azlocal-situation-") as folder:
        scene, look = looked_at(name, Path(folder))
        return explain(look, pick(look, scene.subject.id), WIDTH) + "\n"
