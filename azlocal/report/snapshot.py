"""Facts as a document and back, without loss: the census that later commands take."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import cache
from typing import Any, TypeAlias

from azlocal.core.facts import ABSENT, Absence, ClusterFacts, ControlFacts, FleetFacts
from azlocal.core.times import parse_time
from azlocal.errors import BadInput

VERSION = "azlocal.census/1"
Decoder: TypeAlias = Callable[[Any], Any]


class _Unfit(Exception):
    """A value that is not of the type its place wants. The place grows while the error unwinds."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []

    def __str__(self) -> str:
        place = "".join(reversed(self.path)).removeprefix(".")
        return f"{place}: {self.problem}"


def encode(value: Any) -> Any:
    """Return *value* in JSON's terms: keys in camelCase, moments in UTC, `"absent"` for ABSENT."""
    if isinstance(value, Absence):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value):
        return {camel(one.name): encode(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): encode(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    return value


def camel(name: str) -> str:
    """Return a field's name as documents spell it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def read_snapshot(document: Any) -> FleetFacts:
    """Return the facts that `census -o json` wrote; raise BadInput when *document* is no such thing.

    Keys this version does not know are ignored. A snapshot of a part of the fleet has a gap, so that
    no gate opens on it.
    """
    _check_version(document)
    try:
        found = _decoder(_Census)(document)
    except _Unfit as error:
        raise _bad(str(error)) from error
    return FleetFacts(
        cloud=found.cloud, clusters=tuple(one.facts for one in found.clusters), control=found.control,
        holds=found.holds, gaps=(*found.gaps, *((_PART,) if found.partial else ())), observed_at=found.observed_at,
    )  # fmt: skip


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Cluster:
    facts: ClusterFacts


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Census:
    """What of a census document makes its facts."""

    cloud: str
    clusters: tuple[_Cluster, ...]
    control: ControlFacts | None
    holds: Mapping[str, str]
    gaps: tuple[str, ...]
    observed_at: datetime | None
    partial: bool = False


_PART = "the snapshot holds only a part of the fleet (it was taken with -g or --subscription)"


def read_moment(document: Any) -> datetime:
    """Return the moment of a snapshot, by which it is judged."""
    _check_version(document)
    found = parse_time(document.get("now"))
    if found is None:
        raise _bad("now: not a moment")
    return found


def _check_version(document: Any) -> None:
    version = document.get("version") if isinstance(document, Mapping) else None
    if version != VERSION:
        raise _bad(f"version is {version!r}, not '{VERSION}'")


def _bad(problem: str) -> BadInput:
    return BadInput([f"census: {problem}"], remedy="take a new one: azlocal-upgrade census -o json > FILE")


@cache
def _decoder(kind: Any) -> Decoder:
    """Return what makes a *kind*, one of the types that facts are made of, out of JSON."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return _choice(inner)
    if origin is tuple:
        return _list(_decoder(inner[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_decoder(inner[1]))
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    return _moment if kind is datetime else _scalar(kind)


def _choice(kinds: tuple[Any, ...]) -> Decoder:
    """Decode one kind, `null` where None is allowed, and `"absent"` where ABSENT is."""
    literal = [kind for kind in kinds if typing.get_origin(kind) is typing.Literal]
    decode = _decoder(next(kind for kind in kinds if kind is not types.NoneType and kind not in literal))

    def choose(value: Any) -> Any:
        if value is None and types.NoneType in kinds:
            return None
        return ABSENT if literal and value == ABSENT.value else decode(value)

    return choose


def _list(decode: Decoder) -> Decoder:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Unfit("expected a list")
        return tuple(_at(f"[{place}]", decode, one) for place, one in enumerate(value))

    return read


def _mapping(decode: Decoder) -> Decoder:
    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _Unfit("expected an object")
        return {str(name): _at(f".{name}", decode, one) for name, one in value.items()}

    return read


def _object(kind: Any) -> Decoder:
    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _Unfit("expected an object")
        fields = _fields(kind)
        found = {name: _at(f".{key}", decode, value[key]) for key, (name, decode) in fields.items() if key in value}
        try:
            return kind(**found)
        except TypeError as error:
            raise _Unfit("incomplete") from error

    return read


@cache
def _fields(kind: Any) -> dict[str, tuple[str, Decoder]]:
    """Return the fields of a dataclass by the keys of documents, each with its decoder."""
    return {camel(name): (name, _decoder(hint)) for name, hint in typing.get_type_hints(kind).items()}


def _at(place: str, decode: Decoder, value: Any) -> Any:
    try:
        return decode(value)
    except _Unfit as error:
        error.path.append(place)
        raise


def _moment(value: Any) -> datetime:
    found = parse_time(value)
    if found is None:
        raise _Unfit("expected a moment")
    return found


def _scalar(kind: Any) -> Decoder:
    def read(value: Any) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise _Unfit(f"expected {kind.__name__}")
        return value

    return read
