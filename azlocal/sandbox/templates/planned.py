"""One resource of a template as it is going to be deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.ids import taken_apart
from azlocal.sandbox.templates.resolve import resolve
from azlocal.sandbox.templates.scope import Runtime, Scope
from azlocal.sandbox.templates.values import lookup

DEPLOYMENTS = "microsoft.resources/deployments"
GROUPS = frozenset({"microsoft.resources/resourcegroups", "microsoft.resources/subscriptions/resourcegroups"})
# Members that tell the template engine what to do; everything else is the provider's.
_ENGINE = frozenset(
    {
        "apiVersion", "asserts", "comments", "condition", "copy", "dependsOn", "existing", "extension", "import",
        "metadata", "name", "resourceGroup", "resources", "scope", "subscriptionId", "tenantId", "type", "@options",
    }
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Planned:
    """One resource: identified, its loop rounds known, its properties still to be computed."""

    id: str
    type: str
    name: str
    api_version: str
    hangs_on: str
    definition: Mapping[str, Any]
    scope: Scope
    wanted: bool = True
    existing: bool = False
    symbol: str = ""
    loop: str = ""
    round: int = 0
    depends: list[Planned] = field(default_factory=list)

    @property
    def nested(self) -> bool:
        """Return whether the resource is a deployment itself."""
        return self.type.lower() == DEPLOYMENTS

    @property
    def kind(self) -> str:
        """Return the type that is written: `A/b/providers/d` named `x/C/y` is the extension `C/d` in the old manner."""
        parts = taken_apart(self.id) if "/providers/" in self.type.lower() else None
        return self.type if parts is None else parts.type

    @property
    def inner(self) -> bool:
        """Return whether a nested deployment computes its template itself."""
        return evaluation_scope(self.definition) == "inner"

    @property
    def deploys(self) -> bool:
        """Return whether something is written: the condition holds, and the resource is not just looked at."""
        return self.wanted and not self.existing

    @property
    def location(self) -> str | None:
        """Return the location as Azure spells it, None for a resource that gives none."""
        told = resolve(self.definition.get("location"), self.scope)
        return told.replace(" ", "").lower() if isinstance(told, str) else None

    def body(self, runtime: Runtime) -> dict[str, Any]:
        """Return what the provider is sent; only `properties` may ask deployed resources."""
        body = {
            name: resolve(value, self.scope)
            for name, value in self.definition.items()
            if name not in _ENGINE and name != "properties" and value is not None
        }
        properties = self.definition.get("properties")
        if properties is not None:
            body["properties"] = self._properties(properties, runtime)
        return body

    def _properties(self, properties: Any, runtime: Runtime) -> Any:
        scope = self.scope.at_run_time(runtime)
        if not self.nested or not isinstance(properties, dict):
            return resolve(properties, scope)
        result = {name: resolve(part, scope) for name, part in properties.items() if name.lower() != "template"}
        template = lookup(properties, "template")
        if template is not None:
            result["template"] = template if self.inner else self._outer(template, runtime)
        return result

    def _outer(self, template: Any, runtime: Runtime) -> Any:
        return resolve(template, self.scope.at_run_time(runtime, escaping=True))


def evaluation_scope(definition: Mapping[str, Any]) -> str:
    """Return where a nested deployment's expressions are computed as told: `inner`, `outer` or nothing told."""
    properties = definition.get("properties")
    options = lookup(properties, "expressionEvaluationOptions") if isinstance(properties, dict) else None
    told = lookup(options, "scope") if isinstance(options, dict) else None
    return str(told or "").lower()


@contextmanager
def naming(what: str, name: str) -> Iterator[None]:
    """Say in refusals which resource or output of the template is meant."""
    try:
        yield
    except TemplateError as error:
        raise TemplateError(
            f"The template {what} '{name}' is not valid: {error.message}. {see('arm-template-expressions')}",
            path=error.path,
        ) from error
