"""Limits and durations, each with its source and date.

A threshold that is `open` may be overridden by the plan; the others keep azlocal safe and may not.
"""

from __future__ import annotations

from datetime import timedelta

from azlocal.core.rule import Rule, Value

RULES = "2026-11"
"""The version of all rules; every finding tells it."""

SOLUTION_FAMILIES = (25398, 26100)
OLD_FAMILY = 20349
MINIMUM_REVISION = {25398: 1904, 26100: 32814}
MINIMUM_LCM = (30, 2408)
MINIMUM_LCM_GOVERNMENT = (30, 2507)
MAXIMUM_NODES = 16
FIRST_TRAIN = 2311
OS_UPGRADE_START = (20349, 3692)

UPGRADE_EXPECTED = timedelta(hours=4)
"""2.5 to 3 hours as documented, and one to spare: what must be left of a window."""
VALIDATION_STUCK = timedelta(hours=2)
UPGRADE_STUCK = timedelta(hours=8)
INTENT_OPEN = timedelta(minutes=15)
EXTENSION_EXPECTED = timedelta(minutes=60)
"""Longer than an installation takes and Resource Graph lags."""
LOOK_AFTER = timedelta(hours=24)
"""How long after an upgrade what it left behind is read again by ARM."""
UPDATE_WITHIN_MONTHS = 6

_CHECKER = ("AzStackHci.EnvironmentChecker, module signed 2026-05-03", "2026-05-03")
_TEMPLATE = ("Microsoft Learn, install the solution upgrade by ARM template", "2026-04-28")
_OURS = ("azlocal's own choice", "2026-11")


def _rule(name: str, value: Value, title: str, text: str, source: tuple[str, str], *, plan: bool = False) -> Rule:
    return Rule(
        id=name, kind="threshold", title=title, text=text, value=value, open=plan, source=source[0], date=source[1]
    )  # fmt: skip


THRESHOLDS = (
    _rule(
        "minimum-build-25398", MINIMUM_REVISION[25398], "Lowest revision of OS build 25398",
        "B5 wants every node of OS family 25398 (23H2) on this revision or a later one; the validator refuses "
        "anything below. It rises over time.", _CHECKER, plan=True,
    ),
    _rule(
        "minimum-build-26100", MINIMUM_REVISION[26100], "Lowest revision of OS build 26100",
        "B5 wants every node of OS family 26100 (24H2) on this revision or a later one; the validator refuses "
        "anything below. It rises over time.", _CHECKER, plan=True,
    ),
    _rule(
        "minimum-lcm", MINIMUM_LCM, "Lowest version of the LCM extension",
        "B8 wants AzureEdgeLifecycleManager on every machine at this version or a later one. The validator names the "
        "controller package 10.2408.0.537; that the extension 30.2408 brings it is inferred.", _CHECKER, plan=True,
    ),
    _rule(
        "minimum-lcm-government", MINIMUM_LCM_GOVERNMENT, "Lowest version of the LCM extension in US Government",
        "Validators before 2507 reject the cloud; that the extension 30.2507 brings a newer one is inferred.",
        ("Microsoft Learn, Azure Local known issues", "2026-02-17"), plan=True,
    ),
    _rule(
        "maximum-nodes", MAXIMUM_NODES, "Most nodes of a cluster",
        "B4 takes clusters of 1 to 16 nodes. The text of May 2026 names 64, and covers disaggregated systems too.",
        ("Microsoft Learn, Azure Local system requirements", "2026-05-04"), plan=True,
    ),
    _rule(
        "os-upgrade-start", OS_UPGRADE_START, "Lowest 22H2 build from which the OS is upgraded to 26100",
        "The way to 26100 starts at this build; nothing is said of older ones. Its way on is the OS upgrade's own.",
        ("Microsoft Learn, upgrade 22H2 by PowerShell", "2025-11-25"),
    ),
    _rule(
        "first-train", FIRST_TRAIN, "First release train that the upgrade installs",
        "A solution version of an older train cannot come from the solution upgrade.",
        ("Microsoft Learn, Azure Local release information", "2024-11-19"),
    ),
    _rule(
        "upgrade-expected", UPGRADE_EXPECTED, "Time that must be left of a window",
        "An upgrade takes 2.5 to 3 hours as documented; azlocal starts one only while this much of a window is left.",
        _TEMPLATE,
    ),
    _rule(
        "validation-stuck", VALIDATION_STUCK, "Longest step of a validation",
        "A validation takes about ten minutes. A step that runs longer than this is stuck.", _TEMPLATE,
    ),
    _rule(
        "upgrade-stuck", UPGRADE_STUCK, "Longest step of an upgrade",
        "Steps of 40 to 50 minutes are usual. A step that runs longer than this is stuck.", _TEMPLATE,
    ),
    _rule(
        "intent-open", INTENT_OPEN, "How long an announced start may stay invisible",
        "Until then a cluster counts as starting; afterwards the announcement was not used.", _OURS,
    ),
    _rule(
        "extension-expected", EXTENSION_EXPECTED, "How long an update of the LCM extension may take",
        "Until then the cluster counts as starting; afterwards the update had no effect.", _OURS,
    ),
    _rule(
        "look-after", LOOK_AFTER, "How long what an upgrade left behind is read again",
        "In this time after its last step a tick reads by ARM what only ARM shows; `explain` reads it at any time.",
        _OURS,
    ),
    _rule(
        "update-within-months", UPDATE_WITHIN_MONTHS, "Longest time between two updates, in months",
        "A solution must be updated at least this often to stay supported.",
        ("Microsoft Learn, about updates", "2025-08-13"),
    ),
)  # fmt: skip
