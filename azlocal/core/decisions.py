"""What azlocal decides for a cluster: a value with a stable reason and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    kind: ClassVar[str] = ""
    reason: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(_Decision):
    """Nothing to do now; time or another cluster changes that."""

    kind: ClassVar[str] = "Wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(_Decision):
    """Nothing will happen until a person does what `remedy` says."""

    kind: ClassVar[str] = "Hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateExtension(_Decision):
    """Install or update the LCM extension on `machines` (ids)."""

    kind: ClassVar[str] = "UpdateExtension"
    machines: tuple[str, ...] = ()
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StartValidation(_Decision):
    """Send the deployment in mode Validate. `attempt` and `failures` go into the intent."""

    kind: ClassVar[str] = "StartValidation"
    attempt: int = 1
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUpgrade(_Decision):
    """Send the deployment in mode Deploy, for the first time or after an unused intent."""

    kind: ClassVar[str] = "StartUpgrade"
    attempt: int = 1
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(_Decision):
    """Send the same Deploy again after a failed one that a person accepted."""

    kind: ClassVar[str] = "Resume"
    attempt: int = 2
    failures: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify(_Decision):
    """The upgrade succeeded; what must follow it is being looked for."""

    kind: ClassVar[str] = "Verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(_Decision):
    """Nothing more to do: upgraded and verified, or never in need of it."""

    kind: ClassVar[str] = "Done"


Start: TypeAlias = UpdateExtension | StartValidation | StartUpgrade | Resume
Decision: TypeAlias = Wait | Hold | Start | Verify | Done
STARTS = (UpdateExtension, StartValidation, StartUpgrade, Resume)
