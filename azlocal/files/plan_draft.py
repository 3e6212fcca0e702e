"""A first plan as a file: YAML that people are meant to read, change and keep, with the reason beside every key."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY, QUESTIONS
from azlocal.core.drafting import Draft
from azlocal.core.ids import subscription_of
from azlocal.core.rollout import ClusterDecision
from azlocal.files.plan_values import VERSION
from azlocal.words import count, one_line

_PLAIN = re.compile(r"[A-Za-z0-9/][\w/.()-]*", re.ASCII)
_ANY_GROUP = "/subscriptions/<id>/resourceGroups/<group>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person says about a first plan: ids of control group and lease container, and the windows' zone."""

    control: str = ""
    lease: str = ""
    zone: str = "UTC"


def plan_text(draft: Draft, wish: Wish, about: str) -> str:
    """Return the file; *about* says in words what it was made of."""
    lines = [
        f"# A first fleet plan, made of {one_line(about)}.",
        "# Check it with: azlocal-upgrade plan check FILE    See what it means: azlocal-upgrade forecast --plan FILE",
        f"version: {VERSION}",
        *_scope(draft), "", *_places(wish), "", *_rings(draft, wish), "", *_statements(), "", *_calendar(), "", *_manners(),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _scope(draft: Draft) -> Iterator[str]:
    every = (*draft.clusters, *draft.excluded)
    yield "scope:"
    yield "  subscriptions:"
    yield from (f"  - {one}" for one in sorted({subscription_of(one.cluster.id) for one in every}))
    if draft.excluded:
        yield "  # These can never take the solution upgrade, and a ring with them would never be complete."
        yield "  exclude:"
    for one in draft.excluded:
        yield f"  - {_text(one.cluster.id)}  # {one_line(one.reading.message)}"


def _places(wish: Wish) -> Iterator[str]:
    yield "# Where approvals, accepted failures and the pause are kept. Its tags are for approvers to write and for azlocal"
    yield "# to read. Without it nothing starts."
    yield f"control: {_text(wish.control)}" if wish.control else f"# control: {_ANY_GROUP}"
    yield "# The blob container whose lease makes one runner at a time the starter. Without it nothing starts."
    container = (
        f"{_ANY_GROUP}/providers/Microsoft.Storage/storageAccounts/<name>/blobServices/default/containers/<name>"
    )
    yield f"lease: {_text(wish.lease)}" if wish.lease else f"# lease: {container}"
    yield "# The folder of upgrade inputs, one file for each cluster: azlocal-upgrade inputs init --all"
    yield "# inputs: inputs"


def _rings(draft: Draft, wish: Wish) -> Iterator[str]:
    if not draft.clusters:
        yield "# No cluster was seen that could take the upgrade."
        yield "rings: []"
        return
    yield "# A ring opens when all before it are upgraded, verified and soaked, and a person has approved it. A cluster"
    yield "# belongs to the first ring that selects it. Fewer visible clusters than expected halt a ring."
    yield "rings:"
    named = (
        ("canary", "the smallest of each kind, one at a time", draft.canary, "P3D", ["maxConcurrent: 1"]),
        ("early", "about a fifth of what is ready, the smallest first", draft.early, "P2D", ["maxConcurrent: 2"]),
    )
    for name, about, members, soak, limits in named:
        if members:
            yield from _ring(name, about, _ids(members, draft.site), len(members), [f"soak: {soak}", *limits], wish)
    if draft.broad:
        yield from _broad(draft, wish)


def _broad(draft: Draft, wish: Wish) -> Iterator[str]:
    large = len(draft.broad) >= 20
    keys = ["soak: P1D", "maxConcurrent: 10%", "order: nodes"]
    keys += ['ramp: [1, 5, "10%"]', "failureBudget: 5%"] if large else []
    keys += [f"caps: [{{by: {_text('tag:' + draft.site)}, max: 1}}]"] if draft.site else []
    yield f"# {one_line(_told(draft.broad))}"
    yield from _ring("broad", "everything else, the smallest first", ["all: yes"], len(draft.broad), keys, wish)


def _ring(
    name: str, about: str, select: Iterable[str], expect: int, keys: Sequence[str], wish: Wish
) -> Iterator[str]:  # fmt: skip
    yield f"- name: {name}  # {about}"
    yield "  select:"
    yield from (f"    {line}" for line in select)
    yield f"  expect: {expect}"
    yield "  gate: approval"
    yield from (f"  {key}" for key in keys)
    yield "  windows:  # weekends; validation may run at any time, upgrades start only here and only where they fit"
    yield f'  - {{days: sat-sun, from: "00:00", to: "24:00", zone: {_text(wish.zone)}}}'


def _ids(members: Sequence[ClusterDecision], site: str) -> Iterator[str]:
    yield "ids:"
    for one in members:
        cluster = one.cluster
        told = [count(len(cluster.nodes), "node"), cluster.model or "model not known", cluster.location]
        told += [text for name, text in cluster.tags.items() if site and name.lower() == site]
        yield f"- {_text(cluster.id)}  # {one_line(', '.join(told))}"


def _told(clusters: Sequence[ClusterDecision]) -> str:
    phases = Counter(str(one.reading.phase) for one in clusters)
    return "Now: " + ", ".join(f"{number} {phase}" for phase, number in sorted(phases.items()))


def _statements() -> Iterator[str]:
    yield "# What ARM cannot show and no upgrade starts without. State it here for many clusters, or tag one cluster with:"
    yield "# azlocal-upgrade attest CLUSTER KEY"
    yield "# attestations:"
    for name in NEEDED_BEFORE_DEPLOY:
        yield f"# - {{select: {{all: yes}}, key: {name}, value: yes, by: WHO, until: YYYY-MM-DD}}  # {QUESTIONS[name]}"


def _calendar() -> Iterator[str]:
    yield "# Days on which nothing starts; a yearly freeze needs no year."
    yield "# freezes:"
    yield "# - {from: 12-15, to: 01-06, yearly: yes, zone: UTC, reason: year end}"


def _manners() -> Iterator[str]:
    yield "# Validations change nothing on a cluster: let them run early, in slots of their own."
    yield "# validate: {ahead: yes, maxConcurrent: 10}"
    yield "# Let azlocal install or update the LCM extension where that is all that is missing."
    yield "# updateExtension: yes"
    yield "# Repeat failures that are known to be safe to repeat, once, without asking."
    yield "# retry: {safe: 1}"


def _text(text: str) -> str:
    """Return a text as YAML writes it: plain where that is safe."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
