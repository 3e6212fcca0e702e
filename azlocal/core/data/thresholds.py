"""Limits and durations.

Version 2026-11. Sources: AzStackHci.EnvironmentChecker (module signed 2026-05-03) for the builds and
the LCM minimum; Microsoft Learn, install the solution upgrade by ARM template (2026-04-28), for how
long things take; 24 h and the margins are azlocal's own choice.
"""

from __future__ import annotations

from datetime import timedelta

RULES = "2026-11"

SOLUTION_FAMILIES = (25398, 26100)
OLD_FAMILY = 20349
MINIMUM_REVISION = {25398: 1904, 26100: 32814}
MINIMUM_LCM = (30, 2408)
MAXIMUM_NODES = 16

UPGRADE_EXPECTED = timedelta(hours=4)
"""2.5 to 3 hours as documented, and one to spare: what must be left of a window."""
VALIDATION_STUCK = timedelta(hours=2)
UPGRADE_STUCK = timedelta(hours=8)
INTENT_OPEN = timedelta(minutes=15)
EXTENSION_EXPECTED = timedelta(minutes=60)
"""Longer than an installation takes and Resource Graph lags."""
