"""The functions of the template language, one line for each thing they do or refuse."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_world import ABOVE, GROUP, OTHER_SUBSCRIPTION, place, value

from azlocal.sandbox.templates.errors import TemplateError
from azlocal.sandbox.templates.functions.registry import FUNCTIONS
from azlocal.sandbox.templates.resolve import resolve
from azlocal.sandbox.templates.scope import Scope

KEYS = "Microsoft.KeyVault/vaults"

TEXT = [
    ("concat('a', 1, true())", "a1True"),
    ("concat()", ""),
    ("concat(createArray(1), createArray(2, 3))", [1, 2, 3]),
    ("format('{0}-{1}', 'a', 7)", "a-7"),
    ("format('{{{0}}}', 'a')", "{a}"),
    ("format('{0:N0}|{0:N}|{0:D9}|{0:X}|{0:x4}|{0:F1}|{0:G}', 1234567)", "1,234,567|1,234,567.00|001234567|12D687|12d687|1234567.0|1234567"),
    ("format('{0:000}|{0:0.00}', 7)", "007|7.00"),
    ("format('{0,5}|{0,-5}|', 'ab')", "   ab|ab   |"),
    ("format('{0}{1}', null(), false())", "False"),
    ("format('{0}', createArray(1, 'a'))", '[1,"a"]'),
    ("format('no items')", "no items"),
    ("toLower('AbC')", "abc"),
    ("toUpper('AbC')", "ABC"),
    ("trim('  a b ')", "a b"),
    ("replace('aXbX', 'X', '-')", "a-b-"),
    ("replace('ab', 'x', '-')", "ab"),
    ("replace('ab', '', '-')", "ab"),
    ("split('a;b,c', createArray(';', ','))", ["a", "b", "c"]),
    ("split('abc', ',')", ["abc"]),
    ("join(createArray('a', 2), ', ')", "a, 2"),
    ("substring('hello', 1)", "ello"),
    ("substring('hello', 1, 3)", "ell"),
    ("substring('hello', 5, 0)", ""),
    ("startsWith('Hello', 'hE')", True),
    ("startsWith('Hello', 'lo')", False),
    ("endsWith('Hello', 'LO')", True),
    ("padLeft('7', 3, '0')", "007"),
    ("padLeft(7, 3)", "  7"),
    ("padLeft('1234', 3, '0')", "1234"),
    ("string(createObject('a', createArray(1, true())))", '{"a":[1,true]}'),
    ("string(5)", "5"),
    ("string(true())", "True"),
    ("json('{\"a\": [1, null]}')", {"a": [1, None]}),
    ("json('null')", None),
    ("base64('héllo')", "aMOpbGxv"),
    ("base64ToString('aMOpbGxv')", "héllo"),
    ("base64ToJson(base64('{\"a\":1}')).a", 1),
    ("dataUri('Hello')", "data:text/plain;charset=utf8;base64,SGVsbG8="),
    ("dataUriToString('data:;base64,SGVsbG8=')", "Hello"),
    ("dataUriToString('data:text/plain,a%20b')", "a b"),
    ("uri('https://contoso.com/resources/', 'nested/deploy.json')", "https://contoso.com/resources/nested/deploy.json"),
    ("uri('https://contoso.com/resources/azuredeploy.json', 'scripts/x.sh')", "https://contoso.com/resources/scripts/x.sh"),
    ("uriComponent('a b/c:ü~')", "a%20b%2Fc%3A%C3%BC~"),
    ("uriComponentToString('a%20b')", "a b"),
]  # fmt: skip
NUMBERS = [
    ("add(5, -3)", 2),
    ("sub(5, 7)", -2),
    ("mul(4, -3)", -12),
    ("div(8, 3)", 2),
    ("div(-8, 3)", -2),
    ("div(-9, -3)", 3),
    ("mod(7, 3)", 1),
    ("mod(-7, 3)", -1),
    ("mod(7, -3)", 1),
    ("int('42')", 42),
    ("int(' -4 ')", -4),
    ("int(7)", 7),
    ("min(3, 1, 2)", 1),
    ("min(createArray(3, 1, 2))", 1),
    ("max(3, 1, 2)", 3),
    ("max(createArray(-3, -1))", -1),
    ("range(5, 3)", [5, 6, 7]),
    ("range(5, 0)", []),
]
LOGIC = [
    ("true()", True),
    ("false()", False),
    ("null()", None),
    ("bool('true')", True),
    ("bool('False')", False),
    ("bool(1)", True),
    ("bool(0)", False),
    ("if(equals('a', 'a'), 'yes', parameters('gone'))", "yes"),
    ("if(equals('a', 'A'), parameters('gone'), 'no')", "no"),
    ("and(true(), true(), false())", False),
    ("and(false(), bool(parameters('gone')))", False),
    ("or(false(), true(), bool(parameters('gone')))", True),
    ("not(false())", True),
    ("xor(true(), false())", True),
    ("xor(true(), true())", False),
    ("coalesce(null(), 'a', parameters('gone'))", "a"),
    ("coalesce(null())", None),
    ("equals(1, 1)", True),
    ("equals(1, true())", False),
    ("equals('1', 1)", False),
    ("equals(createObject('a', createArray(1)), createObject('a', createArray(1)))", True),
    ("equals(createArray(1, 0), createArray(true(), false()))", False),
    ("less(1, 2)", True),
    ("less('a', 'b')", True),
    ("lessOrEquals(2, 2)", True),
    ("greater(2, 2)", False),
    ("greaterOrEquals(3, 2)", True),
]
COLLECTIONS = [
    ("array('a')", ["a"]),
    ("array(createArray(1))", [1]),
    ("createArray()", []),
    ("createObject()", {}),
    ("length('abc')", 3),
    ("length(createObject('a', 1))", 1),
    ("empty('')", True),
    ("empty(null())", True),
    ("empty(createArray())", True),
    ("empty(createObject('a', 1))", False),
    ("contains('OneTwo', 'two')", False),
    ("contains('OneTwo', 'Two')", True),
    ("contains(createObject('Key', 1), 'key')", True),
    ("contains(createArray('a', 1), 1)", True),
    ("contains(createArray('a', 1), 'A')", False),
    ("first('abc')", "a"),
    ("first('')", ""),
    ("first(createArray())", None),
    ("last(createArray(1, 2))", 2),
    ("last('')", ""),
    ("skip(createArray(1, 2, 3), 2)", [3]),
    ("skip('abc', -1)", "abc"),
    ("take('abc', 2)", "ab"),
    ("take(createArray(1), 5)", [1]),
    ("indexOf('a-B-c', 'b')", 2),
    ("indexOf(createArray('a', 'b'), 'B')", -1),
    ("lastIndexOf('a/b/c', '/')", 3),
    ("lastIndexOf('abc', 'x')", -1),
    ("lastIndexOf(createArray(1, 2, 1), 1)", 2),
    ("flatten(createArray(createArray(1), createArray(2, 3)))", [1, 2, 3]),
    ("union(createArray(1, 2), createArray(2, 3))", [1, 2, 3]),
    ("union(createObject('a', createObject('x', 1)), createObject('A', createObject('y', 2), 'b', 3))", {"a": {"x": 1, "y": 2}, "b": 3}),
    ("union(createObject('a', createArray(1)), createObject('a', createArray(2)))", {"a": [2]}),
    ("intersection(createArray(1, 2, 3), createArray(3, 2))", [2, 3]),
    ("intersection(createObject('a', 1, 'b', 2), createObject('A', 1, 'b', 3))", {"a": 1}),
    ("shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', 2)))", {"a": 2}),
    ("items(createObject('b', 2, 'a', 1))", [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
    ("objectKeys(createObject('b', 2, 'a', 1))", ["a", "b"]),
    ("tryGet(createObject('a', createArray(7)), 'a', 0)", 7),
    ("tryGet(createObject('a', 1), 'b', 'c')", None),
    ("tryGet(createArray(1), 5)", None),
    ("indexFromEnd(createArray(1, 2, 3), 1)", 3),
    ("tryIndexFromEnd(createArray(1, 2, 3), 4)", None),
    ("tryIndexFromEnd(null(), 1)", None),
]  # fmt: skip
LAMBDAS = [
    ("map(range(1, 3), lambda('x', mul(lambdaVariables('x'), 2)))", [2, 4, 6]),
    ("map(createArray('a', 'b'), lambda('x', 'i', concat(lambdaVariables('x'), string(lambdaVariables('I')))))", ["a0", "b1"]),
    ("map(range(0, 2), lambda('x', map(range(0, 2), lambda('y', add(mul(10, lambdaVariables('x')), lambdaVariables('y'))))))", [[0, 1], [10, 11]]),
    ("mapValues(createObject('a', 1), lambda('x', add(lambdaVariables('x'), 1)))", {"a": 2}),
    ("filter(range(0, 6), lambda('x', equals(mod(lambdaVariables('x'), 2), 0)))", [0, 2, 4]),
    ("filter(createArray('a', 'b'), lambda('x', 'i', equals(lambdaVariables('i'), 1)))", ["b"]),
    ("reduce(range(1, 4), 0, lambda('sum', 'x', add(lambdaVariables('sum'), lambdaVariables('x'))))", 10),
    ("reduce(createArray(), 'start', lambda('a', 'b', 'x'))", "start"),
    ("sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))", [1, 2, 3]),
    ("sort(createArray('a', 'c', 'b'), lambda('a', 'b', greater(lambdaVariables('a'), lambdaVariables('b'))))", ["c", "b", "a"]),
    ("toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', toUpper(lambdaVariables('x'))))", {"a": "A", "b": "B"}),
    ("toObject(createArray('a'), lambda('x', concat('k', lambdaVariables('x'))))", {"ka": "a"}),
    ("groupBy(createArray('ab', 'cd', 'ax'), lambda('x', take(lambdaVariables('x'), 1)))", {"a": ["ab", "ax"], "c": ["cd"]}),
]  # fmt: skip
NETWORK = [
    (
        "parseCidr('10.144.0.0/20')",
        {"network": "10.144.0.0", "netmask": "255.255.240.0", "broadcast": "10.144.15.255", "firstUsable": "10.144.0.1", "lastUsable": "10.144.15.254", "cidr": 20},
    ),
    ("cidrSubnet('10.144.0.0/20', 24, 3)", "10.144.3.0/24"),
    ("cidrHost('10.144.3.0/24', 0)", "10.144.3.1"),
    ("cidrHost('10.144.3.0/24', 253)", "10.144.3.254"),
]  # fmt: skip
IDS = [
    (f"resourceId('{KEYS}', 'kv')", f"{GROUP}/providers/{KEYS}/kv"),
    (f"resourceId('{KEYS}/secrets', 'kv', 's')", f"{GROUP}/providers/{KEYS}/kv/secrets/s"),
    (f"resourceId('rg-two', '{KEYS}', 'kv')", f"{ABOVE}/resourceGroups/rg-two/providers/{KEYS}/kv"),
    (
        f"resourceId('{OTHER_SUBSCRIPTION}', 'rg-two', '{KEYS}', 'kv')",
        f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg-two/providers/{KEYS}/kv",
    ),
    (f"subscriptionResourceId('{KEYS}', 'kv')", f"{ABOVE}/providers/{KEYS}/kv"),
    (f"subscriptionResourceId('{OTHER_SUBSCRIPTION}', '{KEYS}', 'kv')", f"/subscriptions/{OTHER_SUBSCRIPTION}/providers/{KEYS}/kv"),
    (f"tenantResourceId('{KEYS}', 'kv')", f"/providers/{KEYS}/kv"),
    (f"managementGroupResourceId('mg', '{KEYS}', 'kv')", f"/providers/Microsoft.Management/managementGroups/mg/providers/{KEYS}/kv"),
    (f"extensionResourceId(resourceId('{KEYS}', 'kv'), 'A.B/locks', 'l')", f"{GROUP}/providers/{KEYS}/kv/providers/A.B/locks/l"),
]  # fmt: skip
SURROUNDINGS = [
    ("resourceGroup().id", GROUP),
    ("subscription().displayName", "Northwind"),
    ("tenant().tenantId", "t"),
    ("deployment().properties.template.contentVersion", "1.0.0.0"),
    ("deployer().objectId", "o"),
    ("environment().suffixes.storage", "core.windows.net"),
]
DATES = [
    ("dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')", "4/7/2023 2:53:14 PM"),
    ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')", "3/29/2020 2:53:14 PM"),
    ("dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H', 'u')", "2020-04-07 15:53:14Z"),
    ("dateTimeAdd('20240131T000000Z', 'P1M')", "20240229T000000Z"),
    ("dateTimeAdd('2020-04-07T14:53:14Z', 'P1DT2H3M4S')", "2020-04-08T16:56:18Z"),
    ("dateTimeAdd('2020-04-07T14:53:14.1234567+02:00', 'P1W', 'yyyy-MM-dd HH:mm:ss.fff')", "2020-04-14 12:53:14.123"),
    ("dateTimeAdd('2020-12-31', 'P1D', 'dddd d MMM yy, h:mm tt')", "Friday 1 Jan 21, 12:00 AM"),
    ("dateTimeToEpoch('2020-01-01T00:00:00Z')", 1577836800),
    ("dateTimeToEpoch(dateTimeFromEpoch(1577836800))", 1577836800),
    ("dateTimeFromEpoch(1577836800)", "2020-01-01T00:00:00Z"),
]
ALL = [*TEXT, *NUMBERS, *LOGIC, *COLLECTIONS, *LAMBDAS, *NETWORK, *IDS, *SURROUNDINGS, *DATES]


@pytest.mark.parametrize(("text", "wanted"), ALL)
def test_a_function_gives_what_azure_documents(text, wanted):
    found = value(text)
    assert found == wanted
    assert type(found) is type(wanted)


def test_no_function_is_left_without_a_test():
    tried = {name.lower() for text, _ in ALL for name in re.findall(r"(\w+)\(", text)}
    elsewhere = {
        "list*", "reference", "references", "resourceinfo", "parameters", "variables", "copyindex", "managementgroup",
        "utcnow", "newguid", "guid", "uniquestring", "fail",
    }  # fmt: skip
    assert set(FUNCTIONS) - tried - elsewhere == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("length(100)", "The template language function 'length' expects its parameter to be an array, object, or a string. The provided value is of type 'Integer'."),
        ("add('1', 2)", "'add' expects its parameter to be an integer. The provided value is of type 'String'."),
        ("add(true(), 2)", "The provided value is of type 'Boolean'."),
        ("div(1, 0)", "the divisor must not be zero"),
        ("mod(1, 0)", "the divisor must not be zero"),
        ("int('4x')", "The value cannot be converted to the target type."),
        ("int(null())", "The value cannot be converted to the target type."),
        ("bool('perhaps')", "The value cannot be converted to the target type."),
        ("range(0, 10001)", "the count must be between 0 and 10000"),
        ("range(0, -1)", "the count must be between 0 and 10000"),
        ("min(createArray())", "with at least one element"),
        ("min('a')", "an integer"),
        ("if('true', 1, 2)", "'if' expects its parameter to be a boolean."),
        ("and(1, true())", "'and' expects its parameter to be a boolean."),
        ("not('x')", "a boolean"),
        ("less(1, 'a')", "two integers or two strings"),
        ("toLower(1)", "a string"),
        ("substring('abc', 2, 2)", "must refer to a location within the string"),
        ("substring('abc', -1)", "must refer to a location within the string"),
        ("padLeft('a', 3, 'xx')", "a single character"),
        ("padLeft(true(), 3)", "a string or an integer"),
        ("format('{1}', 'a')", "less than the size of the argument list"),
        ("format('{x}', 'a')", "Input string was not in a correct format."),
        ("format('{0:Q}', 1)", "Format specifier was invalid."),
        ("json('{broken')", "cannot be converted to JSON"),
        ("base64ToString('***')", "cannot be decoded from base64"),
        ("base64ToJson('e30')", "cannot be decoded from base64"),
        ("dataUriToString('nothing')", "is not a valid data URI"),
        ("uri('relative', 'x')", "is not an absolute URI"),
        ("concat(createObject())", "a string or an array"),
        ("concat(createArray(1), 'a')", "an array"),
        ("createObject('a')", "an even number of arguments"),
        ("createObject(1, 2)", "each key a string"),
        ("union(createArray(1), createObject())", "an array"),
        ("flatten(createArray(1))", "an array"),
        ("first(5)", "a string or an array"),
        ("indexFromEnd(createArray(1), 2)", "is out of bounds"),
        ("tryGet('text', 'a')", "an array or an object"),
        ("map(createArray(1), 'no lambda')", "expects its parameter to be a lambda"),
        ("lambdaVariables('x')", "The lambda variable 'x' is not found."),
        ("map(createArray(1), lambda(1, 2))", "must be strings"),
        ("parseCidr('300.0.0.0/8')", "is not a valid range of addresses"),
        ("cidrSubnet('10.0.0.0/24', 16, 0)", "has no subnet number 0 of prefix length 16"),
        ("cidrSubnet('10.0.0.0/24', 26, 4)", "has no subnet number 4"),
        ("cidrHost('10.0.0.0/24', 254)", "has no host number 254"),
        (f"resourceId('{KEYS}/secrets', 'kv')", f"the type '{KEYS}/secrets' requires '2' resource name argument(s)."),
        ("resourceId('kv', 'name')", "function requires exactly one multi-segmented argument which must be resource type"),
        (f"resourceId('{KEYS}/secrets', 'kv/name')", "function requires exactly one multi-segmented argument"),
        (f"resourceId('not-a-guid', 'rg', '{KEYS}', 'kv')", "The provided value 'not-a-guid' is not valid subscription identifier."),
        (f"resourceId('a', 'b', 'c', '{KEYS}', 'kv')", "at most a subscription and a resource group"),
        (f"managementGroupResourceId('{KEYS}', 'kv')", "not at the scope of a management group"),
        ("dateTimeAdd('yesterday', 'P1D')", "is not a valid date and time"),
        ("dateTimeAdd('2020-01-01', '1 day')", "is not a valid ISO 8601 duration"),
        ("dateTimeAdd('2020-01-01', 'P')", "is not a valid ISO 8601 duration"),
        ("fail('stop here')", "stop here"),
    ],
)  # fmt: skip
def test_a_function_refuses_what_azure_refuses(text, said):
    with pytest.raises(TemplateError) as refused:
        value(text)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (None, "20261123T080509Z"),
        ("u", "2026-11-23 08:05:09Z"),
        ("d", "11/23/2026"),
        ("D", "Monday, 23 November 2026"),
        ("R", "Mon, 23 Nov 2026 08:05:09 GMT"),
        ("o", "2026-11-23T08:05:09.1200000Z"),
        ("yyyy", "2026"),
        ("M.d.yy H:m:s.FFF t", "11.23.26 8:5:9.12 A"),
        ("yyyy'-week' \\y zzz K", "2026-week y +00:00 Z"),
    ],
)
def test_the_moment_of_a_deployment_comes_in_any_form_of_dot_net(form, wanted):
    call = "utcNow()" if form is None else "utcNow('" + form.replace("'", "''") + "')"
    assert resolve(f"[{call}]", Scope(place(), in_defaults=True)) == wanted


def test_the_default_of_a_parameter_may_ask_for_a_new_guid():
    assert resolve("[newGuid()]", Scope(place(), in_defaults=True)) == "new-guid"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("uniqueString('test')", "rbgf3xv4ufgzg"),
        ("uniqueString('hello', 'world')", "a7wkljktk6wne"),
        ("uniqueString('foo', 'bar', 'baz')", "xzi4ioaxtmth4"),
        ("uniqueString('/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg')", "bmg7c6xu4tw46"),
    ],
)
def test_unique_strings_are_those_of_azure(text, wanted):
    assert value(text) == wanted


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_unique_string_has_thirteen_characters_and_depends_on_its_parts_only(parts):
    call = ", ".join("'" + part.replace("'", "''") + "'" for part in parts)
    assert re.fullmatch("[a-z2-7]{13}", value(f"uniqueString({call})"))
    assert value(f"uniqueString({call})") == value(f"uniqueString(join(createArray({call}), '-'))")


@settings(deadline=None)
@given(st.text(), st.text())
def test_a_guid_is_the_version_five_uuid_of_its_joined_parts(one, other):
    first, second = (part.replace("'", "''") for part in (one, other))
    wanted = uuid.uuid5(uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830"), f"{one}-{other}")
    assert value(f"guid('{first}', '{second}')") == str(wanted)


@settings(deadline=None)
@given(st.lists(st.integers()), st.lists(st.integers()))
def test_union_and_intersection_are_those_of_sets(one, other):
    held = {"one": one, "other": other}
    both = value("union(parameters('one'), parameters('other'))", **held)
    common = value("intersection(parameters('one'), parameters('other'))", **held)
    assert (set(both), len(both)) == (set(one) | set(other), len(set(one) | set(other)))
    assert (set(common), len(common)) == (set(one) & set(other), len(set(one) & set(other)))


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(-(10**4), 10**4).filter(bool))
def test_quotient_and_remainder_make_up_the_dividend(one, other):
    quotient, rest = value(f"div({one}, {other})"), value(f"mod({one}, {other})")
    assert quotient * other + rest == one
    assert abs(rest) < abs(other)


@settings(deadline=None)
@given(st.lists(st.integers()))
def test_sorting_by_a_lambda_orders(numbers):
    call = "sort(parameters('x'), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))"
    assert value(call, x=numbers) == sorted(numbers)
