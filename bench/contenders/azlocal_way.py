"""azlocal: its census, as every door asks for it."""

from __future__ import annotations

from bench.reporting import Verdicts, take_part


def census() -> Verdicts:
    """Return azlocal's own verdicts, each with the check that decided."""
    from azlocal.app import App

    look = App.from_environment().census()
    assert not look.problems, look.problems
    found = ((one.cluster.id, one.candidate) for one in look.clusters)
    return {
        name: f"{one.verdict} {one.decides.check}" if one.decides else str(one.verdict) for name, one in found
    }  # fmt: skip


if __name__ == "__main__":
    take_part(census)
