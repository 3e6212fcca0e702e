"""What a client or a parent template asks for when it asks for a deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azlocal.sandbox.providers.deployment_links import linked_parameters, linked_template
from azlocal.sandbox.providers.tag_rules import checked, within_limit
from azlocal.sandbox.store import group_of
from azlocal.sandbox.templates.ids import below
from azlocal.sandbox.templates.values import find_key, lookup
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure, Principal

KIND = "Microsoft.Resources/deployments"
LONGEST_NAME = 64
_NAME = re.compile(r"[-\w._()]+")
_MODES = {"incremental": "Incremental", "complete": "Complete"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One deployment that is asked for. `scope` is the id of a resource group or a subscription."""

    scope: str
    name: str
    mode: str
    template: Any
    given: Mapping[str, Any]
    correlation: str
    principal: Principal | None
    at: datetime
    location: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    echo: Mapping[str, Any] = field(default_factory=dict)
    level: str = "Provider"

    @property
    def id(self) -> str:
        """Return the id of the deployment."""
        return below(self.scope, KIND, self.name)

    @property
    def group(self) -> bool:
        """Return whether a resource group is deployed to."""
        return bool(group_of(self.scope))


def check_name(name: str) -> str:
    """Return *name* when a deployment may have it (1 to 64 characters), else raise `ArmError` (400)."""
    if len(name) > LONGEST_NAME:
        raise ArmError(
            400, "DeploymentNameLengthLimitExceeded",
            f"The deployment name '{name}' exceeds the maximum length of '{LONGEST_NAME}' characters. "
            f"The length of the name is '{len(name)}'.",
        )  # fmt: skip
    if _NAME.fullmatch(name) is None or name.endswith("."):
        raise ArmError(
            400, "InvalidDeploymentName",
            f"The provided deployment name '{name}' is invalid. It can only include alphanumeric, underscore, "
            "parentheses, hyphen and period (except at the end).",
        )  # fmt: skip
    return name


def read_ask(
    azure: Azure, scope: str, name: str, body: Any, *, correlation: str, principal: Principal | None, at: datetime,
    nested: bool = False,
) -> Ask:  # fmt: skip
    """Return what *body* asks for, or raise `ArmError` (400) for what ARM cannot read."""
    check_name(name)
    properties = lookup(body, "properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict):
        raise malformed("Required property 'properties' not found in JSON. Path ''.")
    if lookup(properties, "onErrorDeployment") is not None:
        raise ArmError(400, "OnErrorDeploymentNotSupported", "This cloud does not roll back to earlier deployments.")
    template, link = _template(azure, properties)
    given, parameters_link = _parameters(azure, properties)
    echo = {"templateLink": link, "parametersLink": parameters_link, "debugSetting": lookup(properties, "debugSetting")}
    return Ask(
        scope, name, _mode(properties, group=bool(group_of(scope)), nested=nested), template, given, correlation,
        principal, at, location=_location(body, scope, name), tags=within_limit(checked(lookup(body, "tags")), name),
        echo={key: value for key, value in echo.items() if value is not None},
        level=str(lookup(properties, "validationLevel") or "Provider"),
    )  # fmt: skip


def malformed(why: str) -> ArmError:
    """Return ARM's answer to a body it cannot read as a deployment."""
    return ArmError(
        400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{why}'."
    )


def _template(azure: Azure, properties: Mapping[str, Any]) -> tuple[Any, Any]:
    template, link = lookup(properties, "template"), lookup(properties, "templateLink")
    if (template is None) == (link is None):
        raise malformed(
            "Exactly one of the properties 'template' and 'templateLink' must be specified. Path 'properties'."
        )
    return (template, None) if link is None else linked_template(azure, link)


def _parameters(azure: Azure, properties: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    told, link = lookup(properties, "parameters"), lookup(properties, "parametersLink")
    if told and link is not None:
        raise malformed("Only one of the properties 'parameters' and 'parametersLink' may be specified.")
    if link is not None:
        told = linked_parameters(azure, link)
    if told is None:
        return {}, link
    if not isinstance(told, dict):
        raise malformed("The property 'parameters' must be an object. Path 'properties.parameters'.")
    for name, one in told.items():
        if not isinstance(one, dict) or not any(find_key(one, key) for key in ("value", "reference", "expression")):
            raise malformed(
                f"The parameter '{name}' must have a value or a reference. Path 'properties.parameters.{name}'."
            )
    return told, link


def _mode(properties: Mapping[str, Any], *, group: bool, nested: bool) -> str:
    told = lookup(properties, "mode")
    mode = _MODES.get(str(told).lower())
    if mode is None:
        raise malformed(f"Error converting value '{told}' to type 'DeploymentMode'. Path 'properties.mode'.")
    if mode == "Complete" and nested:
        raise ArmError(
            400, "InvalidTemplate",
            "Deployment template validation failed: 'The nested deployment mode 'Complete' is not supported. Nested "
            "deployments must use the mode 'Incremental'. Please see https://aka.ms/arm-deployment-modes for usage "
            "details.'.",
        )  # fmt: skip
    if mode == "Complete" and not group:
        raise ArmError(
            400, "InvalidDeploymentMode",
            "The deployment mode 'Complete' is only supported for deployments to a resource group.",
        )  # fmt: skip
    return mode


def _location(body: Mapping[str, Any], scope: str, name: str) -> str:
    location = str(lookup(body, "location") or "").replace(" ", "").lower()
    if group_of(scope) and location:
        raise ArmError(
            400, "InvalidDeployment",
            f"The 'location' property is not allowed for '{name}' at resource group scope. Please see "
            "https://aka.ms/deploy-to-subscription for usage details.",
        )  # fmt: skip
    if not group_of(scope) and not location:
        raise ArmError(
            400, "InvalidDeployment",
            f"The 'location' property must be specified for '{name}'. Please see "
            "https://aka.ms/deploy-to-subscription for usage details.",
        )  # fmt: skip
    return location
