"""What names mean at the place where an expression stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from azlocal.sandbox.templates.errors import KnownAtRunTimeError, TemplateError, see
from azlocal.sandbox.templates.values import Unresolved

TENANT = "/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deployment stands. `scope` is the id of its resource group or subscription, or `/`."""

    scope: str
    tenant: Mapping[str, Any]
    subscription: Mapping[str, Any] | None
    resource_group: Mapping[str, Any] | None
    deployment: Mapping[str, Any]
    deployer: Mapping[str, Any]
    environment: Mapping[str, Any]
    now: datetime
    new_guid: Callable[[], str]


class Runtime(Protocol):
    """What asks deployed resources: `reference`, `references`, `list*`."""

    def reference(self, function: str, resource: str, api_version: str | None, *, full: bool) -> Any:
        """Return the state of a resource, named by template name, symbolic name or id."""

    def references(self, function: str, loop: str, *, full: bool) -> Any:
        """Return the states of all resources of a loop, by its symbolic name."""

    def act(self, function: str, resource: str, api_version: str | None, body: Any) -> Any:
        """Return what the resource's provider answers to a `list*` action."""

    def info(self, function: str, symbol: str) -> Any:
        """Return id, name, type and api-version of a resource by its symbolic name."""


class NotHere:
    """Where nothing deployed may be asked: names, conditions, loops, variables, parameters."""

    def reference(self, function: str, resource: str, api_version: str | None, *, full: bool) -> Any:
        """Refuse."""
        raise not_expected(function)

    def references(self, function: str, loop: str, *, full: bool) -> Any:
        """Refuse."""
        raise not_expected(function)

    def act(self, function: str, resource: str, api_version: str | None, body: Any) -> Any:
        """Refuse."""
        raise not_expected(function)

    def info(self, function: str, symbol: str) -> Any:
        """Refuse."""
        raise not_expected(function)


class Later:
    """Where deployed resources may be asked, but none has been deployed yet."""

    def reference(self, function: str, resource: str, api_version: str | None, *, full: bool) -> Any:
        """Leave the expression for run time."""
        raise KnownAtRunTimeError(function)

    def references(self, function: str, loop: str, *, full: bool) -> Any:
        """Leave the expression for run time."""
        raise KnownAtRunTimeError(function)

    def act(self, function: str, resource: str, api_version: str | None, body: Any) -> Any:
        """Leave the expression for run time."""
        raise KnownAtRunTimeError(function)

    def info(self, function: str, symbol: str) -> Any:
        """Leave the expression for run time."""
        raise KnownAtRunTimeError(function)


NOT_HERE = NotHere()
LATER = Later()


def not_expected(function: str, why: str = "") -> TemplateError:
    """Return ARM's refusal of a function that exists and may not stand here."""
    return TemplateError(
        f"The template function '{function}' is not expected at this location. {why}{see('arm-functions')}"
    )


class Names:
    """Parameters or variables: found without regard to case, computed when first asked for."""

    def __init__(self, kind: str, computed: Mapping[str, Callable[[], Any]]) -> None:
        self._kind = kind
        self._computed = {name.lower(): compute for name, compute in computed.items()}
        self._known: dict[str, Any] = {}
        self._open: set[str] = set()

    def get(self, name: str) -> Any:
        """Return the value of *name*; refuse what is not declared or needs itself."""
        value = self.raw(name)
        if isinstance(value, Unresolved):
            raise KnownAtRunTimeError(name)
        return value

    def raw(self, name: str) -> Any:
        """Return the value of *name*, be it known at run time only."""
        key = name.lower()
        if key not in self._known:
            self._known[key] = self._compute(name, key)
        return self._known[key]

    def _compute(self, name: str, key: str) -> Any:
        compute = self._computed.get(key)
        if compute is None:
            raise TemplateError(f"The template {self._kind} '{name}' is not found. {see(f'arm-syntax-{self._kind}s')}")
        if key in self._open:
            raise TemplateError(
                f"Circular dependency detected on the template {self._kind} '{name}'. "
                f"{see(f'arm-syntax-{self._kind}s')}"
            )
        self._open.add(key)
        try:
            return compute()
        finally:
            self._open.discard(key)


NOTHING_DECLARED = {kind: Names(kind, {}) for kind in ("parameter", "variable")}


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything an expression can name. Cheap to derive: a loop or a lambda adds one entry."""

    place: Place
    parameters: Names = NOTHING_DECLARED["parameter"]
    variables: Names = NOTHING_DECLARED["variable"]
    functions: Mapping[str, Any] = field(default_factory=dict)
    runtime: Runtime = NOT_HERE
    loops: tuple[tuple[str, int], ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    in_defaults: bool = False
    in_function: bool = False
    escaping: bool = False

    def at_run_time(self, runtime: Runtime, *, escaping: bool = False) -> Scope:
        """Return this scope where deployed resources may be asked."""
        return replace(self, runtime=runtime, escaping=escaping)

    def in_loop(self, name: str, index: int) -> Scope:
        """Return this scope inside one round of a copy loop."""
        return replace(self, loops=(*self.loops, (name.lower(), index)))

    def with_arguments(self, arguments: Mapping[str, Any]) -> Scope:
        """Return this scope inside a lambda."""
        return replace(self, arguments={**self.arguments, **arguments})

    def index(self, loop: str | None) -> int:
        """Return the round of the named loop, or of the innermost one."""
        for name, index in reversed(self.loops):
            if loop is None or name == loop.lower():
                return index
        raise not_expected(
            "copyIndex", "The function can only be used in a resource with copy specified. "
        )  # fmt: skip


def parameter_names(values: Mapping[str, Callable[[], Any]]) -> Names:
    """Return declared parameters."""
    return Names("parameter", values)


def variable_names(values: Mapping[str, Callable[[], Any]]) -> Names:
    """Return declared variables."""
    return Names("variable", values)


def known(value: Any) -> Callable[[], Any]:
    """Return what gives *value* whenever asked."""
    return lambda: value
