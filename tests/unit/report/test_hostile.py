"""No name and no error text breaks an output, whatever is written into it: one property, every door."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
import yaml
from hostile import FIELD, LONG, PIECES, fleet, texts, tick, wanted
from hypothesis import HealthCheck, example, given, settings

from azlocal import automation
from azlocal.azure.telemetry import BATCH_BYTES, batches
from azlocal.cli import output
from azlocal.core.events import action_rows, cluster_rows, row_id, tick_rows
from azlocal.core.tags import LONGEST, read_pairs
from azlocal.report import diagnosis as paper
from azlocal.report import validation
from azlocal.report.census import census, census_row
from azlocal.report.csv_rows import fleet_sheet
from azlocal.report.documents import census_document, explain_document, status_document, tick_document
from azlocal.report.evidence_zip import evidence_zip
from azlocal.report.explain import explain
from azlocal.report.fixes import fixes, fixes_document, fixes_page, fixes_sheet
from azlocal.report.forecast import forecast, forecast_document
from azlocal.report.junit import junit
from azlocal.report.sheets import safe
from azlocal.report.status import status
from azlocal.report.tick import tick as tick_page
from azlocal.report.watch import Sight, changes, first_lines, screen
from azlocal.service.consent import Desk, pause
from azlocal.service.diagnose import diagnose_fleet, diagnose_one
from azlocal.service.evidence import ACTIONS, FINDINGS, STATES, STEPS, gather
from azlocal.service.forecast import foresee
from azlocal.service.look import FleetLook
from azlocal.service.tick import summary

FORMULAS = set("=+-@")


def each(found):
    """Return the clusters whose pages are looked at: the same ones whatever their names."""
    return [found.clusters[place] for place in (1, 4, 5, 6, 9, 11, 12)]


def one_of(found, place):
    return diagnose_one(found, found.clusters[place].cluster.id, None, None)


TERMINAL = {
    "explain": lambda found: [explain(found, one, 80) for one in each(found)],
    "explain narrow": lambda found: [explain(found, one, 40) for one in each(found)],
    "census": lambda found: [census(found.clusters, width).text for width in (60, None)],
    "status": lambda found: [status(found, width) for width in (60, None)],
    "fixes": lambda found: [fixes_page(fixes(found, found.clusters, warnings=True), 80)],
    "validation": lambda found: [
        validation.matrix_page(found, validation.matrix(found.clusters), 80),
        validation.cluster_page(found, validation.examined(found.clusters[6]), 80),
    ],
    "diagnose": lambda found: [
        paper.fleet_page(diagnose_fleet(found, None), 80), *(paper.cluster_page(one_of(found, place)) for place in (4, 5, 6)),
    ],
    "forecast": lambda found: [forecast(foresee(found, wanted()), found.plan_digest, 80)],
    "watch": lambda found: [
        *first_lines(Sight.of(found)), *changes(FleetLook(now=found.now, facts=found.facts), found),
        *(line.text for width in (40, 80) for line in screen(Sight.of(found, foresee(found, wanted())), width)),
    ],
    "tsv": lambda found: [output.tsv([list(census_row(one)) for one in found.clusters])],
}  # fmt: skip


def check_terminal(told):
    for text in told:
        for line in text.split("\n"):
            assert line.replace("\t", "").isprintable(), line


# every example is judged by many outputs, so few will do
few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
EVERY_PIECE = " ".join(PIECES)


@pytest.mark.parametrize("name", TERMINAL)
@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_a_terminal_gets_printable_lines_alone(name, text):
    check_terminal(TERMINAL[name](fleet(text)))


@pytest.mark.parametrize("name", TERMINAL)
def test_lines_of_64_kb_break_no_page(name):
    check_terminal(TERMINAL[name](fleet("x", LONG)))


@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_a_tick_and_a_runbook_print_one_line_for_each_thing(text):
    found = tick(text)
    check_terminal([tick_page(found, 80), tick_page(found)])
    lines = list(automation.lines(found))
    check_terminal(lines)
    assert not any("\n" in line for line in lines)
    document = tick_document(found)
    assert json.loads("".join(output.pieces_of("json", document))) == document
    assert len(lines) == 1 + len(found.problems) + len(found.rings) + len(found.actions) + len(found.clusters) + 1


DOCUMENTS = {
    "census": census_document,
    "status": status_document,
    "explain": lambda found: explain_document(found, found.clusters[4]),
    "fixes": lambda found: fixes_document(found, fixes(found, found.clusters, warnings=True)),
    "validation": lambda found: validation.cluster_results(validation.examined(found.clusters[6])),
    "diagnose": lambda found: (
        paper.cluster_matches(one_of(found, 4)) + paper.groups_document(diagnose_fleet(found, None))
    ),
    "forecast": lambda found: forecast_document(foresee(found, wanted()), found),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_documents_come_back_equal_from_json_and_are_ascii(name, text):
    document = DOCUMENTS[name](fleet(text))
    told = "".join(output.pieces_of("json", document))
    assert json.loads(told) == document
    assert told.replace("\n", "").isprintable()
    assert told.isascii()


@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_yaml_can_be_read_and_commands_no_terminal(text):
    document = status_document(fleet(text))
    told = "".join(output.pieces_of("yaml", document))
    assert yaml.safe_load(told)["inFlight"][0]["phase"] == document["inFlight"][0]["phase"]
    assert told.replace("\n", "").isprintable()


@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_tsv_has_the_same_columns_in_every_row(text):
    rows = output.tsv([list(census_row(one)) for one in fleet(text).clusters]).split("\n")
    assert {row.count("\t") for row in rows} == {9}


@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_sheets_come_back_equal_and_hold_no_formula(text):
    found = fleet(text)
    for sheet in (
        fleet_sheet(found), fixes_sheet(fixes(found, found.clusters, warnings=True)),
        validation.cluster_sheet(validation.examined(found.clusters[6])),
    ):  # fmt: skip
        rows = [list(row) for row in sheet.rows]
        again = type(sheet)(sheet.heading, rows)
        told = list(csv.reader(io.StringIO(again.file.decode("utf-8-sig"), newline="")))
        assert told == [[safe(cell) for cell in row] for row in (sheet.heading, *rows)]
        cells = [
            part.lstrip(" \"'") and part.lstrip(' "')[0] for row in told for cell in row for part in cell.split(";")
        ]
        assert not FORMULAS & set(cells)


@few
@example(text=EVERY_PIECE)
@example(text=LONG)
@given(text=texts)
def test_junit_is_xml_with_one_case_for_each_cluster(text):
    found = fleet(text[:200], text)
    told = "".join(junit(found)).encode("utf-8")
    root = ET.fromstring(told)
    cases = [one for one in root.iter("testcase") if one.get("classname") != "azlocal.fleet"]
    assert len(cases) == len(found.clusters)
    assert max(len(value) for one in root.iter() for value in one.attrib.values()) <= 2000


def rows_of(text):
    return {
        table: [{"ClusterId": text, "TimeGenerated": text, "Message": text, text: text}]
        for table in (STATES, FINDINGS, STEPS, ACTIONS)
    }


class Traces:
    """What Azure remembers, as hostile as the rest."""

    def __init__(self, text):
        self.text, self.problems = text, (text,)

    def operations(self, found):
        return [{"operationId": self.text, "properties": {self.text: self.text, "statusMessage": {"error": self.text}}}]

    def rows(self, found):
        return {table: [{**row, "ClusterId": found.id} for row in rows] for table, rows in rows_of(self.text).items()}


@few
@example(text=EVERY_PIECE)
@example(text=LONG)
@given(text=texts)
def test_an_evidence_file_opens_reads_and_checks(text):
    found = fleet(text[:200], text)
    change = gather(found, found.clusters[4].cluster.id, wanted(), text, Traces(text))
    with zipfile.ZipFile(io.BytesIO(evidence_zip(change))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, body in files.items():
        told = body.decode("utf-8")
        if name.endswith(".json"):
            assert isinstance(json.loads(told), dict)
        elif name != "plan.yaml":
            check_terminal([told])
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest


@few
@example(text=EVERY_PIECE)
@example(text=LONG)
@given(text=texts)
def test_telemetry_is_json_within_the_limits_of_rows_and_batches(text):
    found = tick(text[:200], text)
    rows = [
        *cluster_rows(found.clusters, wanted(), "t", found.now),
        *action_rows(found.actions, found.clusters, wanted(), "t"), *tick_rows(summary(found)),
    ]  # fmt: skip
    told = list(batches(rows))
    read = [row for batch in told for row in json.loads(batch.body)]
    assert len(read) == len(rows)
    assert max(len(batch.body) for batch in told) <= BATCH_BYTES
    for row in read:
        for value in row.values():
            written = value if isinstance(value, str) else json.dumps(value)
            assert len(written.encode("utf-8", "surrogatepass")) <= FIELD


@given(text=texts)
def test_a_row_has_an_id_whatever_its_name(text):
    assert row_id("cluster", text) == row_id("cluster", text)
    assert len(row_id("cluster", text)) == 36


@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_what_a_person_writes_into_a_tag_is_printable_short_and_keeps_its_pairs_apart(text):
    written = {}
    desk = Desk(reader=None, watch=None, merge=lambda _, tags: written.update(tags), drop=None)
    pause(desk, wanted(), text, text)
    (told,) = written.values()
    assert len(told) <= LONGEST
    assert told.isprintable()
    assert set(read_pairs(told)) <= {"reason", "by"}


class Elements(HTMLParser):
    """Collects the elements of a page and their attributes."""

    def __init__(self):
        super().__init__()
        self.seen, self.attributes = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs


def read_page(text, page):
    found = fleet(text)
    parser = Elements()
    parser.feed("".join(page(found, foresee(found, wanted()), found.clusters)).encode("utf-8").decode())
    return parser


@few
@example(text=EVERY_PIECE)
@given(text=texts)
def test_the_page_has_no_element_that_a_name_brought(text):
    from azlocal.report.page import page

    told, plain = read_page(text, page), read_page("plain", page)
    assert set(told.seen) - set(plain.seen) <= {"br", "wbr", "details", "summary", "dl", "dt", "dd", "ul", "li", "code"}
    for tag in ("script", "style", "meta", "base", "link", "form", "iframe", "img"):
        assert told.seen.count(tag) == plain.seen.count(tag)
    assert not [name for name, _ in told.attributes if name.startswith("on")]
    links = [value for name, value in told.attributes if name == "href"]
    assert all(link.startswith(("https://", "#", "data:image/svg+xml,")) for link in links)
