"""Risks that people take on: told with the finding, and without any say in what happens."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statements import NOW, cluster, decide, lock, plan

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.candidate import assess
from azlocal.core.checks import CHECKS
from azlocal.core.facts import NodeFacts, SolutionFacts
from azlocal.core.plan import AcceptedRisk, Selector
from azlocal.core.risks import RISKS, accepted_risks
from azlocal.core.rules import BY_ID as RULES
from azlocal.core.subject import Subject

ALL = Selector(all=True)


def risk(name="support-locks", until=NOW.date(), select=ALL, by="anna"):
    return AcceptedRisk(risk=name, by=by, until=until, reason="known", select=select)


def finding(one, wanted, check="support-locks"):
    found = assess(one, wanted, cloud="public", now=NOW)
    return next(each for each in (*found.findings, *found.advice) if each.check == check)


LOCKED = cluster(locks=(lock("CanNotDelete"),))


def test_an_accepted_risk_is_told_with_its_finding_whose_status_stays():
    plain, taken = finding(LOCKED, plan()), finding(LOCKED, plan(accepted_risks=(risk(),)))
    assert (plain.accepted, taken.accepted) == ("", f"accepted by anna until {NOW.date()}: known")
    assert replace(taken, accepted="") == plain


@pytest.mark.parametrize(
    "other",
    [
        risk(until=NOW.date() - timedelta(days=1)), risk(select=Selector(names=("bergen*",))), risk("limbo"),
        risk("B10"), risk("nothing"),
    ],
)  # fmt: skip
def test_a_risk_that_is_over_or_not_this_clusters_or_not_this_one_is_not_taken_on(other):
    assert finding(LOCKED, plan(accepted_risks=(other,))).accepted == ""


def test_where_a_risk_blocks_its_acceptance_does_not_apply():
    blocked = finding(cluster(locks=(lock("ReadOnly"),)), plan(accepted_risks=(risk(),)))
    assert (blocked.severity, blocked.passes, blocked.accepted) == ("blocking", False, "")


def test_what_is_met_needs_no_acceptance():
    assert finding(cluster(), plan(accepted_risks=(risk(),))).accepted == ""


def test_of_several_acceptances_the_first_that_fits_counts():
    two = plan(accepted_risks=(risk(select=Selector(names=("other",)), by="ben"), risk(by="carl"), risk(by="dora")))
    assert accepted_risks(LOCKED, two, NOW)["support-locks"].startswith("accepted by carl")


STATES = [
    cluster(), LOCKED, cluster(locks=(lock("ReadOnly"),)), cluster(locks=None), cluster(tags={}), cluster(solution=None),
    cluster(solution=SolutionFacts(id="u", version="12.2510.1.1")), cluster(last_sync_at=NOW - timedelta(days=9)),
    cluster(last_sync_at=None), cluster(nodes=(NodeFacts(name="m", os_version="10.0.20349.1"),)), cluster(nodes=()),
    cluster(status="DeploymentInProgress"), cluster(workloads=None), cluster(machines=None), cluster(error="gone"),
]  # fmt: skip


@given(st.sampled_from(STATES), st.sets(st.sampled_from(NEEDED_BEFORE_DEPLOY)), st.sets(st.sampled_from(sorted(RISKS))))
def test_no_acceptance_changes_any_decision(one, stated, names):
    risks = tuple(risk(name, until=date(2030, 1, 1)) for name in names)
    assert decide(one, plan(*stated, accepted_risks=risks)) == decide(one, plan(*stated))


def test_nothing_that_decides_may_be_accepted():
    decided = {check(Subject(cluster=cluster(), cloud="public", now=NOW)).check for check in CHECKS}
    assert not RISKS.keys() & (decided | {f"attest-{name}" for name in NEEDED_BEFORE_DEPLOY} | {"stuck"})
    assert {RULES[name].kind for name in RISKS} == {"finding", "support", "task"}


def test_every_risk_is_the_name_of_a_finding_that_has_a_rule():
    assert RISKS.keys() <= RULES.keys()


def test_the_page_tells_the_risks_as_the_code_does_and_no_other():
    page = (Path(__file__).parents[3] / "docs" / "attestations.md").read_text("utf-8")
    assert dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \|$", page, re.MULTILINE)) == dict(RISKS)
