"""Takes evidence out of texts and documents, each of which may hold the other.

Azure nests freely: JSON in a message of an error, a dump of steps in that, an exception in a step, and JSON again in
the exception, whole or cut off.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from azlocal.core.dumps import Dump, DumpedStep, read_dump
from azlocal.core.evidence import Evidence, Place, failed_check, plain_text, said
from azlocal.core.facts import Step
from azlocal.core.listings import Plain, Told, failing_part, first_failure, read_plain
from azlocal.core.results import FAILED, OTHER, PASSED, folded, is_result, outcome, read_result
from azlocal.core.salvage import Island, islands, unescaped
from azlocal.core.shapes import (
    DEEPEST,
    failing_of,
    holds_results,
    is_envelope,
    is_error,
    is_extension,
    is_shaped,
    is_step,
    messages_of,
    results_in,
    whole_json,
)

_LONGEST = 2_000_000
_NAMED = r"""\*{0,2}\\*['"]+(?P<%s>[^'"\\]{1,120})\\*['"]+\*{0,2}"""
_RAISED = re.compile(
    rf"Type\s+{_NAMED % 'interface'}\s+of\s+Role\s+{_NAMED % 'role'}\s+raised\s+an\s+exception\s*[:.]?"
)
_CLASS = re.compile(r"Exception\s*:\s*$")
_STATUS_OF = re.compile(r"\b(?:Validation|Deployment) Status is\s*$", re.IGNORECASE)
_RUNNING = frozenset({"inprogress", "in progress", "running", "notstarted", "not started", "pending"})
_SKIPPED = frozenset({"canceled", "cancelled"})
_TELLING = frozenset({
    "message", "errormessage", "exception", "exceptions", "detail", "details", "statusmessage", "error", "reason",
    "failurereason", "additionalinformation", "warningmessage", "errors", "innererror", "executiondetail",
})  # fmt: skip
_GOOD_CODES = frozenset({"", "0", "ok", "success", "succeeded", "none"})


def from_text(text: str, place: Place | None = None) -> tuple[Evidence, ...]:
    """Return what a text says of failures, in whatever form: JSON, a dump of steps, exceptions, listings, a log.

    Of a text of more than two million characters the rest is left out.
    """
    return _distinct(_text(text[:_LONGEST], place or Place(), 0))


def from_document(document: Any, place: Place | None = None) -> tuple[Evidence, ...]:
    """Return what a JSON document of Azure says of failures: settings, deployment, operation, extension, update run."""
    return _distinct(_value(document, place or Place(), 0))


def from_steps(steps: Iterable[Step], resource_id: str = "") -> tuple[Evidence, ...]:
    """Return what failing steps say, each with the way to it; what lies below a successful step is left out."""
    return from_document([_as_document(step) for step in steps], Place(resource_id=resource_id))


def _as_document(step: Step) -> Mapping[str, Any]:
    return {
        "name": step.name, "fullStepIndex": step.index, "status": step.status, "exception": list(step.exceptions),
        "steps": [_as_document(one) for one in step.steps],
    }  # fmt: skip


def _distinct(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return evidence without repetitions: Azure carries one text in `exception`, in `error` and in the parent."""
    kept: dict[str, Evidence] = {}
    for one in evidence:
        told = one.text or one.step
        known = kept.get(told)
        if known is None or (len(one.steps), one.sure) > (len(known.steps), known.sure):
            kept[told] = one
    return tuple(kept.values())


# texts


def _text(text: str, place: Place, depth: int) -> Iterator[Evidence]:
    text = text.strip()
    if not text or depth > DEEPEST:
        return
    whole = whole_json(text)
    if whole is None:
        text = plain_text(text).strip()
        whole = whole_json(text)
    dump = None if whole is not None else read_dump(text)
    if whole is not None:
        yield from _value(whole, place, depth + 1)
    elif (bare := unescaped(text)) != text:
        yield from _text(bare, place, depth + 1)
    elif dump is not None:
        yield from _dump(dump, place, depth)
    else:
        yield from _raised(text, place, depth)


def _dump(dump: Dump, place: Place, depth: int) -> Iterator[Evidence]:
    trail: list[DumpedStep] = []
    for step, following in zip(dump.steps, [*dump.steps[1:], DumpedStep()]):
        trail = [one for one in trail if step.index.startswith(f"{one.index}.")] + [step]
        names = (*place.steps, *(one.name for one in trail))
        here = dataclasses.replace(place, steps=names, index=step.index, source="exception")
        if not _step_failed(step.status, bool(step.exception)):
            continue
        if step.exception:
            yield from _text(step.exception, here, depth + 1)
        elif not following.index.startswith(f"{step.index}."):
            yield said(here, "")
    before = _STATUS_OF.sub("", dump.before).strip()
    yield from _text(before, place, depth + 1)


def _raised(text: str, place: Place, depth: int) -> Iterator[Evidence]:
    """Read the exceptions in a text, each to where the next one begins, and what stands before the first."""
    found = list(_RAISED.finditer(text))
    before = text[: found[0].start()] if found else text
    if not found or _unclassed(before.strip()):
        yield from _loose(before, place, depth)
    for one, following in zip(found, [*found[1:], None]):
        body = text[one.end() : following.start() if following else len(text)]
        here = dataclasses.replace(place, interface=one["interface"].strip(" *"), role=one["role"].strip(" *"))
        yield from _body(_unclassed(body.rstrip()), here, depth)


def _unclassed(text: str) -> str:
    """Return a text without the name of an exception's class at its end: that of the exception that follows.

    Its first letter is looked for from the end: a pattern that began with any word would try every one.
    """
    found = _CLASS.search(text)
    if found is None:
        return text
    before = text[: found.start()]
    return before if not before or before[-1].isspace() else before[: -len(before.rsplit(maxsplit=1)[-1])]


def _body(body: str, place: Place, depth: int) -> Iterator[Evidence]:
    """Read what an exception says: results in JSON or as a listing, and a text."""
    text = unescaped(body.strip())
    known = [one for one in islands(text) if is_shaped(one.value)]
    yield from _exception([one.value for one in known], read_plain(_between(text, known)), place, depth)


def _exception(values: list[Any], plain: Plain, place: Place, depth: int) -> Iterator[Evidence]:
    results = [*results_in(values), *((one, False) for one in plain.results)]
    checks = [failed_check(place, one, sure=sure) for one, sure in failing_of(results)]
    told = [text for one in values for text in messages_of(one)]
    inside = [text for text in told if holds_results(text)]
    texts = [*(failing_part(one) for one in told if one not in inside), plain.rest, *(one.text for one in plain.told)]
    if not inside or any(texts):
        known = sum(one.sure for one in checks) + len(inside)
        yield said(place, "\n".join(text for text in texts if text), checks=known)
    for text in inside:
        yield from _body(text, place, depth + 1)
    yield from checks
    for one in values:
        yield from _inner(one, place, depth)


def _inner(value: Any, place: Place, depth: int) -> Iterator[Evidence]:
    """Read what an exception's JSON carries that is no envelope of the engine: an ARM error, say."""
    if not (isinstance(value, Mapping) and is_envelope(folded(value))):
        yield from (one for one in _value(value, place, depth + 1) if one.source != "check")


def _loose(text: str, place: Place, depth: int) -> Iterator[Evidence]:
    """Read a text without exceptions: JSON in it, listings, and lines."""
    known = [one for one in islands(text) if is_shaped(one.value)]
    for island in known:
        yield from _value(island.value, place, depth + 1)
    plain = read_plain(_between(text, known))
    for result, sure in failing_of((one, False) for one in plain.results):
        yield failed_check(place, result, sure=sure)
    for told in plain.told:
        yield from _told(told, place, depth)
    if plain.rest:
        yield said(place, plain.rest, line=first_failure(plain.rest))


def _told(told: Told, place: Place, depth: int) -> Iterator[Evidence]:
    if not _step_failed(told.status, bool(told.text)):
        return
    here = dataclasses.replace(place, steps=(*place.steps, told.name), index=told.index)
    yield from _text(told.text, here, depth + 1) if told.text else [said(here, "")]


def _between(text: str, known: Iterable[Island]) -> str:
    kept, place = [], 0
    for one in known:
        kept.append(text[place : one.start])
        place = one.end
    return "\n".join([*kept, text[place:]])


# documents


def _value(value: Any, place: Place, depth: int) -> Iterator[Evidence]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _value(one, place, depth + 1)
    elif isinstance(value, str):
        yield from _text(value, place, depth + 1)
    elif isinstance(value, Mapping):
        yield from _mapping(folded(value), value, place, depth)


def _mapping(low: dict[str, Any], value: Mapping[Any, Any], place: Place, depth: int) -> Iterator[Evidence]:
    if is_result(low):
        yield from (failed_check(place, one, sure=sure) for one, sure in failing_of([(read_result(value), False)]))
    elif is_envelope(low):
        yield from _exception([value], Plain(), place, depth)
    elif is_step(low):
        yield from _step(low, place, depth)
    elif is_extension(low):
        yield from _extension(low, place, depth)
    elif is_error(low):
        yield from _error(low, place, depth)
    else:
        yield from _anything(low, place, depth)


def _step(low: Mapping[str, Any], place: Place, depth: int) -> Iterator[Evidence]:
    steps = low.get("steps") or []
    texts = list(_own_texts(low))
    status = str(low.get("status") or "")
    if outcome(status) == PASSED:
        return
    name = str(low.get("name") or low.get("title") or "")
    here = dataclasses.replace(
        place, steps=(*place.steps, name) if name else place.steps, index=str(low.get("fullstepindex") or place.index),
        source="exception", machine=_machine(low) or place.machine,
    )  # fmt: skip
    below = list(_value(steps, here, depth + 1))
    yield from below
    if not _step_failed(status, bool(texts)):
        return
    own = [one for text in texts for one in _value(text, here, depth + 1)]
    yield from own
    if not below and not own:
        yield said(here, "")


def _machine(low: Mapping[str, Any]) -> str:
    """Return the machine that a step names: in its additional data, or as the target of its error."""
    told = low.get("additionaldata")
    for one in told if isinstance(told, list) else []:
        if isinstance(one, Mapping) and str(one.get("key")).lower() == "nodename":
            return str(one.get("value") or "")
    error = low.get("error")
    return str(error.get("target") or "") if isinstance(error, Mapping) else ""


def _own_texts(low: Mapping[str, Any]) -> Iterator[Any]:
    told = low.get("exception")
    yield from told if isinstance(told, list) else [told] if told else []
    for name in ("errormessage", "error"):
        if low.get(name):
            yield low[name]


def _step_failed(status: str, tells: bool) -> bool:
    """Return whether a step failed; one without a status that carries an exception did, too."""
    word = status.strip().lower()
    if not word:
        return tells
    return outcome(word) in {FAILED, OTHER} and word not in _RUNNING | _SKIPPED


def _extension(low: Mapping[str, Any], place: Place, depth: int) -> Iterator[Evidence]:
    """Read an extension as an edge device reports it."""
    if outcome(low.get("state")) == PASSED:
        return
    here = dataclasses.replace(
        place, source="extension", resource_id=str(low.get("extensionresourceid") or place.resource_id)
    )
    yield from _value(low.get("errordetails"), here, depth + 1)


def _error(low: Mapping[str, Any], place: Place, depth: int) -> Iterator[Evidence]:
    """Read an ARM error with all its details, or an extension's status; what is informational says nothing."""
    level = str(low.get("level") or "").lower()
    if level in {"info", "informational", "warning", "verbose"} or str(low["code"]).lower() in _GOOD_CODES - {""}:
        return
    source = "extension" if level or "displaystatus" in low else "error"
    here = dataclasses.replace(place, source=source if not place.steps else place.source)
    chain = list(_chain(low, 0))
    plain = [_coded(code, message, source) for code, message in chain if not _is_structured(message)]
    if plain:
        yield said(here, " | ".join(dict.fromkeys(plain)), line=plain[-1])
    for _, message in chain:
        if _is_structured(message):
            yield from _text(message, here, depth + 1)


def _coded(code: str, message: str, source: str) -> str:
    """Return an error as ARM's clients print it; the code of an extension is but a number."""
    return message or code if source == "extension" else f"{code}: {message}".strip(": ")


def _chain(low: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    """Yield code and message of an error and of what is inside it, the outermost first."""
    message = low.get("message")
    yield str(low.get("code") or ""), plain_text(message.strip()) if isinstance(message, str) else ""
    inside = low.get("details") or low.get("innererror") or []
    for one in inside if isinstance(inside, list) else [inside]:
        if isinstance(one, Mapping) and depth < DEEPEST:
            yield from _chain(folded(one), depth + 1)


def _is_structured(message: str) -> bool:
    return bool(_RAISED.search(message) or read_dump(message) or next(iter(islands(message)), None))


def _anything(low: Mapping[str, Any], place: Place, depth: int) -> Iterator[Evidence]:
    """Read an object of a kind that is not known: what is in it, and its own texts unless it says that it succeeded."""
    resource = low.get("id")
    if isinstance(resource, str) and resource.startswith("/subscriptions/"):
        place = dataclasses.replace(place, resource_id=resource)
    states = {outcome(low.get(name)) for name in ("status", "state", "provisioningstate")}
    good = PASSED in states and FAILED not in states
    for name, one in low.items():
        if name in _TELLING or (isinstance(one, str) and _RAISED.search(one)):
            if not good:
                yield from _value(one, place, depth + 1)
        else:
            yield from _below(one, place, depth)


def _below(value: Any, place: Place, depth: int) -> Iterator[Evidence]:
    """Read what is inside, but no bare texts: a list of names is not a list of failures."""
    if isinstance(value, list):
        value = [one for one in value if not isinstance(one, str) or _RAISED.search(one)]
    if isinstance(value, Mapping | list):
        yield from _value(value, place, depth + 1)
