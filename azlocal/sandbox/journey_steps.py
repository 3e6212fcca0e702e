"""The steps a validation and an upgrade report, and how long each usually takes.

Sources: the names of the validation's steps, of "Deploy Azure Stack HCI", "Begin Cloud Deployment" and
"Deploy Arc infrastructure components", and their indexes, from public deployment logs; about 10 minutes
for Validate, 2.5 to 3 hours for Deploy with single steps of 40 to 60 minutes from Microsoft Learn
(install the solution upgrade by ARM template, 2026-04). The other names are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Stage:
    """A step before anyone runs it; *seconds* is its usual length, a stage with parts lasts as long as they do."""

    name: str
    description: str
    seconds: float = 0.0
    parts: tuple[Stage, ...] = ()
    skipped: bool = False


CONNECTIVITY = "Azure Stack HCI Connectivity"
NETWORK = "Azure Stack HCI Network"
UPGRADE = "Azure Stack HCI Upgrade"
HARDWARE = "Azure Stack HCI Hardware"
ARC = "Azure Stack HCI Arc Integration"
CONFIGURE = "Configure settings on servers"
APPLIANCE = "Deploy appliance"
LOCATION = "Create custom location"
EXTENSIONS = "Install mandatory extensions"
REGISTER = "Register with Azure"

VALIDATION = (
    Stage(CONNECTIVITY, "Check external connectivity requirements", 138),
    Stage(
        NETWORK, "Check network requirements",
        parts=(
            Stage("Test network intents", "Wait until every Network ATC intent is healthy", 56),
            Stage("Test infrastructure IP pool", "Check the infrastructure addresses from every node", 64),
        ),
    ),
    Stage(UPGRADE, "Check cluster upgrade requirements", 172),
    Stage(HARDWARE, "Check hardware requirements", 164),
    Stage(ARC, "Check Arc integration requirements", 118),
)  # fmt: skip

CHECKER = (
    Stage(CONNECTIVITY, "Check external connectivity requirements", 84),
    Stage(UPGRADE, "Check cluster upgrade requirements", 148),
    Stage(ARC, "Check Arc integration requirements", 76),
)
"""The limited run that goes before every upgrade."""

DEPLOYMENT = (
    Stage(
        "Deploy Azure Stack HCI", "Upgrade to the Azure Local solution",
        parts=(
            Stage("Begin Cloud Deployment", "Begin cloud deployment", 14),
            Stage("Clean up temporary content", "Clean up temporary content from earlier attempts", skipped=True),
            Stage("Validate network settings for servers", "Validate network settings", 263),
            Stage(
                CONFIGURE, "Apply settings on each server",
                parts=(
                    Stage("Check deployment package", "Compare the package on each server with the manifest", 95),
                    Stage("Set trusted hosts", "Let the servers trust each other for remote management", 40),
                    Stage("Apply server settings", "Apply settings and policies on each server", 1334),
                ),
            ),
            Stage("Migrate existing LCM extension", "Move the lifecycle manager extension", 526),
            Stage("Create infrastructure volume", "Create Infrastructure_1 and its shares", 612),
            Stage("Deploy orchestrator services", "Install the services of the lifecycle manager", 2480),
            Stage(
                "Deploy Arc infrastructure components", "Deploy Arc resource bridge and custom location",
                parts=(
                    Stage("Check prerequisites", "Check prerequisites", 22),
                    Stage(APPLIANCE, "Deploy appliance", 2655),
                    Stage(LOCATION, "Create custom location", 364),
                    Stage(EXTENSIONS, "Install mandatory extensions on each server", 655),
                ),
            ),
            Stage(REGISTER, "Finalise registration", 318),
        ),
    ),
)  # fmt: skip

USUAL_FAILING = {"Validate": UPGRADE, "Deploy": "Set trusted hosts", "refused": UPGRADE}
USUAL_HANGING = {"Validate": "Test network intents", "Deploy": APPLIANCE}
HOME = {"Validate": UPGRADE, "Deploy": CONFIGURE, "refused": UPGRADE}
"""Where a step that the tables do not know appears: as the last part of this one."""


def names(stages: Iterable[Stage]) -> Iterator[str]:
    """Yield the names of *stages* and of their parts, in lower case."""
    for stage in stages:
        yield stage.name.lower()
        yield from names(stage.parts)


def leaves(stages: Iterable[Stage]) -> Iterator[str]:
    """Yield the names of the steps without parts, in order."""
    for stage in stages:
        if stage.parts:
            yield from leaves(stage.parts)
        else:
            yield stage.name


def with_step(stages: tuple[Stage, ...], name: str, home: str) -> tuple[Stage, ...]:
    """Return *stages* so that a step called *name* is among them, as a part of *home* if it is new."""
    if name.lower() in set(names(stages)):
        return stages
    return tuple(_grown(stage, Stage(name, name, 45), home) for stage in stages)


def _grown(stage: Stage, part: Stage, home: str) -> Stage:
    if stage.name != home:
        return replace(stage, parts=tuple(_grown(one, part, home) for one in stage.parts)) if stage.parts else stage
    own = stage.parts or (Stage("Run checks", stage.description, stage.seconds),)
    return replace(stage, seconds=0.0, parts=(*own, part))


def longest_part(stages: Iterable[Stage], name: str) -> str:
    """Return the name of the step without parts in which *name* spends most of its time."""
    for stage in stages:
        if stage.name.lower() == name.lower():
            inner = max(stage.parts, key=lambda part: part.seconds, default=None)
            return longest_part(stage.parts, inner.name) if inner else stage.name
        found = longest_part(stage.parts, name)
        if found:
            return found
    return ""
