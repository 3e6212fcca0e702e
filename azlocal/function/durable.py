"""The activities of the optional host Durable Functions: dividing the fleet, observing a shard, and one tick of it all.

What was observed lies in blobs of the app's container; every run writes over those of the one before. An activity may
be run twice: observing writes the same blob again, and acting is a tick like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azlocal.azure.sharding import Part, ShardReader, divided, observed
from azlocal.errors import Incomplete
from azlocal.function.doors import LOG, Door, logged

Told = dict[str, Any]


def divide(door: Door, given: Mapping[str, Any]) -> Told:
    """Write down which subscriptions each shard has; return how many shards there are."""
    with logged():
        plan = door.app.needed_plan()
        shards = divided(door.app.connection, plan.scope)
        door.desk.write(_index(given), {"run": given["run"], "plan": plan.digest, "shards": shards})
    LOG.info("the fleet is observed in %d shards", len(shards))
    return {"shards": len(shards)}


def observe(door: Door, given: Mapping[str, Any]) -> Told:
    """Observe one shard and leave its rows in a blob; return the blob's name and how many rows there are."""
    with logged():
        index, number, name = _index_of(door, given), int(given["shard"]), _place(given, given["shard"])
        found = observed(door.app.connection, door.app.needed_plan().scope, index["shards"][number])
        door.desk.write(name, {**found, "run": given["run"]})
    return {"blob": name, "rows": sum(map(len, found["rows"].values()))}


def act(door: Door, given: Mapping[str, Any]) -> Told:
    """Tick the fleet by what was observed of it; return counts. Raises FunctionFailed when it did not go well."""
    with logged():
        reader = ShardReader(door.app.connection, list(_parts(door, given)))
    ticket = str(given.get("ticket", ""))
    if ticket:
        return {"ticket": door.answer(ticket, reader)}
    report = door.timer(reader)
    return {"tick": report.tick_id, "clusters": len(report.clusters), "actions": len(report.actions)}


def _parts(door: Door, given: Mapping[str, Any]) -> list[Part]:
    index, missing = _index_of(door, given), set(given["missing"])
    if len(index["shards"]) != given["shards"]:
        raise Incomplete("the fleet was divided anew while it was observed", remedy="none; the next run does it")

    def reading(number: int) -> Callable[[], Told | None]:
        def read() -> Told | None:
            document = None if number in missing else door.desk.read(_place(given, number))
            # One that another run left is not this one's, however it came there.
            return document if document is not None and document.get("run") == given["run"] else None

        return read

    return [Part(str(number), tuple(names), reading(number)) for number, names in enumerate(index["shards"])]


def _index_of(door: Door, given: Mapping[str, Any]) -> Told:
    """Return how this run's fleet was divided; raise Incomplete where that is not to be found, or of another plan."""
    index = door.desk.read(_index(given))
    if index is None or index.get("run") != given["run"]:
        raise Incomplete(
            "how the fleet was divided was lost, or another run goes on", remedy="none; the next run does it"
        )
    if index.get("plan") != door.app.needed_plan().digest:
        raise Incomplete("the plan changed while the fleet was observed", remedy="none; the next run takes the new one")
    return index


def _index(given: Mapping[str, Any]) -> str:
    return f"shards/{_slot(given)}/index.json"


def _place(given: Mapping[str, Any], number: int) -> str:
    return f"shards/{_slot(given)}/{number}.json"


def _slot(given: Mapping[str, Any]) -> str:
    """Return the folder of a run's shards: every run writes over those of the one before."""
    return "asked" if given.get("ticket") else "fleet"
