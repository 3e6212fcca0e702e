"""An App whose outside is in memory, and a way to run commands on it."""

from __future__ import annotations

from dataclasses import replace

from fleets import CONTROL, DIGEST, NOW, facts, plan

from azlocal.app import App, Settings
from azlocal.cli.main import run
from azlocal.core.facts import AfterFacts, ControlFacts
from azlocal.core.ids import key
from azlocal.core.plan import Inputs
from azlocal.ports import Delivery, Sent
from azlocal.service.consent import Desk
from azlocal.service.tick import Ports


class Town:
    """Azure with a few clusters; `sent` tells what was written and started, `scopes` where was looked."""

    def __init__(self, *clusters, control=None, gaps=()):
        self.clusters = {key(one.id): one for one in clusters}
        self.group, self.gaps = control or ControlFacts(id=CONTROL, paused=False), gaps
        self.sent, self.scopes, self.tagged, self.broken = [], [], {}, None
        self.first, self.newest, self.calls, self.throttled = NOW, NOW, 3, 0

    # reads

    def census(self, scope):
        if self.broken:
            raise self.broken
        self.scopes.append(scope)
        return facts(*self.clusters.values(), gaps=self.gaps)

    def clusters_now(self, subscription):
        return [one for one in self.clusters.values() if subscription in one.id]

    def cluster(self, cluster_id):
        return self.clusters[key(cluster_id)]

    def settings(self, cluster_id):
        return self.cluster(cluster_id).settings

    def deployment(self, cluster_id):
        return self.cluster(cluster_id).deployment

    def locks(self, subscription):
        return [lock for one in self.clusters.values() for lock in one.locks or () if subscription in lock.id]

    def after(self, cluster):
        return AfterFacts(observed_at=NOW)

    def control(self, group_id):
        return self.group

    def tags(self, scope_id):
        return self.tagged.get(scope_id, {})

    def read(self, clusters):
        return {key(one.id): Inputs(cluster_id=one.id, parameters={}, digest=DIGEST, source="f") for one in clusters}

    # writes

    def acquire(self):
        return "clean"

    def keep(self):
        return True

    def release(self):
        self.sent.append("release")

    def write_intent(self, cluster_id, intent):
        one = self.cluster(cluster_id)
        self.clusters[key(cluster_id)] = replace(one, tags={**one.tags, "azlocal-op": intent.text()})
        return True

    def start(self, start, cluster, inputs, intent):
        self.sent.append(f"{start.kind} {cluster.name}")
        return Sent(outcome="accepted", status=201)

    def send(self, rows):
        return Delivery(sent=len(list(rows)))

    def merge(self, scope, tags):
        self.sent.append(("merge", scope, dict(tags)))

    def drop(self, scope, names):
        self.sent.append(("drop", scope, list(names)))
        return list(names)


class TownApp(App):
    """The real App, with this town for Azure."""

    def __init__(self, town, given, wanted):
        super().__init__(Settings(plan="fleet.yaml" if wanted else ""), {})
        self.town, self.given, self.plan, self._signer = town, dict(given), wanted, "anna"

    def _eyes(self):
        town = self.town
        return Ports(reader=town, starter=town, watch=town, inputs=town)

    def ports(self, reader=None):
        return replace(self._eyes(), lease=self.town, sink=self.town)

    def _desk(self):
        return Desk(reader=self.town, watch=self.town, merge=self.town.merge, drop=self.town.drop)


def command(town, *arguments, wanted=None, planned=True):
    """Run a command on *town*; return its exit code."""
    return run(arguments, lambda given: TownApp(town, given, (wanted or plan()) if planned else None))
