"""What the provider checks in the body of a deploymentSettings PUT before it accepts it.

Sources: stable/2024-04-01/deploymentSettings.json of Azure/azure-rest-api-specs for required fields,
patterns and enumerations; the upgrade template for what a ClusterUpgrade carries.
"""

from __future__ import annotations

import copy
import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from azlocal.sandbox.providers.hci_documents import is_machine_id
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError

MODES = ("Validate", "Deploy")
OPERATIONS = ("ClusterProvisioning", "ClusterUpgrade")
STORAGE = ("Express", "InfraOnly", "KeepStorage")
NAME = re.compile(r"[a-zA-Z0-9-]{3,24}")
_PREFIX = re.compile(r"[a-zA-Z0-9-]{1,8}")
_VERSION = re.compile(r"\d+(\.\d+){1,3}")
_OBJECTS = ("storage", "observability", "optionalServices", "securitySettings", "hostNetwork")
_READ_ONLY = ("provisioningState", "reportedProperties")
_DATA = "properties.deploymentConfiguration.scaleUnits[0].deploymentData"


def bad(field: str, problem: str) -> ArmError:
    """Return the provider's refusal of one field."""
    return ArmError(400, "InvalidParameter", f"The value of '{field}' is invalid: {problem}.", target=field)


def checked_name(name: str) -> str:
    """Return the settings' name, or raise 400."""
    if NAME.fullmatch(name) is None:
        raise ArmError(
            400, "InvalidResourceName",
            f"The resource name '{name}' is invalid: it must match the pattern '^[a-zA-Z0-9-]{{3,24}}$'.",
        )  # fmt: skip
    return name


def checked(body: Document) -> Document:
    """Return the properties of a PUT as the service keeps them, or raise 400 naming the field."""
    told = _object(body, "properties", "properties")
    properties = {name: copy.deepcopy(value) for name, value in told.items() if name not in _READ_ONLY}
    properties["deploymentMode"] = _one_of(properties, "deploymentMode", MODES)
    properties["operationType"] = (
        _one_of(properties, "operationType", OPERATIONS) if "operationType" in properties else OPERATIONS[0]
    )
    _machines(properties)
    data = _data(properties)
    _cluster(data, upgrade=properties["operationType"] == "ClusterUpgrade")
    _network(data)
    _nodes(data, len(properties["arcNodeResourceIds"]))
    _secrets(data)
    return properties


def _object(parent: Mapping[str, Any], name: str, field: str) -> Mapping[str, Any]:
    value = parent.get(name)
    if not isinstance(value, Mapping):
        raise bad(field, "an object is required")
    return value


def _list(parent: Mapping[str, Any], name: str, field: str) -> list[Any]:
    value = parent.get(name)
    if not isinstance(value, list) or not value:
        raise bad(field, "a list with at least one entry is required")
    return value


def _one_of(properties: Mapping[str, Any], name: str, allowed: Iterable[str]) -> str:
    value = properties.get(name)
    for one in allowed:
        if isinstance(value, str) and value.lower() == one.lower():
            return one
    raise bad(f"properties.{name}", f"'{value}' is none of {', '.join(allowed)}")


def _machines(properties: Mapping[str, Any]) -> None:
    field = "properties.arcNodeResourceIds"
    seen: set[str] = set()
    for place, one in enumerate(_list(properties, "arcNodeResourceIds", field)):
        if not is_machine_id(one):
            raise bad(f"{field}[{place}]", f"'{one}' is not the id of an Arc machine")
        if one.lower() in seen:
            raise bad(f"{field}[{place}]", f"'{one}' appears twice")
        seen.add(one.lower())


def _data(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    field = "properties.deploymentConfiguration"
    configuration = _object(properties, "deploymentConfiguration", field)
    version = configuration.get("version")
    if not isinstance(version, str) or _VERSION.fullmatch(version) is None:
        raise bad(f"{field}.version", f"'{version}' is not a version")
    units = _list(configuration, "scaleUnits", f"{field}.scaleUnits")
    for place, unit in enumerate(units):
        if not isinstance(unit, Mapping):
            raise bad(f"{field}.scaleUnits[{place}]", "an object is required")
    data = _object(units[0], "deploymentData", _DATA)
    for name in _OBJECTS:
        if data.get(name) is not None:
            _object(data, name, f"{_DATA}.{name}")
    return data


def _cluster(data: Mapping[str, Any], *, upgrade: bool) -> None:
    prefix = data.get("namingPrefix")
    if prefix is not None and (not isinstance(prefix, str) or _PREFIX.fullmatch(prefix) is None):
        raise bad(f"{_DATA}.namingPrefix", f"'{prefix}' must match the pattern '^[a-zA-Z0-9-]{{1,8}}$'")
    mode = (data.get("storage") or {}).get("configurationMode")
    if mode is not None and mode not in STORAGE:
        raise bad(f"{_DATA}.storage.configurationMode", f"'{mode}' is none of {', '.join(STORAGE)}")
    location = (data.get("optionalServices") or {}).get("customLocation")
    if location is not None and (not isinstance(location, str) or "/" in location):
        raise bad(f"{_DATA}.optionalServices.customLocation", f"'{location}' is not a name")
    if not upgrade:
        return
    name = _object(data, "cluster", f"{_DATA}.cluster").get("name")
    if not isinstance(name, str) or not 3 <= len(name) <= 15:
        raise bad(f"{_DATA}.cluster.name", f"'{name}' must have 3 to 15 characters")
    domain = data.get("domainFqdn")
    if not isinstance(domain, str) or "." not in domain.strip("."):
        raise bad(f"{_DATA}.domainFqdn", f"'{domain}' is not a fully qualified domain name")


def _network(data: Mapping[str, Any]) -> None:
    field = f"{_DATA}.infrastructureNetwork"
    for place, one in enumerate(_list(data, "infrastructureNetwork", field)):
        here = f"{field}[{place}]"
        if not isinstance(one, Mapping):
            raise bad(here, "an object is required")
        _address(one, "gateway", here)
        _mask(one, here)
        for number, server in enumerate(_list(one, "dnsServers", f"{here}.dnsServers")):
            _address({"dns": server}, "dns", f"{here}.dnsServers[{number}]", whole=True)
        for number, pool in enumerate(_list(one, "ipPools", f"{here}.ipPools")):
            for end in ("startingAddress", "endingAddress"):
                _address(pool if isinstance(pool, Mapping) else {}, end, f"{here}.ipPools[{number}]")


def _address(parent: Mapping[str, Any], name: str, field: str, *, whole: bool = False) -> None:
    value = parent.get(name)
    try:
        ipaddress.IPv4Address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise bad(field if whole else f"{field}.{name}", f"'{value}' is not an IPv4 address") from error


def _mask(network: Mapping[str, Any], field: str) -> None:
    value = network.get("subnetMask")
    try:
        ipaddress.IPv4Network(f"0.0.0.0/{ipaddress.IPv4Address(value if isinstance(value, str) else '')}")
    except ValueError as error:
        raise bad(f"{field}.subnetMask", f"'{value}' is not a subnet mask") from error


def _nodes(data: Mapping[str, Any], machines: int) -> None:
    field = f"{_DATA}.physicalNodes"
    nodes = _list(data, "physicalNodes", field)
    for place, one in enumerate(nodes):
        if not isinstance(one, Mapping) or not one.get("name"):
            raise bad(f"{field}[{place}].name", "a name is required")
        _address(one, "ipv4Address", f"{field}[{place}]")
    if len(nodes) != machines:
        raise bad(field, f"{len(nodes)} nodes do not fit {machines} ids in properties.arcNodeResourceIds")


def _secrets(data: Mapping[str, Any]) -> None:
    """Check the secrets; `secretsLocation` is the older form, deprecated since 2023-12-01-preview."""
    if data.get("secretsLocation") and not data.get("secrets"):
        _https(data["secretsLocation"], f"{_DATA}.secretsLocation")
        return
    field = f"{_DATA}.secrets"
    for place, one in enumerate(_list(data, "secrets", field)):
        here = f"{field}[{place}]"
        if not isinstance(one, Mapping):
            raise bad(here, "an object is required")
        for name in ("secretName", "eceSecretName"):
            if not isinstance(one.get(name), str) or not one[name]:
                raise bad(f"{here}.{name}", "a name is required")
        _https(one.get("secretLocation"), f"{here}.secretLocation")


def _https(value: object, field: str) -> None:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme.lower() != "https" or not parts.netloc:
        raise bad(field, f"'{value}' is not an https address")
