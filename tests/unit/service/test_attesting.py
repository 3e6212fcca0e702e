"""Attesting: one tag with what, until when, who and when; and refusals that write nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_consent import Office
from test_tick import NOW, cluster, ident

from azlocal.core.attestations import QUESTIONS, attested
from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import Scope
from azlocal.core.tags import read_pairs
from azlocal.errors import BadInput
from azlocal.service.attesting import MOST_TAGS, Statement, attest, check

TODAY = NOW.date()


def stated(office, word="c01", key="oem-supported", **wish):
    return attest(office.desk(), Scope(), word, key, Statement(**{"by": "anna", **wish}))


def office(**tags):
    found = Office(cluster(1), cluster(2))
    found.tags[ident(1)] = dict(tags)
    return found


def test_a_statement_is_one_tag_with_answer_end_name_and_day():
    here = office()
    said = stated(here, expires="2027-06-30")
    assert here.tags[ident(1)] == {
        "azlocal-attest-oem-supported": f"v=yes;until=2027-06-30;by=anna;at={TODAY}"
    }  # fmt: skip
    assert said == "c01: oem-supported is attested yes by anna, until the end of 2027-06-30 UTC"


def test_a_denial_says_no_and_an_end_may_be_left_out():
    here = office()
    assert stated(here, yes=False) == "c01: oem-supported is attested no by anna, without an end"
    assert read_pairs(here.tags[ident(1)]["azlocal-attest-oem-supported"]) == {
        "v": "no", "by": "anna", "at": str(TODAY),
    }  # fmt: skip


@pytest.mark.parametrize("word", ["c01", "C01", "rg-1/c01", ident(1), ident(1) + "/"])
def test_a_cluster_is_meant_by_name_group_and_name_or_id(word):
    here = office()
    stated(here, word)
    assert list(here.tags[ident(1)]) == ["azlocal-attest-oem-supported"]


@given(st.sampled_from(sorted(QUESTIONS)), st.booleans(), st.none() | st.integers(0, 900), st.text(max_size=40))
def test_what_is_written_is_read_back_as_the_statement_it_was(key, yes, days, by):
    here = office()
    end = None if days is None else TODAY + timedelta(days=days)
    stated(here, "c01", key, yes=yes, expires=str(end or ""), by=by)
    tagged = ClusterFacts(id=ident(1), name="c01", tags=here.tags[ident(1)])
    found = attested(tagged, None, NOW)[key]
    assert (found.value, found.until, found.at, found.source) == (yes, end, TODAY, f"tag azlocal-attest-{key}")


REFUSED = {
    "an unknown key": (
        {"key": "oem-suported"},
        "key: 'oem-suported' is no question azlocal asks; did you mean 'oem-supported'?; known are cau-permitted, ",
    ),
    "a key that is like none": ({"key": "x"}, "key: 'x' is no question azlocal asks; known are cau-permitted, "),
    "no key": ({"key": ""}, "key: '' is no question azlocal asks; known are"),
    "a date that is none": ({"expires": "2027-02-30"}, "expires: '2027-02-30' is not a date YYYY-MM-DD"),
    "another form of date": ({"expires": "30.6.2027"}, "expires: '30.6.2027' is not a date YYYY-MM-DD"),
    "a duration": ({"expires": "P30D"}, "expires: 'P30D' is not a date YYYY-MM-DD"),
    "a day that is over": (
        {"expires": str(TODAY - timedelta(days=1))}, f"expires: {TODAY - timedelta(days=1)} is over; Azure's day is {TODAY}",
    ),
    "no such cluster": ({"word": "c3"}, "cluster: no cluster in scope is 'c3'"),
    "no cluster at all": ({"word": "/subscriptions/x"}, "cluster: '/subscriptions/x' is not a resource id"),
    "a name too long for a tag": ({"by": "b" * 300}, "by: the tag value is "),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_written(case):
    told, problem = REFUSED[case]
    here = office()
    with pytest.raises(BadInput) as refused:
        stated(here, **told)
    assert refused.value.problems[0].startswith(problem)
    assert (here.tags[ident(1)], here.written) == ({}, [])


def test_all_that_is_wrong_with_the_words_is_told_before_anything_is_sent():
    with pytest.raises(BadInput) as refused:
        check("a/b/c", "x", Statement(expires="soon"))
    assert [one.partition(":")[0] for one in refused.value.problems] == ["key", "expires", "cluster"]


def test_the_day_itself_is_a_day_on_which_it_holds():
    assert "until" in stated(office(), expires=str(TODAY))
    assert isinstance(TODAY, date)


def test_a_cluster_with_too_many_tags_of_azlocal_takes_no_new_one_but_lets_one_be_replaced():
    full = {f"azlocal-x{number}": "1" for number in range(MOST_TAGS - 1)}
    here = office(**full, **{"AZLOCAL-attest-oem-supported": "v=no"})
    stated(here)
    with pytest.raises(BadInput, match="carries 20 azlocal tags already"):
        stated(here, key="not-scvmm")
