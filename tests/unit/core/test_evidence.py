"""What Azure says of failures, out of every form that carries it; never the name of what passed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.evidence import Evidence, Place, cut_line, deepest, shortened
from azlocal.core.evidence_reading import from_document, from_steps, from_text
from azlocal.core.facts import Step

RAISED = "Type 'Validate' of Role 'Checker' raised an exception: "
ID = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c/deploymentSettings/default"
GOOD = {"Name": "Good_Test", "Title": "Good", "Status": 0, "Severity": 2, "AdditionalData": {"Detail": "fine"}}
BAD = {
    "Name": "Bad_Test",
    "Title": "Bad",
    "Status": 1,
    "Severity": 2,
    "AdditionalData": {"Detail": "broken", "Source": "n1"},
}
WARNING = {"Name": "Warn_Test", "Title": "Warn", "Status": 1, "Severity": 1}


def engine(message, **more):
    return json.dumps({"ExceptionType": "json", "ErrorMessage": message, **more})


def told(evidence):
    return [(one.source, one.step, one.line) for one in evidence]


def lines(text):
    return [one.line for one in from_text(text)]


# exceptions


def test_an_exception_is_told_with_its_interface_and_without_its_stack():
    (one,) = from_text(RAISED + "it broke\n at <ScriptBlock>, <No file>: line 33\nat Invoke-It, C:\\x.psm1: line 1")
    assert (one.interface, one.role, one.source) == ("Validate", "Checker", "exception")
    assert one.line == "Validate (Checker): it broke"
    assert "line 33" in one.text


@pytest.mark.parametrize(
    "results", [[BAD], BAD, [GOOD, BAD], {"value": [GOOD, BAD], "Count": 2}, json.dumps([GOOD, BAD])]
)
def test_of_results_only_the_failing_ones_become_evidence(results):
    found = from_text(RAISED + engine({"Message": "not met", "Results": results}))
    assert told(found) == [("exception", "", "Validate (Checker): not met"), ("check", "", "Bad: broken")]
    head, check = found
    assert (head.checks, check.check, check.machine, check.severity) == (1, "Bad_Test", "n1", "critical")
    assert check.text.startswith(RAISED.strip())
    assert not any("Good" in one.text for one in found)


def test_a_message_that_is_json_again_is_opened():
    inner = json.dumps({"Message": "not met", "Results": [GOOD, BAD]})
    assert lines(RAISED + engine(inner)) == ["Validate (Checker): not met", "Bad: broken"]


def test_a_message_that_is_a_text_comes_with_its_stack():
    (one,) = from_text(
        RAISED
        + json.dumps(
            {"ExceptionType": "text", "ErrorMessage": "it broke", "ExceptionStackTrace": "at X, y.psm1: line 1"}
        )
    )
    assert (one.line, one.text) == ("Validate (Checker): it broke", RAISED + "it broke\nat X, y.psm1: line 1")


def test_two_exceptions_in_one_text_are_two():
    text = f"before\n{RAISED}one\nCloudEngine.X.InterfaceInvocationFailedException: {RAISED.replace('Checker', 'Other')}two"
    assert lines(text) == ["before", "Validate (Checker): one", "Validate (Other): two"]


@pytest.mark.parametrize("quote", ["'", "‘", '"', "\\'", "\\u0027", "''", "**'"])
def test_quotation_marks_of_any_kind_hold_the_interface(quote):
    other = {"‘": "’", "**'": "'**"}.get(quote, quote)
    (one,) = from_text(f"Type {quote}Validate{other} of Role {quote}Checker{other} raised an exception: it broke")
    assert (one.interface, one.role) == ("Validate", "Checker")


def test_results_that_were_cut_before_their_status_are_not_sure_unless_they_are_the_only_one():
    whole = engine({"Message": "not met", "Results": [GOOD, BAD]})
    two = from_text(RAISED + whole[: whole.index('"Status": 1')])
    assert [(one.check, one.sure) for one in two if one.source == "check"] == [("Bad_Test", False)]
    single = engine({"Message": "not met", "Results": BAD | {"DisplayName": "Bad n1"}})
    one = from_text(RAISED + single[: single.index('"Status": 1')])
    assert [(part.check, part.sure) for part in one if part.source == "check"] == [("Bad_Test", True)]


# steps


def step(name, status="Error", exception="", steps=(), **more):
    return {
        "name": name,
        "fullStepIndex": "1",
        "status": status,
        "exception": [exception] if exception else [],
        "steps": list(steps),
        **more,
    }


def test_the_deepest_failing_step_tells_with_the_way_to_it():
    tree = step(
        "Outer", steps=[step("Done", "Success", "old"), step("Inner", exception=RAISED + "it broke"), step("Later", "")]
    )
    (one,) = from_document({"deploymentStatus": {"status": "Error", "steps": [tree]}})
    assert (one.steps, one.step, one.index) == (("Outer", "Inner"), "Outer > Inner", "1")
    assert one.fed.startswith("Inner: Type 'Validate'")


@pytest.mark.parametrize("status", ["Success", "Skipped", "InProgress", "Succeeded", "Canceled"])
def test_steps_that_did_not_fail_say_nothing_whatever_they_carry(status):
    assert from_document([step("S", status, RAISED + "it broke")]) == ()


def test_below_a_running_step_a_failed_one_is_found():
    assert told(from_document([step("S", "InProgress", steps=[step("T", exception="it broke")])])) == [
        ("exception", "S > T", "it broke")
    ]


def test_a_failing_step_without_a_word_is_told_by_its_name():
    assert told(from_document([step("Outer", steps=[step("Inner")])])) == [
        ("exception", "Outer > Inner", "Outer > Inner")
    ]


def test_an_exception_without_a_status_counts():
    assert told(from_document([step("S", "", "it broke")])) == [("exception", "S", "it broke")]


def test_the_same_text_in_exception_error_and_parent_is_told_once_by_the_deepest():
    inner = step("Inner", exception="it broke", error={"code": "", "message": "it broke", "target": "n1"})
    (one,) = from_document([step("Outer", exception="it broke", steps=[inner])])
    assert (one.step, one.machine) == ("Outer > Inner", "n1")


def test_the_machine_is_the_one_the_step_names():
    (one,) = from_document([step("S", exception="it broke", additionalData=[{"key": "NodeName", "value": "n2"}])])
    assert one.machine == "n2"


def test_steps_as_facts_tell_the_same_as_documents():
    facts = Step(
        name="Outer", status="Error", steps=(Step(name="Inner", index="0.1", status="Error", exceptions=("it broke",)),)
    )
    (one,) = from_steps([facts], resource_id=ID)
    assert (one.step, one.index, one.resource_id) == ("Outer > Inner", "0.1", ID)


def test_a_dump_gives_the_steps_that_failed():
    text = (
        "Failed. Validation status is {Name=A, Description=d, FullStepIndex=0, StartTimeUtc=, EndTimeUtc=, Status=Success, "
        "Exception=old}, {Name=B, Description=d, FullStepIndex=1, StartTimeUtc=, EndTimeUtc=, Status=Error, Exception=it broke}"
    )
    assert told(from_text(text)) == [("exception", "B", "it broke"), ("text", "", "Failed.")]


def test_two_steps_that_fail_without_a_word_are_two():
    assert [one.step for one in from_document([step("A"), step("B")])] == ["A", "B"]


def test_quotation_marks_inside_json_do_not_break_it():
    assert lines(json.dumps({"error": {"code": "X", "message": "the “inner” one"}})) == ['X: the "inner" one']


# other documents


def test_an_arm_error_is_told_with_its_details_and_opened_where_they_are_json():
    inside = json.dumps({"error": {"code": "Inner", "message": RAISED + "it broke"}})
    error = {"error": {"code": "Outer", "message": "look inside", "details": [{"code": "Conflict", "message": inside}]}}
    assert told(from_document(error)) == [
        ("error", "", "Outer: look inside"), ("exception", "", "Validate (Checker): it broke"),
    ]  # fmt: skip


def test_codes_and_messages_of_all_levels_are_one_text():
    (one,) = from_document(
        {"code": "A", "message": "a", "details": [{"code": "B", "message": "b", "details": [{"code": "C"}]}]}
    )
    assert (one.text, one.line) == ("A: a | B: b | C", "C")


@pytest.mark.parametrize(
    ("status", "says"),
    [({"level": "Error", "code": "1"}, ["it broke"]), ({"level": "Info", "code": "0"}, []), ({"displayStatus": "Provisioning failed", "code": "52"}, ["it broke"])],
)  # fmt: skip
def test_an_extension_speaks_only_when_it_failed(status, says):
    document = {
        "id": ID,
        "properties": {"provisioningState": "Failed", "instanceView": {"status": {**status, "message": "it broke"}}},
    }
    found = from_document(document)
    assert [one.line for one in found] == says
    assert {(one.source, one.resource_id) for one in found} <= {("extension", ID)}


@pytest.mark.parametrize(("state", "says"), [("Failed", ["it broke"]), ("Succeeded", []), ("Canceled", ["it broke"])])
def test_an_edge_device_tells_of_extensions_that_failed(state, says):
    profile = {"extensions": [{"extensionName": "L", "state": state, "errorDetails": [{"exception": "it broke"}]}]}
    assert [one.line for one in from_document({"reportedProperties": {"extensionProfile": profile}})] == says


def test_an_update_run_tells_of_its_failing_step_although_it_is_provisioned():
    progress = {
        "name": "Start",
        "status": "Error",
        "errorMessage": "",
        "steps": [{"name": "Drain", "status": "Error", "errorMessage": "it broke", "steps": []}],
    }
    run = {"properties": {"provisioningState": "Succeeded", "state": "Failed", "progress": progress}}
    assert told(from_document(run)) == [("exception", "Start > Drain", "it broke")]


def test_what_says_that_it_succeeded_is_not_asked_for_its_messages():
    assert from_document({"status": "Succeeded", "message": "it broke", "error": {"code": "X", "message": "y"}}) == ()


def test_names_and_ids_of_documents_are_no_evidence():
    assert (
        from_document(
            {"id": "it failed", "tags": {"a": "error"}, "names": ["it failed"], "properties": {"x": "failed"}}
        )
        == ()
    )


# anything


@pytest.mark.parametrize("text", ["", "  \n ", "{}", "[]", '""', "null"])
def test_of_nothing_nothing_is_told(text):
    assert [one.line for one in from_text(text)] in ([], ["null"])


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    assert all(isinstance(one, Evidence) for one in from_text(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Error", "Success", RAISED + "x", "{", '{"a":']),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "status", "steps", "exception", "error", "code", "message", "details", "Results", "ErrorMessage", "state"]), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(JSON)
def test_any_document_is_read_without_an_error(document):
    found = from_document(document)
    assert found == from_document(json.loads(json.dumps(document)))


@given(st.integers(0, 600), st.sampled_from(["", "[", "{", '"', "\\"]))
def test_a_text_cut_anywhere_never_tells_of_what_passed(place, more):
    whole = json.dumps(
        [step("S", exception=RAISED + engine({"Message": "m", "Results": [GOOD, GOOD | {"Name": "Good_Too"}, BAD]}))]
    )
    sure = [one.text for one in from_text(whole[:place] + more) if one.sure and one.source == "check"]
    assert not any("Good" in text for text in sure)


def test_what_is_nested_without_end_ends():
    text = "it broke"
    for _ in range(100):
        text = json.dumps({"error": {"code": "X", "message": text}})[:100_000]
    assert from_text(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("it broke at Invoke-It, C:\\x: line 1", "it broke"), ("it broke. Stack Trace: at X", "it broke."),
        ("look at the disk", "look at the disk"), ("A.B.CException: it broke", "it broke"),
        ("it broke\n   at X.Y.<Z>d__16.MoveNext()", "it broke"), ("at X, y: line 1", "at X, y: line 1"),
        ("it failed at N1, because of a policy", "it failed at N1, because of a policy"),
        ("it failed at start (twice)", "it failed at start (twice)"), ("no right at at Get-It,", "no right"),
    ],
)  # fmt: skip
def test_a_text_is_shortened_before_its_stack(text, told):
    assert shortened(text) == told


def test_a_line_is_one_line_of_400_characters():
    assert cut_line("a\n b") == "a b"
    assert len(cut_line("x" * 500)) == 400


def test_the_deepest_is_what_blocks_most_then_what_lies_deepest():
    place = Place(steps=("A", "B"))
    warning = Evidence(text="w", line="w", source="check", steps=("A", "B", "C"), severity="warning")
    heading = Evidence(text="h", line="h", source="exception", steps=place.steps, checks=2)
    check = Evidence(text="c", line="c", source="check", steps=place.steps, severity="critical")
    outer = Evidence(text="o", line="o", source="exception", steps=("A",))
    assert deepest([warning, heading, outer, check]) is check
    assert deepest([warning, heading]) is heading
    assert deepest([]) is None
