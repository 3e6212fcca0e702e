"""OS families and their support.

Sources: Microsoft Learn, end of service of 22H2 (2025-07-21) and Azure Local release information (2026-02-17).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from azlocal.core.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One OS family: its build, its name, and the last day of its support (None: current)."""

    build: int
    name: str
    ends: date | None
    text: str
    source: str
    date: str

    @property
    def rule(self) -> Rule:
        """Return it as a rule; its last day may be overridden, for support is prolonged at times."""
        return Rule(
            id=f"end-of-support-{self.build}" if self.ends else f"current-{self.build}",
            kind="build", title=f"OS build {self.build} ({self.name})", text=self.text, value=self.ends,
            open=self.ends is not None, source=self.source, date=self.date,
        )  # fmt: skip


FAMILIES = {
    one.build: one
    for one in (
        Family(
            build=20349, name="22H2", ends=date(2025, 5, 31),
            text="Out of support: no monthly updates, support only for the way to a newer version; billing goes on.",
            source="Microsoft Learn, end of service of Azure Stack HCI 22H2", date="2025-07-21",
        ),
        Family(
            build=25398, name="23H2", ends=date(2026, 4, 30),
            text="Supported until April 2026, with or without the solution; the last solution release is 11.2510.",
            source="Microsoft Learn, Azure Local release information", date="2026-02-17",
        ),
        Family(
            build=26100, name="24H2", ends=None,
            text="Current: every solution release from 2511 on needs it.",
            source="Microsoft Learn, Azure Local release information", date="2026-02-17",
        ),
    )
}  # fmt: skip

BUILDS = tuple(one.rule for one in FAMILIES.values())
