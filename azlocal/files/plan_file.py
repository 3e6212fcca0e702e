"""The fleet plan file: YAML (JSON is YAML too) to `FleetPlan`, with every mistake told at once.

The keys are those of `azlocal.files.plan_models`. A plan is known by its digest, to which approvals are bound.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from azlocal.core.plan import FleetPlan
from azlocal.errors import BadInput
from azlocal.files.document import Document, Path, Unreadable, read_yaml
from azlocal.files.plan_checks import cross_checks
from azlocal.files.plan_digest import plan_digest
from azlocal.files.plan_models import PARTS, PlanPart, keys_of
from azlocal.files.words import found, suggest

_EXPECTED = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "string_type": "a single value",
}


def read_plan(text: str, place: str) -> FleetPlan:
    """Return the plan that *text* holds. *place* names the file in messages.

    Raises BadInput with every mistake, each as `place:line: path: message`.
    """
    return read_plan_lines(text, place)[0]


def read_plan_lines(text: str, place: str) -> tuple[FleetPlan, Document]:
    """Return the plan that *text* holds, and the document that knows the line of each key; see `read_plan`."""
    shown = place.split("?", maxsplit=1)[0] if "://" in place else place
    try:
        document = read_yaml(text, shown)
        plan = _validated(document)
    except Unreadable as error:
        raise _bad([str(error)], shown) from None
    if plan is None or document.problems:
        raise _bad(document.told(), shown)
    value = plan.value()
    return replace(value, digest=plan_digest(value)), document


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan, for editors that check and complete YAML."""
    schema = PlanPart.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "azlocal fleet plan"}


def _bad(problems: Any, place: str) -> BadInput:
    return BadInput(problems, remedy=f"correct {place}; nothing was sent")


def _validated(document: Document) -> PlanPart | None:
    for path, message in cross_checks(document.data):
        document.wrong(path, message)
    try:
        return PlanPart.model_validate(document.data)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            _tell(document, one)
        return None


def _tell(document: Document, error: Any) -> None:
    path: Path = error["loc"]
    kind: str = error["type"]
    if kind == "missing":
        document.wrong(path, "missing")
    elif kind == "extra_forbidden":
        document.wrong(path, _unknown(path))
    elif kind == "value_error":
        document.wrong(path, str(error["ctx"]["error"]))
    else:
        document.wrong(path, f"expected {_EXPECTED.get(kind, 'another kind of value')}, found {found(error['input'])}")


def _unknown(path: Path) -> str:
    word = str(path[-1])
    around = next((part for part in reversed(path[:-1]) if isinstance(part, str)), "")
    known = keys_of(PARTS[around])
    homes = [name or "the plan itself" for name, part in PARTS.items() if word in keys_of(part)]
    if homes:
        return f"unknown key here; it belongs to {' or '.join(homes)}"
    return f"unknown key; {suggest(word, known)}"
