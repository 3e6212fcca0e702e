"""Bugs on purpose: each a small change of the product's source, which the simulator alone must catch.

Run as a program, in a process of its own: `planted.py NAME SEED...` plants the bug, lets the histories of the seeds
happen, and prints what broke, as JSON. The source tree is never touched: modules are compiled from changed text.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DAYS = 60


@dataclass(frozen=True)
class Bug:
    """One bug: `patches` are (module, text that stands there once, text that takes its place).

    `seed` is the history that catches it, `caught` the promise that it breaks there.
    """

    name: str
    seed: int
    caught: str
    patches: tuple[tuple[str, str, str], ...]


CHOICES, GATES, RINGS, BASIS = (f"azlocal.core.{name}" for name in ("choices", "gates", "rings", "basis"))
ACT, TICK, CLIENTS, WINDOWS = (
    "azlocal.service.act",
    "azlocal.service.tick",
    "azlocal.azure.clients",
    "azlocal.core.windows",
)

BUGS = (
    Bug("the digest of the echo is not compared", 0, "deploys_only_what_was_validated", (
        (CHOICES, "    if reading.ours and reading.echo_equal is not True:\n        return _other_echo(gate, member)\n", ""),
        (CHOICES, '    if reading.ours and not _as_announced(member):\n        return _validate(gate, member, "TemplateChanged", _OTHER_TEMPLATE)\n    barred', "    barred"),
    )),
    Bug("unknown counts as pass", 0, "unknown_never_counts_as_pass", (
        ("azlocal.core.candidate", "    if not registered.passes:\n", "    if registered.status is Status.NOT_MET:\n"),
    )),
    Bug("a machine without a row is passed over", 0, "unknown_never_counts_as_pass", (
        ("azlocal.core.checks_machines", "    missing = len(subject.cluster.nodes) - len(machines)\n", "    missing = 0\n"),
    )),
    Bug("one more than the limit", 0, "never_more_at_once_than_the_limit", (
        ("azlocal.core.allotment", "self._free = state.max_concurrent - state.in_flight", "self._free = state.max_concurrent - state.in_flight + 1"),
    )),
    Bug("freezes are ignored", 0, "nothing_starts_in_a_freeze", (
        (WINDOWS, "        return next((last for first, last in self.runs(today.year - 1, today.year) if first <= today <= last), None)", "        return None"),
    )),
    Bug("a start is sent again by the client", 0, "one_request_for_each_start", (
        (CLIENTS, "            sending = [_SignOnce(*signing), _Keep(once)]", "            sending = [PatientRetry(retry_total=3), _SignOnce(*signing), _Keep(once)]"),
    )),
    Bug("starts without the lease", 0, "starts_only_under_the_lease", (
        (TICK, '    if standing == "held":\n        yield None, standing\n        return\n', ""),
        ("azlocal.azure.lease", "        if self._renewed is None or newest is None:\n            return False\n", "        if self._renewed is None or newest is None:\n            return True\n"),
        ("azlocal.azure.lease", '        if answer.code == "LeaseAlreadyPresent":\n            return "held"\n', '        if answer.code == "LeaseAlreadyPresent":\n            return "clean"\n'),
    )),
    Bug("windows are read in UTC", 0, "deploys_only_inside_windows", (
        (WINDOWS, "        zone = ZoneInfo(self.zone)\n        today = now.astimezone(zone).date()\n        ends", '        zone = ZoneInfo("UTC")\n        today = now.astimezone(zone).date()\n        ends'),
    )),
    Bug("a window may end before the upgrade does", 0, "deploys_only_inside_windows", (
        (GATES, "    if gate.open_for < needed:\n", "    if not gate.open_for:\n"),
        (BASIS, "    if left(ring.windows, now) < needed:\n", "    if not left(ring.windows, now):\n"),
    )),
    Bug("provisioningState is trusted", 0, "what_is_claimed_is_so", (
        ("azlocal.core.reported", "    status = settings.deployment_status.lower()\n    if status in FAILED_WORDS:\n", '    status = settings.deployment_status.lower()\n    status = "success" if settings.provisioning_state == "Succeeded" else status\n    if status in FAILED_WORDS:\n'),
        ("azlocal.core.reported", "    if check.ok:\n", '    if check.ok or settings.provisioning_state == "Succeeded":\n'),
    )),
    Bug("a hold on the subscription is ignored", 0, "nothing_starts_where_a_person_said_stop", (
        (GATES, "for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id))]", "for scope in (group_id_of(cluster.id),)]"),
        (ACT, "    for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id)):\n", "    for scope in (group_id_of(cluster.id),):\n"),
    )),
    Bug("a pause is ignored", 0, "nothing_starts_where_a_person_said_stop", (
        (GATES, "    if gate.plan.paused or gate.facts.control is None or gate.facts.control.paused:\n", "    if gate.plan.paused or gate.facts.control is None:\n"),
        (BASIS, "    if plan.paused or control.paused:\n", "    if plan.paused:\n"),
    )),
    Bug("the cluster is not read again before the start", 0, "", (
        (ACT, "    control = hands.reader.control(hands.plan.control)\n    holds: dict[str, str] = {}\n", "    return cluster, hands.control, {}\n    control = hands.reader.control(hands.plan.control)\n    holds: dict[str, str] = {}\n"),
    )),
    Bug("the intent is not written", 0, "every_start_is_announced", (
        (ACT, "        stands = hands.starter.write_intent(one.cluster.id, intent)\n", "        stands = True\n"),
    )),
    Bug("the soak is ignored", 0, "soaks_are_waited_for", (
        (RINGS, "    if state.soaked_at is not None and now < state.soaked_at:\n", "    if False:\n"),
    )),
    Bug("an expired approval is accepted", 0, "deploys_only_with_an_approval_that_holds", (
        (RINGS, "    if approval.until <= now:\n", "    if False:\n"),
        (BASIS, "approval.until is None or approval.until <= now):", "approval.until is None):"),
    )),
    Bug("an approval of another plan is accepted", 0, "deploys_only_with_an_approval_that_holds", (
        (RINGS, "    if approval.plan != short(plan.digest):\n", "    if False:\n"),
    )),
    Bug("an approval of other members is accepted", 0, "deploys_only_with_an_approval_that_holds", (
        (RINGS, "    if approval.members != current:\n", "    if False:\n"),
    )),
    Bug("one more failure than the budget", 0, "no_start_beyond_the_failure_budget", (
        (RINGS, "    if state.failed > state.failure_budget:\n", "    if state.failed > state.failure_budget + 1:\n"),
    )),
    Bug("members that vanish count as done", 0, "no_gate_opens_because_clusters_vanished", (
        (RINGS, "    if len(state.members) < state.expected:\n", "    if False:\n"),
    )),
    Bug("a failed upgrade is resumed without consent", 0, "retries_only_by_consent", (
        (CHOICES, "    allowed = consented(member, gate.facts.control, mode) or repeats(gate.plan, member, mode)\n", "    allowed = True\n"),
    )),
    Bug("an old validation is good for ever", 0, "deploys_only_what_is_fresh", (
        (CHOICES, "    return at is None or gate.now - at > gate.plan.validation_fresh_for", "    return at is None"),
    )),
    Bug("a failure is overwritten before it is told", 0, "failures_are_told_before_they_are_overwritten", (
        (TICK, "    if not resumed or ports.sink is None:\n", "    if True:\n"),
    )),
    Bug("the machine's clock is believed", 0, "", (
        (TICK, "    began = ports.watch.first\n", "    began = datetime.now().astimezone()\n"),
    )),
    Bug("statements of people are not needed", 0, "deploys_only_what_was_attested", (
        (GATES, "    missing = [one for one in needed if one is None or not one.passes]\n", "    missing = []\n"),
    )),
    Bug("a stage of the ramp is not waited for", 0, "ramps_are_climbed_step_by_step", (
        ("azlocal.core.allotment", "        if stage is None or member.began or self._began < stage.bound:\n", "        if True:\n"),
    )),
    Bug("the next ring opens while the one before is at work", 0, "rings_open_in_order", (
        (RINGS, '    if state.state != "complete":\n', '    if state.state == "halted":\n'),
    )),
)  # fmt: skip


class Planter(importlib.abc.MetaPathFinder):
    """Compiles the modules that a bug changes from their changed text."""

    def __init__(self, bug: Bug) -> None:
        self._texts = {module: changed(bug, module) for module, _, _ in bug.patches}

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self._texts:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec is not None and spec.origin is not None
        loader = Planted(fullname, spec.origin, self._texts[fullname])
        return importlib.util.spec_from_file_location(fullname, spec.origin, loader=loader)


class Planted(importlib.machinery.SourceFileLoader):
    """Loads a module from the text it is given, whatever was compiled before."""

    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self._text = text

    def get_code(self, fullname):
        return compile(self._text, self.path, "exec", dont_inherit=True)


def changed(bug: Bug, module: str) -> str:
    """Return a module's text with the bug in it; raise ValueError where the bug no longer fits."""
    text = (ROOT / (module.replace(".", "/") + ".py")).read_text("utf-8")
    for _, old, new in (one for one in bug.patches if one[0] == module):
        if text.count(old) != 1:
            raise ValueError(
                f"'{bug.name}' no longer applies: in {module} this stands {text.count(old)} times: {old!r}"
            )
        text = text.replace(old, new)
    return text


def named(name: str) -> Bug:
    """Return a bug by its name."""
    return next(bug for bug in BUGS if bug.name == name)


def main(name: str, *seeds: str) -> None:
    """Print the seeds whose history broke, each with what broke."""
    if name:
        sys.meta_path.insert(0, Planter(named(name)))
    from azlocal.simulation.many import one

    found = {seed: list(one(int(seed), DAYS).breaks) for seed in seeds}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
