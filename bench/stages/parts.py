"""The parts of a tick that Azure has no share in, each by its processor time: decide, and the page for people."""

from __future__ import annotations

import time
from typing import Any

from bench.reporting import Verdicts, take_part

told: dict[str, Any] = {}


def parts() -> Verdicts:
    """Read the fleet once; then decide for it, and write its page."""
    from azlocal.app import App
    from azlocal.core.rollout import decide_fleet
    from azlocal.report.page import page

    app = App.from_environment()
    began = time.process_time()
    look = app.census()
    told["census"] = time.process_time() - began
    known = {one.cluster.id.lower(): one.inputs for one in look.clusters if one.inputs}
    began = time.process_time()
    decided = decide_fleet(look.facts, app.plan, known, look.now)
    told["decide"] = time.process_time() - began
    assert [one.decision.kind for one in decided.clusters] == [one.decision.kind for one in look.clusters]
    del decided
    began = time.process_time()
    told["page_bytes"] = sum(len(piece.encode()) for piece in page(look, app.forecast(look), look.clusters))
    told["page"] = time.process_time() - began
    return {}


if __name__ == "__main__":
    take_part(parts, lambda: told)
