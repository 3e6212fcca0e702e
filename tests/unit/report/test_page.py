"""The page: it tells what the look tells, all of it, asks nobody for anything, and takes no text for markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from fleets import HOSTILE, NOW, cluster, facts, ident, look, look_without_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from page_fleet import Page, made, midway, other_group, rings, upgraded

from azlocal.core.facts import ControlFacts
from azlocal.report.advice import next_action, verdict, without_links
from azlocal.report.documents import cluster_document
from azlocal.report.page import page
from azlocal.report.page.document import part
from azlocal.report.page.gantt import Scale
from azlocal.report.page.links import is_page
from azlocal.report.page.lookup import plain as without_marks
from azlocal.report.page.markup import fit
from azlocal.report.page.spans import Span, past
from azlocal.report.page.summary import percent
from azlocal.report.state import why
from azlocal.report.text import clean
from azlocal.service.look import judge

NASTY = st.text(max_size=40) | st.sampled_from([
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"' onload='x", "<!--", "]]>", "&lt;b&gt;",
    "\u202eevil\u2066", "\ud800", "\x00\x1b[31m", "مرحبا", "🧨🧨", "javascript:alert(1)", "\u2028\u2029", "a" * 9_000,
    "__proto__", "constructor", "\ue000\ue001", "=1+1",
])  # fmt: skip


@pytest.fixture(scope="module")
def fleet():
    return midway()


@pytest.fixture(scope="module")
def told(fleet):
    return Page(made(*fleet))


# what it tells


def test_the_page_has_every_part_a_change_board_asks_for(told):
    heads = {attributes.get("id") for attributes in told.named("h2")}
    assert {"summary", "journey", "rings", "waiting", "failures", "clusters"} <= heads


def test_every_cluster_is_on_it_with_what_the_documents_tell(fleet, told):
    found, rows = fleet[0], told.rows()
    assert len(rows) == len(found.clusters)
    for one, row in zip(found.clusters, rows):
        document = cluster_document(one)
        for mine, theirs in (("name", "name"), ("id", "id"), ("phase", "phase"), ("ring", "ring"), ("region", "region"),
                             ("reason", "phaseReason"), ("decision", "decision"), ("because", "decisionReason"),
                             ("verdict", "verdict"), ("os", "osBuild"), ("solution", "solutionVersion"),
                             ("nodes", "nodeCount"), ("step", "step"), ("stuck", "stuck"), ("error", "error")):  # fmt: skip
            assert row[mine] == document[theirs], mine
        assert row["next"] == clean(without_links(next_action(one)))
        assert row["headline"] == clean(verdict(one, found.now))
        assert row["why"] == clean(why(one))


def test_every_finding_is_on_it_with_evidence_and_remedy(fleet, told):
    for one, row in zip(fleet[0].clusters, told.rows()):
        wanted = Counter(
            (each["check"], each["status"], each["severity"], clean(each["message"]), each["property"],
             clean(each["value"]), clean(without_links(each["remedy"])), each["confidence"], each["ruleVersion"])
            for each in cluster_document(one)["findings"]
        )  # fmt: skip
        shown = Counter(
            (each["check"], each["status"], each["severity"], each["message"], each["path"], each["value"],
             each["remedy"], each["confidence"], each["rules"])
            for each in row["findings"]
        )  # fmt: skip
        assert shown == wanted


def test_what_blocks_stands_before_what_passes(told):
    for row in told.rows():
        passes = [each["status"] in {"met", "attested"} for each in row["findings"]]
        assert passes == sorted(passes)


def test_the_numbers_of_the_summary_are_those_of_the_table(told):
    tiles = re.findall(r'data-show="(\w+)">.*?class="number">([\d,]+)', made(*midway()))
    keys = json.loads(told.scripts["keys"])["shows"]
    counted = {"all": len(told.rows())} | {
        key: sum(bool(row["shows"] & 1 << place) for row in told.rows()) for place, key in enumerate(keys)
    }
    assert {name: int(number.replace(",", "")) for name, number in tiles} == counted
    assert counted["failed"] == 2
    assert counted["upgraded"] == 1
    assert counted["unknown"] == 1


def test_the_funnel_counts_each_cluster_once(fleet):
    cells = re.findall(r'data-phase="(\w+)".*?<td class="n">([\d,]+)</td>', made(*fleet))
    phases = Counter(str(one.reading.phase) for one in fleet[0].clusters)
    assert {name: int(number) for name, number in cells if int(number)} == phases


def test_failures_name_the_clusters_that_have_them(told):
    assert "2 clusters failed, by what is alike in it." in told.text
    assert any(one.get("href") == "#cluster=beta-02" for one in told.named("a"))


def test_the_rings_show_what_was_done_and_what_is_foreseen(fleet):
    text = made(*fleet)
    assert "alpha-01: 2026-11-24 04:00 UTC to 2026-11-24 06:00 UTC" in text
    assert 'class="running"' in text
    assert 'class="failed"' in text
    assert 'class="usual"' in text


def test_without_a_plan_the_page_says_that_nothing_is_decided():
    text = Page(made(look_without_plan(cluster()))).text
    assert "No fleet plan was named" in text
    assert "nothing is decided" in text


def test_an_empty_fleet_makes_a_page():
    assert Page(made(look_without_plan())).rows() == []


def test_a_fleet_that_was_not_read_whole_says_so_before_anything_else():
    text = Page(made(look(cluster(), gaps=("subscription x is not visible",)))).text
    assert text.index("subscription x is not visible") < text.index("Summary")


def test_a_pause_is_told_with_its_reason():
    control = ControlFacts(id="c", paused=True, pause_reason="quarter end")
    text = Page(made(look(cluster(), control=control))).text
    assert re.search(r"The fleet is paused\s*quarter end", text)


def test_a_part_of_the_fleet_is_told_to_be_one(fleet):
    found, forecast = fleet
    one = Page(made(found, forecast, found.clusters[:3]))
    assert len(one.rows()) == 3
    assert "3 of 60 clusters" in one.text


def test_clusters_of_the_same_name_are_addressed_by_their_group():
    found = look(cluster("twin"), other_group("twin"), cluster("single"))
    assert [row["address"] for row in Page(made(found)).rows()] == ["rg/twin", "other/twin", "single"]


def test_the_same_facts_make_the_same_bytes(fleet):
    assert made(*fleet) == made(*midway())


def test_a_page_comes_in_pieces(fleet):
    pieces = list(page(*fleet))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 200_000


@pytest.mark.parametrize(
    "part_, whole, told_",
    [(0, 0, "0 %"), (0, 9, "0 %"), (1, 1000, "<1 %"), (1, 2, "50 %"), (999, 1000, ">99 %"), (5, 5, "100 %")],
)
def test_a_share_never_hides_a_cluster(part_, whole, told_):
    assert percent(part_, whole) == told_


# that it stands alone


def test_the_policy_lets_one_style_and_one_script_run_by_their_hashes(told):
    policy = next(one["content"] for one in told.named("meta") if one.get("http-equiv") == "Content-Security-Policy")
    for kind, name in (("style-src", "style"), ("script-src", "script")):
        digest = base64.b64encode(hashlib.sha256(told.scripts[name].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_nothing_on_the_page_is_loaded_from_anywhere(told):
    for tag, attributes in told.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        assert "src" not in attributes
        assert tag not in {"iframe", "object", "embed", "base", "form"}
    assert [one["href"][:5] for one in told.named("link")] == ["data:"]
    assert "@import" not in part("page.css")
    assert not re.search(r"url\((?!#)", part("page.css"))


def test_the_script_only_ever_writes_text():
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttp",
        "Function(",
    ):
        assert word not in part("page.js")


@pytest.mark.parametrize(
    "url, is_one",
    [
        ("https://learn.microsoft.com/azure", True),
        ("https://aka.ms", True),
        ("https://github.com.evil.example/x", False),
        ("https://github.com@evil.example", False),
        ("http://aka.ms/x", False),
        ("javascript:alert(1)", False),
        ("https://aka.ms/x\n", False),
    ],
)
def test_only_documentation_becomes_a_link(url, is_one):
    assert is_page(url) is is_one


@pytest.fixture(scope="module")
def plain():
    return Page(made(*midway()))


@given(name=NASTY, word=NASTY, region=NASTY)
@settings(max_examples=40)
def test_no_text_becomes_markup(plain, name, word, region):
    hostile = cluster(
        name or "x", location=region, error=word, tags={"azlocal-hold": word, "ring": "one"},
    )  # fmt: skip
    hostile = replace(hostile, id=ident(name or "x"))
    found = look(hostile, cluster("calm"), gaps=(word,))
    text = made(found)
    told, known = Page(text), {tag for tag, _ in plain.elements} | {"ul", "li"}
    assert not told.unclosed
    assert not told.stack
    assert {tag for tag, _ in told.elements} <= known
    assert len(told.named("script")) == 5
    assert len(told.rows()) == 2
    assert all(one.isprintable() or one == "\n" or one in "\ue000\ue001" for one in text)
    assert told.rows()[0]["name"] == fit(without_marks(name or "x"))
    text.encode("utf-8")


def test_a_hostile_word_is_shown_as_it_is(fleet):
    row = Page(made(look(cluster("x", location=HOSTILE)))).rows()[0]
    assert row["region"] == clean(HOSTILE)


# the image


def test_upgrades_beyond_what_can_be_drawn_are_one_bar():
    found = look(*(upgraded(f"c{place}", 3 + place % 5) for place in range(300)))
    assert [(span.kind, span.label) for span in past(found.clusters, NOW)] == [("done", "300 upgrades")]


def test_the_axis_has_few_marks_at_any_length():
    for hours in (1, 13, 100, 3000, 9000, 90_000):
        span = Span(NOW, NOW + timedelta(hours=hours), "usual", "x")
        marks = list(Scale([span], NOW).ticks())
        assert 1 <= len(marks) <= 20
        assert all(mark.minute == 0 for mark in marks)


def test_what_was_long_ago_does_not_squeeze_the_present():
    scale = Scale([Span(NOW - timedelta(days=900), NOW - timedelta(days=899), "done", "x")], NOW)
    assert NOW - scale.first < timedelta(days=2)


# colours


def _colours(css, where):
    block = css[css.index(where) :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block[: block.index("}")]))


def _light(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(one * 2 for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one, other):
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "theme", [":root {", ':root:not([data-theme="light"])', ':root[data-theme="dark"]', ":root, :root[data-theme]"]
)
def test_every_text_stands_out_from_its_ground(theme):
    colours = _colours(part("page.css"), theme)
    for text in ("ink", "soft", "link", "good", "move", "bad", "warn", "idle"):
        for ground in ("ground", "paper", "shade"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (theme, text, ground)
    for ground in ("bad-bg", "warn-bg"):
        assert _contrast(colours["ink"], colours[ground]) >= 4.5
        assert _contrast(colours[ground.removesuffix("-bg")], colours[ground]) >= 4.5


def test_the_two_dark_themes_are_one():
    css = part("page.css")
    assert _colours(css, ':root:not([data-theme="light"])') == _colours(css, ':root[data-theme="dark"]')


# large fleets


def _large(count):
    kinds = [(f"clu-{place:05}", place % 7) for place in range(count)]
    some = [upgraded(name, kind + 3) if kind < 3 else cluster(name, location=f"region{kind}") for name, kind in kinds]
    return judge(facts(*some), rings(), {}, NOW)


def test_a_thousand_clusters_take_less_than_a_megabyte():
    text = made(_large(1000))
    assert len(text.encode()) < 1_000_000
    assert len(Page(text).rows()) == 1000


@pytest.mark.long
def test_ten_thousand_clusters_take_ten_megabytes_and_three_seconds_at_most():
    found = _large(10_000)
    began = time.process_time()
    size = sum(len(piece.encode()) for piece in page(found))
    assert time.process_time() - began < 3
    assert size < 10_000_000
