"""What people sign: which tag is written where, bound to what, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_tick import (
    BUILD,
    CONTROL,
    DOWN,
    NOW,
    OTHER_SUB,
    PLAN_DIGEST,
    SUB,
    World,
    after,
    cluster,
    consent,
    ident,
    plan,
    ring,
    run,
    upgrade_failed,
    validated,
)

from azlocal.core.digest import members_digest
from azlocal.core.facts import ABSENT, ControlFacts, MachineFacts, NodeFacts, SolutionFacts, Step
from azlocal.core.ids import group_id_of, h10, key, subscription_id_of
from azlocal.core.plan import Scope
from azlocal.core.tags import Acceptance, Approval, Intent, read_pairs
from azlocal.errors import AzureRefused, BadInput, Incomplete
from azlocal.service import consent as desk_work
from azlocal.service.consent import Desk

GATED = plan(ring(gate="approval"))
DAY = timedelta(days=1)


class Office:
    """A World that a person signs in: tags by scope, as Azure would hold them."""

    def __init__(self, *clusters, control=None, tags=()):
        self.world = World(*clusters, control=control)
        self.tags = {CONTROL: dict(tags)}
        self.world.scopes = self.tags
        self.refusal = None

    def desk(self):
        return Desk(reader=self.world, watch=self.world, merge=self.merge, drop=self.drop)

    def merge(self, scope, tags):
        if self.refusal:
            raise self.refusal
        self.world.journal.append(("merge", scope))
        self.tags.setdefault(scope, {}).update(tags)

    def drop(self, scope, names):
        found = [name for name in names if name in self.tags.get(scope, {})]
        self.world.journal.append(("drop", scope))
        for name in found:
            del self.tags[scope][name]
        return found

    @property
    def written(self):
        return self.world.done("merge", "drop")


# approvals


def approve(office, wanted=GATED, name="one", until=None, by="anna"):
    return desk_work.approve(office.desk(), wanted, name, until, by)


def test_an_approval_is_bound_to_plan_members_and_seven_days_from_azures_now():
    office = Office(cluster(1), validated(2), cluster(3, tags={"ring": "other"}))
    said = approve(office)
    standing = Approval.parse(office.tags[CONTROL]["azlocal-approve-one"])
    members = members_digest([ident(1), ident(2)])[:12]
    assert standing == Approval(plan=PLAN_DIGEST[:12], members=members, until=NOW + 7 * DAY, by="anna")
    assert all(part in said for part in ("ring one", "2 clusters", members, "anna", "2026-12-01T12:00:00Z"))


def test_what_was_approved_is_what_a_tick_then_lets_go():
    office = Office(validated(1))
    assert run(office.world, GATED, dry_run=True).clusters[0].decision.reason == "ApprovalNeeded"
    approve(office)
    standing = {"one": Approval.parse(office.tags[CONTROL]["azlocal-approve-one"])}
    office.world.group = replace(office.world.group, approvals=standing)
    assert run(office.world, GATED, dry_run=True).clusters[0].decision.reason == "Validated"


@pytest.mark.parametrize(
    ("until", "end"),
    [
        (timedelta(hours=6), NOW + timedelta(hours=6)),
        (datetime(2026, 12, 24, tzinfo=timezone.utc), datetime(2026, 12, 24, tzinfo=timezone.utc)),
        (NOW + timedelta(seconds=90, microseconds=7), NOW + timedelta(seconds=90)),
    ],
)
def test_an_end_is_a_moment_or_a_time_from_azures_now(until, end):
    office = Office(cluster())
    approve(office, until=until)
    assert Approval.parse(office.tags[CONTROL]["azlocal-approve-one"]).until == end


@pytest.mark.parametrize("until", [NOW, NOW - DAY, timedelta(0)])
def test_an_end_that_has_passed_is_refused_and_nothing_is_written(until):
    office = Office(cluster())
    with pytest.raises(BadInput, match="until"):
        approve(office, until=until)
    assert office.written == []


@pytest.mark.parametrize(
    ("wanted", "name", "text"),
    [
        (GATED, "two", "no ring 'two'"),
        (plan(ring(gate="none")), "one", "needs no approval"),
        (plan(ring(gate="approval"), control=""), "one", "control"),
    ],
)
def test_a_ring_that_cannot_be_approved_is_refused_before_anything_is_sent(wanted, name, text):
    office = Office(cluster())
    with pytest.raises(BadInput, match=text):
        approve(office, wanted, name)
    assert office.world.journal == []


def test_an_unknown_ring_is_refused_with_the_rings_there_are():
    with pytest.raises(BadInput) as caught:
        approve(Office(cluster()), plan(ring("canary"), ring("rest")), "rset")
    assert "canary, rest" in caught.value.remedy


def test_a_ring_that_selects_nothing_is_refused():
    with pytest.raises(BadInput, match="selects no visible cluster"):
        approve(Office(cluster(tags={"ring": "other"})))


def test_a_person_who_does_not_see_every_member_cannot_approve():
    office = Office(cluster())
    with pytest.raises(Incomplete, match="1 visible cluster, 2 expected"):
        approve(office, plan(ring(gate="approval", expect=2)))
    assert office.written == []


def test_a_fleet_that_was_not_read_whole_cannot_be_approved():
    office = Office(cluster(1), cluster(2, id=ident(2, OTHER_SUB)))
    office.world.broken[("list", OTHER_SUB)] = DOWN
    with pytest.raises(Incomplete):
        approve(office)
    assert office.written == []


def test_a_name_that_does_not_fit_into_a_tag_is_refused_before_it_is_written():
    office = Office(cluster())
    with pytest.raises(BadInput, match="by"):
        approve(office, by="x" * 200)
    assert office.written == []


def test_azures_refusal_reaches_the_person():
    office = Office(cluster())
    office.refusal = AzureRefused("no right to write", remedy="ask an approver")
    with pytest.raises(AzureRefused, match="no right"):
        approve(office)


def test_a_proposal_writes_nothing_and_tells_ring_members_and_end():
    office = Office(cluster(1), validated(2))
    asked = desk_work.propose(office.desk(), GATED, "ONE", None, "anna")
    assert [one.cluster.name for one in asked.members] == ["c01", "c02"]
    assert (asked.ring.name, asked.approval.by, asked.control, office.written) == ("one", "anna", CONTROL, [])


def test_signing_writes_what_was_proposed_though_the_members_changed_since():
    office = Office(cluster(1))
    asked = desk_work.propose(office.desk(), GATED, "one", None, "anna")
    office.world.clusters[key(ident(2))] = cluster(2)
    desk_work.sign(office.desk(), asked)
    standing = Approval.parse(office.tags[CONTROL]["azlocal-approve-one"])
    assert standing.members == members_digest([ident(1)])[:12]


# room on the control group


def full(count=20, **more):
    return {f"azlocal-accept-{n:010}": "m=deploy;n=1" for n in range(count - len(more))} | more


def test_the_control_group_never_gets_more_than_twenty_azlocal_tags():
    office = Office(cluster(), tags=full())
    with pytest.raises(BadInput, match="20"):
        approve(office)
    assert len(office.tags[CONTROL]) == 20


def test_a_standing_tag_is_renewed_though_the_control_group_is_full():
    office = Office(cluster(), tags=full(**{"azlocal-approve-one": "x"}))
    approve(office)
    assert "plan=" in office.tags[CONTROL]["azlocal-approve-one"]


def test_tags_of_others_take_none_of_azlocals_room():
    office = Office(cluster(), tags={f"cost-{n}": "x" for n in range(30)})
    approve(office)
    assert "azlocal-approve-one" in office.tags[CONTROL]


def test_consent_that_is_spent_makes_room():
    done = cluster(2, solution=SolutionFacts(id="s", version="12.2510.1002.531"))
    ended = ControlFacts(id=CONTROL, paused=False, approvals={"old": Approval(plan="", members="", until=NOW - DAY)})
    spent = {f"azlocal-accept-{h10(done.id)}": "m=deploy;n=1", "azlocal-approve-old": "x"}
    office = Office(cluster(1), done, control=ended, tags=full(**spent))
    approve(office)
    assert not spent.keys() & office.tags[CONTROL].keys()
    assert len(office.tags[CONTROL]) == 19


# holds


def hold(office, target, reason="disk", by="anna"):
    return desk_work.hold(office.desk(), Scope(), target, reason, by)


@pytest.mark.parametrize("word", ["c01", "rg-1/C01", ident(1)])
def test_a_hold_stands_on_the_cluster_and_tells_why_and_by_whom(word):
    office = Office(cluster())
    said = hold(office, word)
    assert read_pairs(office.tags[ident(1)]["azlocal-hold"]) == {"reason": "disk", "by": "anna"}
    assert said.startswith("c01 is held")


def test_a_cluster_given_by_its_id_is_held_without_a_search():
    office = Office(cluster())
    hold(office, ident(77))
    assert office.world.journal == [("merge", ident(77))]


@pytest.mark.parametrize(
    ("target", "scope"),
    [
        (f"/subscriptions/{SUB}", subscription_id_of(ident(1))),
        (f"/subscriptions/{SUB}/resourceGroups/RG-1/", group_id_of(ident(1))),
    ],
)
def test_a_group_or_subscription_is_held_by_its_id(target, scope):
    office = Office(cluster())
    assert "any cluster in it" in hold(office, target)
    assert "azlocal-hold" in office.tags[scope]


@pytest.mark.parametrize("target", ["", "/subscriptions", f"/subscriptions/{SUB}/providers/x", "a/b/c"])
def test_what_is_neither_cluster_nor_group_nor_subscription_is_not_held(target):
    office = Office(cluster())
    with pytest.raises(BadInput):
        hold(office, target)
    with pytest.raises(BadInput):
        desk_work.check_target(target)
    assert office.world.journal == []


@given(reason=st.text(max_size=600), by=st.text(max_size=300))
def test_a_stop_is_never_refused_for_its_length_and_never_empty(reason, by):
    office = Office(cluster())
    hold(office, ident(1), reason, by)
    desk_work.pause(office.desk(), plan(), reason, by)
    for value in (office.tags[ident(1)]["azlocal-hold"], office.tags[CONTROL]["azlocal-pause"]):
        assert 0 < len(value) <= 256
        assert "\n" not in value


def test_a_release_takes_the_hold_off():
    office = Office(cluster())
    hold(office, "c01")
    assert desk_work.release(office.desk(), Scope(), "c01") == "c01 is released"
    assert office.tags[ident(1)] == {}


def test_a_release_of_what_was_not_held_says_so():
    assert desk_work.release(Office(cluster()).desk(), Scope(), "c01") == "c01 was not held"


@pytest.mark.parametrize("scope", [group_id_of(ident(1)), subscription_id_of(ident(1))])
def test_a_release_tells_of_a_wider_hold_that_still_stands(scope):
    office = Office(cluster())
    office.tags[scope] = {"Azlocal-Hold": "x"}
    assert f"still held by {scope}" in desk_work.release(office.desk(), Scope(), "c01")


def test_a_release_stands_though_the_wider_holds_cannot_be_read():
    office = Office(cluster())
    hold(office, "c01")
    office.world.broken[("tags", group_id_of(ident(1)))] = DOWN
    assert "could not be read" in desk_work.release(office.desk(), Scope(), "c01")
    assert office.tags[ident(1)] == {}


# pause and resume


def resume(office, word=None, wanted=None, by="anna"):
    return desk_work.resume(office.desk(), wanted or plan(), word, by)


def test_a_pause_stands_on_the_control_group_until_it_is_lifted():
    office = Office(cluster())
    desk_work.pause(office.desk(), plan(), "incident", "anna")
    assert read_pairs(office.tags[CONTROL]["azlocal-pause"]) == {"reason": "incident", "by": "anna"}
    assert resume(office) == "the pause is lifted"
    assert office.tags[CONTROL] == {}


def test_resuming_what_is_not_paused_says_so_and_tells_of_a_pause_in_the_plan():
    said = resume(Office(cluster()), wanted=plan(paused=True))
    assert "was not paused" in said
    assert "paused: true" in said


@pytest.mark.parametrize("act", [desk_work.pause, desk_work.resume])
def test_without_a_control_group_there_is_nothing_to_pause(act):
    office = Office(cluster())
    with pytest.raises(BadInput, match="control"):
        act(office.desk(), plan(control=""))
    assert office.written == []


def accepted(office, number=1):
    return Acceptance.parse(office.tags[CONTROL][f"azlocal-accept-{h10(ident(number))}"])


def refused(**changes):
    """Return a cluster whose second Deploy ARM refused before the cluster began."""
    failed = upgrade_failed()
    intent = Intent(mode="deploy", attempt=2, failures=1, inputs="i", plan="p", at=NOW - timedelta(minutes=30))
    ours = replace(failed.deployment, attempt=2, inputs="i", provisioning_state="Failed")
    return replace(failed, tags={**failed.tags, "azlocal-op": intent.text()}, deployment=ours, **changes)


def never_begun():
    """Return a cluster whose upgrade ended before it reported anything, and whose deployment is gone since."""
    failed = upgrade_failed()
    silent = replace(failed.settings, validation_steps=(), deployment_steps=())
    return replace(failed, settings=silent, deployment=ABSENT)


FAILED = {
    "upgrade": (upgrade_failed(), "deploy", 1),
    "validation": (after("validate", "Error", "Failed"), "validate", 1),
    "refused start": (refused(), "deploy", 2),
    "upgrade that nothing tells of": (never_begun(), "deploy", 0),
    "foreign upgrade": (replace(upgrade_failed(), tags={"ring": "one"}, deployment=ABSENT), "deploy", 0),
}


@pytest.mark.parametrize("case", FAILED)
def test_a_resume_of_a_cluster_accepts_the_mode_and_number_of_the_attempt_that_failed(case):
    failed, mode, attempt = FAILED[case]
    office = Office(failed)
    said = resume(office, "c01")
    assert accepted(office) == Acceptance(mode=mode, attempt=attempt, by="anna")
    assert said.startswith("c01: the failed ")


@pytest.mark.parametrize(
    "case, words",
    [
        ("upgrade", "c01: the failed attempt 1 (deploy) is accepted by anna; "),
        ("foreign upgrade", "c01: the failed deploy, which azlocal did not start, is accepted by anna; "),
        (
            "upgrade that nothing tells of",
            "c01: the failed deploy, of which Azure does not tell whose it was, is accepted",
        ),
    ],
)
def test_an_acceptance_says_whose_failure_it_is(case, words):
    assert resume(Office(FAILED[case][0]), "c01").startswith(words)


def test_accepting_a_failure_that_is_never_repeated_says_that_it_will_not_be():
    text = "AzStackHci_Upgrade_StretchedCluster Failed"
    step = Step(name="Validate", index="0", status="Error", ended_at=NOW - timedelta(hours=1), exceptions=(text,))
    failed = after("validate", "Error", "Failed")
    office = Office(replace(failed, settings=replace(failed.settings, validation_steps=(step,))))
    said = resume(office, "c01")
    assert accepted(office).mode == "validate"
    assert "is not repeated" in said
    assert "may try once more" not in said


def test_what_was_accepted_is_what_a_tick_then_retries():
    office = Office(upgrade_failed())
    resume(office, "c01")
    office.world.group = replace(office.world.group, acceptances={h10(ident(1)): accepted(office)})
    assert office.world.group == replace(consent(), acceptances={h10(ident(1)): accepted(office)})
    assert run(office.world, dry_run=True).clusters[0].decision.kind == "Resume"


def test_an_extension_that_stayed_old_is_accepted_by_its_attempt():
    intent = Intent(mode="extension", attempt=3, failures=0, inputs="", plan="p", at=NOW - DAY)
    bare = MachineFacts(id="m1", name="m1", status="Connected", os_version=BUILD, lcm=ABSENT)
    office = Office(cluster(tags={"azlocal-op": intent.text()}, machines=(bare,)))
    resume(office, "c01")
    assert (accepted(office).mode, accepted(office).attempt) == ("extension", 3)


NOT_FAILED = {
    "candidate": cluster(),
    "validated": validated(),
    "blocked": cluster(nodes=(NodeFacts(name="m", os_version="10.0.20349.1"),)),
    "running": after("deploy", "InProgress", "InProgress"),
}


@pytest.mark.parametrize("case", NOT_FAILED)
def test_a_cluster_on_which_nothing_failed_cannot_be_resumed(case):
    office = Office(NOT_FAILED[case])
    with pytest.raises(BadInput, match="nothing failed"):
        resume(office, "c01")
    assert office.written == []


def test_a_cluster_that_cannot_be_read_cannot_be_resumed():
    office = Office(upgrade_failed())
    office.world.broken[("settings", "c01")] = DOWN
    with pytest.raises(Incomplete, match="c01"):
        resume(office, "c01")
    assert office.written == []
