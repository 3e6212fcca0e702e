"""Which failed attempts the plan repeats without asking: those of a known, harmless kind, a few times."""

from __future__ import annotations

from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import Retry


def repeated(cluster: ClusterFacts, attempt: int, retry: Retry) -> bool:
    """Return whether *attempt*, which failed on *cluster*, is repeated by the plan's *retry*.

    Only attempts that azlocal numbered, only the first ones, and only what every matching known issue calls
    safe: what nobody knows is for a person to decide.
    """
    if not 1 <= attempt <= retry.safe:
        return False
    # Seldom needed, and many patterns.
    from azlocal.core.diagnosis import diagnose_cluster
    from azlocal.core.known_issues import SAFE

    return diagnose_cluster(cluster).retry == SAFE
