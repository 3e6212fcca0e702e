"""What must hold of every history, judged by what azlocal sent given what it could read.

Each invariant is a function whose docstring is the promise; for each occasion on which it is judged it yields a text:
what broke, in words, or an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from azlocal.simulation import (
    promises_end,
    promises_limits,
    promises_people,
    promises_record,
    promises_rings,
    promises_starts,
    promises_time,
)
from azlocal.simulation.history import History

__all__ = ["INVARIANTS", "History", "breaks", "judged", "promised"]

Invariant = Callable[[History], Iterator[str]]

INVARIANTS: tuple[Invariant, ...] = (
    promises_starts.one_accepted_deploy_for_each_attempt,
    promises_starts.never_two_operations_on_one_cluster,
    promises_starts.deploys_only_what_was_validated,
    promises_starts.deploys_only_what_is_fresh,
    promises_people.retries_only_by_consent,
    promises_starts.every_start_is_announced,
    promises_starts.one_request_for_each_start,
    promises_starts.starts_only_under_the_lease,
    promises_starts.only_the_published_path,
    promises_time.deploys_only_inside_windows,
    promises_time.nothing_starts_in_a_freeze,
    promises_limits.never_more_at_once_than_the_limit,
    promises_limits.never_more_in_a_domain_than_its_cap,
    promises_limits.ramps_are_climbed_step_by_step,
    promises_rings.rings_open_in_order,
    promises_rings.no_gate_opens_because_clusters_vanished,
    promises_rings.soaks_are_waited_for,
    promises_rings.no_start_beyond_the_failure_budget,
    promises_people.nothing_starts_where_a_person_said_stop,
    promises_people.deploys_only_with_an_approval_that_holds,
    promises_record.unknown_never_counts_as_pass,
    promises_record.deploys_only_what_was_attested,
    promises_record.what_is_claimed_is_so,
    promises_record.every_start_is_told,
    promises_record.failures_are_told_before_they_are_overwritten,
    promises_record.terminal_states_reach_telemetry,
    promises_record.nothing_secret_is_said,
    promises_record.ticks_end_or_say_why,
    promises_end.the_fleet_comes_to_rest,
    promises_end.what_can_be_done_is_done,
)


def promised(name: str) -> str:
    """Return a promise in words, by its name."""
    check = next(one for one in INVARIANTS if one.__name__ == name)
    return (check.__doc__ or name).split("\n\n")[0].strip()


def judged(history: History) -> tuple[list[str], dict[str, int]]:
    """Return everything that broke, invariant by invariant, and on how many occasions each was judged."""
    broken, occasions = [], {}
    for check in INVARIANTS:
        texts = list(check(history))
        occasions[check.__name__] = len(texts)
        broken += [f"{check.__name__}: {text}" for text in texts if text]
    return broken, occasions


def breaks(history: History) -> list[str]:
    """Return everything that broke, invariant by invariant."""
    return judged(history)[0]
