"""A fleet in the middle of a rollout, and a reader of the page that is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

from fleets import NOW, SUB, after, cluster, ident, look, old, plan, ring, without_lcm

from azlocal.core.facts import SettingsFacts, SolutionFacts, Step
from azlocal.report.page import page
from azlocal.service.forecast import foresee

HOUR = timedelta(hours=1)
DONE = SolutionFacts(id="s", version="12.2510.1002.531")
VOID = {"meta", "link", "br", "input"}


def upgraded(name, ago=6, ring="one"):
    """Return a cluster whose upgrade of two hours ended *ago* hours ago."""
    step = Step(
        name="Deploy", index="0", status="Success", started_at=NOW - (ago + 2) * HOUR, ended_at=NOW - ago * HOUR
    )
    settings = SettingsFacts(
        id="s", mode="Deploy", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
        validation_status="Success", deployment_status="Success", deployment_steps=(step,),
    )  # fmt: skip
    return cluster(name, ring=ring, settings=settings, solution=DONE)


def in_ring(one, ring):
    return replace(one, tags={**one.tags, "ring": ring})


def members():
    """Return sixty clusters: more than a page of the table holds."""
    told = "Type 'SetTrustedHosts' raised an exception: The value of TrustedHosts cannot be changed"
    few = [
        upgraded("alpha-01"), upgraded("alpha-02", 3), cluster("alpha-03", solution=DONE),
        in_ring(after("beta-01", "deploy", "InProgress", "InProgress"), "two"),
        in_ring(after("beta-02", "deploy", "Error", "Failed", told), "two"),
        in_ring(after("beta-03", "validate", "Error", "Failed", "no disk"), "two"),
        in_ring(old("gamma-01"), "two"), in_ring(without_lcm("gamma-02"), "two"),
        cluster("gamma-03", ring="two", tags={"azlocal-hold": "reason=stocktaking"}),
        cluster("delta-01", ring="nowhere", location="norwayeast"), cluster("delta-02", ring="two", error="no answer"),
    ]  # fmt: skip
    return [*few, *(cluster(f"many-{place:02}", ring="three") for place in range(49))]


def rings():
    return plan(ring("one", gate="none"), ring("two", expect=7, failure_budget=0), ring("three", expect=49))


def midway(*more):
    found = look(*members(), *more, wanted=rings())
    return found, foresee(found, rings())


def made(found, forecast=None, shown=None):
    return "".join(page(found, forecast, shown))


class Page(HTMLParser):
    """What a browser would make of a page: its elements, its scripts, its words."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.words, self.scripts, self.stack, self.unclosed = [], [], {}, [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        opened = self.stack.pop() if self.stack else ""
        if opened != tag:
            self.unclosed.append((opened, tag))

    def handle_data(self, data):
        if self.stack and self.stack[-1] in {"script", "style"}:
            name = self.elements[-1][1].get("id", self.stack[-1])
            self.scripts[name] = self.scripts.get(name, "") + data
        else:
            self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def named(self, tag):
        return [attributes for one, attributes in self.elements if one == tag]

    def rows(self):
        """Return the clusters as the page's script reads them."""
        rows, findings, texts, keys = (json.loads(self.scripts[name]) for name in ("rows", "findings", "texts", "keys"))
        return [_Row(row, findings, texts, keys).document() for row in rows]


class _Row:
    def __init__(self, row, findings, texts, keys):
        self.values = dict(zip(keys["columns"], row))
        self.findings, self.texts, self.keys = findings, texts, keys
        self.name = texts[self.values["name"]]
        self.id = texts[self.values["id"]].replace("\ue001", self.name)

    def say(self, number):
        return self.texts[number].replace("\ue000", self.id).replace("\ue001", self.name)

    def document(self):
        plain = {"phase", "stuck", "shows", "nodes", "sync", "since", "attempt", "ours", "limbo", "observed"}
        lists = {"findings", "steps", "issues"}
        told = {k: v if k in plain else self.say(v) for k, v in self.values.items() if k not in lists}
        found = [dict(zip(self.keys["finding"], self.findings[one])) for one in self.values["findings"]]
        told["findings"] = [{k: v if k == "after" else self.say(v) for k, v in one.items()} for one in found]
        told["steps"] = [dict(zip(self.keys["step"], one)) for one in self.values["steps"]]
        told["issues"] = [{k: self.say(v) for k, v in zip(self.keys["issue"], one)} for one in self.values["issues"]]
        return {**told, "id": self.id, "phase": self.keys["phases"][self.values["phase"]][0]}


def other_group(name):
    return replace(cluster(name, ring="two"), id=ident(name, "other"))


__all__ = ["NOW", "SUB", "Page", "in_ring", "made", "members", "midway", "other_group", "rings", "upgraded"]
