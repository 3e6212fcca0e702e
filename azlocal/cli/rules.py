"""`rules list|show`: what azlocal decides by, with sources; Azure is not asked."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door
from azlocal.core.rule import KINDS
from azlocal.core.rules import ALL, find
from azlocal.report.rules import by_kind, markdown, rule_document, rule_page, rule_row, rules_document, rules_table

_WIDTH = 100


@click.group()
def rules() -> None:
    """The rules behind every verdict: preconditions, support matrix, findings, thresholds, reasons."""


@rules.command("list")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), metavar="KIND", help=f"Only {', '.join(KINDS)}.")
@click.option("--markdown", "document", is_flag=True, help="Print them all as a page for a wiki.")
@door
def list_(here: Door, kind: str, *, document: bool) -> int:
    """List every rule: its value, what it is about, and what the plan says instead (with --plan)."""
    if document:
        output.write([markdown()])
        return 0
    plan, found = here.app.plan, by_kind(ALL, kind)
    here.show(
        rules_document(found, plan),
        lambda: rules_table(found, plan, output.width()).text,
        lambda: [rule_row(one, plan) for one in found],
    )
    return 0


@rules.command("show")
@click.argument("rule", metavar="ID")
@door
def show(here: Door, rule: str) -> int:
    """Show one rule: what it says, its evidence, its source, and whether a plan may override it."""
    found, plan = find(rule), here.app.plan
    here.show(rule_document(found, plan), lambda: rule_page(found, plan, output.width() or _WIDTH))
    return 0
