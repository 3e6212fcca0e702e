"""Texts by which somebody would break an output, and fleets that are full of them."""

from __future__ import annotations

from dataclasses import replace

from checked import told, validated
from fleets import (
    CONTROL,
    HOUR,
    NOW,
    action,
    after,
    cluster,
    facts,
    ident,
    look,
    machine,
    old,
    plan,
    report,
    ring,
    without_lcm,
)
from hypothesis import strategies as st

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.facts import (
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    NodeFacts,
    RelatedFacts,
    SolutionFacts,
    UpdateFacts,
)
from azlocal.core.ids import key
from azlocal.core.plan import Inputs
from azlocal.core.tags import Approval
from azlocal.service.look import judge

PIECES = (
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "<!--", "]]>", "&lt;&amp;&#0;", "'\"><b>",
    "' | union * | where 1==1 //", "\\' or '1'=='1", "```kusto", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1",
    ";=1", ",=1", ';"=1', "[a](javascript:alert(1))", "| a | b |\n|---|---|", "# Title", "**b**", "\x00", "\x07", "\x08", "\x1b[2J",
    "\x1b]8;;http://x\x07y\x1b]8;;\x07", "\x9b31m", "\x7f", "\r\n", "\n", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f", "\ufeff",
    "\ud800", "\ufffe", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "e\u0301", "\u65e5\u672c", "{{7*7}}", "${x}", "%s%n", "%0A",
    "{0}", "../../x", "azlocal-hold", "ERROR: x", "\\x1b", "  ", "a", "b=c;d=e",
)  # fmt: skip
LONG = "A<'\x1b=\ud800" * 11_000
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), min_size=1, max_size=6).map("".join)
"""Hostile texts, short enough to stand in a name."""
FIELD = 64 * 1024


def inputs_of(found, text):
    return {
        key(one.id): Inputs(
            cluster_id=one.id, parameters={text: text}, digest="ab" * 32, source=text, problems=(text, text)
        )
        for one in found.clusters[:2]
    }


def clusters(text, more=""):
    """Return clusters of every kind that carry *text* wherever Azure or people write; *more* in error texts."""
    said, bad = text + more, {"failover_name": text, "location": text}
    node = NodeFacts(name=text, os_version="10.0.25398.1904", model=text, manufacturer=text)
    related = RelatedFacts(
        id=f"/x/{text}", kind="microsoft.kubernetes/connectedclusters", status=text, provisioning_state=text
    )
    failed = DeploymentFacts(
        id="d", provisioning_state="Failed", mode="deploy", attempt=1, correlation_id=text, error_code=text, error_message=said
    )  # fmt: skip
    update = UpdateFacts(id=text, version=text, state=text, health=text)
    extension = ExtensionFacts(id=text, version=text, provisioning_state="Failed")
    kinds = (
        cluster("plain", **bad),
        without_lcm("bare"),
        old("old"),
        after("moving", "deploy", "InProgress", "InProgress"),
        replace(after("broken", "deploy", "Error", "Failed", said), deployment=failed),
        after("invalid", "validate", "Error", "Failed", said),
        validated("checked", {**told("tpm", text, "FAILURE", detail=said), "Name": text, "Title": said}),
        cluster("held", tags={"azlocal-hold": text, "azlocal-window": text, text: text}),
        cluster("attested", tags={f"azlocal-attest-{NEEDED_BEFORE_DEPLOY[0]}": f"v=no;by={text}"}),
        cluster("unread", error=said),
        cluster("stray", ring=text),
        cluster(
            "noded", nodes=(node,), machines=(machine(text, status=text, unready=(extension,)),), workloads=(related,)
        ),
        cluster(
            "done", solution=SolutionFacts(id=text, version=f"12.1 {text}", state=text, health=text, updates=(update,))
        ),
        cluster(
            "strange",
            id=ident(text.replace("/", "|")),
            status=text,
            connectivity=text,
            identity_type=text,
            tags={"azlocal-op": text},
        ),
    )
    return tuple(replace(one, name=f"{text}{place}") for place, one in enumerate(kinds))


def control(text):
    approval = Approval(plan="cd" * 6, members=text, until=NOW + HOUR, by=text)
    return ControlFacts(id=CONTROL, paused=True, pause_reason=text, approvals={"one": approval})


def fleet(text, more=""):
    """Return a look at a fleet that is full of *text*."""
    found = look(*clusters(text, more), control=control(text), gaps=(text + more,), wanted=wanted())
    return judge(found.facts, wanted(), inputs_of(found.facts, text), NOW)


def wanted():
    return plan(ring(), ring("two"))


def tick(text, more=""):
    """Return a tick over such a fleet."""
    found = fleet(text, more)
    acts = (action(found.clusters[0].cluster, "refused", message=text + more, code=text),)
    return replace(
        report(wanted=wanted()), facts=found.facts, clusters=found.clusters, rings=found.rings, actions=acts,
        problems=(text + more,), lease=text,
    )  # fmt: skip


__all__ = ["FIELD", "LONG", "PIECES", "clusters", "facts", "fleet", "texts", "tick", "wanted"]
