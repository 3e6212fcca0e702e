"""Writes docs/sandbox-rights.md from the sandbox's routes: python tests/unit/sandbox/rights_document.py"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from azlocal.sandbox.assemble import assemble
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.documents_shared import storage_account
from azlocal.sandbox.router import Route

PAGE = Path(__file__).parents[3] / "docs" / "sandbox-rights.md"
PUBLISHED = Path(__file__).with_name("published_actions.txt")
NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
ACCOUNT = "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Storage/storageAccounts/account"
_HEAD = """# What each request to the sandbox asks for

With `sandbox start --rbac` every request needs the action of its route, at the scope it is about; so does every resource
of a template. Confirmed is an action that Microsoft publishes: on a page of MicrosoftDocs/azure-docs,
role-based-access-control/permissions, or by name in a built-in role. The rest follows ARM's pattern, the type and its
verb, and is unconfirmed. Requests that are not here need a token and no right: the lists of subscriptions, tenants and
providers, role definitions at the tenant, the hash of a template, and a query of Resource Graph, which shows what one
may read.

This page is made from the routes and `tests/unit/sandbox/published_actions.txt`:
python tests/unit/sandbox/rights_document.py

| type | confirmed | unconfirmed |
|---|---|---|
"""


def routes() -> list[Route]:
    """Return the routes of a whole sandbox with one storage account."""
    azure = assemble(VirtualClock(NOW))
    azure.store.put(storage_account(ACCOUNT, "westeurope", NOW))
    return azure.router.routes


def published() -> dict[str, str]:
    """Return where each published action is named, by the action in lower case."""
    lines = PUBLISHED.read_text("utf-8").splitlines()
    return {action.lower(): source for action, _, source in (line.partition("\t") for line in lines)}


def actions() -> set[str]:
    """Return the actions of all routes, one spelling for each."""
    return set({route.action.lower(): route.action for route in routes() if route.action}.values())


def page() -> str:
    """Return docs/sandbox-rights.md."""
    return _HEAD + "".join(f"{line}\n" for line in _rows())


def _rows() -> Iterator[str]:
    by_type: dict[str, tuple[list[str], list[str]]] = {}
    known = published()
    for action in sorted(actions(), key=str.lower):
        kind, verb = _apart(action)
        confirmed, rest = by_type.setdefault(kind, ([], []))
        source = known.get(action.lower())
        if source is None:
            rest.append(f"`{verb}`")
        else:
            confirmed.append(f"`{verb}` ({source.removeprefix('page ')})")
    for kind, (confirmed, rest) in by_type.items():
        yield f"| `{kind}` | {', '.join(confirmed)} | {', '.join(rest)} |"


def _apart(action: str) -> tuple[str, str]:
    """Return the type of an action and its verb: read, write, delete, or word/action."""
    parts = action.split("/")
    tail = 2 if parts[-1] == "action" else 1
    return "/".join(parts[:-tail]), "/".join(parts[-tail:])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
