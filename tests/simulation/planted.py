"""Bugs on purpose: each a small change of the product's source, which the simulator alone must catch.

Run as a program, in a process of its own:

- `planted.py catch NAME...` plants each bug in a process forked for it, lets the histories of its seeds happen until
  one breaks the recorded promise, and prints by bug which seed that was (null for none) and what broke, as JSON.
- `planted.py run NAME COMMAND...` runs azlocal's command line with the bug in it.

The source tree is never touched: modules are compiled from changed text.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DAYS = 60


@dataclass(frozen=True)
class Bug:
    """One bug: `patches` are (module, text that stands there once, text that takes its place).

    `seeds` are histories of the normal run that catch it, the cheapest first, and `caught` is the promise that it breaks
    there. One would do; the others stand by, because any change of what azlocal sends makes other histories.
    """

    name: str
    seeds: tuple[int, ...]
    caught: str
    patches: tuple[tuple[str, str, str], ...]


CHOICES, GATES, RINGS, BASIS, EVENTS = (
    f"azlocal.core.{name}" for name in ("choices", "gates", "rings", "basis", "events")
)
ACT, TICK, CLIENTS, WINDOWS, TELEMETRY = (
    "azlocal.service.act",
    "azlocal.service.tick",
    "azlocal.azure.clients",
    "azlocal.core.windows",
    "azlocal.azure.telemetry",
)

# Not among them: that a cluster is not read again before its start. What differs within the last minute may be heeded
# or not (promises say so), so a history can hardly tell; tests/unit/core/test_basis.py and the service's tests do.
BUGS = (
    Bug("the digest of the echo is not compared", (122, 207), "deploys_only_what_was_validated", (
        (CHOICES, "    if reading.ours and reading.echo_equal is not True:\n        return _other_echo(gate, member)\n", ""),
        (CHOICES, '    if reading.ours and not _as_announced(member):\n        return _validate(gate, member, "TemplateChanged", _OTHER_TEMPLATE)\n    barred', "    barred"),
    )),
    Bug("unknown counts as pass", (263, 25), "unknown_never_counts_as_pass", (
        ("azlocal.core.candidate", "    if not registered.passes:\n", "    if registered.status is Status.NOT_MET:\n"),
        (BASIS, "    if synced is not None and now - synced > plan.facts_fresh_for:\n", "    if False:\n"),
    )),
    Bug("one more than the limit", (197,), "never_more_at_once_than_the_limit", (
        ("azlocal.core.allotment", "self._free = state.max_concurrent - state.in_flight", "self._free = state.max_concurrent - state.in_flight + 1"),
    )),
    Bug("freezes are ignored", (169,), "nothing_starts_in_a_freeze", (
        (WINDOWS, "        return next((last for first, last in self.runs(today.year - 1, today.year) if first <= today <= last), None)", "        return None"),
    )),
    Bug("a start is sent again by the client", (263,), "one_request_for_each_start", (
        (CLIENTS, "            sending = [_SignOnce(*signing), _Keep(once)]", "            sending = [PatientRetry(retry_total=3), _SignOnce(*signing), _Keep(once)]"),
    )),
    Bug("starts without the lease", (236,), "starts_only_under_the_lease", (
        (TICK, '    if standing == "held":\n        yield None, standing\n        return\n', ""),
        ("azlocal.azure.lease", "        if self._renewed is None or newest is None:\n            return False\n", "        if self._renewed is None or newest is None:\n            return True\n"),
        ("azlocal.azure.lease", '        if answer.code == "LeaseAlreadyPresent":\n            return "held"\n', '        if answer.code == "LeaseAlreadyPresent":\n            return "clean"\n'),
    )),
    Bug("windows are read in UTC", (197,), "deploys_only_inside_windows", (
        (WINDOWS, "        zone = ZoneInfo(self.zone)\n        today = now.astimezone(zone).date()\n        ends", '        zone = ZoneInfo("UTC")\n        today = now.astimezone(zone).date()\n        ends'),
    )),
    Bug("a window may end before the upgrade does", (202,), "deploys_only_inside_windows", (
        (GATES, "    if gate.open_for < needed:\n", "    if not gate.open_for:\n"),
        (BASIS, "    if left(ring.windows, now) < needed:\n", "    if not left(ring.windows, now):\n"),
    )),
    Bug("provisioningState is trusted", (135,), "what_is_claimed_is_so", (
        ("azlocal.core.reported", "    status = settings.deployment_status.lower()\n    if status in FAILED_WORDS:\n", '    status = settings.deployment_status.lower()\n    status = "success" if settings.provisioning_state == "Succeeded" else status\n    if status in FAILED_WORDS:\n'),
        ("azlocal.core.reported", "    if check.ok:\n", '    if check.ok or settings.provisioning_state == "Succeeded":\n'),
    )),
    Bug("a hold on the subscription is ignored", (197,), "nothing_starts_where_a_person_said_stop", (
        (GATES, "for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id))]", "for scope in (group_id_of(cluster.id),)]"),
        (ACT, "    for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id)):\n", "    for scope in (group_id_of(cluster.id),):\n"),
    )),
    Bug("a pause is ignored", (242,), "nothing_starts_where_a_person_said_stop", (
        (GATES, "    if gate.plan.paused or gate.facts.control is None or gate.facts.control.paused:\n", "    if gate.plan.paused or gate.facts.control is None:\n"),
        (BASIS, "    if plan.paused or control.paused:\n", "    if plan.paused:\n"),
    )),
    Bug("the intent is not written", (135,), "every_start_is_announced", (
        (ACT, "        stands = hands.starter.write_intent(one.cluster.id, intent)\n", "        stands = True\n"),
    )),
    Bug("the soak is ignored", (197,), "soaks_are_waited_for", (
        (RINGS, "    if state.soaked_at is not None and now < state.soaked_at:\n", "    if False:\n"),
    )),
    Bug("an expired approval is accepted", (169,), "deploys_only_with_an_approval_that_holds", (
        (RINGS, "    if approval.until <= now:\n", "    if False:\n"),
        (BASIS, "approval.until is None or approval.until <= now):", "approval.until is None):"),
    )),
    Bug("an approval of another plan is accepted", (156,), "deploys_only_with_an_approval_that_holds", (
        (RINGS, "    if approval.plan != short(plan.digest):\n", "    if False:\n"),
    )),
    Bug("an approval of other members is accepted", (250,), "deploys_only_with_an_approval_that_holds", (
        (RINGS, "    if approval.members != current:\n", "    if False:\n"),
    )),
    Bug("one more failure than the budget", (115,), "no_start_beyond_the_failure_budget", (
        (RINGS, "    if state.failed > state.failure_budget:\n", "    if state.failed > state.failure_budget + 1:\n"),
    )),
    Bug("members that vanish count as done", (132,), "no_gate_opens_because_clusters_vanished", (
        (RINGS, "    if len(state.members) < state.expected:\n", "    if False:\n"),
    )),
    Bug("a failed upgrade is resumed without consent", (135,), "retries_only_by_consent", (
        (CHOICES, "    allowed = consented(member, gate.facts.control, mode) or repeats(gate.plan, member, mode)\n", "    allowed = True\n"),
    )),
    Bug("an old validation is good for ever", (135,), "deploys_only_what_is_fresh", (
        (CHOICES, "    return at is None or gate.now - at > gate.plan.validation_fresh_for", "    return at is None"),
        (BASIS, "    if at is not None and now - at > plan.validation_fresh_for:\n", "    if False:\n"),
    )),
    Bug("what ends while a start is announced is not looked at", (291,), "deploys_only_what_is_fresh", (
        (ACT, "    problem = _announce(hands, one, intent) or _barrier(hands, one, start, after_look, {}, hands.watch.newest)\n", "    problem = _announce(hands, one, intent)\n"),
    )),
    Bug("a failure is overwritten before it is told", (66,), "failures_are_told_before_they_are_overwritten", (
        (TICK, "    if not resumed or ports.sink is None:\n", "    if True:\n"),
    )),
    Bug("a machine's clock that is hours ahead is believed", (263,), "soaks_are_waited_for", (
        (TICK, "    began = ports.watch.first\n", "    began = ports.watch.first and ports.watch.first + timedelta(hours=9)\n"),
    )),
    Bug("statements of people are not needed", (220,), "deploys_only_what_was_attested", (
        (GATES, "    missing = [one for one in needed if one is None or not one.passes]\n", "    missing = []\n"),
    )),
    Bug("a stage of the ramp is not waited for", (197,), "ramps_are_climbed_step_by_step", (
        ("azlocal.core.allotment", "        if stage is None or member.began or self._began < stage.bound:\n", "        if True:\n"),
    )),
    Bug("the next ring opens while the one before is at work", (263,), "rings_open_in_order", (
        (RINGS, '    if state.state != "complete":\n', '    if state.state == "halted":\n'),
    )),
    Bug("what others have begun is overlooked", (209,), "never_two_operations_on_one_cluster", (
        (CHOICES, "    if phase.running:\n", "    if phase.running and reading.ours:\n"),
        (CHOICES, "    if reading.in_flight and phase is not Phase.UNKNOWN", "    if reading.in_flight and reading.ours and phase is not Phase.UNKNOWN"),
    )),
    Bug("attempts are not counted on", (81,), "one_accepted_deploy_for_each_attempt", (
        (RINGS, "    return 1 + max(failed_attempt(member, mode), spent)\n", "    return max(1, failed_attempt(member, mode), spent)\n"),
    )),
    Bug("other tags are replaced with the intent", (135,), "only_the_published_path", (
        ("azlocal.azure.tagging", 'return _patch(connection, scope_id, "Merge", tags)', 'return _patch(connection, scope_id, "Replace", tags)'),
    )),
    Bug("caps of domains are ignored", (76,), "never_more_in_a_domain_than_its_cap", (
        ("azlocal.core.domains", ">= cap.max\n", "> cap.max\n"),
    )),
    Bug("starts have no rows", (135, 197), "every_start_is_told", (
        (EVENTS, "    for action in actions:\n", "    for action in ():\n"),
        (EVENTS, "for place, earlier in enumerate(sent(one.cluster)))", "for place, earlier in enumerate(()))"),
    )),
    Bug("what is done is not told any more", (113,), "terminal_states_reach_telemetry", (
        (EVENTS, "    for one in decided:\n        common", '    for one in (one for one in decided if one.decision.kind != "Done"):\n        common'),
    )),
    Bug("the token is told with an error", (122,), "nothing_secret_is_said", (
        (CLIENTS, 'return Unknown(f"{type(error).__name__}: {error}"[:300])', 'return Unknown(f"{type(error).__name__}: {error} {self.credential.get_token(self.cloud.arm_scope).token}"[:900])'),
    )),
    Bug("telemetry that is not taken breaks the tick", (184,), "ticks_end_or_say_why", (
        (TELEMETRY, "        except HttpResponseError as error:\n", "        except KeyError as error:\n"),
        (TELEMETRY, "        except Exception as error:\n", "        except IndexError as error:\n"),
    )),
    Bug("an extension is written again and again", (108,), "the_fleet_comes_to_rest", (
        (CHOICES, '    if tried and not consented(member, control, "extension"):\n', "    if False:\n"),
    )),
    Bug("a validation that is too old is never made again", (135,), "what_can_be_done_is_done", (
        (CHOICES, '    return _validate(gate, member, "ValidationStale", "the validation is older than the plan allows")\n', '    return Hold(reason="ValidationStale", message="the validation is too old")\n'),
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
        assert spec is not None
        assert spec.origin is not None
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


def preload() -> None:
    """Load what azlocal uses and no bug changes, once for all processes forked from this one."""
    for module in ("azure.mgmt.azurestackhci", "azure.mgmt.resource.deployments", "azure.monitor.ingestion", *_HEAVY):
        importlib.import_module(module)


_HEAVY = ("pydantic", "yaml", "tenacity", "requests", "asyncio", "multiprocessing.pool", "concurrent.futures.process")


def catch(bug: Bug) -> tuple[int | None, list[str]]:
    """Return the first of its seeds whose history breaks the recorded promise with the bug planted, and what broke."""
    sys.meta_path.insert(0, Planter(bug))
    from azlocal.simulation.many import one

    broken: list[str] = []
    for seed in bug.seeds:
        broken = list(one(seed, DAYS).breaks)
        if any(text.startswith(f"{bug.caught}:") for text in broken):
            return seed, broken
    return None, broken


def forked(bug: Bug) -> tuple[int | None, list[str]]:
    """Return what `catch` gives, from a process of its own: no other bug is in it."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = json.dumps(catch(bug))
        except BaseException as error:
            told = json.dumps([None, [f"{type(error).__name__}: {error}"]])
        with os.fdopen(writes, "w") as out:
            out.write(told)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told_back:
        seed, broken = json.loads(told_back.read())
    os.waitpid(child, 0)
    return seed, broken


def main(what: str, *words: str) -> None:
    """Do what the words on the command line say."""
    if what == "run":
        sys.meta_path.insert(0, Planter(named(words[0])))
        from azlocal.cli.main import main as command

        command(words[1:])
    preload()
    print(json.dumps({name: forked(named(name)) for name in words}))


if __name__ == "__main__":
    main(*sys.argv[1:])
